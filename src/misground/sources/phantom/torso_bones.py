"""The skeleton of the torso."""

from collections.abc import Iterator
from math import asin, atan2, cos, degrees, radians, sin, sqrt

from misground.sources.phantom.body import (
    CARTILAGE,
    RIB_CAGE_FULLNESS,
    SPONGY_BONE,
    Body,
    rib_cage_at,
    spine_line,
    spine_y,
)
from misground.sources.phantom.compose import both_sides, boxed, clip, cut, merged, union
from misground.sources.phantom.lofts import loft, spline, spread
from misground.sources.phantom.painter import Stroke
from misground.sources.phantom.shapes import Shape, Triple, cylinder, ellipsoid, plate, tube

_CORTEX = 560
_INF = 1e6

# Vertebra: (bottom, top, half width, half depth of the body), C4 to L5 from above.
_VERTEBRAE = (
    (591, 605, 13, 8.5),
    (577, 591, 13, 8.5),
    (562.5, 577, 13.5, 9),
    (547.5, 562.5, 14, 9),
    (528.5, 547.5, 15, 10),
    (508.5, 528.5, 15, 11),
    (488, 508.5, 15, 12),
    (467, 488, 15, 13),
    (445, 467, 15.5, 14),
    (422, 445, 16, 14.5),
    (398.5, 422, 16.5, 15),
    (374.5, 398.5, 17, 15.5),
    (350, 374.5, 18, 16),
    (325, 350, 19, 16.5),
    (299, 325, 20, 16.5),
    (272, 299, 21, 17),
    (239, 272, 22, 17),
    (205, 239, 23, 17.5),
    (170, 205, 24, 18),
    (135, 170, 25, 18),
    (100, 135, 26, 18),
)
_LUMBAR = 5

# Rib: (z of its head, drop to its front end, angle of the front end from the back in degrees).
_RIBS = (
    (541, 36, 148),
    (528, 52, 152),
    (508, 66, 152),
    (487, 80, 150),
    (466, 92, 148),
    (444, 98, 145),
    (421, 102, 139),
    (397, 98, 130),
    (373, 90, 119),
    (349, 84, 106),
    (322, 72, 82),
    (294, 48, 56),
)
# Where the cartilages of ribs 1 to 7 reach the sternum: (half width there, y, z).
_JOINTS = (
    (26, 35, 508),
    (20, 56, 473),
    (18, 68, 448),
    (18, 77, 424),
    (17, 83, 402),
    (14, 87, 385),
    (10, 89, 370),
)


def skeleton(body: Body) -> Iterator[Stroke]:
    """All bones, the spinal cord and the rib cartilages."""
    yield from _spine()
    for side, word in ((1, "right"), (-1, "left")):
        yield Stroke(_ribs(side), _CORTEX - 150, f"ribs_{word}", core=((2.6, SPONGY_BONE),))
        yield from _shoulder(side, word, body)
        yield from _hip(side, word)
    yield Stroke(union(*(_rib_cartilages(side) for side in (1, -1))), CARTILAGE, "costal_cartilages")
    yield Stroke(_sternum(), _CORTEX - 200, "sternum", core=((2.5, SPONGY_BONE - 60),))


def _spine() -> Iterator[Stroke]:
    bodies, arches = [], []
    for i, (bottom, top, wide, deep) in enumerate(_VERTEBRAE):
        lumbar = i >= len(_VERTEBRAE) - _LUMBAR
        z = (bottom + top) / 2
        y = round(spine_y(z), 2)
        pitch = -round(degrees(atan2(spine_y(top) - spine_y(bottom), top - bottom)), 2)
        gap = 4 if lumbar else 3
        bodies.append(cylinder((0, y, z), (wide, deep), (top - bottom - gap) / 2, pitch))
        arches.append(_arch(y, z, deep, top - bottom, lumbar))
    discs = [(0.0, round(spine_y(z), 2), z) for z in range(100, 600, 12)]
    yield Stroke(tube(discs, 13), 85)
    yield Stroke(union(*arches), _CORTEX - 150, "vertebrae")
    yield Stroke(union(*bodies), _CORTEX - 100, "vertebrae", core=((3, SPONGY_BONE - 40),))
    sacrum = merged(
        union(
            ellipsoid((0, -66, 86), (55, 21, 22), pitch=28),
            ellipsoid((0, -88, 62), (44, 15, 24), pitch=25),
            tube([(0, -44, 94), (0, -74, 74), (0, -98, 45), (0, -100, 22), (0, -92, 8)], [18, 17, 11, 8, 5]),
        ),
        12,
    )
    yield Stroke(sacrum, _CORTEX - 180, "sacrum", core=((3.5, SPONGY_BONE - 80),))
    canal = [
        *spine_line((608, 577, 548, 518, 477, 433, 386, 337, 285), 24),
        *spine_line((240, 205, 170, 135), 27),
    ]
    canal = [*reversed(canal), *spline(canal)][len(canal) :]
    yield Stroke(tube([*canal, (0.0, -62.0, 105.0), (0.0, -76.0, 88.0)], 1, (9.5, 7.5, 8)), 30, "spinal_cord")


