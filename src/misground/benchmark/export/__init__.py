"""A benchmark in the forms that other evaluation harnesses read. No harness is needed to write them."""

from misground.benchmark.export.export import FORMATS, ExportFormat, export
from misground.benchmark.export.target import Exported

__all__ = ["FORMATS", "ExportFormat", "Exported", "export"]
