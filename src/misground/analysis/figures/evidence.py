"""Accuracy against the evidence: a curve with its band for each model, by modality."""

from collections.abc import Mapping, Sequence
from typing import Final

import altair as alt

from misground.analysis.evidence_curve import EVIDENCE, CurvePoint, Evidence, curve_points
from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import Row, data
from misground.analysis.figures.theme import FAINT, SHARE, nominal_colors, run_legend, share_axis
from misground.analysis.figures.words import level_word, listed, percent, run_labels
from misground.analysis.results import Run
from misground.records import LEVELS

_TITLES: Final[Mapping[Evidence, str]] = {
    "mm": "distance of the centroids (mm)",
    "p": "P(a voxel of one lies on that side of the other)",
    "size": "box of the smaller structure (mm²)",
    "frames": "frames that show both",
}


def by_evidence(runs: Sequence[Run]) -> Figure | None:
    """The curves of all models; None if none has enough items."""
    models = [run for run in runs if not run.baseline]
    labels = run_labels(models)
    points = {label: found for run, label in zip(models, labels, strict=True) if (found := curve_points(run))}
    if not points:
        return None
    shown = [label for label in labels if label in points]
    panels = [
        _panel(rows, _TITLES[evidence], level_word(modality), shown)
        for evidence in EVIDENCE
        for modality in LEVELS["modality"]
        if (rows := [_row(label, one) for label in shown for one in points[label]
                     if (one.evidence, one.modality) == (evidence, modality)])
    ]  # fmt: skip
    return Figure(
        name="accuracy-by-evidence",
        title="Accuracy against the evidence",
        asks="Are facts with less evidence harder?",
        caption=(
            "Relations with the picture: accuracy near each amount of evidence (the mean over the 40% of "
            "items that lie nearest), and the 95% interval of each point by itself. Grey line: guessing. "
            "Items with other evidence ask about other structures, so a slope may be theirs."
        ),
        chart=alt.concat(*panels, columns=2, spacing=24),
        alt="Accuracy against the evidence. "
        + listed(f"{label}: {_ends(points[label])}" for label in shown)
        + ".",
    )


def _ends(points: Sequence[CurvePoint]) -> str:
    """The accuracy at both ends of each curve."""
    told = []
    for evidence in EVIDENCE:
        for modality in LEVELS["modality"]:
            mine = [one for one in points if (one.evidence, one.modality) == (evidence, modality)]
            if mine:
                low, high = mine[0], mine[-1]
                told.append(
                    f"{level_word(modality)}, {evidence} {low.at:.3g}: {percent(low.accuracy)}, "
                    f"{high.at:.3g}: {percent(high.accuracy)}"
                )
    return ", ".join(told)


def _row(label: str, one: CurvePoint) -> Row:
    low, high = one.ends or (None, None)
    return {
        "run": label,
        "at": one.at,
        "accuracy": one.accuracy,
        "low": low,
        "high": high,
        "items": one.items,
    }


def _panel(rows: Sequence[Row], title: str, modality: str, labels: Sequence[str]) -> AnyChart:
    x = alt.X("at:Q", scale=alt.Scale(zero=False, nice=False), axis=alt.Axis(title=title))
    base = alt.Chart(data(rows)).encode(
        x=x,
        color=alt.Color("run:N", scale=nominal_colors(labels), legend=run_legend()),
        tooltip=[
            alt.Tooltip("run:N", title="run"),
            alt.Tooltip("at:Q", title=title, format=".3g"),
            alt.Tooltip("accuracy:Q", title="accuracy", format=".1%"),
            alt.Tooltip("items:Q", title="items"),
        ],
    )
    y = alt.Y("accuracy:Q", scale=SHARE, axis=share_axis("accuracy"))
    guess = alt.Chart(data([{"guess": 0.5}])).mark_rule(color=FAINT).encode(y=alt.Y("guess:Q", scale=SHARE))
    return alt.layer(
        guess,
        base.mark_area(opacity=0.15).encode(y=alt.Y("low:Q", scale=SHARE), y2="high:Q"),
        base.mark_line(point=True).encode(y=y),
    ).properties(width=260, height=180, title=modality)
