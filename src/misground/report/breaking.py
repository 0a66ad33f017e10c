"""Where a model breaks, and its named faults: as tables and in a sentence."""

from collections.abc import Mapping, Sequence
from typing import Final

from misground.analysis.breaks import Lost, Step, StepRow, lost
from misground.analysis.fault_measures import Fault
from misground.analysis.faults import FaultRow
from misground.analysis.results import Run
from misground.report import words
from misground.report.grid import Grid

STEP_WORDS: Final[Mapping[Step, str]] = {
    "marks": "marks alone: places right on a blank canvas",
    "naming": "naming: says which structure is marked A",
    "named": "relating: places right what it named right",
    "unmarked": "finding: places right without marks",
    "words": "knowing: places right without a picture",
    "stable": "repeating: all replies to a question alike",
    "reversed": "twins, B relative to A: answers agree",
    "reordered": "twins, options exchanged: answers agree",
}
FAULT_WORDS: Final[Mapping[Fault, tuple[str, str]]] = {
    "silent": ("gives no answer", "replies without an answer"),
    "flip": ("changes its answer when asked again", "pairs of replies to a question that differ"),
    "first": ("prefers an option for its place", "accuracy with the right option first minus second"),
    "sees": ("misplaces what it is shown", "items that are mostly wrong on the marks alone"),
    "names": ("confuses what is marked", "items whose mark A is mostly named wrongly"),
    "prior": ("follows anatomy against the picture", "errors with anatomy against the picture minus with it"),
    "mirror": ("takes the picture's left for the patient's",
               "loss by anatomical terms on left and right minus on other axes"),
}  # fmt: skip
"""What each fault is called, and what its size counts."""
_WHERE: Final = {
    "after": "the fault lies after recognition",
    "in": "the fault lies in recognition",
    "neither": "neither is shown to lose more",
}
NAMED: Final = 3
"""Most runs that the sentence names."""


def step_grid(rows: Sequence[StepRow]) -> Grid:
    """The steps as text."""
    return Grid(
        ["model", "step", "right", "95% interval", "chance", "knowing anatomy alone", "from", "n"],
        [
            [
                row.run,
                STEP_WORDS[row.step],
                f"not asked: {row.lacks}" if row.share is None else words.percent(row.share),
                "" if row.interval is None else words.robust(row.interval),
                "" if row.chance is None else words.percent(row.chance),
                "" if row.anatomy is None else words.percent(row.anatomy),
                "" if row.interval is None else words.evidence(row.interval),
                f"{row.n:,}" if row.n else "",
            ]
            for row in rows
        ],
    )


def fault_grid(rows: Sequence[FaultRow]) -> Grid:
    """The faults as text."""
    return Grid(
        ["model", "fault", "verdict", "size (points)", "95% interval", "tolerated", "p (Holm)", "what counts",
         "from"],
        [
            [
                row.run,
                _name(row),
                f"untested: {row.lacks}" if row.verdict == "untested" else row.verdict,
                "" if row.size is None else f"{100 * row.size:.1f}",
                "" if row.ends is None else words.interval(*row.ends),
                f"{100 * row.tolerated:.1f}",
                "" if row.adjusted is None else words.probability(row.adjusted),
                FAULT_WORDS[row.fault][1],
                "" if row.about is None else _items(row),
            ]
            for row in rows
        ],
        text=3,
    )  # fmt: skip


def where(runs: Sequence[Run], steps: Sequence[StepRow], faults: Sequence[FaultRow]) -> str | None:
    """Where each model breaks, in one sentence; None without a model that has steps.

    Args:
        runs: the runs of a report.
        steps: their steps.
        faults: their faults.
    """
    models = [run for run in runs if any(row.run == run.name for row in faults)]
    told = [
        _one(run, {row.step: row for row in steps if row.run == run.name}, faults) for run in models[:NAMED]
    ]
    if not told:
        return None
    rest = len(models) - NAMED
    more = [f"{rest} more {'model is' if rest == 1 else 'models are'} in the table"] if rest > 0 else []
    return f"Where it breaks: {'; '.join([*told, *more])}."


def _one(run: Run, steps: Mapping[Step, StepRow], faults: Sequence[FaultRow]) -> str:
    parts = [
        _recognition(lost(run), steps),
        _changes(steps),
        _faults([f for f in faults if f.run == run.name]),
    ]
    told = [part for part in parts if part]
    return f"{run.name} " + ", ".join(told[:-1]) + f", and {told[-1]}"


def _recognition(found: Lost | None, steps: Mapping[Step, StepRow]) -> str:
    if found is None:
        shares = {name: steps[name].share for name in ("marks", "unmarked") if name in steps}
        told = [
            f"{words.percent(share)} {what}"
            for name, what in (("marks", "on the marks alone"), ("unmarked", "without marks"))
            if (share := shares.get(name)) is not None
        ]
        return f"places right {' and '.join(told)}" if told else "was not asked about relations"
    return (
        f"names {words.percent(found.naming)} of marked structures right and places right "
        f"{words.percent(found.placed)} of those: {_WHERE[found.where]}"
    )


def _changes(steps: Mapping[Step, StepRow]) -> str:
    row = steps.get("stable")
    if row is None or row.share is None:
        return ""
    return f"changes its answer between replies in {words.percent(1 - row.share)} of questions"


def _faults(rows: Sequence[FaultRow]) -> str:
    kinds = ("shown", "free", "open", "untested")
    shown, free, left, untested = ([row for row in rows if row.verdict == kind] for kind in kinds)
    if len(free) == len(rows):
        return f"shows no named fault: it is free of all {len(rows)}"
    names = ", ".join(f"{_name(row)} ({words.points(row.size or 0.0)} points)" for row in shown)
    told = f"has the named {'fault' if len(shown) == 1 else 'faults'}: {names}" if shown else (
        "shows no named fault"
    )  # fmt: skip
    rest = [f"free of {len(free)} of {len(rows)}"] if free else []
    rest += [f"{len(left)} left open by these data"] if left else []
    rest += [f"{len(untested)} not tested"] if untested else []
    return f"{told} ({', '.join(rest)})" if rest else told


def _name(row: FaultRow) -> str:
    if row.fault == "first" and row.verdict == "shown" and row.size is not None:
        return f"prefers the {'first' if row.size > 0 else 'second'} option"
    return FAULT_WORDS[row.fault][0]


def _items(row: FaultRow) -> str:
    about = row.about
    assert about is not None
    counts = [(about.cases, "case"), (about.structures, "structure"), (about.items, "item")]
    return ", ".join(f"{count:,} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count)
