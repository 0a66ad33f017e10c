"""Which model a server has: everything that it tells of it, except for what belongs to the moment.

A name does not identify a model: after a restart, the same name may stand for other weights. What a server
tells goes into the run id and into the key of a cached reply, so that replies of two models are never mixed.

`created` is the time of the request in vLLM, SGLang, llama.cpp and LMDeploy, and the age of the weights in
Ollama and at hosted services. It counts if it stays the same from one request to the next, and if neither the
server nor the user (`--revision`) gives anything better.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import Any, Final

from misground.errors import UsageError

MOMENTARY: Final = frozenset(
    {"id", "object", "permission", "status", "state", "loaded", "ready", "active", "uptime", "pid"}
    | {"last_used", "expires_at", "pricing", "top_provider", "per_request_limits", "load", "requests"}
)
"""Facts that say nothing of the model, or change while it stays the same; vLLM draws ids of permissions."""
HASHES: Final = ("digest", "model_sha")
"""Facts that follow from the weights."""
OF_THE_SERVER: Final = frozenset({"owned_by", "max_model_len", "version", "build_info", "sha", "type"})
"""Facts that tell two runs apart, but no two checkpoints."""
SHARED: Final = frozenset({"max_model_len"})
"""Facts in which the servers of one run may differ: the smallest context bounds all of them."""
RECENT: Final = 86_400.0
"""Seconds from now within which `created` may be the time of the request."""
ENDPOINTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "vllm": {"version": ("version",)},
    "sglang": {
        "get_model_info": ("model_path", "tokenizer_path", "weight_version", "model_type"),
        "get_server_info": ("version", "quantization", "dtype", "revision", "kv_cache_dtype"),
    },
    "llamacpp": {"props": ("model_path", "model_ftype", "build_info", "chat_template")},
    "tgi": {"info": ("model_id", "model_sha", "model_dtype", "max_total_tokens", "version", "sha")},
    "ollama": {"api/tags": ("digest", "details")},
    "lmstudio": {"api/v0/models": ("publisher", "arch", "quantization", "type", "compatibility_type")},
}
"""What servers tell outside OpenAI's protocol: engine -> path -> names of facts."""


@dataclass(frozen=True)
class Told:
    """What a server tells of its model.

    Attributes:
        base_url: Address of the server, without secrets.
        facts: Name of a fact -> its value, without what belongs to the moment.
        tells: Whether another checkpoint of the same name could be told by it.
    """

    base_url: str
    facts: Mapping[str, Any]
    tells: bool


def short(text: str, longest: int) -> str:
    """Return a text, or the hash of one that is longer, such as a chat template."""
    if len(text) <= longest:
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def flat(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Join nested names by dots, two levels deep; lists are left out."""
    found: dict[str, Any] = {}
    for name, value in entry.items():
        if isinstance(value, Mapping):
            inner = {f"{name}.{key}": one for key, one in value.items()}
            found |= {key: one for key, one in inner.items() if not isinstance(one, Mapping | list)}
        elif not isinstance(value, list):
            found[name] = value
    return found


def endpoints(engine: str) -> dict[str, tuple[str, ...]]:
    """Return the paths to ask a server of this engine for, and the facts to take; all for an unknown one."""
    known = ENDPOINTS.get(engine)
    if known is not None:
        return dict(known)
    return {path: names for paths in ENDPOINTS.values() for path, names in paths.items()}


def taken(answer: Any, names: Sequence[str], model: str) -> dict[str, Any]:
    """Take the facts of these names from an answer: an object, or a list of models with one of this name."""
    if isinstance(answer, Mapping):
        listed = next((answer[key] for key in ("models", "data") if isinstance(answer.get(key), list)), None)
        if listed is None:
            return {name: answer[name] for name in names if answer.get(name) not in (None, "", {})}
        for one in listed:
            if isinstance(one, Mapping) and model in _names(one):
                return taken({name: one.get(name) for name in names}, names, model)
    return {}


def _names(entry: Mapping[str, Any]) -> set[str]:
    found = {str(entry[key]) for key in ("id", "name", "model") if entry.get(key)}
    return found | {name.removesuffix(":latest") for name in found}


def told(
    base_url: str,
    model: str,
    entry: Mapping[str, Any],
    more: Mapping[str, Any],
    again: Callable[[bool], Mapping[str, Any]],
    revision: str | None = None,
) -> Told:
    """Make the identity of a served model.

    Args:
        base_url: Address of the server, without secrets.
        model: Name of the model there.
        entry: The server's entry for it in its list of models.
        more: Facts from its other `endpoints`.
        again: Asks for the entry once more; with True, at least a second later. What differs is left out.
        revision: What the user says of the model; None for nothing.
    """
    first = flat(entry)
    created = first.get("created")
    drop_created = not created or bool(revision) or any(name in {**entry, **more} for name in HASHES)
    second = flat(again(not drop_created and _recent(created))) if first else {}
    facts = {
        name: value
        for name, value in {**{n: v for n, v in first.items() if second.get(n) == v}, **flat(more)}.items()
        if name.partition(".")[0] not in MOMENTARY and value is not None and value != ""
    }
    if drop_created:
        facts.pop("created", None)
    tells = any(name not in OF_THE_SERVER and value != model for name, value in facts.items())
    return Told(base_url, dict(sorted(facts.items())), tells)


def _recent(created: Any) -> bool:
    """Whether a time of creation may be the time of the request."""
    return not isinstance(created, int | float) or abs(time() - created) < RECENT


def common(servers: Sequence[Told]) -> dict[str, Any]:
    """Return the identity that all servers of a run share.

    Raises:
        UsageError: Two servers have different models; the message names the first difference.
    """
    first, *others = servers
    for other in others:
        for name in sorted({*first.facts, *other.facts} - SHARED):
            one, two = first.facts.get(name), other.facts.get(name)
            if one != two:
                raise UsageError(
                    f"the servers have different models: {first.base_url} says {name} {one!r}, "
                    f"{other.base_url} says {two!r}: serve the same model on all, or ask each in its own run"
                )
    lengths = [told.facts[name] for told in servers for name in SHARED if name in told.facts]
    return {**first.facts, **({"max_model_len": min(lengths)} if lengths else {})}


def key(identity: Mapping[str, Any]) -> str:
    """Hash an identity, for the key of a cached reply."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name what differs between two sets of facts, such as "root '/a', now '/b'"."""
    return [
        f"{name} {before.get(name)!r}, now {now.get(name)!r}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
