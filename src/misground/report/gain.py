"""What a gain of semantic sampling is credited to: a cause, and a sentence that says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from misground.analysis.arms import arm_pairs
from misground.analysis.planned import Contrast
from misground.analysis.results import Run
from misground.analysis.shift import ShiftRow, Split, shared_gain
from misground.records.arms import SEMANTIC
from misground.report import words

Cause = Literal["neighbours", "any neighbours", "one word", "not neighbours", "harm", "unknown"]
"""neighbours: more than greedy, identity and neighbours without meaning. any neighbours: more than greedy and
identity, but not than neighbours without meaning. one word: a shift towards a word explains it. not
neighbours: not more than greedy or identity. harm: less than these. unknown: an arm or an interval lacks."""

_ALONE: Final = ("greedy", "identity")
"""What semantic sampling must exceed before a gain is credited to neighbours."""
_MEANINGLESS: Final = ("shuffled", "random")
"""Neighbours without meaning, which must give less, where they were asked."""
NAMED: Final = 2
"""Most answer shifts that a sentence names."""


@dataclass(frozen=True)
class Explanation:
    """What a gain of one run is credited to.

    Attributes:
        run: name of the run with semantic sampling.
        cause: what explains it.
        text: part of a sentence.
    """

    run: str
    cause: Cause
    text: str


def credit(
    runs: Sequence[Run], contrasts: Sequence[Contrast], shifts: Sequence[ShiftRow] = ()
) -> list[Explanation]:
    """What greedy decoding alone gives of each gain of semantic sampling, and what is left for neighbours.

    Args:
        runs: the runs of a report.
        contrasts: its planned contrasts, corrected together.
        shifts: its answer shifts, corrected together.

    Returns:
        One explanation for each run with semantic sampling that shows or hints at a gain over default, or
        differs from greedy decoding. It credits neighbours only where semantic is higher than greedy and than
        identity after the correction, on both right words alike, and not matched by neighbours without
        meaning.
    """
    known = {one.run: one for one in contrasts if one.table == "decoding"}
    models = [run for run in runs if not run.baseline]
    seen = {run.run_id for pair in arm_pairs(models) for run in pair}
    told = []
    for run in models:
        if run.arm in SEMANTIC and run.run_id in seen:
            found = _explained(run, _arms_beside(run, models), known, shifts)
            told += [] if found is None else [found]
    return told


def flipped_wins(runs: Sequence[Run], contrasts: Sequence[Contrast]) -> list[str]:
    """Where subtracting the neighbours' mass helps, so that crowded candidates are the wrong ones."""
    known = {one.run: one for one in contrasts if one.table == "decoding" and one.verdict == "higher"}
    pairs = {_name(a, b): b for a, b in arm_pairs(runs) if b.arm == "flipped"}
    return [
        f"subtracting the neighbours' mass gives {_size(known[name])} over identity ({b.name}): here crowded "
        "candidates are the wrong ones"
        for name, b in pairs.items()
        if name in known
    ]


def shifted(shifts: Sequence[ShiftRow]) -> list[str]:
    """Which words are said more often, where that holds after the correction."""
    held = [row for row in shifts if row.towards is not None]
    told = [
        f"{row.run} says {row.towards!r} more often ({words.points(_more(row))} points; {_halves(row)})"
        for row in held[:NAMED]
    ]
    return [*told, f"{len(held) - NAMED} more shifts are in the table"] if len(held) > NAMED else told


def _more(row: ShiftRow) -> float:
    return row.said[row.words.index(row.towards or row.words[0])]


def _halves(row: ShiftRow) -> str:
    return ", ".join(
        f"{words.points(gain.value)} where {word!r} is right"
        for word, gain in zip(row.words, row.gains, strict=True)
    )


def _arms_beside(semantic: Run, runs: Sequence[Run]) -> dict[str, Run]:
    """The first run of each arm of the same model on the same benchmark."""
    found: dict[str, Run] = {}
    for run in runs:
        if (run.model, run.benchmark_hash) == (semantic.model, semantic.benchmark_hash):
            found.setdefault(run.arm, run)
    return found


