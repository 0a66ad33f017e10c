"""What a benchmark can show, in a reader's words."""

import math
from collections.abc import Sequence
from typing import Final

from misground.power.curve import MOST_TIMES
from misground.power.curves import Needs
from misground.power.power import Power, Row

NONE: Final = "–"
SHOWN: Final = ("contrast", "items", "by its\ninterval", "as a\nfinding")
"""The columns of `summary` that are always there."""


def head(found: Power) -> tuple[str, ...]:
    """The columns of `summary`."""
    return SHOWN if found.wanted is None else (*SHOWN, "cases:\ninterval", "cases:\nfinding")


def points(difference: float) -> str:
    """ "5.5", in percentage points; "over 100" where no difference is so large."""
    return "over 100" if difference > 1 else f"{100 * difference:.1f}"


def summary(row: Row, found: Power) -> tuple[str, ...]:
    """A contrast in one row."""
    if row.about is None:
        return (row.plan.name, *[NONE] * (len(head(found)) - 1))
    name = row.plan.name + (" *" if found.piloted and not row.pilot else "")
    sizes = [NONE if one is None else points(one) for one in (row.interval, row.finding)]
    cases = [needed(one, found) for one in (row.needs_interval, row.needs_finding)]
    return (name, f"{row.about.items:,}", *sizes, *(cases if found.wanted is not None else ()))


def needed(needs: Needs | None, found: Power) -> str:
    """ "740"; "none (8.2)", the limit that the structures set; "over 8,200" beyond what is looked at."""
    if needs is None or found.wanted is None:
        return NONE
    if needs.cases is not None:
        return f"{'at most ' if needs.at_most else ''}{rounded_up(needs.cases):,}"
    if needs.limit > found.wanted:
        return f"none ({points(needs.limit)})"
    return f"over {rounded_up(MOST_TIMES * found.cases):,}"


def rounded_up(count: int) -> int:
    """To two significant digits, as more are not known: 7,563 -> 7,600."""
    step = int(10 ** max(0, len(str(count)) - 2))
    return math.ceil(count / step) * step


def notes(found: Power) -> list[str]:
    """How to read the rows: what is shown, what is assumed, what limits it, what is missing."""
    often = "once" if found.epochs == 1 else f"{found.epochs} times"
    told = [
        f"{found.cases:,} case{'' if found.cases == 1 else 's'}, {found.questions:,} questions, each asked "
        f"{often}. Numbers are the smallest true differences, in points, that are shown in 80% of runs.",
        "by its interval: the 95% interval leaves out 0. as a finding: so does the interval at the strictest "
        f"step of Holm's correction over {found.family} contrasts (a report on a model with both decodings).",
        *_basis(found),
    ]
    if found.wanted is not None:
        told += _wanted(found, found.wanted)
    missing: dict[str, list[str]] = {}
    for row in found.rows:
        if row.reason is not None:
            missing.setdefault(row.reason, []).append(row.plan.name)
    return told + [f"{NONE} {reason}: {'; '.join(names)}." for reason, names in missing.items()]


def _basis(found: Power) -> list[str]:
    made = (
        f"an accuracy of {100 * found.assumed.accuracy:.0f}%, and effects that vary between cases, "
        f"structures, pairs and items ({found.draws} made-up runs of each decoding)"
    )
    if not found.piloted:
        return [f"Assumed: {made}. --pilot takes the standard errors of a run of yours instead."]
    told = ["Standard errors are the pilot's, for the cases, structures and items of the benchmark."]
    if any(not row.pilot and row.about is not None for row in found.rows):
        told.append(f"* not in the pilot. Assumed: {made}.")
    return told


def _wanted(found: Power, wanted: float) -> list[str]:
    told = [
        f"cases: the number that shows a true difference of {points(wanted)} points, with the same "
        "structures and as many questions for each case (rounded up)."
    ]
    needs = [one for row in found.rows for one in (row.needs_interval, row.needs_finding) if one is not None]
    known = [one for one in needs if one.cases is not None]
    if any(one.cases is None and one.limit > wanted for one in needs):
        told.append(
            "none: no number of cases is enough, since the structures stay the same. In brackets, what very "
            "many cases could show; only more structures lower it."
        )
    if known and len(known) == len(needs):
        most = max(known, key=lambda one: one.cases or 0)
        told.append(
            f"{rounded_up(most.cases or 0):,} cases ({rounded_up(most.questions or 0):,} questions) are "
            "enough for every contrast above."
        )
    return told


def rows_of(found: Power) -> Sequence[dict[str, object]]:
    """The contrasts as flat records, in points."""
    return [_record(row) for row in found.rows]


def _record(row: Row) -> dict[str, object]:
    about = row.about
    record: dict[str, object] = {
        "table": row.plan.table,
        "contrast": row.plan.name,
        "basis": None if about is None else "pilot" if row.pilot else "assumed",
        "reason": row.reason,
        "n": row.questions,
        "items": None if about is None else about.items,
        "cases": None if about is None else about.cases,
        "structures": None if about is None else about.structures,
        "standard_error": _rounded(None if about is None else about.error),
        "degrees_of_freedom": None if about is None else about.freedom,
        "by_interval": _rounded(row.interval),
        "as_finding": _rounded(row.finding),
    }
    for name, needs in (("interval", row.needs_interval), ("finding", row.needs_finding)):
        record |= {
            f"{name}_cases": None if needs is None else needs.cases,
            f"{name}_questions": None if needs is None else needs.questions,
            f"{name}_at_most": None if needs is None else needs.at_most,
            f"{name}_limit": _rounded(None if needs is None else needs.limit),
        }
    return record


def _rounded(share: float | None) -> float | None:
    """A share in points."""
    return None if share is None else round(100 * share, 4)
