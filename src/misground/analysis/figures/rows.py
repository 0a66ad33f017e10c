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
    """An estimate's numbers: accuracy, k/n, both intervals (null if there is none)."""
    low, high = estimate.credible
    return {
        "accuracy": estimate.accuracy,
        "fraction": estimate.fraction,
        "n": estimate.n,
        "low": low,
        "high": high,
        "clustered_low": estimate.clustered.low,
        "clustered_high": estimate.clustered.high,
        "credible": _range(low, high),
        "clustered": _range(estimate.clustered.low, estimate.clustered.high, estimate.clustered.reason),
        "no_answer": estimate.no_answer,
        "refused": estimate.refused,
        "truncated": estimate.truncated,
    }


def _range(low: float | None, high: float | None, reason: str | None = None) -> str:
    if low is None or high is None:
        return f"none ({reason})"
    return f"{low:.1%} to {high:.1%}"


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
        alt.Tooltip("credible:N", title="95% credible interval"),
        alt.Tooltip("clustered:N", title="95% clustered interval"),
        *(without if replies else []),
    ]


def relation_questions(run: Run) -> pl.DataFrame:
    """The relations (where A lies relative to B) with the picture, on which factors are compared."""
    return select(run.questions, condition="image", task=RELATION_TASKS)


def scored(questions: pl.DataFrame) -> pl.DataFrame:
    """The questions with at least one scored reply: the n of an accuracy."""
    return questions.filter(pl.col("replies") > 0)
