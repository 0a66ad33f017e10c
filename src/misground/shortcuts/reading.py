"""The questions of a benchmark with what can be seen of their views; in a large benchmark, of some cases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from misground.benchmark.folder import Folder
from misground.benchmark.load import Benchmark
from misground.benchmark.places import Place, reaching
from misground.questions.items import stable_hash
from misground.shortcuts.seen import VIEW_COLUMNS, Seen, seen

MOST_ITEMS: Final = 5_000
"""Items beyond which further cases are left out, so that the time is bounded."""

QUESTION_COLUMNS: Final = (
    "item_id", "case_id", "modality", "dimension", "plane", "task", "axis", "structure_a", "structure_b",
    "coordinates", "prompt", "terms", "condition", "text", "options", "answer", "view_id", "stack_reversed",
    "probe",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A question, and what can be seen of its view.

    Attributes:
        row: a row of QUESTION_COLUMNS.
        view: the view; None if the question has none.
    """

    row: Mapping[str, Any]
    view: Seen | None


@dataclass(frozen=True)
class Sample:
    """The questions that are measured.

    Attributes:
        asked: the questions.
        cases: number of their cases.
        all_cases: number of cases with questions in the benchmark.
    """

    asked: tuple[Asked, ...]
    cases: int
    all_cases: int


def read_benchmark(benchmark: Benchmark, most_items: int = MOST_ITEMS) -> Sample:
    """Read a finished benchmark.

    Raises:
        UsageError: a file is missing or damaged.
    """
    table, chosen, total = _chosen(benchmark.questions(QUESTION_COLUMNS), most_items)
    rows = table.to_pylist()
    views = benchmark.views(set(_one_view(rows).values()), VIEW_COLUMNS)
    return _sample(rows, views, len(chosen), total)


def read_built(folder: Folder[Place], most_items: int = MOST_ITEMS) -> Sample:
    """Read the tables that a build has just written, in a folder or an object store.

    Raises:
        WorkError: the object store cannot be reached.
    """
    table, chosen, total = _chosen(_table(folder.questions, QUESTION_COLUMNS), most_items)
    rows = table.to_pylist()
    wanted = pa.array(sorted(set(_one_view(rows).values())), pa.string())

    def views() -> Iterator[Mapping[str, Any]]:
        for case_id in sorted(chosen):
            found = _table(folder.views(case_id), VIEW_COLUMNS)
            yield from found.filter(pc.is_in(found["view_id"], wanted)).to_pylist()

    return _sample(rows, views(), len(chosen), total)


def _table(path: Place, columns: Sequence[str]) -> pa.Table:
    with reaching(path), path.open("rb") as file, pq.ParquetFile(file) as opened:
        return opened.read(columns=list(columns))


def _chosen(table: pa.Table, most_items: int) -> tuple[pa.Table, set[str], int]:
    """The questions of whole cases until there are enough items, the cases, and the number of all cases.

    Probes are left out.
    """
    table = table.filter(pc.is_null(table["probe"]))
    items = table.group_by("case_id").aggregate([("item_id", "count_distinct")])
    counts = dict(zip(items["case_id"].to_pylist(), items["item_id_count_distinct"].to_pylist(), strict=True))
    chosen: set[str] = set()
    taken = 0
    for case_id in sorted(counts, key=lambda one: (stable_hash("shortcuts", one), one)):
        if taken >= most_items:
            break
        chosen.add(case_id)
        taken += counts[case_id]
    if len(chosen) < len(counts):
        table = table.filter(pc.is_in(table["case_id"], pa.array(sorted(chosen), pa.string())))
    return table, chosen, len(counts)


def _one_view(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """(item, coordinates) -> a view; all of these have the same canvas, frames and marks."""
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        if row["view_id"] is not None:
            found.setdefault((row["item_id"], row["coordinates"]), row["view_id"])
    return found


def _sample(
    rows: Sequence[Mapping[str, Any]], views: Iterable[Mapping[str, Any]], cases: int, all_cases: int
) -> Sample:
    facts = {view["view_id"]: seen(view) for view in views}
    of_item = {key: facts.get(view_id) for key, view_id in _one_view(rows).items()}
    asked = (
        Asked(row, None if row["view_id"] is None else of_item[row["item_id"], row["coordinates"]])
        for row in rows
    )
    return Sample(tuple(asked), cases, all_cases)
