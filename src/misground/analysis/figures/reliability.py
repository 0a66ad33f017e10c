"""The reliability curve: the share of right options at each confidence, beside perfect calibration."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import Row, data
from misground.analysis.figures.theme import (
    FAINT,
    SHARE,
    nominal_colors,
    nominal_shapes,
    run_legend,
    share_axis,
)
from misground.analysis.figures.words import listed, percent, run_labels, span
from misground.analysis.held_tables import calibration_rows
from misground.analysis.results import Run

_SIDE: Final = 320  # pixels


def reliability(runs: Sequence[Run]) -> Figure | None:
    """Confidence and share right in bins of equal mass; None if no run records probabilities."""
    labels = run_labels(runs)
    rows: list[Row] = []
    for run, label in zip(runs, labels, strict=True):
        for cell in calibration_rows([run])[:1]:  # all questions
            rows += [
                {
                    "run": label,
                    "confidence": one.confidence,
                    "right": one.right,
                    "low": one.interval.low,
                    "high": one.interval.high,
                    "range": f"{one.low:.1%} to {one.high:.1%}",
                    "n": one.n,
                }
                for one in cell.calibration.bins
            ]
    if not rows:
        return None
    shown = [label for label in labels if any(row["run"] == label for row in rows)]
    return Figure(
        name="reliability",
        title="Reliability curve",
        asks="Is a model right as often as it is confident?",
        caption=(
            "Questions sorted by the probability of the likeliest option and split into bins of equal mass "
            f"({span([row['n'] for row in rows])} questions per point). Lines are 95% intervals. "
            "On the dashed line, a model is right as often as it is confident; below it, it is overconfident."
        ),
        chart=_chart(rows, shown),
        alt="Reliability curve. "
        + listed(
            f"{label}: "
            + ", ".join(
                f"confidence {percent(row['confidence'])} right {percent(row['right'])}"
                for row in rows
                if row["run"] == label
            )
            for label in shown
        )
        + ".",
    )


def _chart(rows: Sequence[Row], runs: Sequence[str]) -> AnyChart:
    color = alt.Color("run:N", scale=nominal_colors(runs), legend=run_legend())
    base = alt.Chart(data(rows)).encode(
        x=alt.X("confidence:Q", scale=SHARE, axis=share_axis("confidence", flush=True)),
        color=color,
        tooltip=[
            alt.Tooltip("run:N", title="run"),
            alt.Tooltip("confidence:Q", title="mean confidence", format=".1%"),
            alt.Tooltip("range:N", title="confidence of the bin"),
            alt.Tooltip("right:Q", title="right", format=".1%"),
            alt.Tooltip("n:Q", title="questions"),
        ],
    )
    y = alt.Y("right:Q", scale=SHARE, axis=share_axis("likeliest option is right", flush=True))
    line = base.mark_line(strokeWidth=1, opacity=0.6).encode(y=y)
    intervals = base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q", scale=SHARE), y2="high:Q")
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        y=y, shape=alt.Shape("run:N", scale=nominal_shapes(runs), legend=run_legend())
    )
    ends = data([{"confidence": 0.0, "right": 0.0}, {"confidence": 1.0, "right": 1.0}])
    perfect = (
        alt.Chart(ends)
        .mark_line(strokeDash=[4, 4], color=FAINT, strokeWidth=1)
        .encode(x=alt.X("confidence:Q", scale=SHARE), y=alt.Y("right:Q", scale=SHARE))
    )
    return alt.layer(perfect, intervals, line, points).properties(width=_SIDE, height=_SIDE)
