"""The figure of detectable differences: a row for each planned contrast."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import Row as Record
from misground.analysis.figures.rows import data
from misground.analysis.figures.theme import BLUE, FAINT, VERMILLION
from misground.analysis.figures.words import listed
from misground.power.power import Power, Row
from misground.power.words import points

_WIDTH, _ROW = 380, 20
_KINDS: Final = ("by its interval", "as a finding")
_COLORS: Final = (BLUE, VERMILLION)
_SHAPES: Final = ("circle", "diamond")


def figure(found: Power) -> Figure:
    """The figure of all contrasts that have a detectable difference."""
    names = [row.plan.name for row in found.rows]
    marks = [one for row in found.rows for one in _records(row)]
    wanted = "" if found.wanted is None else f" Line: the wanted difference of {points(found.wanted)} points."
    return Figure(
        name="power",
        title="What the benchmark can show",
        asks="Which true difference would be shown in 80% of runs?",
        caption=(
            "Points: the smallest true difference that leaves 0 outside its interval (circles), also at the "
            f"strictest step of Holm's correction over {found.family} contrasts (diamonds). {found.cases:,} "
            f"cases, {found.questions:,} questions.{wanted} A contrast without a mark cannot be shown."
        ),
        chart=_chart(marks, names, found.wanted),
        alt="Detectable differences in points. " + listed(_told(found.rows)) + ".",
    )


def _records(row: Row) -> list[Record]:
    return [
        {"contrast": row.plan.name, "kind": kind, "points": 100 * size}
        for kind, size in zip(_KINDS, (row.interval, row.finding), strict=True)
        if size is not None and size <= 1
    ]


def _chart(marks: Sequence[Record], names: Sequence[str], wanted: float | None) -> AnyChart:
    shown = marks or [{"contrast": names[0], "kind": _KINDS[0], "points": None}]
    scale = alt.Scale(domain=[0, 100])
    legend = alt.Legend(title=None, orient="top")
    drawn = (
        alt.Chart(data(shown))
        .mark_point(filled=True, size=60, opacity=1)
        .encode(
            x=alt.X("points:Q", scale=scale, axis=alt.Axis(title="points", grid=True)),
            y=alt.Y(
                "contrast:N",
                scale=alt.Scale(domain=list(names)),
                axis=alt.Axis(title=None, labelLimit=360, grid=True, ticks=False, domain=False),
            ),
            color=alt.Color(
                "kind:N", scale=alt.Scale(domain=list(_KINDS), range=list(_COLORS)), legend=legend
            ),
            shape=alt.Shape(
                "kind:N", scale=alt.Scale(domain=list(_KINDS), range=list(_SHAPES)), legend=legend
            ),
            tooltip=[
                alt.Tooltip("contrast:N", title="contrast"),
                alt.Tooltip("kind:N", title="shown"),
                alt.Tooltip("points:Q", title="points", format=".1f"),
            ],
        )
    )
    layers: list[alt.Chart] = [drawn]
    if wanted is not None:
        line = alt.Chart(data([{"points": 100 * wanted}])).mark_rule(color=FAINT, strokeDash=[4, 3])
        layers.insert(0, line.encode(x=alt.X("points:Q", scale=scale)))
    return alt.layer(*layers).properties(width=_WIDTH, height=_ROW * len(names))


def _told(rows: Sequence[Row]) -> list[str]:
    told = [
        f"{row.plan.name}: {points(row.interval)} by its interval, {points(row.finding)} as a finding"
        for row in rows
        if row.interval is not None and row.finding is not None
    ]
    return told or ["No contrast can be shown"]
