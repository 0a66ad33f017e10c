"""Lungs, heart, airways and the rest of the chest and the neck, except the great vessels."""

from collections.abc import Iterator

from misground.sources.phantom.body import AIRWAY, FAT, LUNG, MUSCLE, Body, domes, moved, rib_cage
from misground.sources.phantom.compose import clip, cut, grown, merged, union
from misground.sources.phantom.lofts import loft, spline
from misground.sources.phantom.painter import Stroke
from misground.sources.phantom.shapes import Shape, Triple, ellipsoid, half_space, tube

# Space between the lungs: (z, centre x, centre y, semi-axis x, semi-axis y).
_BETWEEN_LUNGS = (
    (270, 0, -55, 30, 40),
    (345, -4, -30, 34, 110),
    (400, -4, -30, 30, 106),
    (450, -2, -30, 31, 92),
    (490, 0, -26, 30, 76),
    (520, 0, -22, 26, 60),
    (552, 0, -20, 22, 44),
)
_LOBES = {
    1: ("lung_upper_lobe_right", "lung_lower_lobe_right"),
    -1: ("lung_upper_lobe_left", "lung_lower_lobe_left"),
}
_LUNG_KEYS = (*_LOBES[1], *_LOBES[-1], "lung_middle_lobe_right")


def heart_shift(body: Body) -> Triple:
    """The position of the heart, as a shift from its standard position."""
    return body.jitter("heart", 5, 4, 5)


def _heart(shift: Triple) -> tuple[Shape, Shape, Shape]:
    """The whole heart, its left chambers, its right chambers."""
    (left, right, atrium, back) = moved([(-34, 32, 375), (5, 42, 376), (31, 20, 393), (-4, -2, 406)], shift)
    whole = merged(
        union(
            ellipsoid(left, (53, 42, 40), yaw=-28, roll=-22),
            ellipsoid(right, (48, 36, 36), yaw=-20, roll=-15),
            ellipsoid(atrium, (29, 32, 36)),
            ellipsoid(back, (35, 25, 26)),
        ),
        14,
    )
    left_rooms = union(
        ellipsoid((left[0] - 4, left[1] - 2, left[2]), (33, 20, 19), yaw=-28, roll=-22),
        ellipsoid(back, (29, 18, 19)),
    )
    right_rooms = union(
        ellipsoid((right[0] + 2, right[1] + 6, right[2] + 4), (33, 18, 24), yaw=-20, roll=-15),
        ellipsoid(atrium, (22, 24, 27)),
    )
    return whole, left_rooms, right_rooms


