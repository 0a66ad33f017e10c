"""A measurement of shortcuts as JSON."""

import json
from typing import Any

from misground import __version__
from misground.benchmark.load import Benchmark
from misground.shortcuts.intervals import FEWEST_CASES
from misground.shortcuts.measure import Shortcuts
from misground.shortcuts.scores import FALSE_ALARMS, MARGIN


def as_json(found: Shortcuts, benchmark: Benchmark) -> dict[str, Any]:
    """The measurement as a JSON object."""
    return {
        "misground": __version__,
        "benchmark_hash": benchmark.content_hash,
        "cases": found.cases,
        "all_cases": found.all_cases,
        "margin": MARGIN,
        "false_alarms": FALSE_ALARMS,
        "fewest_cases": FEWEST_CASES,
        "scores": [score.row() for score in found.scores],
    }


def json_text(found: Shortcuts, benchmark: Benchmark) -> str:
    """`as_json` as text."""
    return json.dumps(as_json(found, benchmark), indent=2) + "\n"
