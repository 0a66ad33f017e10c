"""Checks that a benchmark folder is complete, balanced and correct."""

from misground.benchmark.validate.report import CheckResult, Report
from misground.benchmark.validate.run import validate

__all__ = ["CheckResult", "Report", "validate"]
