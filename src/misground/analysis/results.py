"""Reading results.parquet: what each run answered, one row per question, without the completions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from misground.analysis.results_file import ResultsFile
from misground.errors import UsageError
from misground.records import OUTCOMES
from misground.records.arms import arm_of_earlier
from misground.records.models import is_simulated

SETS_KEPT: Final = 20
CORRECT, WRONG, NO_ANSWER, REFUSED, ERROR, ABSENT = 0, 1, 2, 3, 4, -1

QUESTION_COLUMNS: Final = (
    "question_id", "item_id", "case_id", "modality", "dimension", "plane", "task", "axis", "structure_a",
    "structure_b", "coordinates", "prompt", "terms", "condition", "answer", "stack_reversed", "options",
    "evidence", "shared_frames", "smaller_mm2",
)  # fmt: skip
REPLY_COLUMNS: Final = (
    "epoch", "outcome", "extracted", "input_tokens", "output_tokens", "seconds", "steps", "fired", "deferred",
    "flipped", "truncated", "option_logprobs",
)  # fmt: skip
RUN_COLUMNS: Final = (
    "run_id", "benchmark_hash", "model", "model_parameters", "decoding", "decoding_settings", "arm",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What one run answered.

    Attributes:
        name: distinguishes the run from the others that were read with it.
        run_id: id of the run.
        benchmark_hash: content hash of the benchmark that was asked.
        model: name of the model.
        model_parameters: number of parameters; None if unknown.
        decoding: "default", "semantic" or "control".
        decoding_settings: settings of the decoding as JSON.
        source: the results file.
        record: the run's run.json; None if there is none beside the results.
        questions: one row per question in file order: `QUESTION_COLUMNS`, counts (`replies` that were scored,
            `correct`, `no_answer`, `refused`, `errors`, `truncated`), and `outcomes`, the code of each reply
            by epoch (index in `OUTCOMES`; -1 if not asked). Without the probes.
        replies: one row per reply: `question` (row in `questions`) and `REPLY_COLUMNS`.
        arm: the way to choose tokens, see `records.arms`; "" is what the decoding and its settings tell.
        probes: one row per probe, with the columns of `questions` and `probe`; empty without probes.
        probe_replies: one row per reply to a probe, with the columns of `replies`.
        sent: each set of settings that was sent, as JSON with "per question" for the seed -> its replies.
    """

    name: str
    run_id: str
    benchmark_hash: str
    model: str
    model_parameters: int | None
    decoding: str
    decoding_settings: str
    source: Path
    record: Mapping[str, Any] | None
    questions: pl.DataFrame
    replies: pl.DataFrame
    sent: Mapping[str, int] = field(default_factory=dict)
    arm: str = ""
    probes: pl.DataFrame = field(default_factory=pl.DataFrame)
    probe_replies: pl.DataFrame = field(default_factory=pl.DataFrame)

    def __post_init__(self) -> None:
        """Fill in the arm of a run that was recorded before there were arms."""
        if not self.arm:
            object.__setattr__(self, "arm", arm_of_earlier(self.decoding, self.decoding_settings))

    @property
    def baseline(self) -> bool:
        """Whether this is a built-in baseline rather than a model.

        A simulated model is a model: it stands for one, so that a report on it says what a report on a real
        model with its faults would say.
        """
        return self.model.startswith("misground/") and not is_simulated(self.model)

    @property
    def of_probes(self) -> "Run | None":
        """The replies to probes as a run of its own, for the analyses of runs; None without probes."""
        if self.probes.is_empty():
            return None
        none = pl.DataFrame()
        return replace(
            self, questions=self.probes, replies=self.probe_replies, probes=none, probe_replies=none
        )

    @property
    def epochs(self) -> int:
        """The largest number of times a question was asked."""
        return int(self.questions["outcomes"].dtype.shape[0])  # type: ignore[attr-defined]


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs in log folders or results files, each with a unique name.

    Raises:
        UsageError: a file does not exist, is not a results.parquet, lacks columns or has a reply twice; or a
            run is given twice; or no file has a row; or a run asked only probes.
    """
    found = [run for path in paths for run in _read(path)]
    if not found:
        raise UsageError(f"no replies in {', '.join(map(str, paths))}, expected the results of a run")
    seen: dict[str, Path] = {}
    for run in found:
        if run.run_id in seen:
            raise UsageError(
                f"{run.source} holds run {run.run_id[:8]}, which {seen[run.run_id]} also holds: name it once"
            )
        seen[run.run_id] = run.source
    return _named(found)


def _read(path: Path) -> list[Run]:
    with ResultsFile(path, [*RUN_COLUMNS, *QUESTION_COLUMNS, *REPLY_COLUMNS, "probe", "sent"]) as file:
        frame = pl.DataFrame(file.read())
        record = file.record()
    return [run_of(part, file.path, record) for part in frame.partition_by("run_id", maintain_order=True)]


def run_of(frame: pl.DataFrame, file: Path, record: Mapping[str, Any] | None) -> Run:
    """One run, without a name.

    Args:
        frame: its replies: `RUN_COLUMNS`, `QUESTION_COLUMNS`, `REPLY_COLUMNS`, `probe` and `sent`.
        file: the results file.
        record: the run.json beside it; None if there is none.

    Raises:
        UsageError: all questions are probes.
    """
    frame = frame.with_columns(
        epoch_number=pl.col("epoch").rank("dense").cast(pl.Int64) - 1,
        code=pl.col("outcome").replace_strict(OUTCOMES, range(len(OUTCOMES)), return_dtype=pl.Int8),
    )
    epochs = frame["epoch"].n_unique()
    questions, replies = _tables(frame.filter(pl.col("probe").is_null()), epochs)
    probes, probe_replies = _tables(frame.filter(pl.col("probe").is_not_null()), epochs, "probe")
    one = frame.row(0, named=True)
    if questions.is_empty():
        raise UsageError(
            f"{file}: run {str(one['run_id'])[:8]} asked only probes, which these tables leave out: ask the "
            "other questions too, with --filter probe=none|..."
        )
    mine = record if record is not None and record.get("run_id") == one["run_id"] else None
    return Run(
        name="",
        **{name: one[name] for name in RUN_COLUMNS if name != "arm"},
        arm=one["arm"] or "",
        source=file,
        record=mine,
        questions=questions,
        replies=replies,
        probes=probes,
        probe_replies=probe_replies,
        sent=_sent(frame["sent"].drop_nulls()),
    )


def _tables(frame: pl.DataFrame, epochs: int, *more: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`questions`, with `more` columns, and `replies` of some replies of a run."""
    first = frame.unique("question_id", keep="first", maintain_order=True)
    order = pl.DataFrame({"question_id": first["question_id"], "row": np.arange(len(first))})
    frame = frame.join(order, on="question_id", how="left", maintain_order="left")
    codes = np.full((len(first), epochs), ABSENT, dtype=np.int8)
    codes[frame["row"].to_numpy(), frame["epoch_number"].to_numpy()] = frame["code"].to_numpy()
    questions = first.select(*QUESTION_COLUMNS, *more).with_columns(
        replies=pl.Series(((codes >= CORRECT) & (codes != ERROR)).sum(axis=1)),
        correct=pl.Series((codes == CORRECT).sum(axis=1)),
        no_answer=pl.Series((codes == NO_ANSWER).sum(axis=1)),
        refused=pl.Series((codes == REFUSED).sum(axis=1)),
        errors=pl.Series((codes == ERROR).sum(axis=1)),
        truncated=pl.Series(np.bincount(frame["row"], frame["truncated"].fill_null(False), len(first))),
        outcomes=pl.Series(codes, dtype=pl.Array(pl.Int8, codes.shape[1])),
    )
    return questions, frame.rename({"row": "question"}).select("question", *REPLY_COLUMNS)


