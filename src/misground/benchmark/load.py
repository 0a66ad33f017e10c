"""Reading a benchmark folder: its tables whole, its views one at a time.

Pictures make up nearly all of a benchmark, so a view is looked up in an index of the `view_id` columns and
then read alone, with the row group that holds it; a build writes a row group an item.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from misground.benchmark.folder import Folder, read_json
from misground.benchmark.places import store_hint
from misground.benchmark.settings import FORMAT
from misground.errors import UsageError
from misground.records.schemas import CASES, QUESTIONS, SKIPPED, VIEWS


@dataclass(frozen=True)
class ViewPlace:
    """Where a view lies: a file, a row group of it, a row of that group."""

    path: Path
    row_group: int
    row: int


@dataclass(frozen=True)
class Benchmark:
    """A finished benchmark folder. Only the manifest is read when it is opened.

    Every method that reads a table raises UsageError if a file is missing, unreadable, or lacks a column.

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
        paths = sorted(self.folder.questions.parent.glob("*.parquet"))
        if not paths:
            raise UsageError(f"{self.root}: no questions/*.parquet, expected a finished benchmark")
        return pa.concat_tables([_read_table(path, QUESTIONS, columns, where) for path in paths])

    def cases(self) -> pa.Table:
        """Read the cases that were used.

        Examples:
            >>> open_benchmark("knees").cases()["side"].to_pylist()
            ['right']
        """
        return _read_table(self.folder.cases, CASES)

    def skipped(self) -> pa.Table:
        """Read the cases that were not used, each with the reason.

        Examples:
            >>> open_benchmark("knees").skipped().num_rows
            0
        """
        return _read_table(self.folder.skipped, SKIPPED)

    @cached_property
    def view_index(self) -> dict[str, ViewPlace]:
        """view_id -> where it first lies, in the order on disk; made once, from the id columns alone."""
        index: dict[str, ViewPlace] = {}
        for path in sorted((self.root / "views").glob("*.parquet")):
            with _open(path, VIEWS) as file:
                for group in range(file.num_row_groups):
                    ids = _read_group(file, path, group, ["view_id"])
                    for number, row in enumerate(ids):
                        index.setdefault(row["view_id"], ViewPlace(path, group, number))
        return index

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
        for path, group in sorted(wanted):
            with _open(path, VIEWS) as file:
                yield from _read_group(file, path, group, columns, sorted(wanted[path, group]))

    def group(self, place: ViewPlace, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """All views of a row group; only some columns."""
        with _open(place.path, VIEWS) as file:
            return _read_group(file, place.path, place.row_group, columns)

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
    manifest = read_json(folder.manifest)
    if manifest.get("format") != FORMAT:
        found = manifest.get("format", "no format")
        raise UsageError(f"{folder.manifest}: found {found!r}, expected a manifest of format {FORMAT}")
    return Benchmark(out, manifest)


def _read_table(
    path: Path, schema: pa.Schema, columns: Sequence[str] | None = None, where: pc.Expression | None = None
) -> pa.Table:
    with _open(path, schema):
        names = list(schema.names if columns is None else columns)
    try:
        # A folder called `a=b` above the file is no column.
        return pq.read_table(path, columns=names, filters=where, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _read_group(
    file: pq.ParquetFile,
    path: Path,
    group: int,
    columns: Sequence[str] | None,
    rows: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    names = list(VIEWS.names if columns is None else columns)
    try:
        table = file.read_row_group(group, columns=names)
        found: list[dict[str, Any]] = (table if rows is None else table.take(rows)).to_pylist()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    return found


def _open(path: Path, schema: pa.Schema) -> pq.ParquetFile:
    """An open Parquet file that holds the columns of `schema`."""
    try:
        file = pq.ParquetFile(path)
    except FileNotFoundError as error:
        raise UsageError(f"{path} is missing, expected a finished benchmark") from error
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    found = file.schema_arrow
    for wanted in schema:
        at = found.get_field_index(wanted.name)
        if at < 0 or not found.field(at).type.equals(wanted.type):
            file.close()
            kind = "no such column" if at < 0 else str(found.field(at).type)
            raise UsageError(f"{path}: column {wanted.name}: found {kind}, expected {wanted.type}")
    return file


def _unreadable(path: Path, error: Exception) -> UsageError:
    return UsageError(
        f"{path} cannot be read as Parquet ({' '.join(str(error).split())[:160]}): build it again"
    )
