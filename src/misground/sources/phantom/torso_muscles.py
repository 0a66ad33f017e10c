"""The labelled muscles of the back and the hip."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from misground.sources.phantom.body import FAT, MUSCLE, Body
from misground.sources.phantom.compose import both_sides, clip, merged, union
from misground.sources.phantom.lofts import Section, loft, spline, spread
from misground.sources.phantom.painter import Stroke
from misground.sources.phantom.shapes import Shape, Triple, plate, tube

# Deep back muscles of one side: (z, centre x, centre y, semi-axis x, semi-axis y).
_BACK = (
    (72, 15, -108, 9, 7),
    (100, 20, -100, 17, 13),
    (138, 29, -82, 26, 22),
    (170, 34, -77, 31, 25),
    (210, 37, -82, 32, 25),
    (250, 39, -92, 34, 22),
    (285, 36, -100, 32, 19),
    (340, 32, -109, 28, 16),
    (400, 29, -113, 25, 15),
    (460, 27, -110, 23, 15),
    (515, 25, -97, 21, 17),
    (560, 21, -76, 18, 18),
    (625, 20, -66, 18, 18),
)
_PSOAS = (
    (31, -48, 268),
    (37, -36, 225),
    (40, -26, 186),
    (44, -20, 155),
    (54, -16, 122),
    (69, -6, 92),
    (78, 8, 64),
    (84, 22, 38),
    (89, 25, 12),
    (93, 16, -12),
    (97, -2, -36),
    (104, -28, -54),
)
_PSOAS_RADII = (6, 12, 15, 16.5, 18, 18, 17.5, 17, 15, 12, 9, 7)


def _fan(corners: Sequence[Triple], triangles: Sequence[tuple[int, int, int]], radius: float) -> Shape:
    return union(*(plate(corners[a], corners[b], corners[c], radius) for a, b, c in triangles))


def muscles(body: Body) -> Iterator[Stroke]:
    """Back, gluteal and hip flexor muscles in a sheath of fat; bones are painted over them later."""
    value = MUSCLE + 5 + body.organ // 4
    for side in (1, -1):
        for stroke in _of_one_side(side, value):
            yield replace(stroke, rim=(2.8, FAT + 20))


def _of_one_side(side: int, value: int) -> Iterator[Stroke]:
    word = "right" if side > 0 else "left"
    sections: list[Section] = [(z, side * x, y, a, b) for z, x, y, a, b in _BACK]
    yield Stroke(clip(loft(sections, 0.4), (-side, 0, 0), -3), value, f"autochthon_{word}")

    corners = both_sides(
        [(52, -98, 98), (30, -106, 26), (138, -64, 10), (124, -52, -52), (46, -92, -28), (84, -88, 92)], side
    )
    maximus = _fan(corners, ((0, 1, 2), (1, 4, 2), (4, 3, 2), (0, 5, 2)), 13.5)
    yield Stroke(merged(maximus, 12), value - 6, f"gluteus_maximus_{word}")
    corners = both_sides([(94, -76, 122), (136, -24, 128), (144, 10, 92), (142, -30, 6)], side)
    yield Stroke(_fan(corners, ((0, 1, 3), (1, 2, 3)), 13), value - 2, f"gluteus_medius_{word}")
    corners = both_sides([(98, -48, 78), (124, 8, 80), (120, 14, 40), (132, -30, 6)], side)
    yield Stroke(_fan(corners, ((0, 1, 3), (1, 2, 3)), 9), value + 4, f"gluteus_minimus_{word}")
    corners = both_sides([(60, 2, 34), (62, -46, 24), (44, -22, -30), (34, 8, -14)], side)
    yield Stroke(_fan(corners, ((0, 1, 2), (0, 2, 3)), 8), value)

    psoas = tube(spline(both_sides(_PSOAS, side), 2), spread(_PSOAS_RADII, 2))
    corners = both_sides([(80, -56, 116), (116, -20, 120), (120, 8, 92), (88, 12, 54), (76, -34, 84)], side)
    iliacus = _fan(corners, ((0, 1, 4), (1, 2, 4), (2, 3, 4)), 8)
    yield Stroke(union(psoas, iliacus), value + 3, f"iliopsoas_{word}")
