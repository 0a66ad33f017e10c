"""A forest plot: one row per level of each factor, one dot per run, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Final

import altair as alt
import polars as pl

from misground.analysis.cells import FACTORS, WITHIN, by, chance, select
from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.known import known_caption, known_layers, known_row, known_tooltip
from misground.analysis.figures.rows import (
    Row,
    accuracy_row,
    accuracy_tooltip,
    data,
    relation_questions,
    scored,
)
from misground.analysis.figures.theme import (
    FAINT,
    SHARE,
    nominal_colors,
    nominal_shapes,
    run_legend,
    share_axis,
)
from misground.analysis.figures.words import level_word, listed, percent, run_labels
from misground.analysis.results import Run
from misground.records import LEVELS, RELATION_TASKS

_WIDTH: Final = 240
_RUN, _GAP, _TITLE = 13, 8, 26  # pixels of a run in a row, between rows, of a panel's title
_TITLES: Final[Mapping[str, str]] = {"condition": "what is shown", "prompt": "marks", "axis": "axis asked"}


def forest(runs: Sequence[Run]) -> Figure | None:
    """The forest plot of accuracies; None if no question was scored."""
    labels = run_labels(runs)
    rows = {factor: _cells(runs, labels, factor) for factor in FACTORS}
    shown = {factor: cells for factor, cells in rows.items() if cells}
    if not shown:
        return None
    columns = [
        [factor for factor in shown if factor in WITHIN],
        [factor for factor in shown if factor not in WITHIN],
    ]
    columns = [column for column in columns if column]
    charts = [_column(column, shown, labels) for column in columns]
    return Figure(
        name="forest-of-cells",
        title="Accuracy in each level of each factor",
        asks="At which levels of the factors is a model correct more or less often?",
        caption=(
            "Share of questions answered correctly, with the 95% interval for other cases and structures,"
            " absent where there is none (one case, or all questions alike). At the right: k/n. Relations"
            " with the picture; the panel of tasks includes every task, and the panel of what is shown every"
            " condition. Left: factors that vary within an item; right: factors that vary between items,"
            " whose levels have different questions."
            " Grey line: chance." + known_caption([row for found in shown.values() for row in found])
        ),
        chart=alt.hconcat(*charts, spacing=24),
        alt="Accuracy by level of each factor. "
        + listed(
            f"{label}: {_ends([row for cells in shown.values() for row in cells if row['run'] == label])}"
            for label in labels
        )
        + ".",
    )


def _cells(runs: Sequence[Run], labels: Sequence[str], factor: str) -> list[Row]:
    rows: list[Row] = []
    for run, label in zip(runs, labels, strict=True):
        questions = _questions(run, factor)
        rows += [
            {
                "run": label,
                "factor": _title(factor),
                "level": level_word(levels[factor]),
                "chance": chance(scored(select(questions, **levels))),
                **known_row(select(questions, **levels)),
                **accuracy_row(estimate),
            }
            for levels, estimate in by(questions, factor)
            if estimate.n
        ]
    return rows


def _title(factor: str) -> str:
    return _TITLES.get(factor, factor).capitalize()


def _questions(run: Run, factor: str) -> pl.DataFrame:
    if factor == "task":
        return select(run.questions, condition="image")
    if factor == "condition":
        return select(run.questions, task=RELATION_TASKS)
    return relation_questions(run)


def _ends(rows: Sequence[Row]) -> str:
    """The lowest and the highest cell: all of them would be too many for a screen reader."""
    if not rows:
        return "no answers"
    ranked = sorted(rows, key=lambda row: row["accuracy"])
    words = [
        f"{row['factor']} {row['level']} {row['fraction']} ({percent(row['accuracy'])})"
        for row in (ranked[0], ranked[-1])
    ]
    return f"lowest {words[0]}, highest {words[1]}"


def _column(factors: Sequence[str], cells: Mapping[str, Sequence[Row]], labels: Sequence[str]) -> AnyChart:
    """The panels of these factors, one below the other."""
    rows, levels, titles, height = _placed(factors, cells, labels)
    down = alt.Scale(domain=[height, 0], nice=False)
    x = alt.X("accuracy:Q", scale=SHARE, axis=share_axis("accuracy"))
    y = alt.Y("y:Q", scale=down, axis=None)
    base = alt.Chart(data(rows)).encode(
        y=y,
        tooltip=accuracy_tooltip(
            alt.Tooltip("run:N", title="run"),
            alt.Tooltip("factor:N", title="factor"),
            alt.Tooltip("level:N", title="level"),
            alt.Tooltip("chance:Q", title="chance", format=".1%"),
            *known_tooltip(rows),
        ),
    )
    colored = base.encode(color=alt.Color("run:N", scale=nominal_colors(labels), legend=run_legend()))
    beside = alt.Chart(data(levels))
    return alt.layer(
        beside.mark_rule(color=FAINT).encode(
            x=alt.X("chance:Q"), y=alt.Y("top:Q", scale=down, axis=None), y2="bottom:Q"
        ),
        beside.mark_text(align="right", fontSize=11).encode(x=alt.value(-8), y=y, text="level:N"),
        alt.Chart(data(titles))
        .mark_text(align="left", fontSize=12, fontWeight="bold")
        .encode(x=alt.value(0), y=y, text="title:N"),
        *known_layers(base, rows, "x"),
        colored.mark_rule(strokeWidth=1.5).encode(x=alt.X("low:Q"), x2="high:Q"),
        colored.mark_point(filled=True, size=46, opacity=1).encode(
            x=x, shape=alt.Shape("run:N", scale=nominal_shapes(labels), legend=run_legend())
        ),
        base.mark_text(align="left", fontSize=10).encode(x=alt.value(_WIDTH + 6), text="fraction:N"),
    ).properties(width=_WIDTH, height=height)


def _placed(
    factors: Sequence[str], cells: Mapping[str, Sequence[Row]], labels: Sequence[str]
) -> tuple[list[Row], list[Row], list[Row], int]:
    """Cells, levels and titles with their positions in pixels from the top, and the total height.

    They are placed here because Vega-Lite would draw each panel as a separate chart, at three times the cost.
    """
    rows: list[Row] = []
    levels: list[Row] = []
    titles: list[Row] = []
    top = 0
    high = len(labels) * _RUN + _GAP
    for factor in factors:
        titles.append({"title": _title(factor), "y": top + _TITLE / 2})
        top += _TITLE
        found = {row["level"]: row["chance"] for row in cells[factor]}
        order = [level_word(level) for level in LEVELS[factor]]
        for level in [*(level for level in order if level in found), *sorted(found.keys() - set(order))]:
            levels.append(
                {
                    "level": level,
                    "chance": found[level],
                    "y": top + high / 2,
                    "top": top,
                    "bottom": top + high,
                }
            )
            rows += [
                {**row, "y": top + (_GAP + _RUN) / 2 + _RUN * labels.index(row["run"])}
                for row in cells[factor]
                if row["level"] == level
            ]
            top += high
        top += _GAP
    return rows, levels, titles, top
