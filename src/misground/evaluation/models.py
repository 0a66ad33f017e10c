"""From the MODEL of the command line to a model of inspect_ai that is ready to be asked."""

import os
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from inspect_ai._util.error import PrerequisiteError
from inspect_ai._util.registry import registry_find, registry_unqualified_name
from inspect_ai.model import GenerateConfig, Model, get_model
from rich.text import Text

from misground.errors import UsageError, WorkError
from misground.evaluation import registry  # noqa: F401  # our providers, also where no entry point is read
from misground.evaluation.declared import NO_CUTS
from misground.evaluation.providers.spread import servers_at
from misground.evaluation.secrets import clean, remember
from misground.evaluation.served_rule import served_rule
from misground.evaluation.servers import address
from misground.evaluation.serving import Engine, Served, check_model, probe
from misground.evaluation.settings import EvalSettings


@dataclass(frozen=True)
class Ready:
    """A model that is ready to be asked.

    Attributes:
        model: The model of inspect_ai.
        description: Facts about the model, for the run record.
        scopes: What a cached reply depends on in addition to the request.
        context_length: Maximum tokens of prompt and reply together; None if unknown.
        notes: Lines for the terminal.
        base_urls: Addresses of its servers, without secrets.
    """

    model: Model
    description: Mapping[str, Any] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    context_length: int | None = None
    notes: tuple[str, ...] = ()
    base_urls: tuple[str, ...] = ()

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
        return _local(settings)
    if base_urls:
        return _served(settings, base_urls)
    if settings.decoding == "semantic":
        raise UsageError(
            f"{settings.model} does not support --decoding semantic: use misground-hf/MODEL, or a vLLM or "
            "SGLang server that has the rule loaded, with --base-url"
        )
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
        return Ready(model)


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
    with _model_errors(settings.model):
        model = get_model(settings.model, **arguments)
    described: dict[str, Any] = model.api.describe()  # type: ignore[attr-defined]
    length: int | None = getattr(model.api, "context_length", None)
    scopes = {name: str(described[name]) for name in ("revision", "table_hash") if described.get(name)}
    return Ready(model, described, scopes, length)


def _served(settings: EvalSettings, base_urls: Sequence[str]) -> Ready:
    provider, name = route(settings)
    key = _key(provider)
    servers = [probe(url, key) for url in base_urls]
    for served in servers:
        check_model(served, name)
    engine = _engine(settings.provider, servers)
    body: dict[str, Any] = dict(NO_CUTS) if engine != "unknown" and settings.sampler != "provider" else {}
    notes: list[str] = []
    scopes: dict[str, str] = {}
    described: dict[str, Any] = {
        "model_parameters": None,
        "revision": servers[0].models.get(name, {}).get("root"),
        "engine": engine,
        "servers": [{"base_url": served.base_url, "model": served.models.get(name)} for served in servers],
    }
    if settings.decoding == "semantic":
        rule = served_rule(settings, servers, engine, name, key)
        body |= rule.body
        notes += rule.notes
        described |= rule.description
        scopes |= rule.scopes
    config = GenerateConfig(extra_body=body or None)
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
    return Ready(model, described, scopes, min(lengths, default=None), tuple(notes), shown)


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
