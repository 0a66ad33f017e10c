"""Exports of a benchmark to the formats of other evaluation harnesses, which need not be installed."""

from misground.benchmark.export.export import FORMATS, ExportFormat, export
from misground.benchmark.export.target import Exported

__all__ = ["FORMATS", "ExportFormat", "Exported", "export"]
