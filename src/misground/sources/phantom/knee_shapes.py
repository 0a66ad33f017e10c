"""The shapes of a right knee: bones, cartilage, menisci, ligaments, muscles.

Coordinates are mm: x lateral (the patient's right), y anterior, z superior; the origin is between the femoral
condyles, near the height of their lowest points. Sizes and positions are those of a small adult knee.
"""

from misground.sources.phantom.compose import boxed, clip, cut, grown, merged, union
from misground.sources.phantom.lofts import loft
from misground.sources.phantom.shapes import Shape, cylinder, ellipsoid, tube

_INF = 1e6
FAR = _INF


def femur() -> Shape:
    """Two condyles with the patellar groove in front and the notch behind, and the shaft."""
    bone = merged(
        union(
            ellipsoid((-20, -2, 21), (14.5, 22.5, 21.5), yaw=8),
            ellipsoid((20, -2, 21.5), (14.5, 22, 21.5), yaw=-6),
            ellipsoid((-13, 12, 22), (17, 21, 20)),
            ellipsoid((13, 14, 25), (18, 22, 22)),
            ellipsoid((0, 6, 42), (29, 21, 26)),
            tube([(0, 6, 50), (0, 7, 120)], [20, 15]),
        ),
        8,
    )
    groove = tube([(1, 45, 46), (1, 44, 30), (1, 36, 12), (1, 27, 4)], 9.5)
    return cut(cut(bone, _notch(), round_mm=4), groove, round_mm=8)


def _notch() -> Shape:
    return tube([(0, -30, 14), (0, -12, 9), (0, 4, -1)], [10, 9, 7])


def femoral_cartilage(bone: Shape, thickness: float) -> Shape:
    """A layer over the joint surfaces of the femur; the bone is painted over its inner part."""
    layer = boxed(grown(bone, thickness), (-30.5, -_INF, -_INF), (30.5, _INF, 37))
    behind = ellipsoid((0, -34, 52), (60, 26, 26))
    return cut(layer, grown(_notch(), 2.5), ellipsoid((0, -20, 26), (8, 24, 30)), behind)


def tibia() -> Shape:
    """The plateau with its two spines, the tuberosity in front, and the shaft."""
    return merged(
        union(
            cylinder((-17, -1, -16), (17.5, 21.5), 9.6, round_mm=8),
            cylinder((19, -4, -16), (17, 20), 9.6, round_mm=8),
            ellipsoid((1, -2, -24), (30, 20, 20)),
            tube([(2, -1, -34), (2, -3, -120)], [17, 12]),
            tube([(3, 15, -24), (3, 17, -42)], [7, 6]),
            tube([(-4.5, -3, -9), (-4, -2, -2.5)], [5, 2.5]),
            tube([(6, -4, -9), (5.5, -3, -3)], [5, 2.5]),
        ),
        7,
    )


def tibial_cartilages(thickness: float) -> tuple[Shape, Shape]:
    """Medial and lateral cartilage on the plateau; the bone is painted over its lower face."""
    middle = -6.6 + thickness / 2
    half = thickness / 2 + 0.6
    return (
        cylinder((-17.5, -1, middle - 0.6), (12.5, 18.5), half),
        cylinder((20, -5, middle - 0.6), (12.5, 16.5), half),
    )


def menisci() -> tuple[Shape, Shape]:
    """Medial and lateral meniscus: rings between the cartilages, open towards the middle of the knee.

    Femur, tibia and cartilage are painted over them, which turns the rings into wedges.
    """
    medial = cut(
        cylinder((-18.5, -0.5, -2.6), (17, 21.5), 4.6, round_mm=5),
        ellipsoid((-16.5, -0.5, 5), (13, 17, 13)),
        cylinder((-3, -1, -2), (8, 13), 9),
    )
    lateral = cut(
        cylinder((21, -4.5, -2.6), (16, 18.5), 4.6, round_mm=5),
        ellipsoid((20, -4.5, 5), (11.5, 14, 13)),
        cylinder((6, -4.5, -2), (7, 5), 9),
    )
    return medial, lateral


