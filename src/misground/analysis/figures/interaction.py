"""Interactions of two factors: terms by coordinates, and marks by terms."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from misground.analysis.cells import by, select
from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.known import (
    known_caption,
    known_layers,
    known_row,
    known_tooltip,
    known_words,
)
from misground.analysis.figures.rows import Row, accuracy_row, accuracy_tooltip, data, relation_questions
from misground.analysis.figures.theme import (
    BLACK,
    FAINT,
    SHARE,
    SKY,
    VERMILLION,
    share_axis,
)
from misground.analysis.figures.words import level_word, listed, percent, run_labels, span
from misground.analysis.results import Run
from misground.records import LEVELS

_STYLES: Final = {
    "anatomical": (BLACK, "circle", [1, 0]),
    "colloquial": (VERMILLION, "square", [5, 3]),
    "lay": (SKY, "triangle-up", [2, 2]),
}
_SELECTION: Final = (
    "Relations with the picture. Share of questions answered correctly, with the 95% interval for other cases"
    " and structures. Dashed: chance."
)


def terms_by_coordinates(runs: Sequence[Run]) -> Figure | None:
    """Accuracy by terms and coordinates; None unless at least two of their cells were scored."""
    return _figure(
        runs,
        "coordinates",
        name="terms-by-coordinates",
        title="Terms by coordinates",
        asks="Does the radiological view help, and does that depend on the terms of the question?",
        caption="Whether the coordinates matter more for some terms is tested among the planned contrasts.",
        lines=True,
        width=210,
    )


def prompts_by_terms(runs: Sequence[Run]) -> Figure | None:
    """Accuracy by prompt and terms; None unless at least two of their cells were scored."""
    return _figure(
        runs,
        "prompt",
        name="marks-by-terms",
        title="Visual prompts by terms",
        asks="Which marks on the structures help, and for which terms?",
        caption="One panel per run; the marks have no order, so they are not joined by lines.",
        lines=False,
        width=210,
    )


def _figure(
    runs: Sequence[Run],
    factor: str,
    *,
    name: str,
    title: str,
    asks: str,
    caption: str,
    lines: bool,
    width: int,
) -> Figure | None:
    labels = run_labels(runs)
    rows: list[Row] = [
        {
            "run": label,
            "level": level_word(cell[factor]),
            "terms": cell["terms"],
            **known_row(select(relation_questions(run), **cell)),
            **accuracy_row(estimate),
        }
        for run, label in zip(runs, labels, strict=True)
        for cell, estimate in by(relation_questions(run), factor, "terms")
        if estimate.n and cell["terms"] in LEVELS["terms"]
    ]
    # One cell alone compares nothing.
    if len({(row["level"], row["terms"]) for row in rows}) < 2:
        return None
    levels = [level_word(level) for level in LEVELS[factor]]
    levels = [level for level in levels if any(row["level"] == level for row in rows)]
    shown = [label for label in labels if any(row["run"] == label for row in rows)]
    counts = [row["n"] for row in rows]
    return Figure(
        name=name,
        title=title,
        asks=asks,
        caption=f"{_SELECTION}{known_caption(rows)} {caption} {span(counts)} questions per point.",
        chart=_chart(rows, factor, levels, shown, lines=lines, width=width),
        alt=f"{title}. "
        + listed(
            f"{label}: "
            + ", ".join(
                f"{row['terms']} {row['level']} {row['fraction']} "
                f"({percent(row['accuracy'])}{known_words(row)})"
                for row in rows
                if row["run"] == label
            )
            for label in shown
        )
        + ".",
    )


def _chart(
    rows: Sequence[Row], factor: str, levels: Sequence[str], runs: Sequence[str], *, lines: bool, width: int
) -> AnyChart:
    terms = [level for level in LEVELS["terms"] if any(row["terms"] == level for row in rows)]
    colors, shapes, dashes = zip(*(_STYLES[level] for level in terms), strict=True)
    color = alt.Color(
        "terms:N",
        scale=alt.Scale(domain=terms, range=list(colors)),
        legend=alt.Legend(title="terms", titleOrient="left", orient="top"),
    )
    x = alt.X(
        "level:N",
        sort=list(levels),
        scale=alt.Scale(type="point", padding=0.5),
        axis=alt.Axis(title=None if factor == "prompt" else factor, labelAngle=0, grid=False),
    )
    y = alt.Y("accuracy:Q", scale=SHARE, axis=share_axis("accuracy"))
    tooltip = accuracy_tooltip(
        alt.Tooltip("run:N", title="run"),
        alt.Tooltip("level:N", title=factor),
        alt.Tooltip("terms:N", title="terms"),
        *known_tooltip(rows),
    )
    plain = alt.Chart().encode(x=x, tooltip=tooltip)
    if len(terms) > 1:  # with a single level, Vega-Lite would place it at the edge
        offsets = alt.Scale(domain=terms, range=_offsets(len(terms)))
        plain = plain.encode(xOffset=alt.XOffset("terms:N", scale=offsets))
    base = plain.encode(color=color)
    half = alt.Chart(data([{"at": 0.5}])).mark_rule(color=FAINT, strokeDash=[5, 3], strokeWidth=0.7)
    layers = [half.encode(y="at:Q"), *known_layers(plain, rows, "y")]
    layers.append(base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q"), y2="high:Q"))
    if lines:
        # One layer per line style: as an encoding, dashes would also apply to the symbols in the legend.
        layers += [
            base.mark_line(strokeWidth=1.5, strokeDash=dash)
            .encode(y=y)
            .transform_filter(alt.FieldEqualPredicate(field="terms", equal=level))
            for level, dash in zip(terms, dashes, strict=True)
        ]
    layers.append(
        base.mark_point(filled=True, size=60, opacity=1).encode(
            y=y, shape=alt.Shape("terms:N", scale=alt.Scale(domain=terms, range=list(shapes)))
        )
    )
    header = alt.Header(title=None, labelAnchor="start")
    return (
        alt.layer(*layers, data=data(rows))
        .properties(width=width, height=190)
        .facet(facet=alt.Facet("run:N", sort=list(runs), header=header), columns=4, spacing=24)
    )


def _offsets(count: int) -> list[float]:
    """Horizontal offsets in pixels, so that the intervals of different terms do not overlap."""
    return [12 * (place - (count - 1) / 2) for place in range(count)]
