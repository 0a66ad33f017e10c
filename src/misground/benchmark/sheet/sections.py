"""The sections of a contact sheet, as blocks of equal width from top to bottom."""

from collections.abc import Iterator, Sequence
from typing import Final

from PIL import Image

from misground.anatomy import PLANES
from misground.benchmark.load import Benchmark
from misground.benchmark.sheet.choice import Cell, ShownItem
from misground.benchmark.sheet.layout import GREY, WHITE, paragraph, side_by_side, stacked
from misground.benchmark.sheet.parts import Look, captions, item_head, picture, text_card
from misground.records import COORDINATES, PROMPTS

_TITLE: Final = "MIS-Ground: one example of each kind of question"
_LEGEND: Final = (
    "Viewing coordinates: the patient's right is at the left of axial and coronal slices, anterior at the "
    "left of sagittal slices; anterior is at the top of axial slices, superior at the top of the others. "
    "Storage coordinates: the RAS+ array as stored, first axis downwards, second axis to the right. The "
    "correct answer is filled."
)
_COMPACT_TITLE: Final = "One fact, asked in many ways"
_COMPACT_LEGEND: Final = (
    "Storage: the array as stored. Viewing: as a radiologist sees it. The correct answer is filled: in "
    "anatomical terms it stays the same; in colloquial terms, which describe the screen, it follows the "
    "picture."
)
_RELATIONS: Final = {
    ("2d", "in_plane"): "In a slice: where A lies relative to B",
    ("3d", "in_plane"): "In a stack: where A lies relative to B within the slice plane",
    ("3d", "cross_slice"): "In a stack: where A lies relative to B along the stack",
}
_WHOLE: Final = ("slice_direction", "stack_order")
_MARKED: Final = tuple(prompt for prompt in PROMPTS if prompt != "none")
_COMPACT_STACK: Final = (("image", "viewing", "box"), ("blank", "viewing", "box"))
_CARDS: Final = 3
_PROBES: Final = (
    ("naming", "mask"),
    ("reversed", "none"),
    ("reordered", "none"),
    ("mirrored", "none"),
    ("mirrored", "mask"),
)
"""The probes on the sheet, each in viewing coordinates with a prompt."""


_COUNTED: Final = ("cases", "items", "questions", "probes", "views")