def _arch(y: float, z: float, deep: float, height: float, lumbar: bool) -> Shape:
    back = y - deep - 10
    wing = (36.0, back + 4, z) if lumbar else (30.0, back - 6, z + 2)
    tip: Triple = (0, back - (42 if lumbar else 36), z - (8 if lumbar else 18))
    parts = [tube([(0, back - 11, z), tip], [5, 4.2], (0.9, 1, 2.2 if lumbar else 1.3))]
    for side in (1, -1):
        ring = [
            (10.0, y - deep + 6, z + 3),
            (14.0, back, z + 2),
            (10.0, back - 9, z - 2),
            (0.0, back - 12, z - 3),
        ]
        parts += [
            tube(both_sides(ring, side), 4.6, (1, 1, max(1.3, height / 15))),
            tube(both_sides([(13, back, z + 1), wing], side), [5.5, 4.5]),
        ]
    return union(*parts)


def _rib_line(number: int, side: int) -> list[Triple]:
    top, drop, end = _RIBS[number]
    y = round(spine_y(top), 2)
    line: list[Triple] = [(15, y - 8, top), (30, y - 26, top - 3)]
    start = max(24.0, degrees(asin(min(0.9, 38 / rib_cage_at(top)[1]))))
    for i in range(8):
        t = i / 7
        angle = radians(start + (end - start) * t)
        z = round(top - 4 - (drop - 4) * (0.85 * t + 0.15 * t * t), 2)
        centre, wide, deep = rib_cage_at(z)
        u, v = sin(angle), -cos(angle)
        full = _fullness(u * u, v * v)
        line.append((round(wide * u * full, 2), round(centre + deep * v * full, 2), z))
    return both_sides(line, side)


def _fullness(u2: float, v2: float) -> float:
    """How much further out the squircle of the rib cage is than the ellipse in this direction."""
    k = RIB_CAGE_FULLNESS * RIB_CAGE_FULLNESS * u2 * v2
    return 1.0 if k < 1e-4 else sqrt((1 - sqrt(1 - 4 * k)) / (2 * k))


def _ribs(side: int) -> Shape:
    return union(*(tube(_rib_line(i, side), 4.3, (1, 1, 1.5)) for i in range(len(_RIBS))))


def _rib_cartilages(side: int) -> Shape:
    parts = []
    for i in range(10):
        x, y, z = _rib_line(i, side)[-1]
        if i < len(_JOINTS):
            wide, to_y, to_z = _JOINTS[i]
            low = min(z, to_z) - (0 if i < 4 else 4)
            middle = ((x + side * wide) / 2, (y + to_y) / 2 + 3, z * 0.75 + low * 0.25)
            line = [(x, y, z), middle, (side * wide, to_y, to_z)]
        else:
            above = _rib_line(i - 1, side)[-1]
            line = [(x, y, z), ((x + above[0]) / 2, (y + above[1]) / 2 + 2, z), above]
        parts.append(tube(spline(line, 2), 5.2, (1, 1, 1.2)))
    return union(*parts)


def _sternum() -> Shape:
    sections = (
        (348, 0, 92, 5, 5),
        (368, 0, 90, 9, 6),
        (385, 0, 88, 15, 7),
        (420, 0, 79, 18, 7),
        (462, 0, 61, 16, 7.5),
        (474, 0, 56, 18, 8),
        (500, 0, 43, 28, 8),
        (519, 0, 35, 25, 8),
    )
    return loft(sections, 0.8)


