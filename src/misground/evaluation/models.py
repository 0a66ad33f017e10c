"""From the MODEL of the command line to a model of inspect_ai that is ready to be asked."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from inspect_ai._util.error import PrerequisiteError
from inspect_ai._util.registry import registry_find, registry_unqualified_name
from inspect_ai.model import GenerateConfig, Model, get_model
from rich.text import Text

from misground.errors import UsageError, WorkError
from misground.evaluation import registry  # noqa: F401  # our providers, also where no entry point is read
from misground.evaluation.declared import NO_CUTS
from misground.evaluation.picture_tokens import UNKNOWN, Family, family_of
from misground.evaluation.providers import served_trace
from misground.evaluation.providers.spread import servers_at
from misground.evaluation.secrets import clean, remember
from misground.evaluation.served_identity import HASHES, common
from misground.evaluation.served_identity import key as identity_key
from misground.evaluation.served_rule import served_rule
from misground.evaluation.servers import address
from misground.evaluation.serving import Engine, Served, check_model, probe, told_by
from misground.evaluation.settings import EvalSettings
from misground.records.door.json_file import read_json_object

DATED: Final = re.compile(r"20\d\d-?[01]\d-?[0-3]\d")
"""A date in the name of a hosted model, which names one state of it."""

SCORES_OPTIONS: Final = "misground-hf"
"""The provider of local models that tells the probabilities of options."""


@dataclass(frozen=True)
class Ready:
    """A model that is ready to be asked.

    Attributes:
        model: The model of inspect_ai.
        description: Facts about the model, for the run record.
        scopes: What a cached reply depends on in addition to the request.
        context_length: Maximum tokens of prompt and reply together; None if unknown.
        notes: Lines for the terminal.
        identity: What a server tells of its model: part of the run id. Empty for other models.
        family: Family of the model, for the tokens of a picture.
        base_urls: Addresses of its servers, without secrets.
    """

    model: Model
    description: Mapping[str, Any] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    context_length: int | None = None
    notes: tuple[str, ...] = ()
    base_urls: tuple[str, ...] = ()
    identity: Mapping[str, Any] = field(default_factory=dict)
    family: Family = UNKNOWN

    @property
    def takes(self) -> frozenset[str] | None:
        """Kinds of questions that it takes ("text", "2d", "3d"); None if unknown, as for a server."""
        return getattr(self.model.api, "takes", None)


def ready(settings: EvalSettings, base_urls: Sequence[str] = ()) -> Ready:
    """Get the model of a run.

    Args:
        settings: Settings of the run.
        base_urls: Addresses of the servers of the model; empty for a hosted or local model.

    Raises:
        UsageError: The model does not exist, its extra or API key is missing, its server cannot be reached or
            does not serve it, or it does not support the decoding. The message says what to do.
    """
    if settings.baseline or settings.local:
        if base_urls:
            raise UsageError(
                f"{settings.model} runs on this machine and needs no server: leave --base-url out"
            )
        if settings.read != "text" and settings.provider != SCORES_OPTIONS:
            raise _cannot_score(settings, settings.provider)
        if settings.trace != "none" and settings.provider != "misground-hf":
            raise _no_trace(settings, settings.provider)
        if settings.sampler == "top-n-sigma" or (settings.cut and settings.provider != "misground-hf"):
            raise _no_cut(settings, settings.provider)
        return _local(settings)
    if base_urls:
        return _served(settings, base_urls)
    if settings.read != "text":
        raise _cannot_score(settings, f"the provider {settings.provider!r}")
    if settings.decoding == "semantic":
        raise UsageError(
            f"{settings.model} does not support --decoding semantic: use misground-hf/MODEL, or a vLLM or "
            "SGLang server that has the rule loaded, with --base-url"
        )
    if settings.cut is not None:
        raise _no_cut(settings, f"the provider {settings.provider!r}")
    if settings.stacks == "video":
        raise UsageError("--stacks video needs a vLLM server: give its address with --base-url")
    if "/" not in settings.model:
        raise UsageError(
            f"--model is {settings.model!r}, expected PROVIDER/NAME, or --base-url URL and the name of a "
            "model on that server"
        )
    with _model_errors(settings.model):
        model = get_model(settings.model, **settings.model_args)
        remember([model.api.api_key, *_secrets_of(model.api.base_url)])
        if settings.revision is not None:
            told = {"revision": settings.revision}
            return Ready(model, told, told, family=family_of([settings.model]))
        notes = () if DATED.search(settings.model) else (unknown_note(settings.model, "the provider"),)
        return Ready(model, notes=notes, family=family_of([settings.model]))


def _no_cut(settings: EvalSettings, by: str) -> UsageError:
    """The error for a sampler that the engine of a model lacks."""
    where = {
        "min-p": "which misground-hf/MODEL or a vLLM or SGLang server has",
        "top-n-sigma": "which neither transformers nor vLLM nor SGLang has",
    }
    return UsageError(
        f"the arm {settings.arm} needs the sampler {settings.sampler}, {where[settings.sampler]}; "
        f"{settings.model} is served by {by}: leave the arm out"
    )


def _cannot_score(settings: EvalSettings, by: str) -> UsageError:
    """The error for a model whose probabilities cannot be asked."""
    return UsageError(
        f"--read {settings.read} needs the probabilities of the options, which misground-hf/MODEL or a vLLM "
        f"server with --base-url can tell (as vllm/NAME if it does not say that it is one); {settings.model} "
        f"is served by {by}: leave --read out"
    )


def _no_trace(settings: EvalSettings, by: str) -> UsageError:
    """The error for a model whose steps cannot be kept."""
    return UsageError(
        f"--trace {settings.trace} needs the candidates of each step, which misground-hf/MODEL or a vLLM "
        f"server tells; {settings.model} is served by {by}: leave --trace out"
    )


def _local(settings: EvalSettings) -> Ready:
    arguments: dict[str, Any] = dict(settings.model_args)
    if settings.local and settings.trust_remote_code:
        arguments["trust_remote_code"] = True
    if settings.decoding == "semantic":
        rule = {
            ("rule_temperature" if name == "temperature" else name): v for name, v in settings.rule.items()
        }
        arguments |= {"decoding": "semantic", **rule}
        arguments |= {"table": settings.table} if settings.table else {}
        if settings.control != "none":
            arguments |= {"control": settings.control, "control_seed": settings.seed}
    if settings.trace != "none":
        arguments["trace"] = settings.trace
    if settings.local and settings.min_p is not None:
        arguments["min_p"] = settings.min_p
    with _model_errors(settings.model):
        model = get_model(settings.model, **arguments)
    described: dict[str, Any] = model.api.describe()  # type: ignore[attr-defined]
    length: int | None = getattr(model.api, "context_length", None)
    scopes = {name: str(described[name]) for name in ("revision", "table_hash") if described.get(name)}
    if settings.local:
        scopes |= _argument_scope(arguments)
    return Ready(model, described, scopes, length)


def _argument_scope(arguments: Mapping[str, Any]) -> dict[str, str]:
    """What the arguments of a local model add to the key of a cached reply, which inspect_ai leaves out."""
    kept = {k: v for k, v in arguments.items() if k not in ("decoding", "table", "batch_size", "device")}
    return {"arguments": json.dumps(kept, sort_keys=True, default=str)} if kept else {}


def _served(settings: EvalSettings, base_urls: Sequence[str]) -> Ready:
    provider, name = route(settings)
    key = _key(provider)
    servers = [probe(url, key) for url in base_urls]
    for served in servers:
        check_model(served, name)
    engine = _engine(settings.provider, servers)
    if settings.read != "text" and engine != "vllm":
        said = "an SGLang server" if engine == "sglang" else "a server that does not say what it runs"
        raise _cannot_score(settings, said)
    if settings.sampler == "top-n-sigma" or (settings.cut and engine == "unknown"):
        raise _no_cut(settings, "a server that does not say what it runs" if engine == "unknown" else engine)
    if settings.trace != "none" and engine != "vllm":
        raise _no_trace(settings, "an SGLang server" if engine == "sglang" else "a server of unknown kind")
    body: dict[str, Any] = dict(NO_CUTS) if engine != "unknown" and settings.sampler != "provider" else {}
    body |= {} if settings.min_p is None else {"min_p": settings.min_p}
    told = [told_by(served, name, key, settings.revision) for served in servers]
    identity = common(told)
    notes: list[str] = []
    if settings.revision is None and not any(one.tells for one in told):
        notes.append(unknown_note(name, f"the server {servers[0].base_url}"))
    scopes = {"served": identity_key(identity)} if identity else {}
    scopes |= {} if settings.revision is None else {"revision": settings.revision}
    described: dict[str, Any] = {
        "model_parameters": None,
        "revision": settings.revision or _revision(identity),
        "engine": engine,
        "servers": [{"base_url": served.base_url, "model": served.models.get(name)} for served in servers],
    }
    if settings.decoding == "semantic":
        rule = served_rule(settings, servers, engine, name, key)
        body |= rule.body
        notes += rule.notes
        described |= rule.description
        scopes |= rule.scopes
        identity |= rule.scopes
    config = GenerateConfig(extra_body=body or None)
    if settings.trace != "none":
        config = config.merge(served_trace.asking(settings.rule))
        described |= {"trace": served_trace.KNOWN}
        notes.append(served_trace.NOTE)
    # `spread` even for one server: its address is then not part of the key of a cached reply.
    shown = tuple(served.base_url for served in servers)
    places = [served.place for served in servers if served.place is not None]
    with _model_errors(settings.model), servers_at(places):
        model = get_model(
            f"misground-spread/{provider}/{name}",
            base_url=" ".join(shown),
            api_key=key,
            config=config,
            memoize=False,
            **settings.model_args,
        )
    lengths = [length for served in servers if (length := served.context_length(name)) is not None]
    length = min(lengths, default=None) or _told_length(identity)
    family = family_of([*_types(identity), settings.model])
    return Ready(model, described, scopes, length, tuple(notes), shown, identity, family)


def served_family(settings: EvalSettings, base_urls: Sequence[str]) -> Family:
    """Recognise the family of a model without asking it: by its servers if they answer, else by its name."""
    if settings.baseline or settings.local or not base_urls:
        return family_of([settings.model])
    try:
        provider, name = route(settings)
        key = _key(provider)
        facts = told_by(probe(base_urls[0], key), name, key, settings.revision).facts
    except UsageError:
        facts = {}
    return family_of([*_types(facts), settings.model])


def _told_length(identity: Mapping[str, Any]) -> int | None:
    """The context that a server tells under another name than vLLM's; None if it does not."""
    names = ("max_total_tokens", "context_length", "context_window", "meta.n_ctx")
    values = (identity.get(name) for name in names)
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool) and v > 0), None)


