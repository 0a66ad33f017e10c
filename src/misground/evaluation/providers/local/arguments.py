"""The arguments of `misground-hf`, checked before a model is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from misground.errors import UsageError
from misground.records.arms import CONTROLS

Decoding = Literal["default", "semantic"]
RULE = ("top_m", "top_p", "rule_temperature", "mode", "tau")
MAKINGS = ("k", "matrix", "content")
CHOICES = {
    "decoding": get_args(Decoding),
    "dtype": ("auto", "float32", "bfloat16", "float16"),
    "matrix": ("input", "output"),
    "content": ("added", "strict"),
    "control": ("none", *CONTROLS),
    "trace": ("none", "steps"),
}
GENERAL = ("decoding", "batch_size", "device", "dtype", "trust_remote_code", "min_p")
OF_CONTROL = ("control", "control_seed")
KNOWN = (*GENERAL, "table", *RULE, *MAKINGS, *OF_CONTROL, "trace")
BATCH_SIZE = 8


@dataclass(frozen=True, slots=True)
class LocalArguments:
    """The arguments of a local model.

    Attributes:
        decoding: "default" for the declared sampler alone, "semantic" for the rule before it.
        rule: Given settings of the rule, by their names in `semsam.SemanticSampling`.
        table: File with the neighbour table; None to build one.
        makings: How to build the table, by the names of `semsam.engines.transformers.attach`.
        control: Control of the rule, "none" for the rule itself.
        control_seed: Seed of the control.
        trace: "steps" to keep the steps that the rule flips or defers.
        min_p: Least probability of a token that the sampler draws, as a share of the likeliest one's; None
            for no such cut.
        batch_size: Maximum number of sequences at a time.
        device: Device of torch; None for CUDA, else Apple's GPU, else the CPU.
        dtype: Type of the weights; "auto" for the type that they are stored in.
        trust_remote_code: Whether to run Python code that comes with a model.
    """

    decoding: Decoding = "default"
    rule: Mapping[str, Any] | None = None
    table: Path | None = None
    makings: Mapping[str, Any] | None = None
    control: str = "none"
    control_seed: int = 0
    trace: str = "none"
    min_p: float | None = None
    batch_size: int = BATCH_SIZE
    device: str | None = None
    dtype: str = "auto"
    trust_remote_code: bool = False


def parse_arguments(given: Mapping[str, Any]) -> LocalArguments:
    """Check arguments by name, as a command line gives them.

    Args:
        given: Name -> value; None for an argument that was not given.

    Raises:
        UsageError: A name is unknown, a value has the wrong type, or two arguments contradict each other.
    """
    args = {name: value for name, value in given.items() if value is not None}
    refuse_unknown(args, KNOWN, "misground-hf")
    decoding = args.get("decoding", "default")
    of_rule = [name for name in ("table", *RULE, *MAKINGS, *OF_CONTROL, "trace") if name in args]
    if decoding == "default" and of_rule:
        raise UsageError(
            f"{of_rule[0]} is a setting of the rule, and decoding is default: set decoding=semantic"
        )
    of_building = [name for name in MAKINGS if name in args]
    if "table" in args and of_building:
        raise UsageError(
            f"{of_building[0]} is for building a table, and table is given too: leave one of them out"
        )
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
        control=args.get("control", "none"),
        control_seed=_seed(args.get("control_seed", 0)),
        trace=args.get("trace", "none"),
        min_p=_share(args["min_p"], "min_p") if "min_p" in args else None,
        batch_size=positive(args.get("batch_size", BATCH_SIZE), "batch_size"),
        device=None if "device" not in args else str(args["device"]),
        dtype=args.get("dtype", "auto"),
        trust_remote_code=switch(args.get("trust_remote_code", False), "trust_remote_code"),
    )


def refuse_unknown(args: Mapping[str, Any], known: tuple[str, ...], provider: str) -> None:
    """Check the names of arguments.

    Raises:
        UsageError: A name is unknown; the message lists the known ones.
    """
    unknown = sorted(set(args) - set(known))
    if unknown:
        raise UsageError(f"{provider} takes no argument {unknown[0]}, expected one of {', '.join(known)}")


def positive(value: Any, name: str) -> int:
    """Check that a value is a whole number of at least 1.

    Raises:
        UsageError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"{name} is {value!r}, expected a whole number of at least 1")
    return value


def switch(value: Any, name: str) -> bool:
    """Check that a value is True or False: a word is never taken as permission to run a model's code.

    Raises:
        UsageError: It is neither.
    """
    if not isinstance(value, bool):
        raise UsageError(f"{name} is {value!r}, expected true or false")
    return value


def _seed(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"control_seed is {value!r}, expected a whole number of at least 0")
    return value


def _share(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise UsageError(f"{name} is {value!r}, expected a number above 0 and at most 1")
    return float(value)
