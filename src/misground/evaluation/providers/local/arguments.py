"""What `misground-hf` takes beside the model's name, checked before anything is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from misground.errors import UsageError

Decoding = Literal["default", "semantic"]
RULE = ("top_m", "top_p", "rule_temperature", "mode", "tau")
MAKINGS = ("k", "matrix", "content")
CHOICES = {
    "decoding": get_args(Decoding),
    "dtype": ("auto", "float32", "bfloat16", "float16"),
    "matrix": ("input", "output"),
    "content": ("added", "strict"),
}
GENERAL = ("decoding", "batch_size", "device", "dtype", "trust_remote_code")
KNOWN = (*GENERAL, "table", *RULE, *MAKINGS)
BATCH_SIZE = 8


@dataclass(frozen=True, slots=True)
class LocalArguments:
    """The arguments of a local model.

    decoding: "default", the declared sampler alone, or "semantic", the rule before it. rule: settings of
    `semsam.SemanticSampling` that were given, by its own names. table: the file of a neighbour table;
    makings: how to build one where there is no file, by the names of `semsam.engines.transformers.attach`.
    batch_size: sequences at once, at most. device: None: CUDA, else Apple's, else the processor. dtype: of
    the weights, "auto": as they are stored. trust_remote_code: whether a model's own code may run.
    """

    decoding: Decoding = "default"
    rule: Mapping[str, Any] | None = None
    table: Path | None = None
    makings: Mapping[str, Any] | None = None
    batch_size: int = BATCH_SIZE
    device: str | None = None
    dtype: str = "auto"
    trust_remote_code: bool = False


def parse_arguments(given: Mapping[str, Any]) -> LocalArguments:
    """Arguments by name, as a command line hands them over; None stands for one that was not given.

    Raises:
        UsageError: an unknown name, a value of the wrong kind, or two that contradict each other.
    """
    args = {name: value for name, value in given.items() if value is not None}
    refuse_unknown(args, KNOWN, "misground-hf")
    decoding = args.get("decoding", "default")
    of_rule = [name for name in ("table", *RULE, *MAKINGS) if name in args]
    if decoding == "default" and of_rule:
        raise UsageError(f"{of_rule[0]} belongs to the rule, and decoding is default: set decoding=semantic")
    of_building = [name for name in MAKINGS if name in args]
    if "table" in args and of_building:
        raise UsageError(f"{of_building[0]} is for building a table, and one is given: leave one of them out")
    for name, choices in CHOICES.items():
        if name in args and args[name] not in choices:
            raise UsageError(f"{name} is {args[name]!r}, expected one of {', '.join(choices)}")
    if "k" in args:
        positive(args["k"], "k")
    names = {"rule_temperature": "temperature", "content": "policy"}
    return LocalArguments(
        decoding=cast(Decoding, decoding),
        rule={names.get(name, name): args[name] for name in RULE if name in args},
        table=Path(str(args["table"])).expanduser() if "table" in args else None,
        makings={names.get(name, name): args[name] for name in MAKINGS if name in args},
        batch_size=positive(args.get("batch_size", BATCH_SIZE), "batch_size"),
        device=None if "device" not in args else str(args["device"]),
        dtype=args.get("dtype", "auto"),
        trust_remote_code=switch(args.get("trust_remote_code", False), "trust_remote_code"),
    )


def refuse_unknown(args: Mapping[str, Any], known: tuple[str, ...], provider: str) -> None:
    """UsageError for a name that is not known, with those that are."""
    unknown = sorted(set(args) - set(known))
    if unknown:
        raise UsageError(f"{provider} does not take {unknown[0]}: it takes {', '.join(known)}")


def positive(value: Any, name: str) -> int:
    """A whole number of at least 1, or UsageError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"{name} is {value!r}, expected a whole number of at least 1")
    return value


def switch(value: Any, name: str) -> bool:
    """True or False, or UsageError: what runs a model's own code is never guessed from a word."""
    if not isinstance(value, bool):
        raise UsageError(f"{name} is {value!r}, expected true or false")
    return value
