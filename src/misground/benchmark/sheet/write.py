"""`misground sheet`: one picture with one example of each kind of question, for visual inspection.

A kind is a (condition, task, dimension, plane, coordinates, prompt). Each row shows one item, so that the
same fact is seen under every combination of the factors.
"""

import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
from PIL import Image

from misground.benchmark.files import replacing
from misground.benchmark.load import Benchmark, open_benchmark
from misground.benchmark.sheet.choice import ITEM_COLUMNS, ShownItem, arrange, choose_items
from misground.benchmark.sheet.layout import WHITE, in_palette
from misground.benchmark.sheet.parts import COMPACT, FULL, Look
from misground.benchmark.sheet.sections import Sections
from misground.benchmark.sheet.stamp import is_sheet, stamped
from misground.errors import UsageError

KEPT: Final = "no new sheet was written"


def write_sheet(out: Path, to: Path | None, *, compact: bool = False) -> Path:
    """Draw the contact sheet of a benchmark folder and write it as a PNG.

    The same benchmark always gives the same picture.

    Args:
        out: a finished benchmark folder.
        to: the file; None for `OUT-sheet.png` beside the folder. An earlier sheet is replaced.
        compact: draw a small sheet with two items, for example for the top of a page.

    Returns:
        The path of the file.

    Raises:
        UsageError: `out` is not a finished benchmark, or `to` cannot be the sheet or is another file.
        WorkError: the file cannot be written.
    """
    benchmark = open_benchmark(out)
    target = _target(out, to)
    with replacing(target, kept=KEPT) as temporary:
        items = _items(benchmark)
        sections = Sections(benchmark, COMPACT if compact else FULL)
        sheet = _assemble(sections.compact(items) if compact else sections.full(items), sections.look)
        file = io.BytesIO()
        sheet.save(file, format="PNG", optimize=True)
        temporary.write_bytes(stamped(file.getvalue()))
        _check_free(target)  # again: drawing takes a while
    return target


def _target(out: Path, to: Path | None) -> Path:
    if to is None:
        folder = out if out.name not in {"", ".."} else out.resolve()
        target = folder.with_name(f"{folder.name}-sheet.png")
        _check_free(target)
        return target
    if to.is_dir():
        raise UsageError(f"{to} is a folder, expected the PNG file to write")
    if Path(os.path.realpath(to)).is_relative_to(os.path.realpath(out)):
        raise UsageError(f"{to} is inside the benchmark folder, which must not change: write it elsewhere")
    _check_free(to)
    return to


def _check_free(target: Path) -> None:
    """Refuse to replace anything but an earlier sheet."""
    if os.path.lexists(target) and (target.is_symlink() or not is_sheet(target)):
        raise UsageError(
            f"{target} exists and is not an unchanged contact sheet of this version, so it would be lost: "
            "move it, or name another file with -o"
        )


def _items(benchmark: Benchmark) -> list[ShownItem]:
    columns = benchmark.questions(ITEM_COLUMNS, pc.field("probe").is_null())
    rows = columns.group_by(list(ITEM_COLUMNS), use_threads=False).aggregate([]).to_pylist()
    chosen = [row["item_id"] for row in choose_items(rows)]
    if not chosen:
        raise UsageError(f"{benchmark.root}: the benchmark has no questions, so there is nothing to show")
    questions = benchmark.questions(where=pc.field("item_id").isin(chosen))
    return arrange(questions.to_pylist(), chosen)


def _assemble(blocks: Iterable[Image.Image], look: Look) -> Image.Image:
    """The blocks one below the other within the margins, in the sheet's colours."""
    drawn = [
        in_palette(block) for block in blocks
    ]  # one byte per pixel, so that a whole sheet needs little memory
    height = sum(block.height for block in drawn) + look.gap * (len(drawn) - 1) + 2 * look.margin
    sheet = in_palette(Image.new("RGB", (look.width, height), WHITE))
    y = look.margin
    for block in drawn:
        sheet.paste(block, (look.margin, y))
        y += block.height + look.gap
    return sheet
