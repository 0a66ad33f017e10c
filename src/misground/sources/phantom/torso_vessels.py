"""Arteries and veins of the torso."""

from collections.abc import Iterator, Sequence

from misground.sources.phantom.body import Body, moved
from misground.sources.phantom.compose import both_sides, cut, union
from misground.sources.phantom.lofts import spline, spread
from misground.sources.phantom.painter import Stroke
from misground.sources.phantom.shapes import Shape, Triple, ellipsoid, tube
from misground.sources.phantom.torso_chest import heart_shift

_BLOOD = 40


def _pipe(points: Sequence[Triple], radii: Sequence[float] | float, pieces: int = 3) -> Shape:
    sizes = radii if isinstance(radii, int | float) else spread(radii, pieces)
    return tube(spline(points, pieces), sizes)


def chest_vessels(body: Body) -> Iterator[Stroke]:
    """The great vessels of the chest; the pulmonary artery is painted but not labelled."""
    artery, vein = _BLOOD + body.artery, _BLOOD + body.vein
    shift = heart_shift(body)
    half: Triple = (shift[0] / 2, shift[1] / 2, shift[2] / 2)

    lung_artery = moved([(-16, 34, 418), (-18, 22, 440), (-14, 6, 450)], half)
    branches = [
        _pipe([lung_artery[2], *moved([(14, -2, 449), (44, -16, 446)], half)], [11, 9.5, 7]),
        _pipe([lung_artery[2], *moved([(-32, -14, 452), (-50, -24, 446)], half)], [11, 9, 7]),
    ]
    yield Stroke(union(_pipe(lung_artery, [14, 13, 12]), *branches), (artery + vein) // 2)

    stubs = []
    for start, end in (
        ((18, -6, 414), (50, -12, 430)),
        ((16, -10, 402), (48, -30, 394)),
        ((-24, -6, 416), (-56, -10, 432)),
        ((-22, -10, 403), (-54, -30, 395)),
    ):
        a, b = moved([start, end], shift)
        stubs.append(tube([a, b], [7, 5.5]))
    left_atrium = ellipsoid(moved([(-4, -2, 406)], shift)[0], (32, 23, 24))
    yield Stroke(cut(union(*stubs), left_atrium), artery, "pulmonary_vein")
    tip = moved([(-34, 8, 420), (-46, 20, 424), (-48, 30, 418)], shift)
    yield Stroke(tube(tip, [10, 10, 7]), artery, "atrial_appendage_left")

    cava = [(24, 6, 500), (28, 6, 470), (30, 12, 440), (30, 16, 418)]
    yield Stroke(_pipe(moved(cava, half), [9, 9.5, 10, 10]), vein, "superior_vena_cava")
    yield Stroke(
        _pipe([(42, 2, 545), (36, 12, 525), (24, 6, 499)], [7.5, 8, 8.5]), vein, "brachiocephalic_vein_right"
    )
    across = [(-44, 2, 542), (-34, 16, 524), (-10, 24, 513), (12, 16, 504), (24, 6, 499)]
    yield Stroke(_pipe(across, [7, 7, 7, 7.5, 8]), vein, "brachiocephalic_vein_left")
    for side in (1, -1):
        neck = both_sides([(42, 2, 545), (34, -4, 570), (34, -2, 625)], side)
        under_collar = both_sides([(42, 2, 545), (76, 4, 534), (112, -6, 524)], side)
        yield Stroke(union(tube(neck, 6.5), tube(under_collar, 5.5)), vein, over=("",))

    arch = [(4, 14, 424), (12, 18, 455), (10, 10, 483), (-1, -6, 498), (-15, -26, 495), (-24, -42, 474)]
    down = [(-24, -50, 440), (-24, -50, 400), (-20, -42, 350), (-14, -22, 300), (-14, -5, 258)]
    low = [(-14, 3, 234), (-15, 10, 205), (-15, 14, 175), (-12, 15, 150)]
    sizes = [14, 15, 14.5, 13.5, 13, 12.5, 12, 12, 11.5, 11, 10, 9.5, 9, 9, 9]
    yield Stroke(_pipe([*arch, *down, *low], sizes), artery, "aorta")
    fork: Triple = (15, -8, 526)
    yield Stroke(_pipe([(5, 0, 496), (10, -4, 510), fork], [8, 7.5, 7.5]), artery, "brachiocephalic_trunk")
    for word, to_arm, to_head in (
        (
            "right",
            [fork, (36, -16, 544), (66, -12, 541), (108, -14, 527)],
            [fork, (23, -11, 548), (25, -9, 580), (25, -8, 625)],
        ),
        (
            "left",
            [(-16, -24, 500), (-24, -26, 530), (-42, -20, 546), (-68, -13, 541), (-108, -14, 527)],
            [(-6, -10, 500), (-18, -12, 528), (-25, -10, 560), (-26, -9, 590), (-26, -8, 625)],
        ),
    ):
        yield Stroke(_pipe(to_arm, 5.2), artery, f"subclavian_artery_{word}")
        yield Stroke(_pipe(to_head, 4.6), artery, f"common_carotid_artery_{word}")


def belly_vessels(body: Body) -> Iterator[Stroke]:
    """The vessels below the diaphragm; the aorta is painted with those of the chest."""
    artery, vein = _BLOOD + body.artery, _BLOOD + body.vein
    shift = heart_shift(body)
    top: Triple = (28 + shift[0] / 2, 10, 356)
    cava = [(9, 9, 140), (12, 12, 165), (15, 11, 205), (18, 11, 245), (22, 5, 280), (26, 2, 320), top]
    yield Stroke(_pipe(cava, [9, 9.5, 10, 11, 11, 11, 11]), vein, "inferior_vena_cava")
    portal = [
        (-92, -30, 268),
        (-50, -8, 260),
        (-12, 16, 250),
        (10, 22, 248),
        (26, 24, 262),
        (44, 20, 280),
        (56, 16, 288),
    ]
    yield Stroke(
        _pipe(moved(portal, body.jitter("portal vein", 3, 2, 4)), [5.5, 6, 6.5, 8, 8, 7.5, 6]),
        vein + body.vein // 3,
        "portal_vein_and_splenic_vein",
    )
    stem = [(10, 22, 248), (8, 26, 215), (4, 34, 180)]
    yield Stroke(_pipe(stem, [6, 5, 3.5]), vein, over=("",))
    yield Stroke(_pipe([(-14, 2, 228), (-8, 22, 210), (-4, 34, 176)], [4.5, 4, 3.2]), artery, over=("",))
    low: list[Triple] = [(48, 4, 42), (58, 25, 16), (64, 30, -8), (66, 26, -60), (68, 18, -140)]
    veins: dict[int, list[Triple]] = {
        1: [(9, 9, 140), (16, -3, 124), (28, -19, 108), (40, -32, 88), (47, -22, 65), *low],
        -1: [
            (9, 8, 138),
            (-6, 2, 124),
            (-22, -18, 106),
            (-38, -32, 88),
            (-47, -22, 65),
            *both_sides(low, -1),
        ],
    }
    outer: list[Triple] = [
        (44, -17, 88),
        (50, -4, 65),
        (53, 19, 42),
        (67, 32, 18),
        (74, 34, -8),
        (78, 28, -60),
        (82, 18, -140),
    ]
    arteries: dict[int, list[Triple]] = {
        1: [(-10, 15, 150), (3, 12, 136), (24, -3, 112), *outer],
        -1: [(-13, 15, 150), (-19, 10, 136), (-30, -7, 112), *both_sides(outer, -1)],
    }
    for side, word in ((1, "right"), (-1, "left")):
        yield Stroke(_pipe(veins[side], 7), vein - body.vein // 3, f"iliac_vena_{word}")
        yield Stroke(_pipe(arteries[side], 5.5), artery, f"iliac_artery_{word}")
