"""A CT of the torso from the upper thighs to the neck, with up to 67 labelled structures."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from misground.anatomy import structure_table
from misground.records import RawCase
from misground.sources.phantom.body import AIR, FAT, MUSCLE, SKIN, Body, belly, draw_body, trunk
from misground.sources.phantom.compose import both_sides, grown, merged, union
from misground.sources.phantom.dice import Dice
from misground.sources.phantom.frame import ORDERS, stored
from misground.sources.phantom.painter import Painter, Stroke, make_space
from misground.sources.phantom.shapes import Shape, Triple, ellipsoid, plate
from misground.sources.phantom.torso_belly import belly_organs
from misground.sources.phantom.torso_bones import skeleton
from misground.sources.phantom.torso_chest import airways, chest
from misground.sources.phantom.torso_muscles import muscles
from misground.sources.phantom.torso_vessels import belly_vessels, chest_vessels

# Structures with several pieces: pieces with at least this number of voxels are kept.
_MANY = {
    "vertebrae": 12,
    "ribs_left": 12,
    "ribs_right": 12,
    "costal_cartilages": 10,
    "pulmonary_vein": 10,
    "small_bowel": 60,
}
_LEAST_VOXELS = 40
_NOISE_HU = 12
_SPACINGS: Final[tuple[Triple, ...]] = (
    (3.0, 3.0, 4.0),
    (3.2, 3.2, 3.6),
    (3.3, 3.3, 3.3),
    (3.5, 3.5, 3.5),
    (3.6, 3.6, 3.0),
)


def torso_case(seed: int, index: int) -> RawCase:
    """The torso number `index` of the series with this seed."""
    dice = partial(Dice, seed, "torso", index)
    body = draw_body(dice)
    values = _label_values()
    grid = dice("grid")
    spacing = grid.choice(_SPACINGS)
    scale = (1 + grid.about(0.06), 1 + grid.about(0.06), 1 + grid.about(0.05))
    low, high = -78 + grid.about(12), 596 + grid.about(8)
    space = make_space(
        extent_mm=(424 + grid.about(16), 272 + body.fat_mm, (high - low) * scale[2]),
        spacing_mm=spacing,
        scale=scale,
        middle=(grid.about(5), -9 + grid.about(4), (low + high) / 2),
        bend=6,
        dice=dice("bend"),
    )
    painter = Painter(space, values, AIR)
    painter.paint(_strokes(body))
    painter.tidy(_MANY, _LEAST_VOXELS)
    painter.soften()
    painter.add_noise(dice("noise"), _NOISE_HU, -1024)
    scan, labels = stored(
        (painter.scan, painter.labels),
        spacing,
        (grid.about(20), grid.about(20) - 150, grid.about(300) - 500),
        grid.choice(ORDERS),
    )
    table = structure_table().structures
    return RawCase(scan, labels, {value: table[key] for key, value in values.items()})


def _strokes(body: Body) -> Iterator[Stroke]:
    muscle = trunk()
    wall = merged(muscle, 24)
    if not body.male:
        yield from _breasts(body)
    yield Stroke(grown(wall, body.fat_mm + 2), SKIN, core=((2.5, FAT), (body.fat_mm + 2, MUSCLE)))
    yield Stroke(_fat_between_muscles(), FAT + 30)
    yield Stroke(belly(), FAT)
    yield from muscles(body)
    yield from chest(body)
    yield from belly_organs(body)
    yield from belly_vessels(body)
    yield from airways(body)
    yield from chest_vessels(body)
    yield from skeleton(body)


def _fat_between_muscles() -> Shape:
    """Sheets of fat that separate the muscles of the thighs, and the armpits."""
    parts = []
    for side in (1, -1):
        bone, low = (112, -16), (-8, -140)
        for x, y in ((58, 44), (48, -70), (166, -66)):
            a, b, c, d = both_sides(
                [(bone[0], bone[1], low[0]), (bone[0], bone[1], low[1]), (x, y, low[1]), (x, y, low[0])], side
            )
            parts += [plate(a, b, c, 2), plate(a, c, d, 2)]
        parts.append(ellipsoid((side * 126, -8, 476), (11, 34, 38), yaw=side * 10, roll=side * -14))
    return union(*parts)


def _breasts(body: Body) -> Iterator[Stroke]:
    dice = body.dice("breasts")
    out, size = dice.between(72, 84), dice.between(0.8, 1.15)
    for side in (1, -1):
        shape = ellipsoid((side * out, 88, 412), (54 * size, 44 * size, 50 * size), yaw=side * 20)
        yield Stroke(shape, SKIN, core=((2.5, FAT),))
        gland = ellipsoid((side * out, 98, 410), (26 * size, 26 * size, 24 * size))
        yield Stroke(gland, -20)


def _label_values() -> dict[str, int]:
    """Structure key -> its lowest label value in TotalSegmentator's set."""
    values: dict[str, int] = {}
    for value, structure in sorted(structure_table().label_set("total").items()):
        values.setdefault(structure.key, value)
    return values
