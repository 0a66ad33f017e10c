"""Heat maps: accuracy by pair of structures and by structure, for each axis."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import altair as alt
import polars as pl

from misground.analysis.accuracy import Estimate
from misground.analysis.cells import by, estimate_of
from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import (
    Row,
    accuracy_row,
    accuracy_tooltip,
    data,
    relation_questions,
    scored,
)
from misground.analysis.figures.theme import FAINT, QUARTERS
from misground.analysis.figures.words import level_word, listed, percent, plain, run_labels
from misground.analysis.results import Run
from misground.records import LEVELS

MOST: Final = 30
"""Most rows of a heat map."""
FEW: Final = 5
"""A cell with fewer items is drawn hollow: the wordings of an item are one observation."""
ALL: Final = "all"
_CELL, _ROW = 40, 17  # pixels
_PER_LINE: Final = 5  # panels side by side
_IN_TOOLTIP: Final = ("accuracy", "fraction", "interval", "independent")

Splits = Callable[[pl.DataFrame], dict[str, pl.DataFrame]]


def by_pair(runs: Sequence[Run]) -> Figure | None:
    """The heat map by pair of structures; None if no question about two structures was scored."""
    return _figure(
        runs,
        _pairs,
        name="accuracy-by-pair",
        title="Accuracy by pair of structures",
        asks="For which pairs of structures is a model wrong most often?",
        things="pairs (in either order)",
    )


def by_structure(runs: Sequence[Run]) -> Figure | None:
    """The heat map by structure; None if no question about two structures was scored."""
    return _figure(
        runs,
        _structures,
        name="accuracy-by-structure",
        title="Accuracy by structure",
        asks="For which structures is a model wrong most often?",
        things="structures (a question counts for both of its structures)",
    )


def _pairs(questions: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The questions of each unordered pair, under "A – B"."""
    names = questions.with_columns(
        one=pl.min_horizontal("structure_a", "structure_b"),
        two=pl.max_horizontal("structure_a", "structure_b"),
    )
    parts = names.partition_by(["one", "two"], as_dict=True)
    return {f"{one} – {two}": part.drop("one", "two") for (one, two), part in parts.items()}


