"""Small marks in a figure for what knowing anatomy alone, or seeing one mark, reaches on the same questions.

A bar across the direction of accuracy is for anatomy, an empty triangle for one mark: they differ in shape
and not in colour, and each has a line in the legend.
"""

from collections.abc import Sequence
from typing import Final, Literal

import altair as alt
import polars as pl

from misground.analysis.ceilings import ceilings_of
from misground.analysis.figures.rows import Row
from misground.analysis.figures.theme import FAINT

ANATOMY: Final = "knowing anatomy alone"
ONE_MARK: Final = "seeing one mark"
_BARS: Final = {"x": "M0,-1L0,1", "y": "M-1,0L1,0"}


def known_row(questions: pl.DataFrame) -> Row:
    """The fields of a mark for `known_layers`: accuracies, null where unknown, and in words."""
    found = ceilings_of(questions)
    shares = {"anatomy": found.anatomy, "one_mark": found.one_mark}
    words = {f"{name}_word": "–" if share is None else f"{share:.1%}" for name, share in shares.items()}
    return {**shares, **words}


def known_tooltip(rows: Sequence[Row]) -> list[alt.Tooltip]:
    """The lines of a tooltip for what is known in some row."""
    return [
        alt.Tooltip(f"{field}_word:N", title=title)
        for field, title in (("anatomy", ANATOMY), ("one_mark", ONE_MARK))
        if _any(rows, field)
    ]


def known_caption(rows: Sequence[Row]) -> str:
    """A sentence on the marks, with a space before it; "" where nothing is known."""
    told = []
    if _any(rows, "anatomy"):
        told.append("bar: what knowing anatomy alone reaches on the same questions")
    if _any(rows, "one_mark"):
        told.append("triangle: what seeing one mark reaches")
    return f" Grey {', '.join(told)}." if told else ""


def known_words(row: Row) -> str:
    """The numbers of a row for screen readers, such as "; knowing anatomy alone 83%"; "" without one."""
    told = [
        f"{title} {row[field]:.0%}"
        for field, title in (("anatomy", ANATOMY), ("one_mark", ONE_MARK))
        if row[field] is not None
    ]
    return f"; {', '.join(told)}" if told else ""


def known_layers(base: alt.Chart, rows: Sequence[Row], along: Literal["x", "y"]) -> list[alt.Chart]:
    """The marks, each kind with its own line in the legend.

    Args:
        base: a chart with every encoding but the one of accuracy and the colours.
        rows: its rows, with the fields of `known_row`.
        along: the direction of accuracy.
    """
    layers = []
    if _any(rows, "anatomy"):
        name = alt.Stroke(
            "known:N",
            scale=alt.Scale(domain=[ANATOMY], range=[FAINT]),
            legend=alt.Legend(title=None, orient="top", symbolType=_BARS[along], symbolStrokeWidth=2.5),
        )
        bar = _of(base, "anatomy", ANATOMY).mark_point(
            shape=_BARS[along], size=150, strokeWidth=2.5, opacity=1
        )
        layers.append(bar.encode(_at("anatomy", along), name))
    if _any(rows, "one_mark"):
        filled = alt.Fill(
            "known:N",
            scale=alt.Scale(domain=[ONE_MARK], range=["#FFFFFF"]),
            legend=alt.Legend(
                title=None, orient="top", symbolType="triangle-down", symbolStrokeColor=FAINT, symbolSize=50
            ),
        )
        triangle = _of(base, "one_mark", ONE_MARK).mark_point(
            shape="triangle-down", size=40, strokeWidth=1.3, stroke=FAINT, opacity=1
        )
        layers.append(triangle.encode(_at("one_mark", along), filled))
    return layers


def _of(base: alt.Chart, field: str, name: str) -> alt.Chart:
    found: alt.Chart = base.transform_filter(f"isValid(datum.{field})").transform_calculate(known=f"'{name}'")
    return found


def _at(field: str, along: Literal["x", "y"]) -> alt.X | alt.Y:
    return alt.X(f"{field}:Q") if along == "x" else alt.Y(f"{field}:Q")


def _any(rows: Sequence[Row], field: str) -> bool:
    return any(row[field] is not None for row in rows)
