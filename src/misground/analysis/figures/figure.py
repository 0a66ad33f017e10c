"""A figure: a chart, the question that it answers, and its numbers as alternative text."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt

from misground.analysis.figures.theme import CONFIG

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart | alt.ConcatChart


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: stem of its files, in kebab-case.
        title: what it shows.
        asks: the question that it answers.
        caption: which questions and intervals are drawn, and what is left out.
        chart: the chart, without title and theme.
        alt: the numbers as text, for screen readers.
    """

    name: str
    title: str
    asks: str
    caption: str
    chart: AnyChart
    alt: str

    @cached_property
    def specification(self) -> dict[str, Any]:
        """See `vega_lite`. Altair copies a chart many times over for this, so it is made once."""
        # The caller's own settings for Altair must not affect this chart.
        with alt.data_transformers.enable("default", max_rows=None), alt.theme.enable("none"):
            chart = self.chart.configure(**CONFIG).properties(description=self.alt)
            spec: dict[str, Any] = chart.to_dict(validate=False)  # the tests do; it takes as long again
        return spec


def vega_lite(figure: Figure) -> dict[str, Any]:
    """The figure as a Vega-Lite specification that includes its data, so drawing fetches nothing."""
    return figure.specification
