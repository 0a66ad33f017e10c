"""Results made by hand: rows of the schema from a few words."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("polars")

from misground.analysis.results import Run, read_runs
from misground.records.schemas import RESULTS

PLAIN: dict[str, Any] = {
    "run_id": "run0", "benchmark_hash": "bench", "modality": "ct", "dimension": "2d", "plane": "axial",
    "task": "in_plane", "axis": "x", "structure_a": "liver", "structure_b": "spleen",
    "coordinates": "viewing", "prompt": "none", "terms": "anatomical", "condition": "image",
    "options": ["left", "right"],
    "answer": "left", "model": "lab/model", "decoding": "default", "decoding_settings": "{}", "epoch": 1,
    "outcome": "correct", "completion": "Answer: left", "stack_reversed": None,
}  # fmt: skip


def row(number: int, **values: Any) -> dict[str, Any]:
    """A row of results: question `number`, in a case and an item of its own unless told."""
    ids = {"question_id": f"q{number}", "item_id": f"i{number}", "case_id": f"c{number}"}
    return {**dict.fromkeys(RESULTS.names), **PLAIN, **ids, **values}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(rows, name): a results.parquet in a folder of that name."""

    def written(rows: Iterable[Mapping[str, Any]], name: str = "run") -> Path:
        path = tmp_path / name / "results.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows), RESULTS), path)
        return path

    return written


@pytest.fixture
def read(write: Callable[..., Path]) -> Callable[..., Run]:
    """read(rows): the one run that these rows are."""

    def found(rows: Iterable[Mapping[str, Any]], name: str = "run") -> Run:
        (run,) = read_runs([write(rows, name)])
        return run

    return found
