"""What a model was really sent: providers drop settings that a model does not take.

The settings are read from the request itself, as inspect_ai keeps it, because a rule about names of models
would be wrong for the next one.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from inspect_ai.model import ModelCall, ModelOutput

SAMPLER: Final = ("temperature", "top_p", "seed", "max_tokens")
"""Settings that a run declares, in the order of messages."""
SENT: Final = "sent"
"""Key of an output's metadata, which is cached with the reply."""

_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "temperature": ("temperature",),
    "top_p": ("top_p", "topp", "p"),
    "seed": ("seed", "random_seed", "randomseed"),
    "max_tokens": ("max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "maxtokens",
                   "maxoutputtokens", "num_predict", "max_gen_len"),
    "top_k": ("top_k", "topk"),
    "min_p": ("min_p",),
    "repetition_penalty": ("repetition_penalty",),
    "frequency_penalty": ("frequency_penalty",),
    "presence_penalty": ("presence_penalty",),
    "reasoning_effort": ("reasoning_effort", "effort"),
    "thinking_tokens": ("budget_tokens", "thinking_budget", "thinkingbudget"),
}  # fmt: skip
_KNOWN: Final = {spelling: name for name, spellings in _NAMES.items() for spelling in spellings}
_CONTENT: Final = frozenset(
    {"messages", "input", "contents", "content", "system", "system_instruction", "tools", "tool_choice",
     "tool_config", "extra_headers", "choices", "output", "candidates", "usage", "text", "metadata",
     "response_format", "instructions", "prompt"}
)  # fmt: skip
_DEPTH: Final = 4
_WORDS: Final = 200


def sampler_in(request: Mapping[str, Any]) -> dict[str, Any]:
    """Find the settings of the sampler in a request or an answer, at any depth but in no message.

    Args:
        request: The request of any provider, as JSON values.

    Returns:
        Setting -> value, under the names of OpenAI's protocol; settings that are not there are left out.
    """
    found: dict[str, Any] = {}
    _find(request, found, _DEPTH)
    return dict(sorted(found.items()))


def _find(part: Mapping[str, Any], found: dict[str, Any], depth: int) -> None:
    for name, value in part.items():
        if name in _CONTENT:
            continue
        known = _KNOWN.get(str(name).lower())
        if known is not None and (isinstance(value, int | float | str)) and not isinstance(value, bool):
            found.setdefault(known, value)
        elif isinstance(value, Mapping) and depth:
            _find(value, found, depth - 1)


def keep_sent(output: ModelOutput, call: ModelCall | None) -> None:
    """Keep with a reply which settings were sent for it, and what the server says of them.

    Args:
        output: The reply; it is cached with what is kept.
        call: The request and the answer; None if the provider does not tell.
    """
    if call is None or not call.request:
        return
    sent = sampler_in(call.request)
    answer = call.response or {}
    stated = {
        name: value
        for name, value in sampler_in(answer).items()
        if name in SAMPLER and not _same(value, sent.get(name))
    }
    if stated:
        sent["server"] = stated
    warnings = answer.get("warnings") or answer.get("warning")
    if isinstance(warnings, list | str) and warnings:
        sent["warnings"] = [_line(one) for one in ([warnings] if isinstance(warnings, str) else warnings[:5])]
    output.metadata = {**(output.metadata or {}), SENT: sent}


def _same(stated: Any, sent: Any) -> bool:
    numbers = isinstance(stated, int | float) and isinstance(sent, int | float)
    return math.isclose(stated, sent, rel_tol=1e-4) if numbers else stated == sent


def _line(told: Any) -> str:
    text = told.get("message") if isinstance(told, Mapping) else told
    return " ".join(str(text).split())[:_WORDS]


def sent_text(output: ModelOutput) -> str | None:
    """What was sent for a reply as JSON, for `results.parquet`; None if it is not known."""
    sent = (output.metadata or {}).get(SENT)
    return json.dumps(sent, sort_keys=True) if isinstance(sent, Mapping) else None


def left_out(requested: Mapping[str, Any], sent: Mapping[str, Any]) -> list[str]:
    """The settings that a run declares and a model was not sent.

    Args:
        requested: Setting -> value; None if the run leaves it to the provider.
        sent: What was sent, as `sampler_in` gives it.
    """
    return [name for name in SAMPLER if requested.get(name) is not None and sent.get(name) is None]


def differing(requested: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that were sent with another value than the run declares, by name."""
    return {
        name: sent[name]
        for name in SAMPLER
        if requested.get(name) is not None
        and sent.get(name) is not None
        and name != "seed"  # each question has its own
        and not _same(sent[name], requested[name])
    }


def sentences(model: str, requested: Mapping[str, Any], sent: Mapping[str, Any]) -> list[str]:
    """Say in one line each how what was sent differs from what a run declares.

    Args:
        model: Name of the model.
        requested: Setting -> value of the run.
        sent: What was sent, as `sampler_in` or `keep_sent` give it.
    """
    told = []
    if missing := left_out(requested, sent):
        told.append(
            f"{model} is sent questions without {_listed(missing)}: its provider drops what it does not take"
        )
    if other := differing(requested, sent):
        told.append(f"{model} is sent {_values(other)} instead of {_values(requested, other)}")
    if stated := sent.get("server"):
        told.append(
            f"{model} was sent {_sent(sent, stated)}, and its server states that it used {_values(stated)}"
        )
    told += [f"the server of {model} warns: {one}" for one in sent.get("warnings", ())]
    return told


def _sent(sent: Mapping[str, Any], stated: Mapping[str, Any]) -> str:
    known = [name for name in stated if name in sent]
    return _values(sent, known) if known else f"no {' or '.join(stated)}"


def _values(values: Mapping[str, Any], names: Sequence[str] | Mapping[str, Any] | None = None) -> str:
    return ", ".join(f"{name} {values[name]}" for name in (values if names is None else names))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
