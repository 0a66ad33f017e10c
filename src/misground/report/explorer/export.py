"""The explorer as a folder that opens from a disk or a file share without a server."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from misground.benchmark.files import NOTHING_WRITTEN, write_error
from misground.errors import UsageError
from misground.report.explorer.site import QUESTIONS, STATIC, Site, detail_name, frame_name, open_site


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
    _check_target(to, out)
    with open_site(out, results) as site, _writing(to) as part:
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


def _check_target(to: Path, out: Path) -> None:
    try:
        if to.resolve().is_relative_to(out.resolve()) and out.is_dir():
            raise UsageError(f"{to} is inside the benchmark folder, which must not change: export elsewhere")
        if to.exists() and not to.is_dir():
            raise UsageError(f"{to} is a file, expected an empty or new folder: name another with --export")
        if to.is_dir() and any(to.iterdir()):
            raise UsageError(
                f"{to} contains other files, expected an empty or new folder: name another with --export"
            )
    except OSError as error:
        raise UsageError(f"cannot read {to}: {error.strerror or error}") from error


@contextmanager
def _writing(to: Path) -> Iterator[Path]:
    """A folder beside `to` that replaces it when the block succeeds and is removed otherwise."""
    target = to.resolve()
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        if target.is_dir():
            target.rmdir()
        part.replace(target)
    except OSError as error:
        raise write_error(error, to, kept=NOTHING_WRITTEN) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
