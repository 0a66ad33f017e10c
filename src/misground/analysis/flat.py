"""Tables as plain numbers, one row per cell, as in the CSV files of a report and in `compare --json`."""

import polars as pl

from misground.analysis.breaks import StepRow
from misground.analysis.consistency import ConsistencyRow
from misground.analysis.difficulty import DistanceRow
from misground.analysis.faults import FaultRow
from misground.analysis.flips import flat_flips
from misground.analysis.held_tables import flat_calibration, flat_held
from misground.analysis.planned import Contrast
from misground.analysis.position import PositionRow
from misground.analysis.robust import Robust
from misground.analysis.screen import Agreed
from misground.analysis.shift import ShiftRow
from misground.analysis.table import ComparisonRow, EstimateRow, Table


def flat(table: Table) -> pl.DataFrame:
    """A table as in its CSV file: plain numbers, one row per cell, inapplicable columns empty."""
    rows = [_flat_estimate(row) for row in table.estimates] + [
        flat_comparison(row) for row in table.comparisons
    ]
    rows += map(flat_contrast, table.contrasts)
    rows += map(flat_shift, table.shifts)
    rows += [flat_calibration(row) for row in table.calibrations] + [flat_held(row) for row in table.held]
    rows += [*map(_flat_consistency, table.consistency), *map(_flat_position, table.positions)]
    rows += [*map(_flat_distance, table.distances), *map(_flat_step, table.steps)]
    rows += [*map(_flat_fault, table.faults), *map(_flat_agreed, table.agreed)]
    rows += map(flat_flips, table.flips)
    return pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame({"run": [], "cell": []})


def _flat_estimate(row: EstimateRow) -> dict[str, object]:
    found = row.estimate
    return {
        "run": row.run,
        "cell": row.cell,
        "accuracy": found.accuracy if found.n else None,
        "k": found.k,
        "n": found.n,
        **_robust(found.robust),
        "anatomy_alone": row.ceilings.anatomy,
        "one_mark": row.ceilings.one_mark,
        "bound_low": found.robust.bound[0] if found.robust.bound else None,
        "bound_high": found.robust.bound[1] if found.robust.bound else None,
        "by_case_low": found.by_case.low,
        "by_case_high": found.by_case.high,
        "if_independent_low": found.credible[0],
        "if_independent_high": found.credible[1],
        "more_samples_low": found.limit.low if found.limit else None,
        "more_samples_high": found.limit.high if found.limit else None,
        "no_answer": found.no_answer if found.n else None,
        "refused": found.refused if found.n else None,
        "truncated": found.truncated if found.n else None,
        "flagged": found.flagged,
        "error": found.error,
        "published": row.published,
    }


def flat_comparison(row: ComparisonRow) -> dict[str, object]:
    """A difference as plain numbers, for a row that has pairs."""
    found = row.comparison.paired
    assert found is not None
    return {
        "run": row.run,
        "cell": row.cell,
        "n": found.n,
        "accuracy_a": found.accuracy_a,
        "accuracy_b": found.accuracy_b,
        "difference": found.difference,
        **_robust(found.robust),
        "by_case_low": found.by_case.low,
        "by_case_high": found.by_case.high,
        "b_better": found.better,
        "p": found.p,
        "both": found.table.both,
        "only_a": found.table.only_a,
        "only_b": found.table.only_b,
        "neither": found.table.neither,
        "unpaired_a": len(row.comparison.only_a),
        "unpaired_b": len(row.comparison.only_b),
        "published": row.published,
    }


def flat_contrast(found: Contrast) -> dict[str, object]:
    """A planned contrast as plain numbers."""
    return {
        "run": found.run,
        "table": found.table,
        "contrast": found.name,
        "n": found.n,
        "effect": found.effect,
        **_robust(found.robust),
        "p": found.p,
        "p_holm": found.adjusted,
        "verdict": found.verdict,
        "detectable": found.detectable,
    }


