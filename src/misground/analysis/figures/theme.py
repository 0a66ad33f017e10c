"""The look of every figure: fonts, colours, shapes, and what distinguishes runs and terms without colour.

The colours are those of Okabe and Ito (2008, "Color universal design"), which colour-blind readers can
distinguish, ordered from dark to light so that they also differ in grey. Their yellow is left out because a
thin yellow line does not show on white. Colour is never the only cue: runs also differ in shape, terms in
shape and dash, bars carry their numbers, and the cells of a heat map go from dark to light.
"""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

BLACK, BLUE, VERMILLION, GREEN, PURPLE, SKY, ORANGE, YELLOW = (
    "#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442",
)  # fmt: skip
COLORS: Final = (BLACK, BLUE, VERMILLION, GREEN, PURPLE, SKY, ORANGE)
SHAPES: Final = (
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left",
)  # fmt: skip
"""One more than the colours, so that colour and shape repeat only after 56 runs."""

INK: Final = "#222222"
FAINT: Final = "#767676"  # the lightest grey with a contrast of 4.5 on white (WCAG 2.2, 1.4.3)
RULE: Final = "#D9D9D9"
# Liberation Sans comes with vl-convert; Arial has the same widths where a browser lacks it.
FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"

CONFIG: Final[dict[str, Any]] = {
    "font": FONT,
    "background": "#FFFFFF",
    "padding": 8,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": INK,
        "titleColor": INK, "domainColor": FAINT, "tickColor": FAINT, "gridColor": "#EBEBEB",
        "labelLimit": 260, "labelFlush": False,
    },
    "header": {
        "labelFontSize": 12, "labelFontWeight": "bold", "labelColor": INK, "labelLimit": 0,
    },
    "legend": {
        "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "labelColor": INK,
        "titleColor": INK, "labelLimit": 0, "symbolSize": 90, "symbolStrokeWidth": 1.5,
        "symbolOpacity": 1,
    },
    "title": {"fontSize": 12, "fontWeight": "bold", "color": INK, "anchor": "start", "frame": "group"},
    "text": {"font": FONT, "fontSize": 11, "color": INK},
}  # fmt: skip


def nominal_colors(labels: Sequence[str]) -> alt.Scale:
    """A colour for each label, in this order, whichever of them a panel shows."""
    return alt.Scale(domain=list(labels), range=[COLORS[i % len(COLORS)] for i in range(len(labels))])


def nominal_shapes(labels: Sequence[str]) -> alt.Scale:
    """A shape for each label, as in `nominal_colors`."""
    return alt.Scale(domain=list(labels), range=[SHAPES[i % len(SHAPES)] for i in range(len(labels))])


def share_axis(title: str | None, *, labels: bool = True, flush: bool = False) -> alt.Axis:
    """An axis from 0 to 1 in percent; flush: the outermost labels stay within the panel."""
    return alt.Axis(
        title=title, format=".0%", values=list(QUARTERS), labels=labels, labelFlush=flush, grid=True
    )


def run_legend() -> alt.Legend:
    """The legend of runs, above the panels."""
    return alt.Legend(title=None, orient="top", columns=3)


QUARTERS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
SHARE: Final = alt.Scale(domain=[0, 1], nice=False)
