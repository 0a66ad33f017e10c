"""Reading results.parquet: what each run answered, one row a question, without the completions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from misground.analysis.results_file import ResultsFile
from misground.errors import UsageError
from misground.records import OUTCOMES

CORRECT, WRONG, NO_ANSWER, REFUSED, ERROR, ABSENT = 0, 1, 2, 3, 4, -1

QUESTION_COLUMNS: Final = (
    "question_id", "item_id", "case_id", "modality", "dimension", "plane", "task", "axis", "structure_a",
    "structure_b", "coordinates", "prompt", "terms", "condition", "answer", "stack_reversed",
)  # fmt: skip
REPLY_COLUMNS: Final = (
    "epoch", "outcome", "extracted", "input_tokens", "output_tokens", "seconds", "steps", "fired", "deferred",
    "flipped",
)  # fmt: skip
RUN_COLUMNS: Final = (
    "run_id", "benchmark_hash", "model", "model_parameters", "decoding", "decoding_settings",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What one run answered.

    name: tells it from the other runs that were read with it.
    record: its run.json; None where there is none beside the results.
    questions: one row a question, in the order of the file: `QUESTION_COLUMNS`, counts of replies (`replies`
        that were scored, `correct`, `no_answer`, `refused`, `errors`), and `outcomes`, the code of each
        epoch's reply (place in `OUTCOMES`; -1: not asked).
    replies: one row a reply: `question` (row in `questions`) and `REPLY_COLUMNS`.
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

    @property
    def baseline(self) -> bool:
        """Whether this is one of our baselines, not a model."""
        return self.model.startswith("misground/")

    @property
    def epochs(self) -> int:
        """How often a question was asked, at most."""
        return int(self.questions["outcomes"].dtype.shape[0])  # type: ignore[attr-defined]


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs in log folders or results files, each with a name of its own.

    Raises:
        UsageError: there is no such file, it is no results.parquet, it lacks columns, it holds a reply twice,
            a run is given twice, or no file has a row.
    """
    found = [run for path in paths for run in _read(path)]
    if not found:
        raise UsageError(f"{', '.join(map(str, paths))}: no replies there, expected results of a run")
    seen: dict[str, Path] = {}
    for run in found:
        if run.run_id in seen:
            raise UsageError(
                f"{run.source} holds the run {run.run_id[:8]} that {seen[run.run_id]} holds: name it once"
            )
        seen[run.run_id] = run.source
    return _named(found)


def _read(path: Path) -> list[Run]:
    with ResultsFile(path, [*RUN_COLUMNS, *QUESTION_COLUMNS, *REPLY_COLUMNS]) as file:
        frame = pl.DataFrame(file.read())
        record = file.record()
    return [_run(part, file.path, record) for part in frame.partition_by("run_id", maintain_order=True)]


def _run(frame: pl.DataFrame, file: Path, record: Mapping[str, Any] | None) -> Run:
    frame = frame.with_columns(
        epoch_number=pl.col("epoch").rank("dense").cast(pl.Int64) - 1,
        code=pl.col("outcome").replace_strict(OUTCOMES, range(len(OUTCOMES)), return_dtype=pl.Int8),
    )
    first = frame.unique("question_id", keep="first", maintain_order=True)
    order = pl.DataFrame({"question_id": first["question_id"], "row": np.arange(len(first))})
    frame = frame.join(order, on="question_id", how="left", maintain_order="left")
    if frame.select("row", "epoch_number").is_duplicated().any():
        raise UsageError(f"{file}: a question has two replies in one epoch, expected one")
    codes = np.full((len(first), frame["epoch"].n_unique()), ABSENT, dtype=np.int8)
    codes[frame["row"].to_numpy(), frame["epoch_number"].to_numpy()] = frame["code"].to_numpy()
    questions = first.select(QUESTION_COLUMNS).with_columns(
        replies=pl.Series(((codes >= CORRECT) & (codes != ERROR)).sum(axis=1)),
        correct=pl.Series((codes == CORRECT).sum(axis=1)),
        no_answer=pl.Series((codes == NO_ANSWER).sum(axis=1)),
        refused=pl.Series((codes == REFUSED).sum(axis=1)),
        errors=pl.Series((codes == ERROR).sum(axis=1)),
        outcomes=pl.Series(codes, dtype=pl.Array(pl.Int8, codes.shape[1])),
    )
    one = frame.row(0, named=True)
    mine = record if record is not None and record.get("run_id") == one["run_id"] else None
    return Run(
        name="",
        **{name: one[name] for name in RUN_COLUMNS},
        source=file,
        record=mine,
        questions=questions,
        replies=frame.rename({"row": "question"}).select("question", *REPLY_COLUMNS),
    )


def _named(runs: Sequence[Run]) -> list[Run]:
    """With names as short as tells them apart: model, decoding, the run's id."""
    ways: Sequence[Callable[[Run], str]] = (
        lambda run: short_name(run.model),
        lambda run: f"{short_name(run.model)} ({run.decoding})",
        lambda run: f"{run.model} ({run.decoding})",
        lambda run: f"{short_name(run.model)} ({run.decoding}, {run.run_id[:8]})",
    )
    names = [run.run_id for run in runs]
    for way in reversed(ways):
        told = [way(run) for run in runs]
        names = [one if told.count(one) == 1 else name for one, name in zip(told, names, strict=True)]
    if len(set(names)) < len(names):  # a model named like another with its decoding
        names = [run.run_id for run in runs]
    return [replace(run, name=_visible(name)) for run, name in zip(runs, names, strict=True)]


def _visible(text: str) -> str:
    """Without what steers a terminal or turns the direction of text; each such character shows as one."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def short_name(model: str) -> str:
    """A model's name without its provider and folders."""
    return model.rstrip("/").rpartition("/")[2] or model
