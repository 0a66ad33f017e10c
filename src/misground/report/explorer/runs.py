"""The runs that are shown: all outcomes are in memory, completions stay in their files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from misground.analysis.results_file import ResultsFile, results_path
from misground.analysis.steps_file import steps_path
from misground.dialogue import RULES
from misground.errors import UsageError
from misground.records import OUTCOMES
from misground.records.limits import MOST_OUTCOMES
from misground.report.explorer.catalogue import Catalogue
from misground.report.explorer.contradictory import contradictory

LETTERS: Final = {outcome: outcome[0] for outcome in OUTCOMES}
"""A letter for each outcome."""
NOT_ASKED: Final = "."
_KINDS: Final = ("answer", "no_answer", "refused")
LEAST_CERTAIN_FIRST: Final = tuple(
    rule.name for kind in _KINDS for rule in reversed(list(RULES.values())) if rule.kind == kind
)
"""The rules of the answer reader, in the order in which a person may want to look at their readings."""
MOST_OTHER_RULES: Final = 20

_READ: Final = (
    "run_id", "benchmark_hash", "question_id", "model", "decoding", "arm", "epoch", "outcome", "error_reason",
    "extracted", "output_tokens", "seconds", "truncated", "rule",
)  # fmt: skip
"""Everything but the completions, which are read and checked with the item that they belong to."""
REPLY: Final = (
    "run_id", "question_id", "epoch", "outcome", "error_reason", "extracted", "completion",
    "output_tokens", "seconds", "truncated", "option_logprobs", "rule", "span",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One run, as far as it is in memory.

    Attributes:
        run_id: id of the run.
        model: name of the model.
        decoding: its arm, such as "default" or "semantic"; see `records.arms`.
        path: the results file.
        outcomes: (questions, epochs) bytes, each a letter of LETTERS or NOT_ASKED; questions by rank.
        ranks: (n,) ranks of questions, sorted.
        groups: (n,) the row group of `path` that holds replies to the question with rank `ranks[i]`.
        cut: (m,) ranks of the questions that have a reply that was cut, sorted.
        rules: for each rule of the answer reader, the ranks of the questions that have a reply read by it,
            sorted; the least certain rules first, those of answers before the others.
        contradictions: for each kind of contradiction that occurs, the ranks of its questions, sorted.
        steps: the file with the flipped and deferred steps of its replies; None if they were not kept.
    """

    run_id: str
    model: str
    decoding: str
    path: Path
    outcomes: npt.NDArray[np.uint8]
    ranks: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]
    cut: npt.NDArray[np.int64]
    rules: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    contradictions: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    steps: Path | None = None

    @property
    def epochs(self) -> int:
        """The largest number of times a question was asked; 0 for a file without rows."""
        return int(self.outcomes.shape[1])

    def groups_of(self, first: int, end: int) -> list[int]:
        """The row groups that hold replies to the questions with ranks [first, end)."""
        low, high = np.searchsorted(self.ranks, [first, end])
        return sorted({int(group) for group in self.groups[low:high]})


def open_runs(results: Sequence[Path], catalogue: Catalogue, content_hash: str) -> list[Run]:
    """The runs in log folders and Parquet files, in the given order.

    Args:
        results: log folders or results.parquet files; a file may hold several runs.
        catalogue: the questions of the benchmark.
        content_hash: the benchmark's content hash.

    Raises:
        UsageError: a path has no results, lacks a column, is given twice, or belongs to another benchmark.
    """
    runs: list[Run] = []
    seen: set[Path] = set()
    left = MOST_OUTCOMES
    for given in results:
        path = results_path(given)
        if path.resolve() in seen:
            raise UsageError(f"{path} is given twice: name each run once")
        seen.add(path.resolve())
        mine = _read_runs(path, catalogue, content_hash, left)
        left -= sum(run.outcomes.size for run in mine)
        runs += mine
    return runs


