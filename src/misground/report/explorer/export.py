"""The explorer as a folder that opens from a disk or a file share without a server."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from misground.benchmark.written import FolderKind, Input, check_target, writing_folder
from misground.report.explorer.site import QUESTIONS, STATIC, Site, detail_name, frame_name, open_site
from misground.report.inputs import log_folders

PAGES: Final = FolderKind(
    noun="explorer",
    names=re.compile(
        "|".join(map(re.escape, (*STATIC, QUESTIONS)))
        + r"|data/detail/[a-z0-9_~-]+\.js|frames/[a-z0-9_~-]+/[0-9]{2,4}\.png"
    ),
    option="--export",
    private=True,
)


@dataclass(frozen=True)
class Exported:
    """What was written: the number of files, and their total size in bytes."""

    files: int
    bytes: int


def export_static(
    out: Path, results: Sequence[Path], to: Path, *, progress: Callable[[int, int], None] | None = None
) -> Exported:
    """Write the explorer of a benchmark and its runs into a new folder, completely or not at all.

    Args:
        out: a finished benchmark folder.
        results: log folders or results.parquet files of runs on it.
        to: a folder that does not exist or is empty; its index.html is the page.
        progress: called with (done, total) after each item and each view.

    Raises:
        UsageError: `out`, `results` or `to` cannot be used.
        WorkError: the folder cannot be written.
    """
    inputs = [Input(out, "the benchmark folder"), *log_folders(results)]
    check_target(to, PAGES, inputs)
    with open_site(out, results) as site, writing_folder(to, PAGES, inputs) as writing:
        part = writing.folder
        total = len(site.catalogue.item_ids) + len(site.catalogue.view_ids)
        count = size = 0
        for step, written in enumerate(_write(site, part)):
            for path, content in written:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                count, size = count + 1, size + len(content)
            if progress is not None and step:
                progress(step, total)
        return Exported(count, size)


def _write(site: Site, to: Path) -> Iterator[list[tuple[Path, bytes]]]:
    """The files, by step: the page, then an item or a view each."""
    page = [(name, site.read(name)) for name in (*STATIC, QUESTIONS)]
    yield [(to / name, content) for name, content in page if content is not None]
    for number, item_id in enumerate(site.catalogue.item_ids):
        yield [(to / detail_name(item_id), site.detail(number))]
    # In the order on disk, so that each row group of pictures is read once.
    for view_id in sorted(site.catalogue.view_ids, key=lambda each: _place(site, each)):
        frames = site.frames(view_id)
        yield [(to / frame_name(view_id, number), content) for number, content in enumerate(frames)]


def _place(site: Site, view_id: str) -> tuple[Path, int, int]:
    place = site.benchmark.place(view_id)
    return place.path, place.row_group, place.row
