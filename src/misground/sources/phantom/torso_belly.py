"""The organs of the abdomen and the pelvis."""

from collections.abc import Iterator

from misground.sources.phantom.body import FAT, WATER, Body, domes, moved
from misground.sources.phantom.compose import clip, common, cut, grown, merged, union
from misground.sources.phantom.lofts import spline, spread
from misground.sources.phantom.painter import Stroke
from misground.sources.phantom.shapes import Shape, Triple, ellipsoid, tube

_GAS = -940


def belly_organs(body: Body) -> Iterator[Stroke]:
    """Solid organs and bowel; later strokes cover earlier ones where they touch."""
    stomach, upper_part = _stomach(body)
    yield from _liver(body, stomach)
    yield from _spleen(body, stomach)
    yield from _kidneys(body)
    yield from _small_bowel(body)
    yield from _colon(body)
    yield Stroke(stomach, 60 + body.organ // 3, "stomach", core=((4, 20),))
    yield Stroke(grown(upper_part, -5), _GAS, over=("stomach",), texture=True)
    yield from _pancreas_and_duodenum(body)
    yield from _adrenals(body)
    yield from _pelvis(body)


def _liver(body: Body, stomach: Shape) -> Iterator[Stroke]:
    dice = body.dice("liver")
    low, tilt = dice.about(12), 0.52 + dice.about(0.05)
    right, _ = domes()
    left_lobe = common(
        ellipsoid((-8 + dice.about(8), 46, 300), (70 + dice.about(8), 42, 36), roll=8), union(*domes()), 4
    )
    whole = merged(union(grown(right, -5), left_lobe), 16)
    # The lower face rises from the right edge to the left, and slightly to the front.
    length = round((1 + tilt * tilt + 0.0064) ** 0.5, 4)
    face = (round(-tilt / length, 4), round(0.08 / length, 4), round(-1 / length, 4))
    limit = round(-(192 + low + tilt * 135) / length, 2)
    liver = clip(whole, face, limit, 18)
    # Behind, the liver ends before the spine and the left crus.
    liver = cut(clip(liver, (-0.7, -0.71, 0), 34, 14), stomach, gap=2, round_mm=6)
    yield Stroke(liver, 58 + body.organ, "liver")
    vessels = [
        tube(spline([(26, 2, 330), (55, 0, 318), (95, -10, 300)]), [6, 6, 5, 5, 4, 4, 3]),
        tube([(24, 6, 332), (30, 40, 315), (35, 65, 295)], [5, 4, 3]),
        tube([(56, 16, 288), (85, 0, 272), (110, -20, 255)], [6, 4.5, 3]),
        tube([(44, 20, 284), (10, 45, 300), (-20, 52, 302)], [5, 4, 3]),
    ]
    yield Stroke(union(*vessels), 58 + body.organ + body.vein // 2, over=("liver",), texture=True)
    if "gallbladder" not in body.missing:
        x, y, z = (64 + dice.about(6), 46 + dice.about(5), 240 + low * 0.6)
        bladder = merged(
            tube([(x, y + 12, z - 10), (x - 6, y - 4, z + 8), (x - 10, y - 12, z + 14)], [15, 11, 6]), 6
        )
        yield Stroke(bladder, 12, "gallbladder")


def _spleen(body: Body, stomach: Shape) -> Iterator[Stroke]:
    dice = body.dice("spleen")
    _, left = domes()
    size = 1 + dice.about(0.15)
    centre = (-106.0, -44 + dice.about(5), 277 + dice.about(8))
    spleen = common(ellipsoid(centre, (38, 60 * size, 60 * size), yaw=-12, roll=-8), left, 5, 6)
    hollow = ellipsoid((-62, -22, centre[2] - 4), (36, 44, 62))
    yield Stroke(cut(spleen, stomach, hollow, gap=2, round_mm=8), 52 + body.organ * 6 // 5, "spleen")


def _kidneys(body: Body) -> Iterator[Stroke]:
    dice = body.dice("kidneys")
    for side, word in ((1, "right"), (-1, "left")):
        x = 71 + dice.about(4)
        y, z = -40 + dice.about(5), (222 if side > 0 else 234) + dice.about(9)
        size = 1 + dice.about(0.1)
        if f"kidney_{word}" in body.missing:
            continue
        whole = ellipsoid(
            (side * x, y, z), (28 * size, 29 * size, 51 * size), yaw=side * 30, pitch=-8, roll=side * 12
        )
        hilum = ellipsoid((side * (x - 25), y + 10, z), (19, 13, 17), yaw=side * 30)
        kidney = cut(whole, hilum, round_mm=8)
        inside = ((8, 32 + body.organ * 5 // 4),)
        yield Stroke(kidney, 35 + body.organ * 2, f"kidney_{word}", core=inside, rim=(9, FAT))


def _adrenals(body: Body) -> Iterator[Stroke]:
    for side, word in ((1, "right"), (-1, "left")):
        x, y, z = body.jitter(f"adrenal {word}", 2, 2, 4)
        x, y, z = side * (33 if side > 0 else 40) + x, y - 16, z + 276
        body_of = tube([(x, y + 9, z + 13), (x, y, z), (x + side * 3, y - 9, z - 11)], [4.2, 5, 4.4])
        limb = tube([(x, y, z), (x + side * 11, y - 6, z - 9)], [4.8, 4.2])
        yield Stroke(union(body_of, limb), 45 + body.organ // 2, f"adrenal_gland_{word}")


def _stomach(body: Body) -> tuple[Shape, Shape]:
    """The stomach, and its front part, which contains gas."""
    dice = body.dice("stomach")
    full = 1 + dice.about(0.15)
    line = [
        (-70, -12, 303),
        (-72, 14, 286),
        (-63 + dice.about(5), 38, 262),
        (-40, 51, 241 + dice.about(8)),
        (-6, 56, 230),
        (22, 48, 236),
    ]
    radii = [round(r * full, 2) for r in (29, 30, 28, 24, 20, 13)]
    stomach = merged(tube(spline(line, 2), spread(radii, 2)), 10)
    (_, left) = domes()
    level = 38 + dice.about(8)
    inside = union(*(common((part,), left, 5) if part.hi[2] > 300 else (part,) for part in stomach))
    return inside, clip(inside, (0, -1, 0), -level)


def _pancreas_and_duodenum(body: Body) -> Iterator[Stroke]:
    shift = body.jitter("pancreas", 4, 3, 5)
    loop = [
        (22, 48, 236),
        (44, 34, 240),
        (54, 18, 226),
        (52, 12, 204),
        (36, 16, 192),
        (4, 24, 191),
        (-22, 26, 202),
        (-34, 30, 214),
    ]
    yield Stroke(
        tube(spline(moved(loop, (0, 0, 0))), 11.5), 55 + body.organ // 3, "duodenum", core=((4, 18),)
    )
    line = [(36, 22, 214), (32, 24, 226), (12, 34, 242), (-16, 28, 253), (-50, 2, 258), (-82, -16, 262)]
    pancreas = tube(spline(moved(line, shift)), spread([12, 14, 10, 11, 10.5, 8.5]))
    yield Stroke(pancreas, 40 + body.organ, "pancreas")


def _small_bowel(body: Body) -> Iterator[Stroke]:
    dice = body.dice("small bowel")
    line: list[Triple] = []
    # Rows from side to side and back, each loop at a random depth between front and back.
    rows = ((170, 66), (147, 82), (124, 80), (102, 68), (80, 46))
    for layer in range(2):
        for i, (z, wide) in enumerate(rows if layer == 0 else rows[::-1]):
            way = 1 if (i + layer) % 2 else -1
            for t in range(6):
                y = 43 + dice.between(-25, 25)
                x = way * wide * (t - 2.5) / 2.5
                line.append((round(x + dice.about(13), 2), y, z + dice.about(16)))
    radii = [12.5 + dice.about(2) for _ in line]
    bowel = tube(spline(line, 2), spread(radii, 2))
    yield Stroke(bowel, 62 + body.organ // 2, "small_bowel", core=((3.2, 22),))
    bubbles = [line[i] for i in range(3, len(line), 7)]
    yield Stroke(
        union(*(ellipsoid((x, y + 4, z), (8, 4, 5)) for x, y, z in bubbles)),
        _GAS,
        over=("small_bowel",),
        texture=True,
    )


def _colon(body: Body) -> Iterator[Stroke]:
    dice = body.dice("colon")
    sag = dice.about(14)
    line = [
        (86, 42, 80),
        (97, 26, 106),
        (102, 4, 138),
        (102, 2, 168),
        (98, 22, 188),
        (72, 62, 192),
        (36, 78, 186 + sag / 2),
        (0, 82, 180 + sag),
        (-40, 80, 188 + sag),
        (-78, 66, 214),
        (-98, 42, 246),
        (-110, 14, 258),
        (-114, -14, 236),
        (-113, -20, 196),
        (-112, -14, 156),
        (-109, 2, 120),
        (-98, 26, 92),
        (-72, 40, 72),
        (-40, 34, 76),
        (-10, 22, 84),
        (12, -8, 86),
        (10, -42, 72),
        (2, -70, 52),
        (0, -76, 26),
        (0, -66, -2),
        (0, -62, -34),
    ]
    radii = [
        25,
        25,
        24,
        22,
        22,
        20,
        19,
        19,
        19,
        19,
        20,
        20,
        17,
        16,
        15,
        15,
        15,
        14,
        14,
        14,
        14,
        14,
        16,
        17,
        15,
        11,
    ]
    points = spline(line)
    # The pouches of the colon: every second point a little wider.
    sizes = [round(r + (1.2 if i % 2 else -1.2), 2) for i, r in enumerate(spread(radii))]
    colon = tube(points, sizes)
    yield Stroke(colon, 50 + body.organ // 4, "colon", core=((3, 10 + dice.whole(0, 30)),))
    gas, stool = [], []
    for (x, y, z), r in zip(points[::2], sizes[::2], strict=True):
        if dice.chance(55):
            gas.append(ellipsoid((x, y + r * 0.35, z), (r * 0.7, r * 0.45, r * 0.8)))
        if dice.chance(40):
            stool.append(ellipsoid((x + dice.about(4), y - r * 0.3, z), (r * 0.4, r * 0.35, r * 0.4)))
    yield Stroke(union(*stool), -180, over=("colon",), texture=True)
    yield Stroke(union(*gas), _GAS, over=("colon",), texture=True)


def _pelvis(body: Body) -> Iterator[Stroke]:
    dice = body.dice("pelvis")
    size = 1 + dice.about(0.18)
    centre = (dice.about(3), 12.0, 26.0)
    if body.male:
        yield Stroke(ellipsoid((centre[0], -22, -16), (23, 18, 19)), 50 + body.organ // 2, "prostate")
        yield Stroke(tube([(-26, -38, 4), (0, -34, 0), (26, -38, 4)], 7), 40, over=("",))
    else:
        womb = merged(tube([(2, -34, 4), (0, -30, 30), (4, -2, 70)], [13, 17, 22]), 8)
        yield Stroke(womb, 60 + body.organ // 2, over=("",))
    bladder = ellipsoid(centre, (42 * size, 36 * size, 33), pitch=12)
    yield Stroke(bladder, 40, "urinary_bladder", core=((3, WATER),))