def _shoulder(side: int, word: str, body: Body) -> Iterator[Stroke]:
    lift = body.dice("shoulders").about(8)

    def at(*points: Triple) -> list[Triple]:
        return both_sides([(x, y, z + lift * (abs(x) - 20) / 130) for x, y, z in points], side)

    upper, lower, socket = at((74, -98, 520), (97, -108, 402), (134, -50, 506))
    root, bend, tip = at((78, -106, 502), (136, -66, 520), (150, -62, 541))
    (glenoid,) = at((139, -48, 510))
    scapula = union(
        plate(upper, lower, socket, 3.6),
        plate(root, bend, tip, 3.8),
        tube([tip, *at((160, -48, 548))], [6, 5.5]),
        tube(at((136, -46, 518), (130, -28, 528), (134, -16, 524)), [7, 6, 6]),
        ellipsoid(glenoid, (9, 13, 17)),
    )
    yield Stroke(scapula, _CORTEX - 100, f"scapula_{word}", core=((4, SPONGY_BONE),))
    collar = at((17, 36, 521), (48, 32, 532), (90, -2, 541), (125, -30, 549), (150, -46, 552))
    yield Stroke(
        tube(spline(collar), spread([9, 6.5, 6, 6.5, 7])),
        _CORTEX,
        f"clavicula_{word}",
        core=((3.2, SPONGY_BONE),),
    )
    arm = at((164, -44, 516), (172, -38, 545), (180, -32, 660))
    humerus = merged(union(tube(arm, [17, 15, 12]), ellipsoid(arm[0], (23, 23, 24))), 8)
    humerus = cut(humerus, ellipsoid(glenoid, (9, 13, 17)), gap=2)
    yield Stroke(humerus, _CORTEX + 100, f"humerus_{word}", core=((4.5, SPONGY_BONE - 80),))


def _hip(side: int, word: str) -> Iterator[Stroke]:
    def at(*points: Triple) -> list[Triple]:
        return both_sides(points, side)

    middle, *rim = at(
        (92, -36, 88),
        (44, -98, 100),
        (52, -98, 124),
        (82, -74, 140),
        (118, -38, 143),
        (138, 0, 116),
        (128, 30, 88),
        (102, 28, 52),
        (88, 4, 34),
        (70, -42, 44),
        (46, -84, 68),
    )
    wing = [plate(middle, a, b, 5.2) for a, b in zip(rim, [*rim[1:], rim[0]], strict=True)]
    (head,) = at((84, -20, 0))
    # The socket is open outwards, forwards and down.
    socket = clip(ellipsoid((head[0], head[1], 2), (36, 36, 36)), (side * 0.82, 0.3, -0.49), 71)
    seat = tube(at((70, -45, 6), (62, -58, -30), (58, -60, -56)), [14, 13, 15])
    lower_branch = tube(spline(at((56, -50, -60), (34, -8, -52), (15, 14, -34)), 2), [9, 8.5, 8, 8, 8])
    upper_branch = tube(at((74, 4, 20), (46, 24, 4), (16, 24, -14)), [11, 9, 9.5])
    front = ellipsoid(at((13, 18, -24))[0], (11, 12, 18))
    bone = union(*wing, socket, seat, lower_branch, upper_branch, front)
    half = (3, -_INF, -_INF), (_INF, _INF, _INF)
    bone = boxed(bone, *half) if side > 0 else boxed(bone, (-_INF, -_INF, -_INF), (-3, _INF, _INF))
    yield Stroke(
        cut(bone, ellipsoid(head, (26, 26, 26))), _CORTEX - 80, f"hip_{word}", core=((3.2, SPONGY_BONE),)
    )
    ball, neck, trochanter, below, shaft = at(
        (84, -20, 0), (112, -26, -16), (132, -36, -12), (124, -28, -48), (112, -16, -130)
    )
    femur = merged(
        union(
            ellipsoid(ball, (24, 24, 24)),
            tube([ball, neck, below], [16, 17, 20]),
            ellipsoid(trochanter, (15, 20, 22)),
            tube([below, shaft], [20, 14]),
            ellipsoid(at((106, -42, -54))[0], (9, 9, 12)),
        ),
        8,
    )
    yield Stroke(femur, _CORTEX + 150, f"femur_{word}", core=((5, SPONGY_BONE - 60),))
    yield Stroke(tube([below, shaft], [13, 7]), -40, over=(f"femur_{word}",), texture=True)
