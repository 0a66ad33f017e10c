"""The documentation of the columns: every column has it, and what it says of nulls is true."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.records import schemas
from misground.records.columns import COLUMNS, fields

SCHEMAS = {name: value for name, value in vars(schemas).items() if isinstance(value, pa.Schema)}


def test_a_struct_in_a_list_has_its_fields_listed() -> None:
    inner = pa.list_(pa.struct([("x", pa.int32())]))
    schema = pa.schema([("a", pa.string()), ("b", inner)])
    assert list(fields(schema)) == [("a", pa.string()), ("b", inner), ("b.x", pa.int32())]


def test_every_schema_is_documented() -> None:
    assert set(COLUMNS) == set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_column_is_documented_and_no_other(name: str) -> None:
    assert set(COLUMNS[name]) == {path for path, _ in fields(SCHEMAS[name])}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_meaning_is_a_sentence_and_fits_a_table(name: str) -> None:
    for path, column in COLUMNS[name].items():
        assert column.meaning[0].isupper() or column.meaning[0] == "`", path
        assert column.meaning.endswith("."), path
        assert "|" not in f"{column.meaning}{column.null}", path
        assert "\n" not in f"{column.meaning}{column.null}", path


@pytest.fixture(scope="module")
def built(once: Callable[..., Path], misground: Callable[..., Any]) -> Path:
    """A small benchmark of a torso and a knee: the one that the tests of evaluation build too."""

    def make(out: Path) -> None:
        made = misground("build", "phantom:torso?n=1", "phantom:knee?n=1", "--seed", 3, "-o", out)
        assert made.returncode == 0, made.stderr

    return once("evaluated-mini", make)


def nulls(rows: list[dict[str, Any]], path: str) -> int:
    """How many values of a column are null, in structs and lists of structs too."""

    def values(value: Any, names: list[str]) -> Iterator[Any]:
        if not names:
            yield value
        elif isinstance(value, list):
            for one in value:
                yield from values(one, names)
        elif value is not None:
            yield from values(value[names[0]], names[1:])

    return sum(value is None for row in rows for value in values(row, path.split(".")))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "files"),
    [("CASES", "cases.parquet"), ("QUESTIONS", "questions/*.parquet"), ("VIEWS", "views/*.parquet")],
)
def test_columns_are_null_where_the_docs_say_so(built: Path, name: str, files: str) -> None:
    rows = [row for path in built.glob(files) for row in pq.read_table(path, partitioning=None).to_pylist()]
    assert rows
    for path, column in COLUMNS[name].items():
        assert (nulls(rows, path) > 0) == (column.null is not None), path
