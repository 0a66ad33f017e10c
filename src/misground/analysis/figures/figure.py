"""A figure: a chart, what it asks, and its numbers in words for those who do not see it."""

from dataclasses import dataclass
from typing import Any

import altair as alt

from misground.analysis.figures.theme import CONFIG

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart | alt.ConcatChart


@dataclass(frozen=True)
class Figure:
    """One figure.

    name: stem of its files, in kebab-case. title: what it shows. asks: the question that it answers.
    caption: what is drawn: which questions, which interval, what was left out. chart: without title and
    theme. alt: the numbers in words, for a screen reader.
    """

    name: str
    title: str
    asks: str
    caption: str
    chart: AnyChart
    alt: str


def vega_lite(figure: Figure) -> dict[str, Any]:
    """The specification in Vega-Lite, its data inside; nothing in it is fetched when it is drawn."""
    # Whatever limit, place or theme the caller's own charts have does not concern ours.
    with alt.data_transformers.enable("default", max_rows=None), alt.theme.enable("none"):
        chart = figure.chart.configure(**CONFIG).properties(description=figure.alt)
        spec: dict[str, Any] = chart.to_dict()
    return spec