def _read_runs(path: Path, catalogue: Catalogue, content_hash: str, most: int) -> list[Run]:
    with ResultsFile(path, (*_READ, *REPLY)) as file:
        sizes, table = file.group_sizes, file.read(_READ)
        record = file.record()
    if table.num_rows == 0:
        return [_without_rows(path, record or {}, catalogue)]
    _check_benchmark(table, path, content_hash)
    ranks = pc.index_in(table["question_id"], value_set=catalogue.question_ids)
    if ranks.null_count:
        raise UsageError(f"{path}: {ranks.null_count:,} rows are about questions that the benchmark lacks")
    names = pc.unique(table["run_id"]).to_pylist()
    _check_size(table, len(names) * catalogue.size, path, most)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    everything = table.append_column("rank", ranks).append_column("group", pa.array(groups))
    steps = steps_path(path, record)
    return [
        _run(everything.filter(pc.equal(everything["run_id"], name)), path, catalogue, steps)
        for name in names
    ]


def _check_size(table: pa.Table, asked: int, path: Path, most: int) -> None:
    """Check that the outcomes fit into memory; asked: runs times questions."""
    cells = asked * pc.max(table["epoch"]).as_py()
    if cells > most:
        raise UsageError(
            f"{path}: up to {cells:,} outcomes of all runs, questions and epochs, expected at most {most:,}: "
            "open fewer runs at a time"
        )


def _check_benchmark(table: pa.Table, path: Path, content_hash: str) -> None:
    for found in pc.unique(table["benchmark_hash"]).to_pylist():
        if found != content_hash:
            raise UsageError(
                f"{path} belongs to benchmark {str(found)[:12]}, but this one is {content_hash[:12]}: "
                "open it with the benchmark that it was run on"
            )


def _run(table: pa.Table, path: Path, catalogue: Catalogue, steps: Path | None) -> Run:
    ranks = table["rank"].to_numpy().astype(np.int64)
    epochs = table["epoch"].to_numpy().astype(np.int64)
    letters = pc.index_in(table["outcome"], value_set=pa.array(OUTCOMES)).to_numpy()
    outcomes = np.full((catalogue.size, int(epochs.max())), ord(NOT_ASKED), np.uint8)
    outcomes[ranks, epochs - 1] = np.frombuffer("".join(LETTERS.values()).encode(), np.uint8)[letters]
    right, wrong = ((outcomes == ord(LETTERS[name])).sum(axis=1) for name in ("correct", "wrong"))
    places = np.unique(np.stack([ranks, table["group"].to_numpy().astype(np.int64)]), axis=1)
    first = table.slice(0, 1).to_pylist()[0]
    cut = np.unique(ranks[table["truncated"].fill_null(False).to_numpy()])
    return Run(
        first["run_id"], first["model"], first["arm"] or first["decoding"], path, outcomes, places[0],
        places[1], cut,
        _by_rule(table["rule"], ranks),
        contradictory(catalogue.table, right, wrong),
        steps,
    )  # fmt: skip


def _by_rule(rules: pa.ChunkedArray, ranks: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
    """The ranks of the questions by the rule that read one of their replies; unknown rules come last."""
    names = [name for name in pc.unique(rules).to_pylist() if name is not None]
    known = [name for name in LEAST_CERTAIN_FIRST if name in names]
    known += sorted(set(names) - set(known))[:MOST_OTHER_RULES]
    return {name: np.unique(ranks[pc.equal(rules, name).fill_null(False).to_numpy()]) for name in known}


def _without_rows(path: Path, record: Mapping[str, Any], catalogue: Catalogue) -> Run:
    settings = record.get("settings")
    settings = settings if isinstance(settings, dict) else {}
    none = np.empty(0, np.int64)
    return Run(
        run_id=str(record.get("run_id", "")),
        model=str(settings.get("model", path.parent.name or path.name)),
        decoding=str(record.get("arm") or settings.get("decoding", "")),
        path=path,
        outcomes=np.empty((catalogue.size, 0), np.uint8),
        ranks=none,
        groups=none,
        cut=none,
    )
