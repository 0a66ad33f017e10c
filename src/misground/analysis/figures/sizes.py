"""Accuracy by model size: one point per run, one panel per condition."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from misground.analysis.cells import chance, estimate_of, select
from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import Row, accuracy_row, accuracy_tooltip, data, scored
from misground.analysis.figures.size_axis import UNKNOWN, SizeAxis, size_axis, size_word
from misground.analysis.figures.theme import (
    FAINT,
    INK,
    SHARE,
    nominal_colors,
    nominal_shapes,
    run_legend,
    share_axis,
)
from misground.analysis.figures.words import level_word, listed, percent, plain, run_labels, span
from misground.analysis.results import Run
from misground.records import LEVELS

_WIDTH, _HEIGHT = 270, 260


@dataclass(frozen=True)
class Reference:
    """A reference line in the first panel: an accuracy in [0, 1] and its label."""

    accuracy: float
    label: str


def by_size(runs: Sequence[Run], reference: Reference | None = None) -> Figure | None:
    """Accuracy by model size; None if no run with a known size has a scored reply."""
    labels = run_labels(runs)
    rows = [
        {
            "run": label,
            "condition": condition,
            "size": size_word(run.model_parameters),
            "chance": chance(scored(questions)),
            **accuracy_row(estimate),
        }
        for condition in LEVELS["condition"]
        for run, label in zip(runs, labels, strict=True)
        if (estimate := estimate_of(questions := select(run.questions, condition=condition))).n
    ]
    if all(row["size"] == UNKNOWN for row in rows):
        return None
    axis = size_axis([run.model_parameters for run in runs])
    places = dict(zip(labels, axis.places, strict=True))
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    panels = [
        _panel(
            [{**row, "place": places[row["run"]]} for row in rows if row["condition"] == condition],
            level_word(condition).capitalize(),
            labels,
            axis,
            None if place else reference,
            first=place == 0,
        )
        for place, condition in enumerate(conditions)
    ]
    counts = {level: span([row["n"] for row in rows if row["condition"] == level]) for level in conditions}
    return Figure(
        name="accuracy-by-size",
        title="Accuracy by model size",
        asks="Do larger models ground better, and do they need the picture to do so?",
        caption=(
            "Share of questions answered correctly, with the 95% interval for other cases and structures."
            " Dashed: chance, the mean of one"
            " over the number of options. Runs of the same size are placed side by side."
            + (f" Dotted: {plain(reference.label, 80)}." if reference else "")
            + f" Questions per point: {listed(f'{level_word(level)} {n}' for level, n in counts.items())}."
        ),
        chart=alt.hconcat(*panels, spacing=18),
        alt="Accuracy by model size. "
        + listed(
            f"{row['run']} ({row['size']}), {level_word(row['condition'])}: {row['fraction']}"
            f" ({percent(row['accuracy'])})"
            for row in rows
        )
        + ".",
    )


def _panel(
    rows: Sequence[Row],
    title: str,
    labels: Sequence[str],
    axis: SizeAxis,
    reference: Reference | None,
    *,
    first: bool,
) -> AnyChart:
    x = alt.X(
        "place:Q",
        title="parameters",
        scale=alt.Scale(type="log", domain=list(axis.domain), nice=False),
        axis=alt.Axis(
            values=axis.ticks,
            # d3 writes G for a billion; the field writes B.
            labelExpr="replace(format(datum.value, '~s'), 'G', 'B')",
            grid=False,
        ),
    )
    y = alt.Y(
        "accuracy:Q", scale=SHARE, axis=share_axis("accuracy" if first else None, labels=first, flush=True)
    )
    color = alt.Color("run:N", scale=nominal_colors(labels), legend=run_legend())
    shape = alt.Shape("run:N", scale=nominal_shapes(labels), legend=run_legend())
    tooltip = accuracy_tooltip(
        alt.Tooltip("run:N", title="run"),
        alt.Tooltip("size:N", title="parameters"),
        alt.Tooltip("chance:Q", title="chance", format=".1%"),
    )
    base = alt.Chart(data(rows)).encode(x=x, color=color, tooltip=tooltip)
    return alt.layer(
        *([] if axis.edge is None else _band(axis.domain[0], axis.edge)),
        *_lines(sorted({round(row["chance"], 3) for row in rows}), reference),
        base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(y=y, shape=shape),
    ).properties(width=_WIDTH, height=_HEIGHT, title=title)


def _band(left: float, right: float) -> list[alt.Chart]:
    base = alt.Chart(data([{"left": left, "right": right, "word": UNKNOWN}]))
    place = alt.X("left:Q", title="parameters")
    return [
        base.mark_rect(color="#F2F2F2").encode(x=place, x2="right:Q"),
        base.mark_text(align="left", baseline="bottom", dx=4, dy=-4, fontSize=10, color=FAINT).encode(
            x=place, y=alt.value(_HEIGHT), text="word:N"
        ),
    ]


def _lines(chances: Sequence[float], reference: Reference | None) -> list[alt.Chart]:
    """Chance, once for each value, and the caller's line; the label of the higher one is above its line."""
    ends = [f"{value:.0%}" for value in (chances[0], chances[-1])]
    word = f"chance {' to '.join(dict.fromkeys(ends))}"
    if reference is None:
        return _line(chances, word, [5, 3], above=True)
    above = reference.accuracy >= chances[-1]
    return [
        *_line(chances, word, [5, 3], above=not above),
        *_line([reference.accuracy], plain(reference.label, 36), [1, 2], above=above),
    ]


def _line(values: Sequence[float], word: str, dash: list[int], *, above: bool) -> list[alt.Chart]:
    worded = values[-1] if above else values[0]
    base = alt.Chart(data({"at": value, "word": word if value == worded else ""} for value in values))
    return [
        base.mark_rule(color=FAINT, strokeDash=dash).encode(y=alt.Y("at:Q", title="accuracy")),
        base.mark_text(
            align="right",
            baseline="bottom" if above else "top",
            dy=-3 if above else 3,
            fontSize=10,
            color=INK,
        ).encode(x=alt.value(_WIDTH), y="at:Q", text="word:N"),
    ]
