"""Any mark against none: the mean over mask, box and point beside the same questions without a mark."""

from typing import Final

import polars as pl

from misground.analysis.cells import WITHIN, select
from misground.analysis.comparisons import Comparison, compare_keyed
from misground.analysis.plans import Levels
from misground.records import PROMPTS

MARKS: Final = PROMPTS[1:]


def compare_any_mark(questions: pl.DataFrame, levels: Levels) -> Comparison:
    """Any mark (B) against none (A), within items and with the other within-item factors equal.

    B is the mean over the three marks, each counting as much, where all three have a scored reply.

    Args:
        questions: rows of one run's `Run.questions`.
        levels: restricts the questions to these levels of other factors.
    """
    key = ["item_id", *(name for name in WITHIN if name != "prompt")]
    chosen = select(questions, **levels)
    marked = select(chosen, prompt=MARKS).filter(pl.col("replies") > 0)
    whole = marked.group_by(key, maintain_order=True).agg(
        pl.col("question_id", "case_id", "structure_a", "structure_b").first(),
        correct=(pl.col("correct") / pl.col("replies")).sum(),
        replies=pl.len(),
    )
    return compare_keyed(
        ("none", select(chosen, prompt="none")),
        ("any mark", whole.filter(pl.col("replies") == len(MARKS))),
        key,
    )
