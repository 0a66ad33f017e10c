"""Reading a benchmark folder: its tables whole, its views one at a time.

Pictures make up nearly all of a benchmark, so a view is looked up in an index of the `view_id` columns and
then read alone, with the row group that holds it; a build writes a row group an item.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from misground.benchmark.folder import Folder
from misground.benchmark.places import store_hint
from misground.benchmark.settings import FORMAT
from misground.errors import UsageError
from misground.records.door.cases import check_cases, check_skipped
from misground.records.door.json_file import NotJSONError, read_json_object
from misground.records.door.parquet import TableFile
from misground.records.door.questions import check_question_ids, check_questions
from misground.records.door.references import check_references
from misground.records.door.rows import shown
from misground.records.door.shapes import check_manifest
from misground.records.door.views import OF_VIEW, check_views, without_paths
from misground.records.limits import (
    EXPANSION,
    MOST_CASES,
    MOST_FILES,
    MOST_QUESTIONS,
    MOST_TABLE_BYTES,
    MOST_VIEWS,
)
from misground.records.schemas import CASES, QUESTIONS, SKIPPED, VIEWS

_NEEDED: Final = ("view_id", "slices", "width", "height")
"""Columns of views without which others cannot be checked."""


@dataclass(frozen=True)
class ViewPlace:
    """Where a view lies: a file, a row group of it, a row of that group."""

    path: Path
    row_group: int
    row: int


@dataclass(frozen=True)
class Benchmark:
    """A finished benchmark folder. Only the manifest is read when it is opened.

    Every method that reads a table raises UsageError if a file is missing or unreadable, lacks a column,
    exceeds a limit (`misground.records.limits`), or holds a row that no build writes.

    Attributes:
        root: the folder.
        manifest: version, seed, preset, settings, counts and hashes of the build.
    """

    root: Path
    manifest: dict[str, Any] = field(repr=False)

    @property
    def folder(self) -> Folder[Path]:
        """The paths in the folder."""
        return Folder(self.root)

    @property
    def content_hash(self) -> str:
        """The hash that identifies the benchmark: equal hashes mean the same questions and pictures.

        Raises:
            UsageError: the manifest does not name it.
        """
        found = self.manifest.get("content_hash")
        if not isinstance(found, str):
            raise UsageError(f"{self.folder.manifest} has no content_hash: build the benchmark again")
        return found

    def questions(self, columns: Sequence[str] | None = None, where: pc.Expression | None = None) -> pa.Table:
        """Read the questions, in the order on disk.

        Args:
            columns: the columns to read; all of `misground.records.schemas.QUESTIONS` by default.
            where: keeps the rows for which this expression is true.

        Examples:
            >>> import pyarrow.compute as pc
            >>> benchmark = open_benchmark("knees")
            >>> benchmark.questions(["task", "text"]).schema.names
            ['task', 'text']
            >>> marked = benchmark.questions(where=pc.field("prompt") == "box")
            >>> marked["prompt"].unique().to_pylist()
            ['box']
        """
        tables = self._questions
        kept = tables if where is None else tables.filter(where)
        return kept if columns is None else kept.select(list(columns))

    @cached_property
    def _questions(self) -> pa.Table:
        """All questions, read and checked once."""
        tables: list[tuple[str, pa.Table]] = []
        for path in self._files("questions"):
            with _open(path, QUESTIONS, MOST_QUESTIONS) as file:
                table = file.read(QUESTIONS, MOST_TABLE_BYTES, EXPANSION)
            check_questions(table, str(path))
            tables.append((str(path), table))
        if not tables:
            raise UsageError(f"{self.root}: no questions/*.parquet, expected a finished benchmark")
        check_question_ids(tables)
        return pa.concat_tables([table for _, table in tables])

    def cases(self) -> pa.Table:
        """Read the cases that were used.

        Examples:
            >>> open_benchmark("knees").cases()["side"].to_pylist()
            ['right']
        """
        path = self.folder.cases
        with _open(path, CASES, MOST_CASES) as file:
            table = file.read(CASES, MOST_TABLE_BYTES, EXPANSION)
        check_cases(table, str(path))
        return table

    def skipped(self) -> pa.Table:
        """Read the cases that were not used, each with the reason.

        Examples:
            >>> open_benchmark("knees").skipped().num_rows
            0
        """
        path = self.folder.skipped
        with _open(path, SKIPPED, MOST_CASES) as file:
            table = file.read(SKIPPED, MOST_TABLE_BYTES, EXPANSION)
        check_skipped(table, str(path))
        return table

    @cached_property
    def view_index(self) -> dict[str, ViewPlace]:
        """view_id -> where it first lies, in the order on disk; made once, without reading pictures.

        Each view that a question names must be there and show what the question is about.
        """
        index: dict[str, ViewPlace] = {}
        schema = pa.schema([VIEWS.field(name) for name in OF_VIEW])
        tables = [schema.empty_table()]
        for path in self._files("views"):
            with _open(path, VIEWS, MOST_VIEWS) as file:
                table, sizes = file.read(schema, MOST_TABLE_BYTES, EXPANSION), file.group_sizes
            check_views(table, str(path))
            tables.append(table)
            rows = ((group, row) for group, size in enumerate(sizes) for row in range(size))
            for view_id, (group, row) in zip(table["view_id"].to_pylist(), rows, strict=True):
                index.setdefault(view_id, ViewPlace(path, group, row))
        check_references(self._questions, pa.concat_tables(tables), str(self.root))
        return index

    def _files(self, folder: str) -> list[Path]:
        paths = sorted((self.root / folder).glob("*.parquet"))
        if len(paths) > MOST_FILES:
            raise UsageError(f"{self.root / folder}: {len(paths):,} files, expected at most {MOST_FILES:,}")
        return paths

    def view(self, view_id: str) -> dict[str, Any]:
        """Read one view with its pictures.

        Args:
            view_id: as in the column `view_id` of a question.

        Returns:
            A row of `misground.records.schemas.VIEWS`. Its frames are PNG files.

        Raises:
            UsageError: the benchmark has no such view.

        Examples:
            >>> import pyarrow.compute as pc
            >>> benchmark = open_benchmark("knees")
            >>> question = benchmark.questions(where=pc.field("prompt") == "box").to_pylist()[0]
            >>> view = benchmark.view(question["view_id"])
            >>> view["frames"][0]["bytes"][:4]
            b'\x89PNG'
            >>> sorted({mark["label"] for mark in view["marks"]})
            ['A', 'B']
        """
        return next(iter(self.views([view_id])))

    def views(self, ids: Iterable[str], columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """Read several views, each once, in the order on disk. One row group is in memory at a time.

        Args:
            ids: as in the column `view_id` of questions.
            columns: the columns to read, such as the marks without the pictures; all by default.

        Raises:
            UsageError: the benchmark lacks one of them.

        Examples:
            >>> benchmark = open_benchmark("knees")
            >>> ids = benchmark.questions(["view_id"])["view_id"].drop_null().to_pylist()
            >>> planes = {view["plane"] for view in benchmark.views(ids, ["plane"])}
            >>> planes <= {"axial", "coronal", "sagittal"}
            True
        """
        wanted: dict[tuple[Path, int], list[int]] = {}
        for place in map(self.place, sorted(set(ids))):
            wanted.setdefault((place.path, place.row_group), []).append(place.row)
        names = VIEWS.names if columns is None else list(columns)
        for path, groups in groupby(sorted(wanted), key=itemgetter(0)):
            with _open(path, VIEWS, MOST_VIEWS) as file:
                for key in groups:
                    yield from _read_group(file, key[1], names, sorted(wanted[key])).to_pylist()

    def group(self, place: ViewPlace, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """All views of a row group; only some columns."""
        names = VIEWS.names if columns is None else list(columns)
        with _open(place.path, VIEWS, MOST_VIEWS) as file:
            found: list[dict[str, Any]] = _read_group(file, place.row_group, names).to_pylist()
        return found

    def place(self, view_id: str) -> ViewPlace:
        """Where a view lies."""
        place = self.view_index.get(view_id)
        if place is None:
            raise UsageError(
                f"{self.root}: no view {view_id} in views/*.parquet: the folder is incomplete, build it again"
            )
        return place


def open_benchmark(out: str | Path) -> Benchmark:
    """Open a benchmark folder for reading.

    Args:
        out: the folder that `misground build` wrote.

    Raises:
        UsageError: `out` is not a finished benchmark: it is no folder, has no manifest, holds an unfinished
            build, or has a manifest of another format.

    Examples:
        The folder comes from `misground build "phantom:knee?n=1" -o knees --max-questions 60`.

        >>> benchmark = open_benchmark("knees")
        >>> benchmark.manifest["counts"]["cases"]
        1
        >>> benchmark.cases()["case_id"].to_pylist()
        ['knee-0000']
    """
    out = Path(out)
    folder = Folder(out)
    if not out.is_dir():
        raise UsageError(
            f"{out} {'is a file' if out.exists() else 'does not exist'}, expected a benchmark folder"
            + store_hint(out)
        )
    if not folder.manifest.is_file():
        if folder.work.is_dir():
            raise UsageError(
                f"{out} contains an unfinished build: run the same `misground build` again to finish it"
            )
        raise UsageError(
            f"{out} is not a benchmark (no manifest.json): expected a folder written by `misground build`"
        )
    try:
        manifest = read_json_object(folder.manifest)
    except NotJSONError as error:
        raise UsageError(f"{error}; expected a manifest of format {FORMAT}") from error
    if manifest.get("format") != FORMAT:
        found = shown(manifest["format"]) if "format" in manifest else "'no format'"
        raise UsageError(f"{folder.manifest}: found {found}, expected a manifest of format {FORMAT}")
    check_manifest(manifest, str(folder.manifest))
    return Benchmark(out, manifest)


def _open(path: Path, schema: pa.Schema, most_rows: int) -> TableFile:
    """An open Parquet file that holds the columns of `schema`."""
    if not path.exists():
        raise UsageError(f"{path} is missing, expected a finished benchmark")
    file = TableFile(path, most_rows, advice=": build it again")
    try:
        file.check_columns(schema)
    except BaseException:
        file.close()
        raise
    return file


def _read_group(
    file: TableFile, group: int, names: Sequence[str], rows: Sequence[int] | None = None
) -> pa.Table:
    """Checked views of a row group; `rows`: only these."""
    needed = dict.fromkeys([*names, *_NEEDED])
    table = file.group(group, pa.schema([VIEWS.field(name) for name in needed]))
    check_views(table, file.name, file.first_row(group))
    table = table if rows is None else table.take(rows)
    if "frames" in names:
        table = without_paths(table)
    return table.select(list(names))
