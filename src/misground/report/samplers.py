"""Which sampler each model was really sent: providers drop settings that a model does not take."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from misground.analysis.results import Run
from misground.visible import visible

DECLARED: Final = ("temperature", "top_p", "seed")
_NAMES: Final = {"temperature": "T"}
_LONGEST: Final = 200


def samplers(runs: Sequence[Run]) -> list[str]:
    """One line with the sampler of each run that has replies of a model; none if nothing is known."""
    told: dict[str, list[str]] = {}
    for run in runs:
        for sent in filter(None, map(_parsed, run.sent)):
            told.setdefault(_sampler(sent), []).append(run.name)
    lines = [f"{_listed(names)}: {text}" for text, names in told.items()]
    return [f"Sampler: {'; '.join(lines)}."] if lines else []


def _parsed(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # another writer's
        return None
    return found if isinstance(found, dict) else None


def _sampler(sent: Mapping[str, Any]) -> str:
    parts = [f"{_NAMES.get(name, name)} = {_shown(sent[name])}" for name in DECLARED if name in sent]
    without = [name for name in DECLARED if name not in sent]
    parts += [f"sent without {', '.join(without)}"] if without else []
    if sent.get("min_p"):
        parts.append(f"min_p = {_shown(sent['min_p'])}")
    if "max_tokens" in sent:
        parts.append(f"at most {_shown(sent['max_tokens'])} tokens")
    stated = sent.get("server")
    if isinstance(stated, Mapping) and stated:
        parts.append(
            "its server states that it used " + ", ".join(f"{name} {value}" for name, value in stated.items())
        )
    warnings = sent.get("warnings")
    parts += [f"its server warns: {one}" for one in warnings] if isinstance(warnings, list) else []
    return visible(", ".join(parts))[:_LONGEST]


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _listed(names: Sequence[str]) -> str:
    few = list(dict.fromkeys(names))
    return few[0] if len(few) == 1 else f"{', '.join(few[:-1])} and {few[-1]}"
