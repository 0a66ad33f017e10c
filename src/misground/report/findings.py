"""What the numbers show, in sentences that claim no more than the intervals support."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from misground.analysis.accuracy import Estimate
from misground.analysis.cells import chance, estimate_of, without_pictures
from misground.analysis.clusters import Clustered
from misground.analysis.comparisons import Comparison, direction
from misground.analysis.results import Run
from misground.analysis.tables import ComparisonRow, Table
from misground.report import words

NOTICEABLE: Final = 0.02
"""Shares of no_answer, refused, truncated or error below this appear only in the tables."""


@dataclass(frozen=True)
class Finding:
    """One or two sentences about a table.

    Attributes:
        text: the sentences.
        table: name of the table that they summarise; "" if they concern all tables.
    """

    text: str
    table: str


def findings(runs: Sequence[Run], tables: Sequence[Table]) -> list[Finding]:
    """The findings in the order of the tables, then how much weight they carry."""
    found = [Finding(_overall(run), "overall") for run in runs]
    found += [Finding(text, "overall") for text in map(_lost, runs) if text]
    by_name = {table.name: table for table in tables}
    for name, tell in _TELL.items():
        if name in by_name:
            found += [Finding(text, name) for text in tell(by_name[name])]
    compared = sum(len(table.comparisons) for table in tables)
    if compared > 1:
        found.append(
            Finding(
                f"{compared} differences were examined. Where there is no true difference, about one 95% "
                "interval in twenty excludes zero by chance: a single difference among many is a hint, not a "
                "result.",
                "",
            )
        )
    return found


def _overall(run: Run) -> str:
    found = estimate_of(run.questions)
    if not found.n:
        return f"{run.name}: no question has a reply that can be scored."
    guess = chance(run.questions)
    low, high, by = _range(found, "pairs of structures" if without_pictures(run.questions) else "cases")
    told = (
        f"{run.name} answers {words.accuracy(found)} of its questions correctly, 95% interval "
        f"{words.interval(low, high)} {by}. Guessing gives {words.percent(guess)}"
    )
    if found.clustered.reason == "one cluster":
        return f"{told}; one case cannot show whether the model does better than that on others."
    if low > guess:
        return f"{told}: the model does better than that."
    if high < guess:
        return (
            f"{told}: the model does worse than that, so it is systematically wrong or often does not answer."
        )
    return f"{told}: these numbers do not distinguish the model from guessing."


def _range(found: Estimate, clusters: str) -> tuple[float, float, str]:
    low, high = found.clustered.low, found.clustered.high
    if low is None or high is None:
        return (
            *found.credible,
            f"(questions treated as independent; no clustered interval: {found.clustered.reason})",
        )
    return low, high, f"(clustered, {found.clustered.clusters} {clusters})"


def _lost(run: Run) -> str | None:
    found = estimate_of(run.questions)
    kinds = (
        ("gives no answer in {} of replies, which count as wrong", found.no_answer),
        ("refuses in {} of replies, which count as wrong", found.refused),
        ("is cut off in {} of replies, which have no answer unless it was complete", found.truncated),
        ("fails with an error in {} of calls, which are excluded from every accuracy", found.error),
    )
    told = [what.format(words.percent(share)) for what, share in kinds if share >= NOTICEABLE]
    return f"{run.name} {'; '.join(told)}." if told else None


def _tell_each(table: Table) -> Iterable[str]:
    """One sentence per run: the clear differences, then how many are not clear and how large they may be."""
    for run in dict.fromkeys(row.run for row in table.comparisons):
        rows = [row for row in table.comparisons if row.run == run]
        shown = [row for row in rows if direction(row.comparison) in {"better", "worse"}]
        told = "; ".join(map(_shown, shown))
        rest = _not_shown([row.comparison for row in rows if row not in shown], bool(shown))
        yield f"{run}: {'; '.join(part for part in (told, rest) if part)}."


def _shown(row: ComparisonRow) -> str:
    found, pair = row.comparison, row.comparison.paired
    assert pair is not None
    where, colon, _ = row.cell.partition(": ")
    higher, lower = (found.b, found.a) if pair.difference > 0 else (found.a, found.b)
    told = (
        f"{words.level(higher)} {abs(100 * pair.difference):.1f} points above {words.level(lower)} "
        f"({_numbers(found)})"
    )
    return f"{words.level(where)}: {told}" if colon else told


def _numbers(found: Comparison) -> str:
    pair = found.paired
    assert pair is not None
    ends = sorted(abs(end) for end in (pair.clustered.low, pair.clustered.high) if end is not None)
    told = f"{words.interval(*ends)}, " if len(ends) == 2 else ""
    return f"{told}{pair.n} pairs"


def _not_shown(found: Sequence[Comparison], others: bool) -> str:
    if not found:
        return ""
    if all(one.paired and one.paired.clustered.reason == "one cluster" for one in found):
        return f"{_many(len(found))} cannot be judged from one case"
    alike = [one for one in found if one.paired and one.paired.clustered.reason == "all alike"]
    rest = [one for one in found if one not in alike]
    told = []
    if rest:
        which = _many(len(rest), "the other") if others else _many(len(rest))
        ends = [
            abs(end)
            for one in rest
            if one.paired
            for end in (one.paired.clustered.low, one.paired.clustered.high)
            if end is not None
        ]
        hidden = f", but up to {100 * max(ends):.1f} points cannot be ruled out" if ends else ""
        told.append(f"no clear difference in {which}{hidden}")
    if alike:
        told.append(f"every pair shows the same difference in {_many(len(alike))}")
    return "; ".join(told)


def _many(count: int, which: str = "") -> str:
    if count == 1:
        return f"{which or 'one'} comparison"
    return f"{which} {count} comparisons".strip()


def says(found: Comparison) -> str:
    """What a comparison shows about B, with its numbers; a predicate that follows the name of B."""
    pair = found.paired
    if pair is None:
        return "cannot be compared: there are no pairs"
    numbers = f"{words.points(pair.difference)} points"
    if pair.clustered.low is not None and pair.clustered.high is not None:
        numbers += f", {words.points(pair.clustered.low)} to {words.points(pair.clustered.high)}"
    told = {
        "better": "is higher",
        "worse": "is lower",
        "none": "shows no clear difference from A",
        "unknown": "cannot be judged from one case",
    }
    return f"{told[direction(found)]} ({numbers}, {pair.n} pairs)"


def _decoding(table: Table) -> Iterable[str]:
    for row in table.comparisons:
        if row.cell != "all" or row.comparison.paired is None:
            continue
        found = row.comparison
        assert found.paired is not None
        better = words.probability(found.paired.better)
        told = {
            "better": "Semantic sampling is correct more often",
            "worse": "Semantic sampling is correct less often",
            "none": "Semantic sampling makes no clear difference",
            "unknown": "Whether semantic sampling helps cannot be judged from one case",
        }[direction(found)]
        yield (
            f"{told}: {row.run} is {words.points(found.paired.difference)} points on {found.paired.n} "
            f"questions that both answered ({_reach(found.paired.clustered)}; P(better) {better})."
        )


def _reach(found: Clustered) -> str:
    told = words.clustered(found, signed=True).partition(" (")[0]
    return f"95% interval {told}, {found.clusters} clusters"


def _tasks(table: Table) -> Iterable[str]:
    for run in dict.fromkeys(row.run for row in table.estimates):
        cells = [row for row in table.estimates if row.run == run and row.estimate.n]
        told = ", ".join(f"{words.level(row.cell)} {words.accuracy(row.estimate)}" for row in cells)
        yield f"{run}, with the picture: {told}."


def _said_and_held(table: Table) -> Iterable[str]:
    for run in dict.fromkeys(row.run for row in table.held):
        mine = [row for row in table.held if row.run == run]
        for said in ("no_answer", "wrong"):
            rows = [row for row in mine if row.said == said]
            whole = sum(row.k for row in rows)
            if not rows or whole < NOTICEABLE * rows[0].n:
                continue
            right = sum(row.k for row in rows if row.held == "right")
            what = "gives no answer" if said == "no_answer" else "answers wrongly"
            yield (
                f"{run}: where the reply {what}, the model holds the right option most likely in "
                f"{words.percent(right / whole)} ({words.count(right)}/{words.count(whole)}): so many are "
                "lost in wording, the others in belief."
            )


def _calibration(table: Table) -> Iterable[str]:
    for row in table.calibrations:
        if row.cell != "all":
            continue
        found = row.calibration
        told = words.clustered(found.error_clustered).partition(" (")[0]
        yield (
            f"{row.run} gives its likeliest option {words.percent(found.confidence)} on average, and that "
            f"option is right in {words.percent(found.right)}; calibration error {100 * found.error:.1f} "
            f"points (95% interval {told})."
        )


_TELL: Final[dict[str, Callable[[Table], Iterable[str]]]] = {
    "decoding": _decoding,
    "rq1": _tasks,
    "rq2": _tell_each,
    "rq3": _tell_each,
    "ab1": _tell_each,
    "ab2": _tell_each,
    "held": _said_and_held,
    "calibration": _calibration,
}
