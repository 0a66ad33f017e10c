"""What the numbers show: at most eight sentences, which claim no more than the planned contrasts carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from misground.analysis.ceilings import ANATOMY, ceilings_of
from misground.analysis.cells import chance, estimate_of
from misground.analysis.comparisons import Comparison, direction
from misground.analysis.faults import FaultRow
from misground.analysis.held_tables import HeldRow, held_rows
from misground.analysis.planned import Contrast, detectable_span
from misground.analysis.results import Run
from misground.analysis.table import Table
from misground.report import words
from misground.report.breaking import where
from misground.report.gain import credit, flipped_wins, shifted
from misground.report.habits import consistency, position
from misground.report.known import without_picture

NOTICEABLE: Final = 0.02
"""Shares of no_answer, refused, truncated or error below this appear only in the tables."""
NAMED: Final = 4
"""Most runs, or most differences, that one sentence names."""
MOST: Final = 8
"""Most sentences of a summary."""
_JOINED: Final = (
    ("overall", "overall"), ("consistency", "position"), ("overall", "held"), ("breaks", "consistency"),
)  # fmt: skip
"""Tables whose sentences become one where there are too many, in this order."""
_ABOUT: Final = {
    "decoding": "Decoding",
    "rq1": "Tasks and dimensions",
    "rq2": "Coordinates and terms",
    "rq3": "Marks",
    "ab": "With and without the picture",
}


@dataclass(frozen=True)
class Finding:
    """One sentence.

    Attributes:
        text: the sentence.
        table: name of the table with its numbers; "" if it concerns all tables.
    """

    text: str
    table: str


def findings(
    runs: Sequence[Run], contrasts: Sequence[Contrast], tables: Sequence[Table] = ()
) -> list[Finding]:
    """The summary of a report: accuracy, what is lost, the research questions, habits, and the weight.

    Args:
        runs: the runs, models first.
        contrasts: their planned contrasts, corrected together.
        tables: the tables of the report, whose rows on habits are put into words.
    """
    lost = [text for run in runs if (text := _lost(run))]
    found = [
        Finding(_overall(runs, contrasts), "overall"),
        Finding(_sentence(lost) if lost else "", "overall"),
        Finding(_held(held_rows(runs)) or "", "held"),
    ]
    for name, about in _ABOUT.items():
        mine = [one for one in contrasts if one.table.startswith(name)]
        if mine:
            more: list[str | None] = []
            if name == "ab":
                more = [without_picture(runs)]
            elif name == "decoding":
                shifts = [row for table in tables for row in table.shifts]
                more = [one.text for one in credit(runs, contrasts, shifts)]
                more += [*flipped_wins(runs, contrasts), *shifted(shifts)]
            parts = (
                [*filter(None, more), _shown(mine)]
                if name == "decoding"
                else [_shown(mine), *filter(None, more)]
            )
            found.append(Finding(f"{about}: {_sentence(parts)}", mine[0].table))
    faults: list[FaultRow] = [row for table in tables for row in table.faults]
    steps = [row for table in tables for row in table.steps]
    found.append(Finding(where(runs, steps, faults) or "", "breaks"))
    alike = [row for table in tables for row in table.consistency]
    places = [row for table in tables for row in table.positions]
    found.append(Finding(consistency(runs, alike) or "", "consistency"))
    found.append(Finding(position(runs, places) or "", "position"))
    if contrasts:
        found.append(Finding(_weight(contrasts), "planned"))
    return _at_most([one for one in found if one.text], MOST)


def _at_most(found: Sequence[Finding], most: int) -> list[Finding]:
    """The findings in at most `most` sentences: what is lost joins the accuracy, the habits each other."""
    kept = list(found)
    for first, second in _JOINED:
        at = next((n for n, one in enumerate(kept[1:], 1) if one.table == second), None)
        if len(kept) > most and at is not None and kept[at - 1].table == first:
            before, after = kept[at - 1], kept.pop(at)
            text = after.text if second == first else after.text[0].lower() + after.text[1:]
            kept[at - 1] = Finding(f"{before.text[:-1]}; {text}", before.table)
    return kept


def _overall(runs: Sequence[Run], contrasts: Sequence[Contrast]) -> str:
    above = {one.run: one for one in contrasts if one.table == "overall"}
    named = [run for run in runs if not run.baseline] or list(runs)
    told = [_accuracy(run, above.get(run.name)) for run in named[:NAMED]]
    rest = len(runs) - min(len(named), NAMED)
    more = "1 more run is" if rest == 1 else f"{rest} more runs are"
    return _sentence([*told, f"{more} in the table"] if rest > 0 else told)


def _accuracy(run: Run, over: Contrast | None) -> str:
    found = estimate_of(run.questions)
    if not found.n:
        return f"{run.name}: no question has a reply that can be scored"
    guess = words.percent(chance(run.questions))
    told = f"{run.name} answers {words.accuracy(found)} correctly"
    if found.robust.ends is not None:
        told += f", 95% interval {words.robust(found.robust)} ({words.evidence(found.robust)})"
    known = None if run.model == ANATOMY else ceilings_of(run.questions).anatomy
    if over is None:
        more = "" if known is None else f" and knowing anatomy alone {words.percent(known)}"
        return told + f", where guessing gives {guess}{more}"
    shown = words.span(detectable_span([over]))
    said = {
        "higher": f", higher than guessing ({guess})",
        "lower": f", lower than guessing ({guess}): it is systematically wrong or often gives no answer",
        "hint": f", which only hints at a difference from guessing ({guess})",
        "none": f", which is not distinguished from guessing ({guess}; these data could have shown a "
        f"difference of {shown})",
        "unknown": f", with no verdict ({found.robust.dependence.reason}) beside guessing ({guess})",
    }
    more = "" if known is None else f", while knowing anatomy alone gives {words.percent(known)}"
    return told + said[over.verdict] + more


def _lost(run: Run) -> str | None:
    found = estimate_of(run.questions)
    kinds = (
        ("gives no answer in {} of replies, which count as wrong", found.no_answer),
        ("refuses in {} of replies, which count as wrong", found.refused),
        ("is cut off in {} of replies, which have no answer unless it was complete", found.truncated),
        ("fails with an error in {} of calls, which are excluded from every accuracy", found.error),
    )
    told = [what.format(words.percent(share)) for what, share in kinds if share >= NOTICEABLE]
    return f"{run.name} {', '.join(told)}" if told else None


def _held(rows: Sequence[HeldRow]) -> str | None:
    """Whether what was not said right was held likely, where the runs record it."""
    told = []
    for run in dict.fromkeys(row.run for row in rows):
        for said, what in (("no_answer", "gives no answer"), ("wrong", "answers wrongly")):
            mine = [row for row in rows if (row.run, row.said) == (run, said)]
            whole = sum(row.k for row in mine)
            if mine and whole >= NOTICEABLE * mine[0].n:
                right = sum(row.k for row in mine if row.held == "right")
                share = f"{words.percent(right / whole)} ({words.count(right)}/{words.count(whole)})"
                told.append(f"where {run} {what}, it holds the right option most likely in {share}")
    return _sentence(["Lost in wording, not in belief: " + told[0], *told[1:]]) if told else None


def _shown(found: Sequence[Contrast]) -> str:
    """What the contrasts of one research question show: differences, hints, and how much may be hidden."""
    held: dict[str, list[Contrast]] = {}
    for one in found:
        if one.verdict in {"higher", "lower"}:
            held.setdefault(one.name, []).append(one)
    told = [
        f"{name} {_sizes(mine, sum(one.name == name for one in found))}"
        for name, mine in list(held.items())[:NAMED]
    ]
    if len(held) > NAMED:
        told.append(f"{len(held) - NAMED} more differences are in the table")
    hints = sum(one.verdict == "hint" for one in found)
    if hints:
        told.append(f"{_many(hints, 'contrast')} {'is' if hints == 1 else 'are'} a hint only")
    none = [one for one in found if one.verdict == "none"]
    if none:
        hidden = max(abs(end) for one in none for end in one.robust.ends or (0.0,))
        told.append(
            f"no difference is shown in {_many(len(none), 'contrast')}, where these data could have shown "
            f"one of {words.span(detectable_span(none))} in 80% of runs; up to {100 * hidden:.1f} points "
            "cannot be ruled out"
        )
    unknown = [one for one in found if one.verdict == "unknown"]
    if unknown:
        reasons = ", ".join(dict.fromkeys(str(one.robust.dependence.reason) for one in unknown))
        told.append(f"no verdict on {_many(len(unknown), 'contrast')} ({reasons})")
    return "; ".join(told)


def _sizes(found: Sequence[Contrast], asked: int) -> str:
    """The size of a contrast that holds for some of the models."""
    if len(found) == 1:
        one = found[0]
        return f"{words.points(one.effect)} points ({words.robust(one.robust, signed=True)}; {one.run})"
    effects = sorted(one.effect for one in found)
    span = f"{words.points(effects[0])} to {words.points(effects[-1])} points"
    return f"{span} in {len(found)} of {asked} runs"


def _weight(contrasts: Sequence[Contrast]) -> str:
    judged = sum(one.p is not None for one in contrasts)
    return (
        f"{_many(judged, 'planned contrast')} were tested together (Holm): among models without any true "
        "difference, at most 5% of such reports call one; all other intervals are hints, not results."
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _sentence(parts: Sequence[str]) -> str:
    return "; ".join(parts) + "."


def says(found: Comparison) -> str:
    """What a comparison shows about B, with its numbers; a predicate that follows the name of B."""
    pair = found.paired
    if pair is None:
        return "cannot be compared: there are no pairs"
    numbers = f"{words.points(pair.difference)} points"
    if pair.robust.ends is not None:
        numbers += f", {words.robust(pair.robust, signed=True)}"
    told = {
        "better": "is higher",
        "worse": "is lower",
        "none": "shows no clear difference from A",
        "unknown": f"cannot be judged ({pair.robust.dependence.reason})",
    }
    return f"{told[direction(found)]} ({numbers}, {pair.n} pairs)"