def _types(identity: Mapping[str, Any]) -> list[str]:
    """What a server tells of the kind of its model, the surest first."""
    names = (
        "model_type",
        "architecture",
        "arch",
        "details.family",
        "root",
        "model_path",
        "model_id",
        "parent",
    )
    found = [str(identity[name]) for name in names if identity.get(name)]
    for name in ("root", "model_path"):
        path = Path(str(identity.get(name, ""))) / "config.json"
        with suppress(UsageError, OSError, ValueError):
            if path.is_absolute() and path.is_file():  # of a server on this machine
                found.insert(0, str(read_json_object(path, path.name).get("model_type") or ""))
    return found


def _revision(identity: Mapping[str, Any]) -> Any:
    """The fact that says most about the weights of a served model; None if its server tells none."""
    names = ("revision", *HASHES, "weight_version", "root", "model_path", "model_id")
    return next((identity[name] for name in names if name in identity), None)


def unknown_note(model: str, who: str) -> str:
    """Tell the user that a model is known by its name only."""
    return (
        f"{who} tells nothing of {model!r} beyond its name: if the name may stand for another checkpoint "
        "later, add --revision TEXT"
    )


def route(settings: EvalSettings) -> tuple[str, str]:
    """The provider of inspect_ai, and the name of the model there.

    Servers are called with OpenAI's protocol unless the model names a hosted provider. inspect_ai's own
    providers for vLLM and SGLang are not used: they start servers, and keep one address per model.
    """
    provider, _, name = settings.model.partition("/")
    video = settings.stacks == "video"
    if provider in ("vllm", "sglang") and name:
        return ("misground-vllm/vllm" if video else f"openai-api/{provider}"), name
    if provider == "openai-api" and "/" in name:
        service, _, name = name.partition("/")
        return f"{'misground-vllm' if video else provider}/{service}", name
    if provider in _hosted():
        if video:
            raise UsageError(
                f"--stacks video needs a vLLM server, and {settings.model} names a hosted provider: leave "
                "--stacks out"
            )
        return provider, name
    return ("misground-vllm/vllm" if video else "openai-api/vllm"), settings.model