def _structures(questions: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The questions in which each structure is A or B."""
    names = pl.concat([questions["structure_a"], questions["structure_b"]]).unique().sort()
    return {
        name: questions.filter((pl.col("structure_a") == name) | (pl.col("structure_b") == name))
        for name in names.to_list()
    }


def _figure(
    runs: Sequence[Run], split: Splits, *, name: str, title: str, asks: str, things: str
) -> Figure | None:
    labels = run_labels(runs)
    parts = [
        split(scored(relation_questions(run)).drop_nulls(["structure_a", "structure_b"])) for run in runs
    ]
    counts = Counter[str]()
    for part in parts:
        counts.update({key: len(questions) for key, questions in part.items()})
    if not counts:
        return None
    kept = sorted(counts, key=lambda key: (-counts[key], key))[:MOST]
    whole = {
        (label, key): estimate_of(part[key])
        for label, part in zip(labels, parts, strict=True)
        for key in kept
        if key in part
    }
    kept.sort(key=lambda key: (_mean(whole, key), key))
    names = _row_names(kept)
    rows = [
        row
        for label, part in zip(labels, parts, strict=True)
        for key in kept
        if key in part
        for row in _row(label, names[key], whole[label, key], part[key])
    ]
    shown = [label for label, part in zip(labels, parts, strict=True) if part]
    left_out = len(counts) - len(kept)
    return Figure(
        name=name,
        title=title,
        asks=asks,
        caption=(
            "Percentage of questions answered correctly (relations with the picture), by the axis asked, one"
            f" panel per run. The {len(kept)} most frequent {things}, sorted by accuracy (the mean over"
            " runs), lowest at the top"
            + (f"; {left_out} more are left out" if left_out else "")
            + f". Hollow cells have fewer than {FEW} items; empty cells were not asked. k/n and the"
            " intervals are in the tooltip."
        ),
        chart=_chart(rows, [names[key] for key in kept], shown),
        alt=f"{title}. "
        + listed(
            f"{label}, lowest: "
            + ", ".join(
                f"{row['thing']} {row['fraction']} ({percent(row['accuracy'])})"
                for row in sorted(
                    (row for row in rows if row["run"] == label and row["axis"] == ALL),
                    key=lambda row: row["accuracy"],
                )[:3]
            )
            for label in shown
        )
        + ".",
    )


def _mean(whole: Mapping[tuple[str, str], Estimate], key: str) -> float:
    found = [estimate.accuracy for (_, other), estimate in whole.items() if other == key]
    return sum(found) / len(found)


def _row_names(keys: Sequence[str]) -> dict[str, str]:
    """A unique name to show for each key, with "_" as a space."""
    names: dict[str, str] = {}
    for key in keys:
        name, again = plain(key.replace("_", " "), 48), 1
        while name in names.values():
            again += 1
            name = f"{plain(key.replace('_', ' '), 42)} ({again})"
        names[key] = name
    return names


def _row(run: str, thing: str, whole: Estimate, questions: pl.DataFrame) -> list[Row]:
    cells = [(ALL, whole), *((cell["axis"], estimate) for cell, estimate in by(questions, "axis"))]
    return [
        {
            "run": run,
            "thing": thing,
            "axis": axis if axis == ALL else level_word(axis),
            "few": estimate.robust.dependence.items < FEW,
            "percent": f"{100 * estimate.accuracy:.0f}",
            **{name: value for name, value in accuracy_row(estimate).items() if name in _IN_TOOLTIP},
        }
        for axis, estimate in cells
    ]


def _chart(rows: Sequence[Row], things: Sequence[str], runs: Sequence[str]) -> AnyChart:
    axes = [ALL, *(level_word(axis) for axis in LEVELS["axis"])]
    axes = [axis for axis in axes if any(row["axis"] == axis for row in rows)]
    tooltip = accuracy_tooltip(
        alt.Tooltip("run:N", title="run"),
        alt.Tooltip("thing:N", title="of"),
        alt.Tooltip("axis:N", title="axis"),
        replies=False,
    )
    few = alt.datum.few == True  # noqa: E712
    color = alt.Color(
        "accuracy:Q",
        scale=alt.Scale(scheme="cividis", domain=[0, 1]),
        legend=alt.Legend(
            title="accuracy", format=".0%", orient="top", gradientLength=200, values=list(QUARTERS)
        ),
    )

    def panel(run: str, *, first: bool) -> AnyChart:
        base = alt.Chart(data(row for row in rows if row["run"] == run)).encode(
            x=alt.X(
                "axis:N",
                sort=axes,
                scale=alt.Scale(domain=axes),
                axis=alt.Axis(title=None, orient="top", labelAngle=-40, domain=False, ticks=False),
            ),
            y=alt.Y(
                "thing:N",
                sort=list(things),
                scale=alt.Scale(domain=list(things)),
                axis=alt.Axis(title=None, domain=False, ticks=False, labels=first, labelLimit=340),
            ),
            tooltip=tooltip,
        )
        return alt.layer(
            base.mark_rect(stroke="#FFFFFF").encode(color=color).transform_filter(~few),
            base.mark_rect(fill="#FFFFFF", stroke=FAINT, strokeDash=[2, 2]).transform_filter(few),
            base.mark_text(fontSize=10).encode(
                text="percent:N",
                color=alt.condition(
                    few | (alt.datum.accuracy >= 0.5), alt.value("#000000"), alt.value("#FFFFFF")
                ),
            ),
        ).properties(width=_CELL * len(axes), height=_ROW * len(things), title=run)

    lines = [runs[start : start + _PER_LINE] for start in range(0, len(runs), _PER_LINE)]
    return alt.vconcat(
        *(
            alt.hconcat(*(panel(run, first=place == 0) for place, run in enumerate(line)), spacing=14)
            for line in lines
        )
    )
