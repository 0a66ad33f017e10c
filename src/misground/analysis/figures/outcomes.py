"""The outcomes of each run's replies: correct, wrong, no answer, refused, error."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import Row, data
from misground.analysis.figures.theme import BLACK, BLUE, ORANGE, VERMILLION, YELLOW
from misground.analysis.figures.words import level_word, listed, percent, run_labels
from misground.analysis.results import Run
from misground.records import OUTCOMES

# All five differ in grey: luma 87, 162, 213, 119, 0 of 255. White lines separate neighbours.
_COLORS: Final = {
    "correct": BLUE,
    "wrong": ORANGE,
    "no_answer": YELLOW,
    "refused": VERMILLION,
    "error": BLACK,
}
_LIGHT_INK: Final = ("correct", "error")
_WIDTH: Final = 460
_ROOM: Final = 0.05  # share of the bar below which its number does not fit


def outcome_counts(run: Run) -> dict[str, int]:
    """The number of replies with each outcome."""
    sums = {name: int(run.questions[name].sum()) for name in ("correct", "no_answer", "refused")}
    scored, errors = int(run.questions["replies"].sum()), int(run.questions["errors"].sum())
    counts = {**sums, "wrong": scored - sum(sums.values()), "error": errors}
    return {name: counts[name] for name in OUTCOMES}


def outcome_shares(runs: Sequence[Run]) -> Figure | None:
    """The shares of the outcomes; None if there are no replies."""
    labels = run_labels(runs)
    rows: list[Row] = []
    for run, label in zip(runs, labels, strict=True):
        counts = outcome_counts(run)
        total, left = sum(counts.values()), 0.0
        for order, (name, count) in enumerate(counts.items()):
            if not count:
                continue
            share = count / total
            rows.append(
                {
                    "run": label,
                    "outcome": level_word(name),
                    "order": order,
                    "share": share,
                    "from": left,
                    "to": left + share,
                    "middle": left + share / 2,
                    "shown": percent(share) if share >= _ROOM else "",
                    "light": name in _LIGHT_INK,
                    "fraction": f"{count}/{total}",
                }
            )
            left += share
    if not rows:
        return None
    shown = [label for label in labels if any(row["run"] == label for row in rows)]
    return Figure(
        name="outcome-shares",
        title="Outcomes of replies",
        asks="How often is a reply correct, wrong, without an answer, refused, or an error?",
        caption=(
            "Share of all replies of a run, over all epochs and conditions. No answer and refused count as "
            "wrong in every accuracy; an error means that no reply arrived, and is excluded from every "
            "accuracy."
        ),
        chart=_chart(rows, shown),
        alt="Outcomes of replies. "
        + listed(
            f"{label}: "
            + ", ".join(
                f"{row['outcome']} {row['fraction']} ({percent(row['share'])})"
                for row in rows
                if row["run"] == label
            )
            for label in shown
        )
        + ".",
    )


def _chart(rows: Sequence[Row], runs: Sequence[str]) -> AnyChart:
    names = [level_word(name) for name in OUTCOMES]
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("run:N", sort=list(runs), axis=alt.Axis(title=None, domain=False, ticks=False)),
        tooltip=[
            alt.Tooltip("run:N", title="run"),
            alt.Tooltip("outcome:N", title="outcome"),
            alt.Tooltip("fraction:N", title="replies"),
            alt.Tooltip("share:Q", title="share", format=".1%"),
        ],
    )
    bars = base.mark_bar(stroke="#FFFFFF", strokeWidth=1, height=20).encode(
        x=alt.X(
            "from:Q",
            scale=alt.Scale(domain=[0, 1], nice=False),
            axis=alt.Axis(title="share of replies", format=".0%", grid=False),
        ),
        x2="to:Q",
        color=alt.Color(
            "outcome:N",
            scale=alt.Scale(domain=names, range=[_COLORS[name] for name in OUTCOMES]),
            legend=alt.Legend(title=None, orient="top", symbolType="square"),
        ),
    )
    numbers = base.mark_text(fontSize=10).encode(
        x="middle:Q",
        text="shown:N",
        color=alt.condition(alt.datum.light, alt.value("#FFFFFF"), alt.value("#000000")),
    )
    return alt.layer(bars, numbers).properties(width=_WIDTH, height=alt.Step(28))
