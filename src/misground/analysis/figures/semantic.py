"""How often semantic sampling chose the token, deferred to the sampler, and changed the token."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from misground.analysis.decoding import DecodingSteps, decoding_steps
from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import Row, data
from misground.analysis.figures.theme import BLUE, INK, ORANGE, YELLOW, share_axis
from misground.analysis.figures.words import listed, percent, run_labels
from misground.analysis.results import Run

KINDS: Final = ("fired", "deferred", "flipped")
_COLORS: Final = {"fired": BLUE, "deferred": ORANGE, "flipped": YELLOW}
_BAR: Final = 14  # pixels
_WIDTH: Final = 380


def decoding_shares(runs: Sequence[Run]) -> Figure | None:
    """The shares of decoding steps; None if no run records them."""
    known = [
        (label, steps)
        for run, label in zip(runs, run_labels(runs), strict=True)
        if (steps := decoding_steps(run)) is not None and _on(run, steps)
    ]
    rows = [row for label, steps in known for row in _rows(label, steps)]
    if not rows:
        return None
    partly = [
        f"{label}: {steps.replies} of {steps.all_replies} replies record their steps"
        for label, steps in known
        if steps.replies < steps.all_replies
    ]
    left_out = len(runs) - len(known)
    return Figure(
        name="semantic-sampling-steps",
        title="Steps of semantic sampling",
        asks="How often did the rule choose the token, leave it to the sampler, or change it?",
        caption=(
            "Share of a run's decoding steps; a step is one token. Fired: the rule chose the token. "
            "Deferred: a candidate was not a content token, so the run's sampler chose. Flipped (part of "
            "fired): the chosen token is not the likeliest one. No intervals are given, since the steps of a "
            "reply are not independent."
            + (
                f" Runs without the rule, or with unknown steps, are left out ({left_out})."
                if left_out
                else ""
            )
            + (f" {listed(partly)}." if partly else "")
        ),
        chart=_chart(rows, [label for label, _ in known]),
        alt="Steps of semantic sampling. "
        + listed(
            f"{label}: "
            + ", ".join(
                f"{row['kind']} {row['fraction']} ({percent(row['share'])})"
                for row in rows
                if row["run"] == label
            )
            for label, _ in known
        )
        + ".",
    )


def _on(run: Run, steps: DecodingSteps) -> bool:
    """Whether the rule was on: a run with default decoding may record steps too, none of them the rule's."""
    return run.decoding != "default" or steps.fired + steps.deferred > 0


def _rows(label: str, steps: DecodingSteps) -> list[Row]:
    rows = []
    for kind in KINDS:
        share = steps.share(kind)
        if share is not None:
            fraction = f"{getattr(steps, kind):,}/{steps.steps:,}"
            rows.append(
                {
                    "run": label,
                    "kind": kind,
                    "share": share,
                    "fraction": fraction,
                    "shown": f"{share:.1%} ({fraction})",
                }
            )
    return rows


def _chart(rows: Sequence[Row], runs: Sequence[str]) -> AnyChart:
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("run:N", sort=list(runs), axis=alt.Axis(title=None, domain=False, ticks=False)),
        yOffset=alt.YOffset("kind:N", scale=alt.Scale(domain=list(KINDS), paddingOuter=0.2)),
        tooltip=[
            alt.Tooltip("run:N", title="run"),
            alt.Tooltip("kind:N", title="steps that"),
            alt.Tooltip("fraction:N", title="steps"),
            alt.Tooltip("share:Q", title="share", format=".1%"),
        ],
    )
    bars = base.mark_bar(height=_BAR - 2, stroke=INK, strokeWidth=0.5).encode(
        x=alt.X("share:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=share_axis("share of steps")),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=list(KINDS), range=[_COLORS[kind] for kind in KINDS]),
            legend=alt.Legend(title=None, orient="top", symbolType="square"),
        ),
    )
    # To the right of the axis, where no bar reaches.
    numbers = base.mark_text(align="left", fontSize=10, color=INK).encode(
        x=alt.value(_WIDTH + 6), text="shown:N"
    )
    return alt.layer(bars, numbers).properties(width=_WIDTH, height=len(runs) * (len(KINDS) * _BAR + 12))
