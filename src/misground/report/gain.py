"""What a gain of semantic sampling is credited to, in words."""

from collections.abc import Sequence

from misground.analysis.arms import arm_pairs
from misground.analysis.planned import Contrast
from misground.analysis.results import Run
from misground.report import words

_ALONE = ("greedy", "identity")
"""What semantic sampling must exceed before a gain is credited to neighbours."""


def credit(runs: Sequence[Run], contrasts: Sequence[Contrast]) -> list[str]:
    """What greedy decoding alone gives of each gain of semantic sampling, and what is left for neighbours.

    Args:
        runs: the runs of a report.
        contrasts: its planned contrasts, corrected together.

    Returns:
        One part of a sentence for each model whose gain is shown, or hinted at; it credits neighbours only
        where semantic is higher than greedy and than identity after the correction.
    """
    known = {one.run: one for one in contrasts if one.table == "decoding"}
    models = [run for run in runs if not run.baseline]
    pairs = {(a.run_id, b.run_id): (a, b) for a, b in arm_pairs(models)}
    told = []
    for a, b in pairs.values():
        gain = known.get(_name(a, b))
        if gain is None or gain.verdict not in ("higher", "hint"):
            continue
        if a.arm == "default" and b.decoding == "semantic":
            told.append(_told(gain, _arms_beside(b, models), b, known, a))
    return told


def _arms_beside(semantic: Run, runs: Sequence[Run]) -> dict[str, Run]:
    """The first run of each arm of the same model on the same benchmark."""
    found: dict[str, Run] = {}
    for run in runs:
        if (run.model, run.benchmark_hash) == (semantic.model, semantic.benchmark_hash):
            found.setdefault(run.arm, run)
    return found


def _told(
    gain: Contrast, beside: dict[str, Run], semantic: Run, known: dict[str, Contrast], default: Run
) -> str:
    missing = [arm for arm in _ALONE if arm not in beside]
    if missing:
        arms = ",".join(missing)
        return (
            f"how much of {words.points(gain.effect)} points neighbours earn is unknown without "
            f"{' and '.join(missing)} (misground eval --arms {arms})"
        )
    greedy = known.get(_name(default, beside["greedy"]))
    left = {arm: known.get(_name(beside[arm], semantic)) for arm in _ALONE}
    over = {arm: one for arm, one in left.items() if one is not None}
    if greedy is None or len(over) < len(_ALONE):
        return "the arms share no questions, so no gain can be credited"
    whole, alone = words.points(gain.effect), words.points(greedy.effect)
    parts = [f"of {whole} points over default, greedy alone gives {alone}"]
    parts += [
        f"neighbours add {words.points(one.effect)} over {arm} ({words.robust(one.robust, signed=True)})"
        for arm, one in over.items()
    ]
    return f"{', '.join(parts)}: {_verdict(over)}"


def _verdict(over: dict[str, Contrast]) -> str:
    verdicts = {one.verdict for one in over.values()}
    if verdicts == {"higher"}:
        return "more than greedy decoding gives"
    if verdicts & {"lower"}:
        return "less than without neighbours"
    if "unknown" in verdicts:
        return "no verdict"
    return "not shown to be more than greedy decoding gives"


def _name(a: Run, b: Run) -> str:
    return f"{b.name} minus {a.name}"