class Sections:
    """Draws the blocks of a sheet; only the pictures of one item are in memory at a time."""

    def __init__(self, benchmark: Benchmark, look: Look) -> None:
        self.benchmark = benchmark
        self.look = look

    def full(self, items: Sequence[ShownItem]) -> Iterator[Image.Image]:
        """One example of each kind of question, then marks on a blank canvas, then text-only questions."""
        yield self._title(_TITLE, self._about(), _LEGEND)
        relations = [item for item in items if item.kind[:2] in _RELATIONS]
        for kind, title in _RELATIONS.items():
            yield from self._section(title, [i for i in relations if i.kind[:2] == kind], "image")
        whole = [item for item in items if item.kind[1] in _WHOLE and item.of("image")]
        if whole:
            yield self._heading("A whole stack: its plane and its order")
            yield from self._whole_stacks(whole)
        yield from self._section("Marks only, on a blank canvas", relations, "blank")
        words = [item for item in relations if item.of("text_only")]
        if words:
            yield self._heading("Text only, without a picture")
            yield from self._cards(words)
        asked = [next((i for i in relations if i.kind[:2] == kind and i.probes), None) for kind in _RELATIONS]
        if any(asked):
            yield self._heading("Probes: one change, and the right answer stays or turns")
        for item in asked:
            if item is not None:
                yield self._block(item, [_probe_cell(item, *factors) for factors in _PROBES])

    def compact(self, items: Sequence[ShownItem]) -> Iterator[Image.Image]:
        """A slice in all its views, and a stack in two views, of another modality if there is one."""
        yield self._title(_COMPACT_TITLE, _COMPACT_LEGEND)
        shown = [item for item in items if item.kind[:2] in _RELATIONS and item.of("image")]
        flat = [item for item in shown if item.kind[0] == "2d"][:1]
        taken = [item.facts["modality"] for item in flat]
        stacks = [item for item in shown if item.kind[1] == "cross_slice"]
        stacks.sort(key=lambda item: item.facts["modality"] in taken)
        for item in flat:
            yield self._block(item, self._cells(item, "image"))
        for item in stacks[:1]:
            yield self._block(item, [item.cell(*factors) for factors in _COMPACT_STACK])

    def _section(self, title: str, items: Sequence[ShownItem], condition: str) -> Iterator[Image.Image]:
        shown = [item for item in items if item.of(condition)]
        if shown:
            yield self._heading(title)
        for item in shown:
            yield self._block(item, self._cells(item, condition))

    def _cells(self, item: ShownItem, condition: str) -> list[Cell | None]:
        """The pictures of a condition at their places in the grid; blank ones leave its start free."""
        if condition == "image":
            return [item.cell(condition, c, p) for c in COORDINATES for p in PROMPTS]
        lines = [[item.cell(condition, c, p) for p in _MARKED] for c in COORDINATES]
        if item.kind[0] == "2d":
            return [None, None, *lines[0], *lines[1]]
        return [None, *lines[0], None, *lines[1]]

    def _block(self, item: ShownItem, cells: Sequence[Cell | None]) -> Image.Image:
        """The heading of an item above its pictures; blank pictures share one text, shown beside them."""
        look = self.look
        shown = [cell for cell in cells if cell is not None]
        blank = all(cell.condition == "blank" for cell in shown)
        beside = _texts(shown) if blank else []
        above = [] if look.texts else _texts([cell for cell in item.of("image") if cell.prompt == "none"])
        first = (
            stacked([paragraph(text, look.text, look.stack_width) for text in beside], 6) if blank else None
        )
        grid = self._grid(item, cells, texts=look.texts and not blank, first=first)
        return stacked([item_head(item, look, look.inner, texts=above), grid], look.gap // 2, look.inner)

    def _grid(
        self,
        item: ShownItem,
        cells: Sequence[Cell | None],
        *,
        texts: bool,
        first: Image.Image | None = None,
        columns: int | None = None,
    ) -> Image.Image:
        """Cells in as many columns as fit; `first` is placed in the free space at the start."""
        look = self.look
        ids = [cell.view_id for cell in cells if cell is not None and cell.view_id is not None]
        views = {row["view_id"]: row for row in self.benchmark.views(ids)}
        step = look.cell_width(item) + look.gap
        columns = columns or (look.inner + look.gap) // step
        lines = []
        for start in range(0, len(cells), columns):
            above = [(0, first)] if first is not None and start == 0 else []
            below = []
            for place, cell in enumerate(cells[start : start + columns]):
                if cell is not None and cell.view_id in views:
                    words = captions(cell.questions, look, step - look.gap, texts=texts)
                    above.append((place * step, picture(item, cell, views[cell.view_id], look)))
                    below.append((place * step, words))
            wide = columns * step - look.gap
            lines.append(stacked([side_by_side(above, wide), side_by_side(below, wide)], 6))
        return stacked(lines, look.gap // 2)

    def _whole_stacks(self, items: Sequence[ShownItem]) -> Iterator[Image.Image]:
        """One row per plane: the question about the plane at the left, about the order at the right."""
        look = self.look
        half = (look.inner - look.gap) // 2
        for plane in PLANES:
            line = []
            for place, task in enumerate(_WHOLE):
                for item in (item for item in items if item.kind[1:] == (task, plane)):
                    cells = [item.cell("image", coordinates, "none") for coordinates in COORDINATES]
                    grid = self._grid(item, cells, texts=True, columns=2)
                    block = stacked([item_head(item, look, half), grid], look.gap // 2)
                    line.append((place * (half + look.gap), block))
            if line:
                yield side_by_side(line, look.inner)

    def _cards(self, items: Sequence[ShownItem]) -> Iterator[Image.Image]:
        look = self.look
        width = (look.inner - (_CARDS - 1) * look.gap) // _CARDS
        for start in range(0, len(items), _CARDS):
            cards = [
                text_card(item, [row for cell in item.of("text_only") for row in cell.questions], look, width)
                for item in items[start : start + _CARDS]
            ]
            yield side_by_side([(n * (width + look.gap), card) for n, card in enumerate(cards)], look.inner)

    def _title(self, title: str, *lines: str) -> Image.Image:
        look = self.look
        parts = [paragraph(title, look.title, look.inner)]
        parts += [paragraph(line, look.lead, look.inner, GREY) for line in lines]
        return stacked(parts, look.gap // 3, look.inner)

    def _about(self) -> str:
        """The counts, settings, content hash and notes of the benchmark."""
        manifest = self.benchmark.manifest
        counts = manifest.get("counts")
        known = dict(counts) if isinstance(counts, dict) else {}
        if isinstance(known.get("questions"), int) and isinstance(known.get("probes"), int):
            known["questions"] -= known["probes"]
        parts = [f"{known[name]} {name}" for name in _COUNTED if name in known]
        parts += [f"{name} {manifest.get(name)}" for name in ("preset", "seed", "version")]
        notes = manifest.get("notes")
        said = [str(note) for note in notes] if isinstance(notes, list) else []
        return " · ".join([*parts, f"content {str(manifest.get('content_hash'))[:16]}", *said])

    def _heading(self, title: str) -> Image.Image:
        look = self.look
        space = Image.new("RGB", (look.inner, look.gap), WHITE)
        return stacked([space, paragraph(title, look.section, look.inner)], 0)


def _probe_cell(item: ShownItem, probe: str, prompt: str) -> Cell | None:
    factors = ("image", "viewing", prompt, probe)
    return next((c for c in item.probes if (c.condition, c.coordinates, c.prompt, c.probe) == factors), None)


def _texts(cells: Sequence[Cell]) -> list[str]:
    """The questions about the cells, each wording once."""
    return list(dict.fromkeys(row["text"] for cell in cells for row in cell.questions))
