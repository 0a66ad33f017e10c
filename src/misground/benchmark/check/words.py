"""Hypotheses in words."""

import math
from collections.abc import Sequence
from typing import Final

from misground.anatomy import AXES, UNPAIRED, Axis, structure_table
from misground.anatomy.directions import anatomical_words
from misground.benchmark.check.hypotheses import Hypothesis, swapped_pairs
from misground.records import KneeSide, Region
from misground.volumes.picture_check.verdict import WORDS, axes_text

_MOST_NAMED: Final = 4


def hypothesis_words(found: Sequence[Hypothesis], region: Region, side: KneeSide | None) -> str:
    """The best hypothesis in one line, and those close to it.

    Args:
        found: hypotheses, best first; at least one.
        region: torso or knee.
        side: of a knee; None if unknown.
    """
    best = found[0]
    others = [fault_words(other, region, side) for other in found[1:3]]
    unsure = f" (or {', or '.join(others)}: these structures do not tell which)" if others else ""
    return f"{fault_words(best, region, side)}{unsure}: {relations_words(best)}"


def fault_words(one: Hypothesis, region: Region, side: KneeSide | None) -> str:
    """The fault of a hypothesis, such as "looks mirrored left to right (mirrored along x)"."""
    pair = "medial and lateral" if region == "knee" else "left and right"
    match one.kind:
        case "mirrored":
            words = _mirrored(one.axes, region)
        case "axes exchanged":
            words = "looks turned: its axes are exchanged"
        case "sides swapped":
            words = f"labels of {pair} look swapped"
        case "organs mirrored" if region == "torso":
            words = (
                "organs look mirrored left to right, but labels of left and right do not (situs inversus?)"
            )
        case "organs mirrored":
            words = "looks mirrored, and its labels of medial and lateral swapped"
        case "labels swapped":
            words = _swapped(swapped_pairs(one.structures), pair)
        case "misplaced":
            words = f"the label of {name_of(one.structures[0])} looks misplaced{_away(one, region, side)}"
    return words


def relations_words(one: Hypothesis) -> str:
    """How many relations agree once the fault is undone, and as the case lies."""
    undone = {
        "mirrored": f"after a flip of {axes_text(one.axes)}",
        "axes exchanged": "after turning it back",
        "sides swapped": "after swapping them",
        "organs mirrored": "after mirroring the organs",
        "labels swapped": "after swapping them",
        "misplaced": "without it",
    }[one.kind]
    return (
        f"{one.after.agree} of {one.after.decided} relations agree {undone}, "
        f"{one.before.agree} of {one.before.decided} as it is"
    )


def name_of(key: str) -> str:
    """The English name of a structure."""
    return structure_table().structures[key].name


def _mirrored(axes: tuple[Axis, ...], region: Region) -> str:
    words = " and ".join(WORDS[axis] for axis in axes)
    along = axes_text(axes)
    half_turn = ", as after a half turn" if len(axes) == 2 else ""
    side = "; or the knee's side is wrong" if region == "knee" and axes == ("x",) else ""
    return f"looks mirrored {words} (mirrored along {along}{half_turn}{side})"


def _swapped(pairs: list[tuple[str, str]], sides: str) -> str:
    table = structure_table().structures
    if len(pairs) > 1 and all(table[a].pair == b and b != UNPAIRED for a, b in pairs):
        organs = [_without_side(a) for a, _ in pairs[:_MOST_NAMED]]
        organs += [f"{len(pairs) - _MOST_NAMED} more"] if len(pairs) > _MOST_NAMED else []
        return f"labels of {sides} look swapped for {', '.join(organs)}"
    named = [f"{name_of(a)} and {name_of(b)}" for a, b in pairs[:_MOST_NAMED]]
    named += [f"{len(pairs) - _MOST_NAMED} more pairs"] if len(pairs) > _MOST_NAMED else []
    return f"the labels of {', of '.join(named)} look swapped"


def _without_side(key: str) -> str:
    side = structure_table().structures[key].side or ""
    return " ".join(word for word in name_of(key).split() if word != side)


def _away(one: Hypothesis, region: Region, side: KneeSide | None) -> str:
    """Where a misplaced structure lies from its place; in a knee, x of `away_mm` runs towards lateral."""
    apart = math.hypot(*(mm for mm in one.away_mm if not math.isnan(mm)))
    if not apart:
        return ""
    parts = []
    for axis, mm in zip(AXES, one.away_mm, strict=True):
        if not math.isnan(mm) and abs(mm) >= apart / 3:
            towards = (
                {1: "lateral", -1: "medial"}
                if region == "knee" and axis == "x"
                else anatomical_words(axis, side)
            )
            parts.append(f"{abs(mm):.0f} mm {towards[1 if mm > 0 else -1]}")
    return f", {apart:.0f} mm from where it lies in other bodies ({', '.join(parts)})"