def flat_shift(row: ShiftRow) -> dict[str, object]:
    """An answer shift as plain numbers."""
    return {
        "run": row.run,
        "contrast": row.contrast,
        "terms": row.terms,
        "first": row.words[0],
        "second": row.words[1],
        "n_first": row.n[0],
        "n_second": row.n[1],
        "first_said_more": row.said[0],
        "second_said_more": row.said[1],
        "gain_first": row.gains[0].value,
        "gain_first_low": row.gains[0].robust.low,
        "gain_first_high": row.gains[0].robust.high,
        "gain_second": row.gains[1].value,
        "gain_second_low": row.gains[1].robust.low,
        "gain_second_high": row.gains[1].robust.high,
        "shared": row.shared.value,
        "shared_low": row.shared.robust.low,
        "shared_high": row.shared.robust.high,
        "shift": row.shift.value,
        **_robust(row.shift.robust),
        "p": row.p,
        "p_holm": row.adjusted,
        "towards": row.towards,
    }


def _flat_consistency(row: ConsistencyRow) -> dict[str, object]:
    return {
        "run": row.run,
        "what": row.what,
        "share": row.k / row.n,
        "k": row.k,
        "n": row.n,
        **_robust(row.interval),
        "if_independent": row.independent,
        "correlation": row.correlation,
        "correlation_low": row.correlation_interval.low if row.correlation_interval else None,
        "correlation_high": row.correlation_interval.high if row.correlation_interval else None,
        "without_two_answers": row.apart,
        "wordings": row.wordings,
        "follows_anatomy": row.follows[0] / row.follows[1] if row.follows else None,
        "against_anatomy": row.follows[1] if row.follows else None,
    }


def _flat_position(row: PositionRow) -> dict[str, object]:
    return {
        "run": row.run,
        "by": row.by,
        "options": row.offered,
        "place": row.place,
        "n": row.n,
        "chosen": row.chosen,
        "chosen_low": row.chosen_interval.low,
        "chosen_high": row.chosen_interval.high,
        "right_there": row.there,
        "accuracy": row.accuracy,
        "minus_elsewhere": row.difference,
        **_robust(row.difference_interval),
    }


def _flat_distance(row: DistanceRow) -> dict[str, object]:
    return {
        "run": row.run,
        "modality": row.modality,
        "lowest_mm": row.low,
        "highest_mm": row.high,
        "accuracy": row.estimate.accuracy,
        "k": row.estimate.k,
        "n": row.estimate.n,
        **_robust(row.estimate.robust),
        "minus_nearest": row.difference,
        "minus_nearest_low": row.interval.low if row.interval else None,
        "minus_nearest_high": row.interval.high if row.interval else None,
    }


def _flat_step(row: StepRow) -> dict[str, object]:
    return {
        "run": row.run,
        "step": row.step,
        "share": row.share,
        "n": row.n,
        **({} if row.interval is None else _robust(row.interval)),
        "chance": row.chance,
        "anatomy_alone": row.anatomy,
        "lacks": row.lacks,
    }


def _flat_fault(row: FaultRow) -> dict[str, object]:
    low, high = row.ends or (None, None)
    return {
        "run": row.run,
        "fault": row.fault,
        "size": row.size,
        "low": low,
        "high": high,
        "tolerated": row.tolerated,
        "p": row.p,
        "p_holm": row.adjusted,
        "verdict": row.verdict,
        "cases": row.about.cases if row.about else None,
        "structures": row.about.structures if row.about else None,
        "items": row.about.items if row.about else None,
        "lacks": row.lacks,
    }


def _flat_agreed(row: Agreed) -> dict[str, object]:
    return {
        "benchmark": row.benchmark,
        "models": ", ".join(row.models),
        "items": row.items,
        "all_right": row.right,
        "all_right_if_independent": row.right_independent,
        "all_wrong": row.wrong,
        "all_wrong_if_independent": row.wrong_independent,
        "strong_models": ", ".join(row.strong),
        "suspect_labels": len(row.suspects),
    }


def _robust(found: Robust) -> dict[str, object]:
    about = found.dependence
    return {
        "low": found.low,
        "high": found.high,
        "cases": about.cases,
        "structures": about.structures,
        "items": about.items,
        "no_interval_because": about.reason,
    }
