"""Where it breaks: one panel a model, one row a step from perceiving to saying."""

from collections.abc import Mapping, Sequence
from typing import Final

import altair as alt

from misground.analysis.breaks import STEPS, Step, StepRow, step_rows
from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import Row, data
from misground.analysis.figures.theme import BLUE, FAINT, SHARE, share_axis
from misground.analysis.figures.words import count_word, listed, percent, run_labels
from misground.analysis.results import Run

MOST: Final = 8
"""Most models that are drawn; the table has all."""
_WIDTH: Final = 300
_LABELS: Final[Mapping[Step, str]] = {
    "marks": "marks alone", "naming": "naming", "named": "relation, named right",
    "unmarked": "relation, no marks", "words": "words, no picture", "stable": "same answer again",
    "reversed": "twins: B to A", "reordered": "twins: options",
}  # fmt: skip


def where_it_breaks(runs: Sequence[Run]) -> Figure | None:
    """The steps of each model; None if no model was asked any."""
    models = [run for run in runs if not run.baseline]
    found = zip(run_labels(models), map(step_rows, models), strict=True)
    panels = [(label, rows) for label, rows in found if any(row.share is not None for row in rows)]
    if not panels:
        return None
    shown = panels[:MOST]
    rest = f" {len(panels) - MOST} more models are in the table." if len(panels) > MOST else ""
    return Figure(
        name="where-it-breaks",
        title="Where it breaks",
        asks="From perceiving to saying: at which step does a model go wrong?",
        caption=(
            "Share that is right at each step, with the 95% interval where there is one. Grey tick: chance "
            "(guessing; for the last three steps, independent answers of the same accuracy). Steps that were "
            f"not asked are empty.{rest}"
        ),
        chart=alt.concat(*(_panel(*panel) for panel in shown), columns=2, spacing=24),
        alt="Share right at each step. "
        + listed(f"{label}: {_numbers(rows)}" for label, rows in shown)
        + ".",
    )


def _numbers(rows: Sequence[StepRow]) -> str:
    return ", ".join(f"{_LABELS[row.step]} {_number(row)}" for row in rows)


def _number(row: StepRow) -> str:
    if row.share is None:
        return "not asked"
    return f"{count_word(row.share * row.n)}/{row.n} ({percent(row.share)})"


def _panel(label: str, found: Sequence[StepRow]) -> AnyChart:
    rows = [_row(row) for row in found]
    order = [_LABELS[step] for step in STEPS]
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("step:N", sort=order, scale=alt.Scale(domain=order), axis=alt.Axis(title=None, ticks=False)),
        tooltip=[
            alt.Tooltip("step:N", title="step"),
            alt.Tooltip("share:Q", title="right", format=".1%"),
            alt.Tooltip("interval:N", title="95% interval"),
            alt.Tooltip("chance:Q", title="chance", format=".1%"),
            alt.Tooltip("n:Q", title="n"),
        ],
    )
    x = alt.X("share:Q", scale=SHARE, axis=share_axis("right"))
    return alt.layer(
        base.mark_bar(color=BLUE, opacity=0.25, height=14).encode(x=x),
        base.mark_tick(color=FAINT, thickness=2, size=18).encode(x=alt.X("chance:Q", scale=SHARE)),
        base.mark_rule(color=BLUE, strokeWidth=1.5).encode(x=alt.X("low:Q", scale=SHARE), x2="high:Q"),
        base.mark_point(color=BLUE, filled=True, size=46, opacity=1).encode(x=x),
        base.mark_text(align="left", fontSize=10).encode(x=alt.value(_WIDTH + 6), text="shown:N"),
    ).properties(width=_WIDTH, height=alt.Step(22), title=label)


def _row(row: StepRow) -> Row:
    ends = None if row.interval is None else row.interval.ends
    low, high = ends or (None, None)
    return {
        "step": _LABELS[row.step],
        "share": row.share,
        "shown": "not asked" if row.share is None else percent(row.share),
        "low": low,
        "high": high,
        "interval": "none" if ends is None else f"{ends[0]:.1%} to {ends[1]:.1%}",
        "chance": row.chance,
        "n": row.n,
    }