def _sent(texts: pl.Series) -> dict[str, int]:
    """Count the sets of settings, most frequent first; each question has its own seed."""
    alike = texts.str.replace(r'"seed": -?\d+', '"seed": "per question"').alias("sent")
    return dict(alike.value_counts(sort=True).head(SETS_KEPT).iter_rows())


def _named(runs: Sequence[Run]) -> list[Run]:
    """The runs with the shortest names that are unique: model, then arm, then the run's id."""
    ways: Sequence[Callable[[Run], str]] = (
        lambda run: short_name(run.model),
        lambda run: f"{short_name(run.model)} ({run.arm})",
        lambda run: f"{run.model} ({run.arm})",
        lambda run: f"{short_name(run.model)} ({run.arm}, {run.run_id[:8]})",
    )
    names = [run.run_id for run in runs]
    for way in reversed(ways):
        told = [way(run) for run in runs]
        names = [one if told.count(one) == 1 else name for one, name in zip(told, names, strict=True)]
    if len(set(names)) < len(names):  # a model's name equals another's name with its arm
        names = [run.run_id for run in runs]
    return [replace(run, name=_visible(name)) for run, name in zip(runs, names, strict=True)]


def _visible(text: str) -> str:
    """The text with control and direction characters replaced by U+FFFD."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def short_name(model: str) -> str:
    """A model's name without provider and folders."""
    return model.rstrip("/").rpartition("/")[2] or model
