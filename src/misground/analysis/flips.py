"""Flipped steps: how many, of which kind, and whether they lie in the answer's own word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from misground.analysis.results import Run
from misground.analysis.results_file import ResultsFile
from misground.analysis.steps_file import StepsFile, of_run, steps_path
from misground.errors import UsageError
from misground.records import FLIP_KINDS

_KEY: Final = ("question_id", "epoch")
_READ: Final = ("run_id", *_KEY, "position", "start", "end", "status", "kind")
_REPLY: Final = ("run_id", *_KEY, "outcome", "span", "steps", "output_tokens", "flipped")


@dataclass(frozen=True)
class FlipRow:
    """The flipped steps of one run.

    Attributes:
        run: name of the run.
        replies: number of replies that were scored.
        steps: all steps of these replies; None if a reply does not say.
        flipped: flipped steps that were kept.
        left_out: flipped steps of these replies that were not kept.
        kinds: kind -> number of kept steps.
        before: kept steps before the part of the reply that its answer was read from.
        within: kept steps in this part, the answer's own word.
        behind: kept steps behind it.
        unplaced: kept steps of replies without such a part, or whose token is not in the text.
        right: replies with a flipped step in the answer's own word, and the right answer.
        wrong: such replies with any other outcome.
    """

    run: str
    replies: int
    steps: int | None
    flipped: int
    left_out: int
    kinds: Mapping[str, int]
    before: int
    within: int
    behind: int
    unplaced: int
    right: int
    wrong: int


def flip_rows(runs: Sequence[Run]) -> list[FlipRow]:
    """The flipped steps of each run that kept them.

    Raises:
        UsageError: a file of steps cannot be read, is missing, or does not fit the results beside it.
    """
    return [row for run in runs if (row := flip_row(run)) is not None]


def flip_row(run: Run) -> FlipRow | None:
    """The flipped steps of a run; None if it kept none. Raises UsageError as `flip_rows` does."""
    path = steps_path(run.source, run.record)
    if path is None:
        return None
    file = StepsFile(path)
    try:
        steps = pl.DataFrame(of_run(file.read(_READ), run.run_id))
    finally:
        file.close()
    if not len(steps) and "trace" not in (run.record or {}):
        return None  # of another run of the same folder
    if steps.select(*_KEY, "position").is_duplicated().any():
        raise UsageError(f"{path}: a step occurs twice, expected one row for each step of a reply")
    with ResultsFile(run.source, _REPLY) as results:
        replies = pl.DataFrame(of_run(results.read(), run.run_id))
    replies = replies.filter(pl.col("outcome") != "error")
    if len(steps.join(replies, on=_KEY, how="anti")):
        raise UsageError(
            f"{path} has steps of replies that {run.source.name} lacks, expected the two files of one run"
        )
    return _row(run, steps.filter(pl.col("status") == "fired").join(replies, on=_KEY), replies)


def _row(run: Run, flipped: pl.DataFrame, replies: pl.DataFrame) -> FlipRow:
    first, end = (pl.col("span").list.get(at, null_on_oob=True) for at in (0, 1))
    known = first.is_not_null() & end.is_not_null() & pl.col("start").is_not_null()
    place = (
        pl.when(~known)
        .then(pl.lit("unplaced"))
        .when(pl.col("end") <= first)
        .then(pl.lit("before"))
        .when(pl.col("start") >= end)
        .then(pl.lit("behind"))
        .otherwise(pl.lit("within"))
    )
    placed = flipped.with_columns(place=place)
    places = dict(placed["place"].value_counts().iter_rows())
    kinds = dict(placed["kind"].value_counts().iter_rows())
    answers = placed.filter(pl.col("place") == "within").unique(_KEY)["outcome"]
    right = int((answers == "correct").sum())
    steps = replies["steps"] if not replies["steps"].null_count() else replies["output_tokens"]
    counted = None if replies["flipped"].null_count() else int(replies["flipped"].sum())
    return FlipRow(
        run=run.name,
        replies=len(replies),
        steps=None if steps.null_count() else int(steps.sum()),
        flipped=len(placed),
        left_out=_left_out(run) if counted is None else max(counted - len(placed), 0),
        kinds={kind: int(kinds.get(kind, 0)) for kind in FLIP_KINDS},
        before=int(places.get("before", 0)),
        within=int(places.get("within", 0)),
        behind=int(places.get("behind", 0)),
        unplaced=int(places.get("unplaced", 0)),
        right=right,
        wrong=len(answers) - right,
    )


def _left_out(run: Run) -> int:
    """What the run record says, for a server, which does not count its steps."""
    trace = (run.record or {}).get("trace")
    found = trace.get("left_out") if isinstance(trace, Mapping) else 0
    return found if isinstance(found, int) and found >= 0 else 0


def flip_notes(runs: Sequence[Run], rows: Sequence[FlipRow]) -> list[str]:
    """What to know before reading the rows, and how to get those that are missing."""
    notes = []
    traced = {row.run for row in rows}
    missing = [run.name for run in runs if run.decoding != "default" and run.name not in traced]
    if rows:
        notes.append(
            "Flipped steps: steps at which the rule took another token than the likeliest one, compared by "
            "whole words. antonym: a direction word for its opposite. variant: another spelling of the "
            "word, or its beginning. the answer's word: the part of the reply that its answer was read "
            "from; what lies before it is the reasoning."
        )
    served = [run.name for run in runs if run.name in traced and _served(run)]
    if served:
        notes.append(
            f"{', '.join(served)}: the server told its likeliest tokens only, so that a deferred step at "
            "which the sampler drew another token may count as flipped."
        )
    if missing:
        notes.append(
            f"{', '.join(missing)}: which words the rule changed is not known (misground eval ... --trace "
            "steps records it)."
        )
    return notes


def _served(run: Run) -> bool:
    model = (run.record or {}).get("model")
    return isinstance(model, Mapping) and "trace" in model


def flat_flips(row: FlipRow) -> dict[str, object]:
    """A row as plain numbers."""
    return {
        "run": row.run,
        "cell": "flipped steps",
        "replies": row.replies,
        "steps": row.steps,
        "flipped": row.flipped,
        "left_out": row.left_out,
        **row.kinds,
        "before_answer": row.before,
        "in_answer": row.within,
        "behind_answer": row.behind,
        "unplaced": row.unplaced,
        "flipped_answers_right": row.right,
        "flipped_answers_wrong": row.wrong,
    }
