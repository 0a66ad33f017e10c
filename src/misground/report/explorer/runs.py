"""The runs that are shown: outcomes of all questions in memory, completions left in their files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from misground.errors import UsageError
from misground.records.schemas import RESULTS
from misground.report.explorer.catalogue import Catalogue

OUTCOMES: Final = {"correct": "c", "wrong": "w", "no_answer": "n", "refused": "r", "error": "e"}
NOT_ASKED: Final = "."
MOST_EPOCHS: Final = 1000

_READ: Final = ("run_id", "benchmark_hash", "question_id", "model", "decoding", "epoch", "outcome")
REPLY: Final = (
    "run_id", "question_id", "epoch", "outcome", "error_reason", "extracted", "completion",
    "output_tokens", "seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One run, as far as it is in memory.

    outcomes: (questions, epochs) of bytes, a letter of OUTCOMES or NOT_ASKED, questions by rank.
    ranks, groups: rows of equal length, sorted by rank: row group `groups[i]` of `path` holds replies to the
    question of rank `ranks[i]`.
    """

    run_id: str
    model: str
    decoding: str
    path: Path
    outcomes: npt.NDArray[np.uint8]
    ranks: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]

    @property
    def epochs(self) -> int:
        """Times that a question was asked at most; 0: a file without rows."""
        return int(self.outcomes.shape[1])

    def groups_of(self, first: int, end: int) -> list[int]:
        """The row groups that hold replies to the questions of ranks [first, end)."""
        low, high = np.searchsorted(self.ranks, [first, end])
        return sorted({int(group) for group in self.groups[low:high]})


def open_runs(results: Sequence[Path], catalogue: Catalogue, content_hash: str) -> list[Run]:
    """The runs in these log folders and Parquet files, in their order; a file may hold several.

    Raises UsageError, in one line, where a path holds no results, lacks a column, was given twice, or is of
    another benchmark than the one that is shown.
    """
    runs: list[Run] = []
    seen: set[Path] = set()
    for given in results:
        path = results_file(given)
        if path.resolve() in seen:
            raise UsageError(f"{path} is given twice, expected each run once")
        seen.add(path.resolve())
        runs += _read_runs(path, catalogue, content_hash)
    return runs


def results_file(given: Path) -> Path:
    """The results.parquet that a path of the command line means."""
    try:
        folder = given.is_dir()
        path = given / "results.parquet" if folder else given
        there = path.is_file()
    except OSError as error:
        raise UsageError(f"cannot read {given}: {error.strerror or error}") from error
    if not there:
        found = "holds no results.parquet" if folder else "does not exist"
        raise UsageError(f"{given} {found}, expected a log folder of `misground eval` or a results.parquet")
    return path


def open_file(path: Path) -> pq.ParquetFile:
    """An open file with the columns that the explorer reads."""
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from error
    missing = [name for name in dict.fromkeys(_READ + REPLY) if name not in file.schema_arrow.names]
    if missing:
        file.close()
        raise UsageError(
            f"{path} lacks the column {', '.join(missing)}, expected the results.parquet of `misground eval`"
        )
    return file


def unreadable(path: Path, error: Exception) -> UsageError:
    """The one-line report of a results file that cannot be read."""
    told = " ".join(str(error).split())[:160]
    return UsageError(f"{path} cannot be read as Parquet ({told}): name the results of a finished run")


def as_results(table: pa.Table, path: Path) -> pa.Table:
    """The same columns in the types of `records.schemas.RESULTS`, as other writers may change them."""
    try:
        return table.cast(pa.schema([RESULTS.field(name) for name in table.column_names]))
    except (pa.ArrowException, ValueError) as error:
        raise unreadable(path, error) from error


def _read_runs(path: Path, catalogue: Catalogue, content_hash: str) -> list[Run]:
    with open_file(path) as file:
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        try:
            table = file.read(columns=list(_READ))
        except (OSError, pa.ArrowException) as error:
            raise unreadable(path, error) from error
    table = as_results(table, path)
    if table.num_rows == 0:
        return [_without_rows(path, catalogue)]
    _check(table, path, content_hash)
    ranks = pc.index_in(table["question_id"], value_set=catalogue.question_ids)
    if ranks.null_count:
        raise UsageError(f"{path}: {ranks.null_count:,} rows are of questions that the benchmark lacks")
    groups = np.repeat(np.arange(len(sizes)), sizes)
    everything = table.append_column("rank", ranks).append_column("group", pa.array(groups))
    names = pc.unique(table["run_id"]).to_pylist()
    return [_run(everything.filter(pc.equal(everything["run_id"], name)), path, catalogue) for name in names]


def _check(table: pa.Table, path: Path, content_hash: str) -> None:
    for found in pc.unique(table["benchmark_hash"]).to_pylist():
        if found != content_hash:
            raise UsageError(
                f"{path} is of benchmark {str(found)[:12]}, but this one is {content_hash[:12]}: "
                "show it with the benchmark that was asked"
            )
    for name in _READ:
        if table[name].null_count:
            raise UsageError(f"{path}: column {name} has rows without a value, expected one in every row")
    epochs = pc.min_max(table["epoch"]).as_py()
    if epochs["min"] < 1 or epochs["max"] > MOST_EPOCHS:
        raise UsageError(
            f"{path}: epochs {epochs['min']} to {epochs['max']}, expected 1 to at most {MOST_EPOCHS}"
        )
    for found in pc.unique(table["outcome"]).to_pylist():
        if found not in OUTCOMES:
            raise UsageError(f"{path}: outcome {found!r}, expected one of {', '.join(OUTCOMES)}")


def _run(table: pa.Table, path: Path, catalogue: Catalogue) -> Run:
    ranks = table["rank"].to_numpy().astype(np.int64)
    epochs = table["epoch"].to_numpy().astype(np.int64)
    letters = pc.index_in(table["outcome"], value_set=pa.array(list(OUTCOMES))).to_numpy()
    outcomes = np.full((catalogue.size, int(epochs.max())), ord(NOT_ASKED), np.uint8)
    outcomes[ranks, epochs - 1] = np.frombuffer("".join(OUTCOMES.values()).encode(), np.uint8)[letters]
    places = np.unique(np.stack([ranks, table["group"].to_numpy().astype(np.int64)]), axis=1)
    first = table.slice(0, 1).to_pylist()[0]
    return Run(first["run_id"], first["model"], first["decoding"], path, outcomes, places[0], places[1])


def _without_rows(path: Path, catalogue: Catalogue) -> Run:
    record = _record(path.with_name("run.json"))
    settings = record.get("settings")
    settings = settings if isinstance(settings, dict) else {}
    none = np.empty(0, np.int64)
    return Run(
        run_id=str(record.get("run_id", "")),
        model=str(settings.get("model", path.parent.name or path.name)),
        decoding=str(settings.get("decoding", "")),
        path=path,
        outcomes=np.empty((catalogue.size, 0), np.uint8),
        ranks=none,
        groups=none,
    )


def _record(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