def _explained(
    run: Run, beside: dict[str, Run], known: dict[str, Contrast], shifts: Sequence[ShiftRow]
) -> Explanation | None:
    gain = known.get(_name(beside["default"], run)) if "default" in beside else None
    over = {arm: one for arm in _ALONE if (one := _over(arm, run, beside, known)) is not None}
    gains = gain is not None and gain.verdict in ("higher", "hint")
    if run.arm != "semantic":
        return _drawn(run, beside["default"], gain) if gains and gain is not None else None
    if not gains and not {one.verdict for one in over.values()} & {"higher", "lower"}:
        return None
    missing = [arm for arm in _ALONE if arm not in beside]
    if missing:
        what = f"{words.points(gain.effect)} points" if gains and gain is not None else "the difference"
        return Explanation(
            run.name,
            "unknown",
            f"how much of {what} neighbours earn is unknown without {' and '.join(missing)} (misground eval "
            f"--arms {','.join(missing)})",
        )
    if len(over) < len(_ALONE):
        return Explanation(run.name, "unknown", "the arms share no questions, so no gain can be credited")
    parts = [_beginning(gain, beside, known)] if gain is not None else [f"{run.name}"]
    parts += [
        f"neighbours add {words.points(one.effect)} over {arm} ({words.robust(one.robust, signed=True)})"
        for arm, one in over.items()
    ]
    cause, why = _cause(run, beside, known, over, shifts)
    return Explanation(run.name, cause, f"{', '.join(parts)}: {why}")


def _drawn(run: Run, default: Run, gain: Contrast) -> Explanation:
    """A gain of an arm that draws by the rule, at the temperature and nucleus of the default arm."""
    told = f"{run.name} gives {_size(gain)} over default"
    if run.arm != "semantic-proportional":
        why = "it is unknown what neighbours earn of it, since its draw is sharper without them, too"
        return Explanation(run.name, "unknown", f"{told}: {why}")
    # Without neighbours, shares in proportion to the scores are the default draw itself.
    if gain.verdict != "higher":
        return Explanation(run.name, "not neighbours", f"{told}: a hint only that neighbours earn it")
    shared = {"default": shared_gain(default, run)}
    if not _above(shared["default"]):
        why = f"one word is said more often, not more is seen ({_shared(shared)})"
        return Explanation(run.name, "one word", f"{told}: {why}")
    why = "apart from neighbours it draws as default does; whether their meaning matters is unknown"
    return Explanation(run.name, "neighbours", f"{told}: {why}")


def _beginning(gain: Contrast, beside: dict[str, Run], known: dict[str, Contrast]) -> str:
    whole = f"of {words.points(gain.effect)} points over default"
    alone = known.get(_name(beside["default"], beside["greedy"]))
    if alone is None:
        return whole
    return f"{whole}, greedy alone gives {words.points(alone.effect)}"


def _cause(
    run: Run,
    beside: dict[str, Run],
    known: dict[str, Contrast],
    over: dict[str, Contrast],
    shifts: Sequence[ShiftRow],
) -> tuple[Cause, str]:
    verdicts = {_verdict(one) for one in over.values()}
    if "lower" in verdicts:
        return "harm", "less than without neighbours"
    if "unknown" in verdicts:
        return "unknown", "no verdict"
    if verdicts != {"higher"}:
        return "not neighbours", "not shown to be more than greedy decoding gives"
    shared = {arm: shared_gain(beside[arm], run) for arm in _ALONE}
    if not all(_above(one) for one in shared.values()):
        return "one word", f"one word is said more often, not more is seen ({_shared(shared)})"
    controls = {arm: one for arm in _MEANINGLESS if (one := _over(arm, run, beside, known)) is not None}
    matched = [arm for arm, one in controls.items() if one.verdict != "higher"]
    if matched:
        return (
            "any neighbours",
            f"more than greedy decoding gives, but neighbours without meaning ({', '.join(matched)}) are not "
            "shown to give less",
        )
    told = "more than greedy decoding gives"
    one_sided = [row for row in shifts if row.towards and row.run.startswith(f"{run.name} minus ")]
    if one_sided:
        told += ", in part by saying one word more often"
    lacking = [arm for arm in _MEANINGLESS if arm not in beside]
    if lacking:
        told += f"; whether their meaning matters is unknown without {' and '.join(lacking)}"
    return "neighbours", told


def _verdict(found: Contrast) -> str:
    """The verdict; replies that are alike throughout show no difference, though they have no interval."""
    alike = found.effect == 0 and found.robust.dependence.reason == "all alike"
    return "none" if alike else found.verdict


def _above(found: Split | None) -> bool:
    ends = None if found is None else found.robust.ends
    return ends is not None and ends[0] > 0


def _shared(found: dict[str, Split | None]) -> str:
    told = [
        f"{words.points(one.value)} over {arm} where both right words count alike, "
        f"{words.robust(one.robust, signed=True)}"
        for arm, one in found.items()
        if one is not None
    ]
    return "; ".join(told) or "only one word is ever right"


def _over(arm: str, run: Run, beside: dict[str, Run], known: dict[str, Contrast]) -> Contrast | None:
    return known.get(_name(beside[arm], run)) if arm in beside else None


def _size(found: Contrast) -> str:
    return f"{words.points(found.effect)} points ({words.robust(found.robust, signed=True)})"


def _name(a: Run, b: Run) -> str:
    return f"{b.name} minus {a.name}"