def chest(body: Body) -> Iterator[Stroke]:
    """Mediastinal fat, lungs by lobes with their vessels, diaphragm, heart, airways, oesophagus."""
    cage = rib_cage()
    under = domes()
    whole, left_rooms, right_rooms = _heart(heart_shift(body))
    between = loft(_BETWEEN_LUNGS)
    yield Stroke(grown(clip(cage, (0, 0, -1), -335), -5), FAT + 10)
    yield from _lungs(body, clip(cage, (0, 0, -1), -262), (between, whole, *under))
    for dome in under:
        yield Stroke(grown(clip(dome, (0, 0, -1), -262), 2.5), MUSCLE, over=("",))
    for dome in under:
        yield Stroke(grown(dome, -4), FAT)
    yield Stroke(whole, MUSCLE + 10 + body.organ, "heart", rim=(3, FAT + 30))
    yield Stroke(left_rooms, 40 + body.artery, over=("heart",), texture=True)
    yield Stroke(right_rooms, 40 + (body.vein + body.artery) // 2, over=("heart",), texture=True)


def _lungs(body: Body, cage: Shape, taken: tuple[Shape, ...]) -> Iterator[Stroke]:
    dice = body.dice("lungs")
    septum = ellipsoid((0, 60, 400), (3, 80, 200))
    lungs = cut(grown(cage, -6), septum, *taken, gap=2.5, round_mm=8)
    yield Stroke(lungs, LUNG, _LOBES[-1][0])
    lo, hi = lungs[0].lo, lungs[0].hi
    yield Stroke(half_space((-1, 0, 0), 0, (-6, lo[1], lo[2]), hi), LUNG, _LOBES[1][0], over=(_LOBES[-1][0],))
    level = round(0.99 * (432 + dice.about(7)) - 5, 2)
    below = half_space((0, -0.1, 0.99), level, lo, hi)
    yield Stroke(below, LUNG, "lung_middle_lobe_right", over=(_LOBES[1][0],))
    for side in (1, -1):
        # The oblique fissure descends from back to front; the lower lobe lies behind and below it.
        height = 368 + dice.about(8) + (0 if side > 0 else 6)
        behind = half_space((0, 0.83, 0.56), round(0.83 * -18 + 0.56 * height, 2), lo, hi)
        upper, lower = _LOBES[side]
        own = (upper, "lung_middle_lobe_right") if side > 0 else (upper,)
        yield Stroke(behind, LUNG - 10, lower, over=own)
        yield from _lung_vessels(body, side)


def _lung_vessels(body: Body, side: int) -> Iterator[Stroke]:
    dice = body.dice(f"lung vessels {side}")
    trees = []
    root = (side * 34.0, -22.0, 432.0)
    for _ in range(16):
        end = (side * dice.between(60, 122), dice.between(-95, 60), dice.between(330, 530))
        middle = (
            (root[0] + end[0]) / 2 + dice.about(8),
            (root[1] + end[1]) / 2 + dice.about(8),
            (root[2] + end[2]) / 2 + dice.about(8),
        )
        trees.append(tube([root, middle, end], [6, 3.6, 2.2]))
        twig = (end[0] + dice.about(25), end[1] + dice.about(30), end[2] + dice.about(40))
        trees.append(tube([middle, twig], [3.2, 1.9]))
    yield Stroke(union(*trees), 90, over=_LUNG_KEYS, texture=True)


def airways(body: Body) -> Iterator[Stroke]:
    """Thyroid, oesophagus, trachea and the main bronchi (unlabelled)."""
    x, y, _ = body.jitter("airways", 2, 1.5, 0)
    carina: Triple = (3 + x, -17, 466)
    windpipe: list[Triple] = [(x, 0 + y, 620), (x, -1 + y, 575), (x, -5 + y, 540), (2 + x, -13, 500), carina]
    gullet: list[Triple] = [
        (-2, -16, 620),
        (-3, -17, 570),
        (-5, -23, 535),
        (-5, -32, 500),
        (-3, -37, 460),
        (-4, -37, 420),
        (-7, -34, 385),
        (-14, -25, 350),
        (-24, -12, 325),
        (-40, 0, 306),
    ]
    size = 1 + body.dice("thyroid").about(0.15)
    lobes = [
        ellipsoid((s * 19 + x, 1 + y, 566), (9 * size, 11 * size, 23 * size), roll=-s * 8) for s in (1, -1)
    ]
    bridge = tube([(-14 + x, 11 + y, 562), (14 + x, 11 + y, 562)], 4.5, (1, 1, 1.6))
    yield Stroke(union(*lobes, bridge), 115 + body.organ, "thyroid_gland")
    yield Stroke(tube(spline(gullet), 7.2, (1.1, 0.9, 1)), 45, "esophagus")
    for side in (1, -1):
        bronchus = [carina, (side * 22 + x, -21, 447), (side * 42, -26, 436)]
        yield Stroke(tube(bronchus, [9, 8, 6.5]), 30, over=("", *_LUNG_KEYS))
        yield Stroke(tube(bronchus, [6.5, 5.5, 4.5]), AIRWAY)
    yield Stroke(tube(spline(windpipe), 9.3), AIRWAY, "trachea", rim=(1.7, 40))
