"""The figures of a report: Altair charts in one style, with their data inside, saved without a network."""

from misground.analysis.figures.figure import Figure, vega_lite
from misground.analysis.figures.gallery import figures
from misground.analysis.figures.saving import FORMATS, save
from misground.analysis.figures.sizes import Reference

__all__ = ["FORMATS", "Figure", "Reference", "figures", "save", "vega_lite"]
