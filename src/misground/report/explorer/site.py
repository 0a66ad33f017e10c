"""All files of the explorer by name, created on demand; server and export deliver the same files."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Final

from misground.benchmark.escaping import file_name
from misground.benchmark.frames import FrameReader
from misground.benchmark.load import Benchmark, open_benchmark
from misground.report.explorer.catalogue import Catalogue, read_catalogue
from misground.report.explorer.detail import detail
from misground.report.explorer.listing import listing
from misground.report.explorer.replies import Replies
from misground.report.explorer.runs import Run, open_runs
from misground.report.explorer.script import script

STATIC: Final = (
    "index.html", "app.css", "icon.svg",
    "js/core.js", "js/store.js", "js/state.js", "js/filters.js", "js/list.js", "js/picture.js",
    "js/evidence.js", "js/grid.js", "js/steps.js", "js/replies.js", "js/detail.js", "js/keys.js",
    "js/main.js",
    "vendor/tabulator.min.js", "vendor/tabulator_simple.min.css", "vendor/LICENSE", "vendor/README.md",
)  # fmt: skip
QUESTIONS: Final = "data/questions.js"
_KEPT_GROUPS: Final = 2  # about 20 MB each; items are viewed in order

_DETAIL: Final = re.compile(r"data/detail/([^/]+)\.js")
_FRAME: Final = re.compile(r"frames/([^/]+)/(\d{2,4})\.png")


class Site:
    """The files of the explorer. `read` knows only their names, so no path can reach another file."""

    def __init__(self, benchmark: Benchmark, catalogue: Catalogue, runs: Sequence[Run]) -> None:
        self.benchmark = benchmark
        self.catalogue = catalogue
        self.runs = runs
        self._replies = Replies(runs)
        self._frames = FrameReader(benchmark, groups=_KEPT_GROUPS)
        self._items = {file_name(item_id): number for item_id, number in catalogue.item_numbers.items()}
        self._views = {file_name(view_id): view_id for view_id in catalogue.view_ids}

    def read(self, name: str) -> bytes | None:
        """The content of a file.

        Args:
            name: the file's name, with forward slashes.

        Returns:
            The content; None if the explorer has no such file.

        Raises:
            MisgroundError: the benchmark or a run cannot be read.
        """
        if name in STATIC:
            return files("misground.report.explorer").joinpath("static", *name.split("/")).read_bytes()
        if name == QUESTIONS:
            return self.questions
        if found := _DETAIL.fullmatch(name):
            item = self._items.get(found[1])
            return None if item is None else self.detail(item)
        if (found := _FRAME.fullmatch(name)) and found[1] in self._views:
            view_id, number = self._views[found[1]], int(found[2])
            return self._frames.frame(view_id, number) if name == frame_name(view_id, number) else None
        return None

    @cached_property
    def questions(self) -> bytes:
        """The script with the list of questions, created once."""
        return script("questions", listing(self.benchmark, self.catalogue, self.runs))

    def detail(self, item: int) -> bytes:
        """The script with one item, by its number in the catalogue."""
        value = detail(self.benchmark, self.catalogue, self._replies, item)
        return script(f"detail/{file_name(self.catalogue.item_ids[item])}", value)

    def frames(self, view_id: str) -> tuple[bytes, ...]:
        """The pictures of a view, in display order."""
        return self._frames.frames(view_id)

    def close(self) -> None:
        """Close the files of the runs."""
        self._replies.close()


@contextmanager
def open_site(out: Path, results: Sequence[Path]) -> Iterator[Site]:
    """The explorer of a benchmark folder and of runs on it, closed at the end of the block.

    Args:
        out: a finished benchmark folder.
        results: log folders or results.parquet files.

    Raises:
        UsageError: the benchmark or a run cannot be used.
    """
    benchmark = open_benchmark(out)
    catalogue = read_catalogue(benchmark)
    site = Site(benchmark, catalogue, open_runs(results, catalogue, benchmark.content_hash))
    try:
        yield site
    finally:
        site.close()


def detail_name(item_id: str) -> str:
    """The file name of an item's script."""
    return f"data/detail/{file_name(item_id)}.js"


def frame_name(view_id: str, number: int) -> str:
    """The file name of a picture: frame `number` of a view, from 0."""
    return f"frames/{file_name(view_id)}/{number:02d}.png"
