"""The figure of shortcuts: a panel for each guesser, a row for each cell."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from misground.analysis.figures.figure import AnyChart, Figure
from misground.analysis.figures.rows import Row, data
from misground.analysis.figures.theme import BLUE, FAINT, SHARE, VERMILLION
from misground.analysis.figures.words import listed
from misground.shortcuts.guessers import GUESSERS
from misground.shortcuts.measure import Shortcuts
from misground.shortcuts.scores import MARGIN, Score
from misground.shortcuts.words import cell_words, interval, percent

_PANEL, _ROW = 78, 17
_KINDS: Final = ("knowledge", "should be at chance", f"a leak of over {100 * MARGIN:.0f} points")
_COLORS: Final = (BLUE, FAINT, VERMILLION)
_SHAPES: Final = ("circle", "square", "triangle-up")


def figure(found: Shortcuts) -> Figure:
    """The figure of all scores."""
    rows = [_row(score) for score in found.scores]
    cells = list(dict.fromkeys(row["cell"] for row in rows))
    present = {score.guesser for score in found.scores}
    guessers = [guesser.name for guesser in GUESSERS if guesser.name in present]
    return Figure(
        name="shortcuts",
        title="How far guessers get that see no anatomy",
        asks="Which questions can be answered without understanding the picture?",
        caption=(
            "Share of questions answered correctly by guessers that each see one aspect of a question and "
            "learn from the other cases. Line: the 95% interval. Grey: chance. "
            "Circles: honest knowledge; squares: guessers that should be at chance; triangles: a leak of "
            f"more than {100 * MARGIN:.0f} points beyond doubt. {found.cases:,} of {found.all_cases:,} cases."
        ),
        chart=alt.hconcat(
            *(_panel(rows, name, cells, first=name == guessers[0]) for name in guessers), spacing=10
        ).resolve_scale(color="shared", shape="shared"),
        alt="Accuracy of guessers above chance. " + listed(_told(found.wins)) + ".",
    )


def _row(score: Score) -> Row:
    kind = _KINDS[0] if score.kind == "knowledge" else _KINDS[2 if score.wins else 1]
    return {
        "cell": cell_words(score.cell),
        "guesser": score.guesser,
        "accuracy": score.accuracy,
        "low": score.low,
        "high": score.high,
        "interval": interval(score),
        "chance": score.chance,
        "kind": kind,
        "why": score.why,
        "questions": score.questions,
        "cases": score.cases,
    }


def _panel(rows: Sequence[Row], guesser: str, cells: Sequence[str], *, first: bool) -> AnyChart:
    labels = alt.Axis(title=None, labelLimit=320, grid=True, ticks=False, domain=False, labels=first)
    y = alt.Y("cell:N", sort=list(cells), scale=alt.Scale(domain=list(cells)), axis=labels)
    base = alt.Chart(data(row for row in rows if row["guesser"] == guesser)).encode(
        y=y,
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=list(_KINDS), range=list(_COLORS)),
            legend=alt.Legend(title=None, orient="top"),
        ),
        tooltip=[
            alt.Tooltip("cell:N", title="questions"),
            alt.Tooltip("guesser:N", title="guesser"),
            alt.Tooltip("accuracy:Q", title="accuracy", format=".1%"),
            alt.Tooltip("interval:N", title="95% interval"),
            alt.Tooltip("chance:Q", title="chance", format=".1%"),
            alt.Tooltip("why:N", title="meaning"),
            alt.Tooltip("questions:Q", title="questions"),
            alt.Tooltip("cases:Q", title="cases"),
        ],
    )
    axis = alt.Axis(title=None, format=".0%", values=[0, 0.5, 1], grid=True, labelFlush=True)
    x = alt.X("accuracy:Q", scale=SHARE, axis=axis)
    return alt.layer(
        base.mark_tick(thickness=1.5, size=_ROW - 3).encode(x="chance:Q", color=alt.value("#BDBDBD")),
        base.mark_rule(strokeWidth=1.5).encode(x=alt.X("low:Q", scale=SHARE), x2="high:Q"),
        base.mark_point(filled=True, size=38, opacity=1).encode(
            x=x,
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=list(_KINDS), range=list(_SHAPES)),
                legend=alt.Legend(title=None, orient="top"),
            ),
        ),
    ).properties(width=_PANEL, height=_ROW * len(cells), title=_title(guesser))


def _title(guesser: str) -> alt.Title:
    return alt.Title(guesser, anchor="middle", fontSize=11)


def _told(wins: Sequence[Score]) -> list[str]:
    if not wins:
        return ["No leak is more than the margin above chance"]
    return [
        f"{score.guesser} on {cell_words(score.cell)}: {percent(score.accuracy)} instead of "
        f"{percent(score.ceiling)}"
        for score in wins
    ]