def _hosted() -> frozenset[str]:
    found = registry_find(lambda info: info.type == "modelapi")
    names = {registry_unqualified_name(item) for item in found}
    return frozenset(names) - {"vllm", "sglang", "openai-api", "hf"}


def _key(provider: str) -> str | None:
    """The API key of a server, from its service's own variable: OpenAI's key goes to no other server.

    A self-hosted server often needs none.
    """
    first, _, service = provider.partition("/")
    if first not in {"openai-api", "misground-vllm"}:
        return None
    return os.environ.get(f"{service.upper().replace('-', '_')}_API_KEY") or "none"


def _secrets_of(base_url: str | None) -> tuple[str, ...]:
    """Secrets in the address of a hosted provider, which its own variable may set."""
    place = address.parse_address(base_url or "")
    return () if place is None else place.secrets


def _engine(provider: str, servers: Sequence[Served]) -> Engine:
    for engine in ("vllm", "sglang"):
        if provider == engine or all(served.engine == engine for served in servers):
            return engine
    return "unknown"


@contextmanager
def _model_errors(model: str) -> Any:
    """Turn errors of making a model into one line."""
    try:
        yield
    except UsageError:
        raise
    except WorkError as error:
        raise UsageError(f"--model {model}: {error}") from error
    except (PrerequisiteError, ModuleNotFoundError, ValueError, OSError, RuntimeError) as error:
        raise UsageError(f"--model {model}: {one_line(error)}") from error


def one_line(error: BaseException, longest: int = 300) -> str:
    """Return the message of an exception without markup or line breaks."""
    text = clean(str(getattr(error, "message", None) or error) or type(error).__name__)
    try:
        text = Text.from_markup(text).plain
    except Exception:  # a message that only looks like markup
        text = str(text)
    return " ".join(text.split())[:longest]
