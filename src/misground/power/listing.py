"""What a benchmark can show, as JSON."""

import json
from dataclasses import asdict
from typing import Any

from misground import __version__
from misground.analysis.planned import POWER
from misground.analysis.robust import LEVEL
from misground.benchmark.load import Benchmark
from misground.power.power import Power
from misground.power.words import rows_of


def as_json(found: Power, benchmark: Benchmark) -> dict[str, Any]:
    """The result as a JSON object; differences are in points."""
    return {
        "misground": __version__,
        "benchmark_hash": benchmark.content_hash,
        "cases": found.cases,
        "questions": found.questions,
        "epochs": found.epochs,
        "power": POWER,
        "level": LEVEL,
        "family": found.family,
        "difference": None if found.wanted is None else round(100 * found.wanted, 4),
        "draws": found.draws,
        "assumed": asdict(found.assumed),
        "pilot": list(found.pilot),
        "contrasts": rows_of(found),
    }


def json_text(found: Power, benchmark: Benchmark) -> str:
    """`as_json` as text."""
    return json.dumps(as_json(found, benchmark), indent=2) + "\n"
