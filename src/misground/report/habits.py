"""Sentences on a model's consistency, and on its preference for a place in the list of options.

They describe: none of these numbers is a planned contrast. An interval only decides how a number is worded.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from misground.analysis.consistency import ConsistencyRow
from misground.analysis.contradictions import CONTRADICTIONS
from misground.analysis.position import STATED, PositionRow
from misground.analysis.results import Run
from misground.report import words
from misground.report.behaviour import PLACES

NAMED: Final = 3
"""Most runs that one sentence names."""
SLIGHT, STRONG = 0.1, 0.5
"""Correlations from which wordings tend to be alike, and are mostly alike (ours)."""
_DESCRIBED: Final = "(described, not tested)"


def described(runs: Sequence[Run]) -> list[Run]:
    """The runs that these sentences are about: the models, or the baselines if there is no model."""
    return [run for run in runs if not run.baseline] or list(runs)


def consistency(runs: Sequence[Run], rows: Sequence[ConsistencyRow]) -> str | None:
    """How alike the wordings of an item are answered; None if no run was asked several.

    Args:
        runs: the runs of a report.
        rows: their rows of consistency.
    """
    mine = ([row for row in rows if row.run == run.name] for run in described(runs))
    return _clauses(f"Consistency {_DESCRIBED}", [text for some in mine if (text := _consistency(some))])


def position(runs: Sequence[Run], rows: Sequence[PositionRow]) -> str | None:
    """Which place in the list of options is preferred; None if no reply states one of two options.

    Args:
        runs: the runs of a report.
        rows: their rows of position.
    """
    told, level = [], []
    stated = [row for row in rows if (row.by, row.offered) == (STATED, 2)]
    for run in described(runs):
        mine = [row for row in stated if row.run == run.name]
        if not mine:
            continue
        preferred = [row for row in mine if _prefers(row)]
        if preferred:
            told.append(_preference(preferred[0], mine))
        else:
            level.append(f"{run.name} ({words.percent(mine[0].chosen)} first{_hidden(mine[0])})")
    if level:
        rest = f", and {len(level) - NAMED} more" if len(level) > NAMED else ""
        told.append(f"no preference is shown in {', '.join(level[:NAMED])}{rest}")
    return _clauses(f"Place of the options {_DESCRIBED}", told)


def _clauses(about: str, told: Sequence[str]) -> str | None:
    if not told:
        return None
    rest = len(told) - NAMED
    more = [f"{rest} more {'run is' if rest == 1 else 'runs are'} in the table"] if rest > 0 else []
    return f"{about}: {'; '.join([*told[:NAMED], *more])}."


def _consistency(rows: Sequence[ConsistencyRow]) -> str | None:
    by_what = {row.what: row for row in rows}
    if "all_right" not in by_what:
        return None
    right, wrong = by_what["all_right"], by_what["all_wrong"]
    told = (
        f"{right.run} has {_of(right)} right in all their wordings and {_of(wrong, '')} wrong in all "
        f"({words.percent(right.independent)} and {words.percent(wrong.independent)} if wordings were "
        f"independent), {_together(by_what)}"
    )
    against = [kind for kind in CONTRADICTIONS if kind in by_what and _contradicts(by_what[kind])]
    return told + "".join(_contradiction(kind, by_what[kind]) for kind in against)


def _of(row: ConsistencyRow, what: str = " of items") -> str:
    return f"{words.percent(row.k / row.n)}{what} ({words.count(row.k)}/{row.n})"


def _together(rows: Mapping[str, ConsistencyRow]) -> str:
    """Whether wordings are right and wrong together."""
    row = rows["two_wordings"]
    if row.correlation is None or row.correlation_interval is None:
        return "as its accuracy in each wording and for each place of the right option implies"
    ends, value = row.correlation_interval.ends, row.correlation
    size = f"correlation {words.correlation(value)}"
    if ends is None and row.k == 0:
        return f"so that the wordings of an item are always right or wrong together ({size})"
    if ends is None:
        return f"{size}; no interval ({row.correlation_interval.dependence.reason})"
    if ends[0] <= 0 <= ends[1]:
        said = "which is not distinguished from an independent answer to each wording"
    elif value < 0:
        said = "less often alike than independent answers would be"
    elif value < SLIGHT:
        said = "hardly more alike than independent answers to each wording would be"
    else:
        how = "are mostly" if value >= STRONG else "tend to be"
        said = f"so that the wordings of an item {how} right or wrong together"
    return f"{said} ({size}, {words.between(row.correlation_interval)})"


def _contradicts(row: ConsistencyRow) -> bool:
    """Whether the answers contradict each other more often than independent ones would."""
    found = row.correlation_interval
    if found is None or row.correlation is None:
        return False
    return found.ends[1] < 0 if found.ends else row.k == row.n and row.correlation < 0


def _contradiction(kind: str, row: ConsistencyRow) -> str:
    return (
        f", and contradicts itself between {kind} in {words.percent(row.k / row.n)} of pairs of answers "
        f"({words.percent(row.independent)} if they were independent and equally accurate)"
    )


def _prefers(row: PositionRow) -> bool:
    """Whether a model is right more often where the right option stands here, and states it too often.

    In a draw with balanced places one follows from the other; part of a benchmark may not be balanced.
    """
    ends = row.difference_interval.ends
    if row.difference is None or row.difference <= 0 or row.chosen <= row.there:
        return False
    return row.difference_interval.dependence.reason == "all alike" if ends is None else ends[0] > 0


def _hidden(row: PositionRow) -> str:
    """How large a preference may still be, or why that is unknown."""
    found = row.difference_interval
    if found.ends is not None:
        return f", accuracy there minus elsewhere {words.robust(found, signed=True)} points"
    return "" if row.difference == 0 else f", no interval: {found.dependence.reason}"


def _preference(row: PositionRow, rows: Sequence[PositionRow]) -> str:
    other = next(one for one in rows if one.place != row.place)
    less = 100 * (row.difference or 0.0)
    ends = row.difference_interval.ends
    about = f" ({words.interval(*ends)})" if ends else ""
    return (
        f"{row.run} chooses the {PLACES[row.place - 1]} of two options in {words.percent(row.chosen)} of its "
        f"answers (the right option stands there in {words.percent(row.there)}); where the right option is "
        f"{PLACES[other.place - 1]}, its accuracy is {less:.1f} points lower{about}"
    )
