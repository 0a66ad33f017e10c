"""What knowing anatomy alone answers without the picture, in a sentence."""

from collections.abc import Sequence

import polars as pl

from misground.analysis.ceilings import ceilings_of
from misground.analysis.cells import select
from misground.analysis.results import Run
from misground.records import RELATION_TASKS
from misground.report import words


def without_picture(runs: Sequence[Run]) -> str | None:
    """What it reaches on the text-only questions of these runs, by task and terms; None if unknown."""
    columns = ["question_id", "task", "terms", "condition", "replies", "anatomy"]
    known = [run.questions.select(columns) for run in runs if "anatomy" in run.questions.columns]
    if not known:
        return None
    asked = select(pl.concat(known), condition="text_only").filter(pl.col("replies") > 0)
    told = []
    for terms in ("anatomical", "colloquial"):
        shares = {
            task: share
            for task in RELATION_TASKS
            if (share := ceilings_of(select(asked, terms=terms, task=task)).anatomy) is not None
        }
        listed = " and ".join(f"{words.percent(share)} {words.level(task)}" for task, share in shares.items())
        told += [f"{listed} in {terms} terms"] if listed else []
    if not told:
        return None
    return f"without the picture, knowing anatomy alone answers {', '.join(told)}"
