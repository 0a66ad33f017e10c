"""A sagittal MRI of a knee with the look of a DESS sequence and its ten structures."""

from collections.abc import Iterator
from functools import partial

from misground.anatomy import structure_table
from misground.records import KneeSide, RawCase
from misground.sources.phantom import knee_shapes as shapes
from misground.sources.phantom.compose import grown
from misground.sources.phantom.dice import Dice
from misground.sources.phantom.frame import ORDERS, stored
from misground.sources.phantom.painter import Painter, Stroke, make_space

_AIR, _SKIN, _FAT, _MUSCLE = 12, 500, 800, 270
_MARROW, _CORTEX = 430, 110
_CARTILAGE, _FLUID, _MENISCUS, _TENDON, _BLOOD = 630, 960, 120, 130, 330
_CORTEX_MM = 1.3
_NOISE = 22
_LEAST_VOXELS = 40
# Sagittal slices: the file's last axis runs across the knee.
_SAGITTAL = tuple(order for order in ORDERS if order[2][0] == 0)


def knee_case(seed: int, index: int) -> RawCase:
    """The knee number `index` of the series with this seed; even numbers are right knees."""
    side: KneeSide = "left" if index % 2 else "right"
    dice = partial(Dice, seed, "knee", index)
    grid = dice("grid")
    along = grid.choice((0.8, 0.85, 0.9, 1.0))
    spacing = (0.7, along, along)
    space = make_space(
        extent_mm=(108 + grid.about(4), 134, 134),
        spacing_mm=spacing,
        scale=(1 + grid.about(0.06), 1 + grid.about(0.06), 1 + grid.about(0.06)),
        middle=(grid.about(3), 3 + grid.about(4), 2 + grid.about(7)),
        bend=2,
        dice=dice("bend"),
    )
    values = {s.key: value for value, s in structure_table().label_set("oai").items()}
    painter = Painter(space, values, _AIR)
    painter.paint(_strokes(dice("layers")))
    painter.tidy({}, _LEAST_VOXELS)
    painter.soften()
    painter.add_noise(dice("noise"), _NOISE, 0)
    scan, labels = painter.scan, painter.labels
    if side == "left":
        scan, labels = scan[::-1], labels[::-1]
    oblique = grid.chance(60)
    turned = tuple(grid.about(4) if oblique else 0.0 for _ in range(3))
    centre = (grid.about(15) + (90 if side == "right" else -90), grid.about(20), grid.about(20))
    stored_scan, stored_labels = stored(
        (scan, labels), spacing, centre, grid.choice(_SAGITTAL), (turned[0], turned[1], turned[2])
    )
    return RawCase(stored_scan, stored_labels, structure_table().label_set("oai"), side=side)


def _strokes(dice: Dice) -> Iterator[Stroke]:
    thickness = [round(t + dice.about(0.4), 2) for t in (2.4, 3.4, 3.2)]
    femur, tibia, patella = shapes.femur(), shapes.tibia(), shapes.patella()
    cartilage = shapes.femoral_cartilage(femur, thickness[0])
    medial_meniscus, lateral_meniscus = shapes.menisci()
    medial_cartilage, lateral_cartilage = shapes.tibial_cartilages(thickness[1])
    bone = ((_CORTEX_MM, _MARROW),)

    yield Stroke(shapes.skin(), _SKIN, core=((1.8, _FAT),))
    yield Stroke(grown(shapes.muscles(), 1.2), _FAT - 150)
    yield Stroke(shapes.muscles(), _MUSCLE + dice.whole(-20, 20))
    yield Stroke(shapes.vessels(), _TENDON, core=((1, _BLOOD),))
    yield Stroke(shapes.fluid(femur, cartilage), _FLUID)
    yield Stroke(shapes.ligaments(), _TENDON)
    yield Stroke(medial_meniscus, _MENISCUS, "medial_meniscus")
    yield Stroke(lateral_meniscus, _MENISCUS, "lateral_meniscus")
    yield Stroke(medial_cartilage, _CARTILAGE, "medial_tibial_cartilage")
    yield Stroke(lateral_cartilage, _CARTILAGE, "lateral_tibial_cartilage")
    yield Stroke(shapes.patellar_cartilage(patella, thickness[2]), _CARTILAGE, "patellar_cartilage")
    yield Stroke(cartilage, _CARTILAGE, "femoral_cartilage")
    yield Stroke(tibia, _CORTEX, "tibia", core=bone)
    yield Stroke(shapes.fibula(), _CORTEX, "fibula", core=bone)
    yield Stroke(patella, _CORTEX, "patella", core=bone)
    yield Stroke(femur, _CORTEX, "femur", core=bone)
    yield Stroke(shapes.growth_plates(), _MARROW - 110, over=("femur", "tibia"), texture=True)
