"""Verdicts as plain values, for `misground check --json`."""

import math
from typing import Any

from misground.anatomy import AXES
from misground.benchmark.check.hypotheses import Hypothesis, swapped_pairs
from misground.benchmark.check.verdict import CaseVerdict
from misground.benchmark.check.words import fault_words
from misground.records import KneeSide, Region
from misground.volumes.picture_check import PictureVerdict
from misground.volumes.self_check import Finding, Verdict, finding_words


def verdict_record(verdict: CaseVerdict) -> dict[str, Any]:
    """The verdict of a case as plain values; None stands for unknown numbers."""
    body = verdict.body
    return {
        "axes": {axis: _axis(body, axis) for axis in AXES},
        "contradicted": [_finding(one, body) for one in body.contradicted],
        "hypotheses": [_hypothesis(one, body.region, body.side) for one in verdict.hypotheses],
        "scan": _picture(verdict.picture),
    }


def _axis(body: Verdict, axis: Any) -> dict[str, Any]:
    one = body.axes[axis]
    return {
        "agree": len(one.held),
        "decided": len(one.held) + len(one.contradicted),
        "tested": one.tested,
        "contradicts": one.contradicts,
    }


def _finding(one: Finding, body: Verdict) -> dict[str, Any]:
    relation = one.relation
    return {
        "structure_a": relation.structure_a,
        "structure_b": relation.structure_b,
        "axis": relation.axis,
        "distance_mm": round(-one.distance_mm, 1),
        "sureness": relation.sureness,
        "text": finding_words(one, body.side),
    }


def _hypothesis(one: Hypothesis, region: Region, side: KneeSide | None) -> dict[str, Any]:
    structures: list[Any] = list(one.structures)
    if one.kind == "labels swapped":
        structures = [list(pair) for pair in swapped_pairs(one.structures)]
    return {
        "kind": one.kind,
        "text": fault_words(one, region, side),
        "axes": list(one.axes),
        "structures": structures,
        "agree_as_is": one.before.agree,
        "decided_as_is": one.before.decided,
        "agree_after": one.after.agree,
        "decided_after": one.after.decided,
        "evidence": round(one.evidence, 2),
        "away_mm": [_number(mm, 1) for mm in one.away_mm] or None,
    }


def _picture(found: PictureVerdict) -> dict[str, Any]:
    borders, shades = found.borders, found.intensities
    flipped = {"".join(axes): _number(share, 4) for axes, share in borders.mirrored.items()}
    return {
        "status": found.status,
        "fault": found.fault or None,
        "text": found.text,
        "mirrored_along": list(found.flip),
        "borders_as_is": _number(borders.as_is, 4),
        "borders_mirrored": flipped,
        "standard_error": _number(borders.error, 4),
        "border_pairs": borders.border_pairs,
        "inner_pairs": borders.inner_pairs,
        "lowest": _number(shades.low, 4),
        "highest": _number(shades.high, 4),
        "medians": {tissue: _number(median, 4) for tissue, (median, _) in shades.tissues.items()},
    }


def _number(value: float, digits: int) -> float | None:
    return round(value, digits) if math.isfinite(value) else None
