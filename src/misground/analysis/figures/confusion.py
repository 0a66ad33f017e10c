"""Confusion of directions: one figure for each kind of terms, one panel per run."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from misground.analysis.directions import NO_WORD, OPPOSITES, OTHER, Said, confusion, directions
from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import Row, data
from misground.analysis.figures.theme import INK, QUARTERS
from misground.analysis.figures.words import count_word, level_word, listed, percent, run_labels, span
from misground.analysis.results import Run
from misground.records import LEVELS

_FRAMES: Final = {
    "anatomical": "in the patient's frame",
    "colloquial": "on the screen",
    "lay": "in everyday words",
}


def confusions(runs: Sequence[Run]) -> list[Figure]:
    """The confusion figures, one for each kind of terms that was asked."""
    return [figure for terms in LEVELS["terms"] if (figure := _figure(runs, terms)) is not None]


def _figure(runs: Sequence[Run], terms: str) -> Figure | None:
    labels = run_labels(runs)
    found = {label: confusion(run, terms) for label, run in zip(labels, runs, strict=True)}
    found = {label: cells for label, cells in found.items() if cells}
    if not found:
        return None
    rows = [_row(label, cell) for label, cells in found.items() for cell in cells]
    counts = [cell.n for cells in found.values() for cell in cells]
    return Figure(
        name=f"confusion-{terms}",
        title=f"Confusion of directions, {terms} terms",
        asks=f"Which directions does a model confuse {_FRAMES[terms]}?",
        caption=(
            "Row: the correct answer; column: the model's answer, or that it gave none or refused. Each cell:"
            " percentage of the row, and below it the number of questions (fractional if epochs differ;"
            " errors are excluded). A question offers a word and its opposite, so other cells stay empty."
            f" Relations with the picture; {span(counts)} questions per row."
            " The 95% credible interval of each share is in the tooltip."
        ),
        chart=_chart(rows, terms, list(found)),
        alt=f"Confusion of directions, {terms} terms. "
        + listed(f"{label}: {_swaps(cells, terms)}" for label, cells in found.items())
        + ".",
    )


def _row(run: str, cell: Said) -> Row:
    low, high = cell.credible
    count = count_word(cell.k)
    return {
        "run": run,
        "answer": cell.answer,
        "said": level_word(cell.said),
        "share": cell.share,
        "percent": f"{100 * cell.share:.0f}",
        "count": count,
        "fraction": f"{count}/{cell.n}",
        "credible": f"{low:.1%} to {high:.1%}",
    }


def _swaps(cells: Sequence[Said], terms: str) -> str:
    opposite = {one: other for pair in OPPOSITES[terms] for one, other in (pair, pair[::-1])}
    return ", ".join(
        f"{cell.said} for {cell.answer} {count_word(cell.k)}/{cell.n} ({percent(cell.share)})"
        for cell in cells
        if cell.said == opposite[cell.answer]
    )


def _chart(rows: Sequence[Row], terms: str, runs: Sequence[str]) -> AnyChart:
    words = [word for word in directions(terms) if any(word in (row["answer"], row["said"]) for row in rows)]
    beside = [level_word(word) for word in (*NO_WORD, OTHER)]
    said = [*words, *(word for word in beside if any(row["said"] == word for row in rows))]
    answers = [word for word in words if any(row["answer"] == word for row in rows)]
    tooltip = [
        alt.Tooltip("run:N", title="run"),
        alt.Tooltip("answer:N", title="correct answer"),
        alt.Tooltip("said:N", title="model's answer"),
        alt.Tooltip("fraction:N", title="questions"),
        alt.Tooltip("share:Q", title="share", format=".1%"),
        alt.Tooltip("credible:N", title="95% credible interval"),
    ]
    base = alt.Chart().encode(
        x=alt.X(
            "said:N",
            sort=said,
            scale=alt.Scale(domain=said),
            axis=alt.Axis(title="model's answer", labelAngle=-40, domain=False, ticks=False),
        ),
        y=alt.Y(
            "answer:N",
            sort=answers,
            scale=alt.Scale(domain=answers),
            axis=alt.Axis(title="correct answer", domain=False, ticks=False),
        ),
        tooltip=tooltip,
    )
    ink = alt.condition(alt.datum.share > 0.55, alt.value("#FFFFFF"), alt.value(INK))
    layers = alt.layer(
        base.mark_rect(stroke="#FFFFFF", strokeWidth=1.5).encode(
            color=alt.Color(
                "share:Q",
                # From near white to dark blue: lightness alone shows the order.
                scale=alt.Scale(domain=[0, 1], range=["#EEF3F8", "#08306B"]),
                legend=alt.Legend(
                    title="share of the row",
                    format=".0%",
                    orient="top",
                    gradientLength=200,
                    values=list(QUARTERS),
                ),
            )
        ),
        base.mark_text(fontSize=11, dy=-5).encode(text="percent:N", color=ink),
        base.mark_text(fontSize=9, dy=7).encode(text="count:N", color=ink),
        data=data(rows),
    )
    header = alt.Header(title=None, labelAnchor="start")
    return layers.properties(width=36 * len(said), height=30 * len(answers)).facet(
        facet=alt.Facet("run:N", sort=list(runs), header=header),
        columns=3 if terms != "lay" else 2,
        spacing=24,
    )
