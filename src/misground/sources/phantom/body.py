"""The individual measures of a body, and the frame in which every organ of the torso is placed.

Coordinates are standard mm: x to the patient's right from the midline, y anterior from the front of the third
lumbar
vertebra, z superior from the centres of the femoral heads. Sizes and positions are those of an adult in
supine position with raised arms, in inspiration.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from misground.sources.phantom.compose import common, union
from misground.sources.phantom.dice import Dice
from misground.sources.phantom.lofts import Section, loft, profile
from misground.sources.phantom.shapes import Shape, Triple, ellipsoid, tube

AIR: Final = -1000
LUNG: Final = -850
AIRWAY: Final = -960
FAT: Final = -100
WATER: Final = 5
MUSCLE: Final = 55
CARTILAGE: Final = 105
SPONGY_BONE: Final = 200
SKIN: Final = 10

# Centre of the vertebral bodies: (z, y).
_SPINE: Final = (
    (95, -34),
    (118, -28),
    (152, -18),
    (188, -16),
    (222, -22),
    (255, -30),
    (285, -39),
    (337, -52),
    (386, -60),
    (433, -62),
    (477, -57),
    (518, -46),
    (555, -36),
    (610, -28),
)

# Middle of the rib cage's wall: (z, centre y, semi-axis x, semi-axis y).
_RIB_CAGE: Final = (
    (110, 6, 122, 84),
    (165, 10, 130, 86),
    (225, -2, 137, 88),
    (282, -12, 146, 92),
    (330, -10, 144, 96),
    (380, -11, 138, 97),
    (430, -16, 126, 92),
    (470, -22, 108, 81),
    (500, -27, 86, 68),
    (525, -29, 64, 54),
    (550, -31, 46, 40),
)
RIB_CAGE_FULLNESS: Final = 0.6

# Outer surface of the muscles: (z, centre x, centre y, semi-axis x, semi-axis y).
_TRUNK: Final[tuple[Section, ...]] = (
    (-32, 0, -16, 152, 90),
    (0, 0, -19, 158, 96),
    (60, 0, -16, 156, 99),
    (120, 0, -6, 149, 99),
    (170, 0, -3, 143, 103),
    (220, 0, -2, 147, 106),
    (280, 0, -7, 153, 106),
    (350, 0, -9, 152, 108),
    (430, 0, -17, 148, 105),
    (480, 0, -27, 142, 95),
    (510, 0, -32, 128, 83),
    (535, 0, -32, 92, 72),
    (560, 0, -29, 62, 62),
    (640, 0, -25, 56, 58),
)
_THIGH: Final[tuple[Section, ...]] = (
    (-130, 94, -16, 70, 76),
    (-60, 90, -17, 77, 84),
    (-10, 84, -17, 74, 86),
)

# Space of the abdominal organs and fat.
_BELLY: Final[tuple[Section, ...]] = (
    (-40, 0, -45, 14, 24),
    (-8, 0, -25, 46, 62),
    (50, 0, -15, 78, 80),
    (100, 0, 8, 112, 80),
    (150, 0, 16, 129, 80),
    (210, 0, 12, 135, 86),
    (280, 0, -3, 138, 90),
    (345, 0, -6, 136, 88),
)


@dataclass(frozen=True)
class Body:
    """What differs between bodies, apart from their overall size.

    Attributes:
        male: sex of the body.
        fat_mm: thickness of the subcutaneous fat in mm.
        artery: Hounsfield units that contrast medium adds to arterial blood.
        vein: Hounsfield units that it adds to venous blood.
        organ: Hounsfield units that it adds to organs.
        dice: purpose -> stream of draws.
        missing: structures that were removed.
    """

    dice: Callable[[str], Dice]
    male: bool
    fat_mm: float
    artery: int
    vein: int
    organ: int
    missing: frozenset[str]

    def jitter(self, purpose: str, x: float, y: float, z: float) -> Triple:
        """A shift drawn for this purpose, of at most x, y and z mm along the axes."""
        dice = self.dice(purpose)
        return dice.about(x), dice.about(y), dice.about(z)


def draw_body(dice: Callable[[str], Dice]) -> Body:
    """Draw sex, fat, contrast and missing organs."""
    own = dice("body")
    artery, vein, organ = own.choice(((20, 15, 10), (190, 40, 30), (110, 120, 60), (70, 80, 45)))
    missing = set()
    male = own.chance(50)
    if not male:
        missing.add("prostate")
    if own.chance(15):
        missing.add("gallbladder")
    if own.chance(4):
        missing.add(own.choice(("kidney_left", "kidney_right")))
    return Body(dice, male, own.between(7, 22), artery, vein, organ, frozenset(missing))


def moved(points: Sequence[Triple], by: Triple) -> list[Triple]:
    """The points shifted by a vector in mm."""
    return [(x + by[0], y + by[1], z + by[2]) for x, y, z in points]


@cache
def spine_y(z: float) -> float:
    """The y coordinate of the centre of the vertebral bodies at a height z."""
    return float(profile(_SPINE, np.array([z]))[0, 0])


def spine_line(heights: Sequence[float], back: float) -> list[Triple]:
    """Points at these heights, `back` mm behind the centre of the vertebral bodies."""
    return [(0.0, round(spine_y(z) - back, 2), z) for z in heights]


@cache
def rib_cage_at(z: float) -> tuple[float, float, float]:
    """Centre y, semi-axis x and semi-axis y of the rib cage at a height z."""
    y, a, b = profile(_RIB_CAGE, np.array([z]))[0]
    return float(y), float(a), float(b)


def rib_cage() -> Shape:
    """The inside of the chest, out to the middle of the ribs and down to the lowest rib."""
    return loft([(z, 0, y, a, b) for z, y, a, b in _RIB_CAGE], RIB_CAGE_FULLNESS)


def trunk() -> Shape:
    """The muscles and everything inside: trunk, neck, shoulders with raised arms, thighs."""
    limbs = [
        part
        for side in (1, -1)
        for part in union(
            loft([(z, side * x, y, a, b) for z, x, y, a, b in _THIGH], 0.3),
            tube(
                [(side * 105, -52, 480), (side * 152, -42, 515), (side * 176, -34, 660)],
                [40, 43, 42],
            ),
        )
    ]
    return union(loft(_TRUNK, 0.7), tuple(limbs))


def belly() -> Shape:
    """The space of the abdominal organs and fat."""
    return loft(_BELLY, 0.6)


def domes() -> tuple[Shape, Shape]:
    """The space below the right and the left dome of the diaphragm, within the rib cage."""
    cage = rib_cage()
    right = ellipsoid((64, -10, 256), (90, 94, 94))
    left = ellipsoid((-68, -14, 250), (84, 90, 84))
    return common(right, cage, 5), common(left, cage, 5)
