"""The data of a chart: one flat record per mark, with fixed field names, aggregated before it is drawn.

Names of models never become field names, where Vega-Lite would read dots and brackets as paths.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt
import polars as pl

from misground.analysis.accuracy import Estimate
from misground.analysis.cells import select
from misground.analysis.results import Run
from misground.analysis.robust import Ends
from misground.records import RELATION_TASKS

Row = dict[str, Any]


def data(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """The records as a chart's data, with NaN as null.

    It is a data frame because Altair copies lists of records many times while it assembles a chart.
    """
    records = [{name: _number(value) for name, value in row.items()} for row in rows]
    return pl.DataFrame(records, infer_schema_length=None)


def _number(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value


def accuracy_row(estimate: Estimate) -> Row:
    """An estimate's numbers: accuracy, k/n, the interval that verdicts use (null if there is none)."""
    ends = estimate.robust.ends
    low, high = ends or (None, None)
    return {
        "accuracy": estimate.accuracy,
        "fraction": estimate.fraction,
        "n": estimate.n,
        "items": estimate.robust.dependence.items,
        "low": low,
        "high": high,
        "interval": _range(ends, estimate.robust.dependence.reason),
        "independent": _range(estimate.credible, None),
        "no_answer": estimate.no_answer,
        "refused": estimate.refused,
        "truncated": estimate.truncated,
    }


def _range(ends: Ends | None, reason: str | None) -> str:
    return f"none ({reason})" if ends is None else f"{ends[0]:.1%} to {ends[1]:.1%}"


def accuracy_tooltip(*before: alt.Tooltip, replies: bool = True) -> list[alt.Tooltip]:
    """The tooltip of a mark for an `accuracy_row`; replies: with the shares of replies that say nothing."""
    without = [
        alt.Tooltip("no_answer:Q", title="no answer", format=".1%"),
        alt.Tooltip("refused:Q", title="refused", format=".1%"),
        alt.Tooltip("truncated:Q", title="cut off", format=".1%"),
    ]
    return [
        *before,
        alt.Tooltip("fraction:N", title="correct"),
        alt.Tooltip("accuracy:Q", title="accuracy", format=".1%"),
        alt.Tooltip("interval:N", title="95% interval"),
        alt.Tooltip("independent:N", title="95% if questions were independent"),
        *(without if replies else []),
    ]


def relation_questions(run: Run) -> pl.DataFrame:
    """The relations (where A lies relative to B) with the picture, on which factors are compared."""
    return select(run.questions, condition="image", task=RELATION_TASKS)


def scored(questions: pl.DataFrame) -> pl.DataFrame:
    """The questions with at least one scored reply: the n of an accuracy."""
    return questions.filter(pl.col("replies") > 0)
