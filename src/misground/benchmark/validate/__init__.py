"""Whether a benchmark folder is whole, even, and true."""

from misground.benchmark.validate.report import CheckResult, Report
from misground.benchmark.validate.run import validate

__all__ = ["CheckResult", "Report", "validate"]