def patella() -> Shape:
    """The patella, whose back is a blunt ridge between two facets."""
    bone = ellipsoid((4.5, 48.5, 29.5), (20, 10, 18.5), pitch=-4)
    bone = clip(bone, (-0.35, -0.937, 0), -39, 3)
    return clip(bone, (0.29, -0.957, 0), -37.9, 3)


def patellar_cartilage(bone: Shape, thickness: float) -> Shape:
    """A layer behind the patella; the bone is painted over its inner part."""
    return boxed(grown(bone, thickness), (-12.5, -_INF, 18), (23, 44, 44))


def fibula() -> Shape:
    """Head and shaft, below the plateau at the posterolateral side."""
    return merged(
        union(ellipsoid((36, -20, -25), (9.5, 10, 10)), tube([(36, -21, -27), (36, -23, -120)], [7, 6])), 5
    )


def skin() -> Shape:
    """The outline of the leg."""
    return loft(
        [
            (-120, 0, -8, 52, 66),
            (-60, 0, -6, 53, 61),
            (-20, 0, 0, 53, 57),
            (20, 1, 3, 54, 60),
            (60, 0, 2, 57, 62),
            (120, 0, 0, 64, 68),
        ],
        0.4,
    )


def muscles() -> Shape:
    """Calf, hamstrings and the lower end of the quadriceps."""
    return union(
        tube([(-18, -32, 22), (-19, -40, -12), (-19, -42, -40), (-18, -44, -120)], [9, 13, 16, 20]),
        tube([(18, -32, 24), (18, -39, -12), (18, -41, -40), (17, -44, -120)], [9, 12, 15, 19]),
        tube([(14, -24, -12), (0, -26, -28), (-4, -24, -50), (4, -30, -120)], [4, 7, 8, 12]),
        tube([(-27, -36, -14), (-27, -40, 20), (-24, -42, 50), (-20, -40, 120)], [5, 10, 13, 16]),
        tube([(-40, -22, -30), (-40, -26, 10), (-36, -30, 120)], [4, 6, 9]),
        tube([(38, -26, -14), (36, -34, 15), (32, -38, 50), (28, -40, 120)], [4, 9, 12, 14]),
        tube([(-36, 6, 26), (-33, 14, 46), (-28, 20, 66), (-22, 28, 120)], [5, 11, 15, 20]),
        tube([(33, 10, 42), (29, 18, 62), (26, 24, 120)], [6, 13, 20]),
        tube([(22, 8, -30), (24, 6, -60), (22, 4, -120)], [5, 12, 15]),
    )


def growth_plates() -> Shape:
    """The scars of the growth plates in femur and tibia."""
    return union(cylinder((0, 5, 37), (45, 45), 0.8, pitch=-4), cylinder((0, 0, -24), (45, 45), 0.8, pitch=3))


def ligaments() -> Shape:
    """Cruciate and collateral ligaments, and the quadriceps and patellar tendons."""
    return union(
        tube([(7, -14, 14), (0, 9, -5)], [4, 4.5]),
        tube([(-6, 4, 9), (-2, -10, 4), (0, -23, -14)], [4.5, 5, 4.5]),
        tube([(-37, 3, 20), (-34, 4, -45)], 2.2, (1, 3.4, 1)),
        tube([(36, -6, 20), (38, -18, -18)], 2.4),
        tube([(4.5, 50.5, 14), (3.5, 26, -34)], 3, (3.6, 1, 1)),
        tube([(4, 51, 45), (2, 42, 75), (0, 40, 120)], 3.2, (4.5, 1, 1)),
    )


def vessels() -> Shape:
    """The popliteal artery and vein."""
    return union(
        tube([(0, -34, 120), (2, -36, 20), (3, -34, -30), (2, -34, -120)], 3.6),
        tube([(6, -38, 120), (7, -41, 20), (7, -38, -30), (7, -38, -120)], 4.4),
    )


def fluid(bone: Shape, cartilage: Shape) -> Shape:
    """A film of joint fluid, and the suprapatellar pouch."""
    pouch = tube([(2, 39, 44), (1, 33, 62)], 2.2, (7, 1, 1))
    return union(grown(cartilage, 0.8), cut(pouch, bone))
