"""Semantic sampling on a server: a check that it is on, and the parameters that a request sends."""

import hashlib
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from misground.errors import UsageError
from misground.evaluation.serving import Engine, Served
from misground.evaluation.settings import EvalSettings

if TYPE_CHECKING:
    from semsam.selfcheck import Check

_SEEN: Final[ContextVar[dict[tuple[str, str], "Check"] | None]] = ContextVar("servers with the rule")
"""The servers that were seen to apply the rule, by address and model; not set outside `shared_checks`."""


@contextmanager
def shared_checks() -> Iterator[None]:
    """Within it, a server that was seen to apply the rule is not checked again, for arms of one command."""
    token = _SEEN.set({})
    try:
        yield
    finally:
        _SEEN.reset(token)


@dataclass(frozen=True)
class ServedRule:
    """Semantic sampling on a server.

    Attributes:
        body: Parameters that each request sends.
        notes: Lines for the terminal.
        description: Facts about the rule, for the run record.
        scopes: What a cached reply depends on in addition to the request.
    """

    body: Mapping[str, Any]
    notes: tuple[str, ...]
    description: Mapping[str, Any]
    scopes: Mapping[str, str]


def served_rule(
    settings: EvalSettings, servers: Sequence[Served], engine: Engine, model: str, key: str | None
) -> ServedRule:
    """Check that every server applies the rule, and make the parameters of the requests.

    Args:
        settings: Settings of the run.
        servers: The servers of the model.
        engine: Software that runs the servers.
        model: Name under which the servers serve the model.
        key: API key of the servers.

    Raises:
        UsageError: semsam is not installed, the settings are wrong, or a server lacks the rule.
    """
    if importlib.util.find_spec("torch") is None:
        raise UsageError(
            "torch is not installed, and --decoding semantic needs it: pip install 'misground[semsam]'"
        )
    from semsam import SemanticSampling
    from semsam.controls import SEEDED
    from semsam.errors import SemsamError
    from semsam.selfcheck import Verdict, carried

    if engine == "unknown":
        raise UsageError(
            "--decoding semantic needs a vLLM or SGLang server, and the server does not say that it is one: "
            "if it is, write --model vllm/NAME or sglang/NAME"
        )
    notes: list[str] = []
    try:
        rule = SemanticSampling(**settings.rule)
        for served in servers:
            found = _checked(served, engine, model, key)
            if found.verdict == Verdict.NOT_LOADED:
                raise UsageError(
                    f"{served.base_url} does not apply semantic sampling ({found.reason}): start it with "
                    f"the rule loaded, see docs/semsam-{engine}.md"
                )
            if found.verdict == Verdict.FIRST_TOKENS:
                raise UsageError(
                    f"{served.base_url} applies semantic sampling to the first tokens of a text only "
                    f"({found.reason}): start it without speculative decoding"
                )
            if not found.is_on:
                notes.append(f"{served.base_url}: semantic sampling is {found.verdict}: {found.reason}")
    except SemsamError as error:
        raise UsageError(f"--decoding semantic: {error}") from error
    chosen: dict[str, Any] = {
        name: getattr(rule, name) for name in ("top_m", "top_p", "temperature", "mode", "tau")
    }
    control: dict[str, Any] = {} if settings.control == "none" else {"control": settings.control}
    control |= {"control_seed": settings.seed} if settings.control in SEEDED else {}
    table_hash = None if settings.table is None else _hash(settings.table)
    if table_hash is None:
        notes.append(
            "the neighbour table of the server is unknown: add --table FILE to put its hash into the record"
        )
    chosen |= control
    parameters = {"semsam": True, **{f"semsam_{name}": value for name, value in chosen.items()}}
    return ServedRule(
        body=carried(engine, parameters),
        notes=tuple(notes),
        description={
            "decoding_settings": chosen,
            "table_hash": table_hash,
            "table": {"control": _made_for(settings.table)},
        },
        scopes={"table_hash": table_hash} if table_hash else {},
    )


def _checked(served: Served, engine: Literal["vllm", "sglang"], model: str, key: str | None) -> "Check":
    """Check whether a server applies the rule, unless another arm saw it."""
    from semsam import selfcheck

    full = served.base_url if served.place is None else served.place.full
    seen = _SEEN.get(None)
    if seen is not None and (full, model) in seen:
        return seen[full, model]
    found = selfcheck.check_server(full, model, engine=engine, api_key=key)
    if seen is not None and found.is_on:
        seen[full, model] = found
    return found


def _hash(table: str) -> str:
    path = Path(table)
    if not path.is_file():
        raise UsageError(
            f"--table is {table!r}, which is not a file, expected a table that semsam build wrote"
        )
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _made_for(table: str | None) -> str:
    """The control that a table was made for; "none" for a model's own table, and where none is named."""
    from semsam import NeighborTable
    from semsam.errors import SemsamError

    if table is None:
        return "none"
    try:
        return NeighborTable.load(table).metadata.get("control", "none")
    except SemsamError as error:
        raise UsageError(f"--table is {table!r}, which cannot be read: {error}") from error
