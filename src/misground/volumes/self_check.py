"""The anatomical self-check: does a labelled body contradict its header?

A wrong header (mirrored or rotated) silently makes every answer along an axis wrong. The centroids of a case
are therefore compared with relations that hold in nearly every body (`anatomy.relations`). Along each axis, a
relation is held, contradicted, or undecided (the centroids are too close). Held relations add the log-odds of
their sureness, contradicted ones subtract it.

A case contradicts its header along an axis if
- a near-certain relation (sureness 0.995 or more) is contradicted, or
- at least two relations are contradicted and the sum of the log-odds is below zero.
A single weak relation is never decisive, since bodies differ and scans are cropped.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from misground.anatomy import AXES, Axis, anatomical_words, axis_index, structure_table
from misground.anatomy.relations import Relation, load_relations
from misground.records import KneeSide, Region

NEAR_CERTAIN: Final = 0.995
# Centroids closer than this along an axis, in mm, leave a relation undecided.
MIN_DISTANCE_MM: Final[Mapping[Region, float]] = {"torso": 5.0, "knee": 2.0}
# Fewer labelled voxels than this are as likely a segmentation error as a structure (and are never asked
# about):
# leave such structures out of the centroids.
MIN_VOXELS: Final = 30
MAX_NAMED: Final = 4


@dataclass(frozen=True)
class Finding:
    """One relation in one case; `distance_mm` is that from structure_b to structure_a, > 0 if as expected."""

    relation: Relation
    distance_mm: float


@dataclass(frozen=True)
class AxisVerdict:
    """The relations along one axis, each group in the order of the relation table."""

    axis: Axis
    held: tuple[Finding, ...] = ()
    contradicted: tuple[Finding, ...] = ()
    undecided: tuple[Finding, ...] = ()

    @property
    def log_odds(self) -> float:
        """The sum of the log-odds of held relations minus that of contradicted ones; natural logarithm."""
        return _weight(self.held) - _weight(self.contradicted)

    @property
    def contradicts(self) -> bool:
        """Whether the case contradicts its header along this axis."""
        return _refutes(self.contradicted) or (len(self.contradicted) > 1 and self.log_odds < 0)

    @property
    def tested(self) -> bool:
        """Whether a mirrored header would be detected: the decided relations, all reversed, contradict."""
        decided = self.held + self.contradicted
        return _refutes(decided) or len(decided) > 1


@dataclass(frozen=True)
class Verdict:
    """The self-check of one case.

    Attributes:
        axes: the verdict along each axis.
        reason: the contradictions in one line without paths; "" if there are none.
        region: torso or knee.
        side: side of the knee.
    """

    axes: Mapping[Axis, AxisVerdict]
    reason: str
    region: Region = "torso"
    side: KneeSide | None = None

    @property
    def contradicts(self) -> bool:
        """Whether the case contradicts its header along any axis."""
        return any(verdict.contradicts for verdict in self.axes.values())

    @property
    def tested_axes(self) -> tuple[Axis, ...]:
        """The axes along which a mirrored header would be detected."""
        return tuple(axis for axis, verdict in self.axes.items() if verdict.tested)

    @property
    def contradicted(self) -> tuple[Finding, ...]:
        """The contradicted relations along all axes."""
        return tuple(finding for verdict in self.axes.values() for finding in verdict.contradicted)

    def examples(self, shown: int) -> str:
        """The clearest contradicted relations in words, and how many more there are; "" if there are none."""
        ordered = clearest(self.contradicted)
        named = [finding_words(finding, self.side) for finding in ordered[:shown]]
        more = len(ordered) - len(named)
        return "; ".join([*named, f"and {more} more"] if more else named)


def check_body(
    centroids_mm: Mapping[str, tuple[float, float, float]],
    region: Region,
    side: KneeSide | None,
    *,
    min_distance_mm: float | None = None,
) -> Verdict:
    """Compare a case with the relations of its region.

    Args:
        centroids_mm: structure key -> centroid in RAS+ mm (any origin), for structures with at least
            MIN_VOXELS voxels; keys without relations are ignored.
        region: torso or knee.
        side: side of the knee; without it, x is not tested in a knee.
        min_distance_mm: centroids closer than this along an axis leave a relation undecided; None for
            MIN_DISTANCE_MM.

    Raises:
        ValueError: a centroid is not finite.
    """
    for key, centroid in centroids_mm.items():
        if not all(map(math.isfinite, centroid)):
            raise ValueError(f"centroid of {key} is {centroid}, expected three finite numbers")
    limit = MIN_DISTANCE_MM[region] if min_distance_mm is None else min_distance_mm
    groups: dict[Axis, tuple[list[Finding], list[Finding], list[Finding]]] = {a: ([], [], []) for a in AXES}
    for relation in load_relations():
        a, b = centroids_mm.get(relation.structure_a), centroids_mm.get(relation.structure_b)
        sign = _ras_sign(relation, side)
        if relation.region != region or a is None or b is None or sign == 0:
            continue
        index = axis_index(relation.axis)
        distance = sign * (a[index] - b[index])
        held, contradicted, undecided = groups[relation.axis]
        group = undecided if abs(distance) < limit else held if distance > 0 else contradicted
        group.append(Finding(relation, distance))
    axes = {axis: AxisVerdict(axis, *map(tuple, groups[axis])) for axis in AXES}
    return Verdict(axes, _reason(axes, region, side), region, side)


def format_verdict(verdict: Verdict) -> str:
    """One line for the terminal: the held and decided relations along each axis, or the contradictions."""
    if verdict.contradicts:
        return f"contradicts: {verdict.reason}"
    counts = ", ".join(
        f"{axis} {len(v.held)}/{len(v.held) + len(v.contradicted)}" if v.tested else f"{axis} not tested"
        for axis, v in verdict.axes.items()
    )
    return f"agrees: {counts}" if verdict.tested_axes else f"not tested: {counts}"


def _ras_sign(relation: Relation, side: KneeSide | None) -> int:
    """Sign of a - b in RAS+; 0 if it is unknown, that is, along x in a knee without a side."""
    if relation.region == "knee" and relation.axis == "x":
        return {"right": 1, "left": -1, None: 0}[side] * relation.sign
    return relation.sign


def _weight(findings: tuple[Finding, ...]) -> float:
    return math.fsum(finding.relation.log_odds for finding in findings)


def _refutes(findings: tuple[Finding, ...]) -> bool:
    return any(finding.relation.sureness >= NEAR_CERTAIN for finding in findings)


def _reason(axes: Mapping[Axis, AxisVerdict], region: Region, side: KneeSide | None) -> str:
    failed = [verdict for verdict in axes.values() if verdict.contradicts]
    shown = MAX_NAMED // len(failed) if failed else 0
    return " | ".join(_axis_reason(verdict, region, side, shown) for verdict in failed)


def _axis_reason(verdict: AxisVerdict, region: Region, side: KneeSide | None, shown: int) -> str:
    named = [finding_words(finding, side) for finding in clearest(verdict.contradicted)[:shown]]
    more = len(verdict.contradicted) - len(named)
    if more:
        named.append(f"and {more} more")
    return f"{_cause(verdict, region)}: {'; '.join(named)}"


def clearest(findings: tuple[Finding, ...]) -> list[Finding]:
    """The surest first, but those that repeat a structure after those with new ones."""
    fresh: list[Finding] = []
    again: list[Finding] = []
    named: set[str] = set()
    # sorted() is stable, so relations of equal sureness stay in the order of the table.
    for finding in sorted(findings, key=lambda finding: -finding.relation.sureness):
        (again if named & set(_keys(finding)) else fresh).append(finding)
        named |= set(_keys(finding))
    return fresh + again


def finding_words(finding: Finding, side: KneeSide | None) -> str:
    """A contradicted relation, for example "liver 84 mm left of spleen, expected right"."""
    name = {key: structure_table().structures[key].name for key in _keys(finding)}
    a, b = _keys(finding)
    axis, expected = finding.relation.axis, _ras_sign(finding.relation, side)
    words = anatomical_words(axis, side)
    joint = "of" if words[1] in ("left", "right") else "to"
    distance = f"{-finding.distance_mm:.0f} mm"
    return f"{name[a]} {distance} {words[-expected]} {joint} {name[b]}, expected {words[expected]}"


def _cause(verdict: AxisVerdict, region: Region) -> str:
    """The likely cause of the contradictions: swapped sides, a mirrored header, or a single label."""
    axis = verdict.axis
    side_named = [sum(map(_names_side, group)) for group in (verdict.held, verdict.contradicted)]
    others = [len(verdict.held) - side_named[0], len(verdict.contradicted) - side_named[1]]
    if axis == "x" and side_named[1] > side_named[0] and others[1] < others[0]:
        pair = "medial and lateral" if region == "knee" else "left and right"
        return f"labels of {pair} look swapped along x"
    if (region, axis) == ("torso", "x") and side_named[1] < side_named[0] and others[1] > max(others[0], 2):
        return "organs look swapped along x, but labels of left and right do not (situs inversus?)"
    if verdict.log_odds < 0:
        also = " (or the knee's side is wrong)" if (region, axis) == ("knee", "x") else ""
        return f"looks mirrored along {axis}{also}"
    against = Counter(key for finding in verdict.contradicted for key in _keys(finding))
    in_favour = Counter(key for finding in verdict.held for key in _keys(finding))
    suspect = max(against, key=lambda key: (against[key], -in_favour[key]))
    return f"the label of {structure_table().structures[suspect].name} looks misplaced along {axis}"


def _keys(finding: Finding) -> tuple[str, str]:
    return finding.relation.structure_a, finding.relation.structure_b


def _names_side(finding: Finding) -> bool:
    structures = structure_table().structures
    return any(structures[key].side is not None for key in _keys(finding))
