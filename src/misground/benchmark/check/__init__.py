"""The self-check of cases: labels against anatomy, the scan against its labels, and the fault that fits.

Builds, validation and `misground check` use it.
"""

from misground.benchmark.check.run import Checked, check_sources
from misground.benchmark.check.verdict import (
    CaseVerdict,
    body_centroids,
    body_verdict,
    case_verdict,
    has_scan,
)

__all__ = [
    "CaseVerdict",
    "Checked",
    "body_centroids",
    "body_verdict",
    "case_verdict",
    "check_sources",
    "has_scan",
]
