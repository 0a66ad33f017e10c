"""What decides the replies of a run, and the identity that follows from it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from misground.errors import UsageError
from misground.evaluation.declared import EPOCHS, MAX_TOKENS, TEMPERATURE, TOP_P

Decoding = Literal["default", "semantic"]
Sampler = Literal["declared", "greedy", "provider"]
Stacks = Literal["images", "video"]

LOCAL: Final = ("misground-hf", "misground-volume")
"""Providers whose models run in this process."""
SAMPLERS: Final = get_args(Sampler)
RULE: Final = ("top_m", "top_p", "temperature", "mode", "tau")
"""Settings of the decoding rule (`semsam.SemanticSampling`)."""


@dataclass(frozen=True)
class EvalSettings:
    """Everything that a reply depends on beside the benchmark; equal settings are the same run.

    Args:
        model: PROVIDER/NAME of inspect_ai or of ours, or the bare name of a served model.
        decoding: "semantic" applies `semsam`'s rule, in the local provider or on a server that has it loaded.
        rule: settings of the rule, those that are not its defaults.
        table: the neighbour table of the rule; for a server, which has its own, the record of which it is.
        sampler: "declared": temperature 0.5, top-p 0.8, top-k off, stated to the engine; "greedy";
            "provider": nothing is stated, for models that refuse it.
        stacks: how a server is sent a stack: as numbered images, or as one video (vLLM).
        epochs: how often each question is asked; None: 5, and 1 for baselines.
        wanted: filter, column -> values. limit: at most so many questions.
        trust_remote_code: run code that comes with a model.
        model_args: further arguments of the provider.
    """

    model: str
    decoding: Decoding = "default"
    rule: Mapping[str, Any] = field(default_factory=dict)
    table: str | None = None
    sampler: Sampler = "declared"
    stacks: Stacks = "images"
    epochs: int | None = None
    seed: int = 0
    max_tokens: int = MAX_TOKENS
    reasoning: bool = True
    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    limit: int | None = None
    trust_remote_code: bool = False
    model_args: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        unknown = sorted(set(self.rule) - set(RULE))
        if unknown:
            raise UsageError(
                f"no setting {unknown[0]!r} of the decoding rule, expected one of {', '.join(RULE)}"
            )
        if self.decoding == "default" and (self.rule or self.table):
            given = "--table" if self.table else "--" + min(self.rule).replace("_", "-")
            raise UsageError(
                f"{given} belongs to --decoding semantic, and --decoding is default: set one of them"
            )
        if "api_key" in self.model_args:
            raise UsageError("-M api_key would stand in the run record: set the key in the environment")
        if self.baseline and self.decoding == "semantic":
            raise UsageError(f"{self.model} generates no tokens: leave --decoding semantic out")

    @property
    def baseline(self) -> bool:
        """Whether the model is one of our baselines."""
        return self.provider == "misground"

    @property
    def local(self) -> bool:
        """Whether the model runs in this process."""
        return self.provider in LOCAL

    @property
    def provider(self) -> str:
        """What stands before the first slash."""
        return self.model.partition("/")[0]

    @property
    def times(self) -> int:
        """How often each question is asked."""
        return self.epochs or (1 if self.baseline else EPOCHS)

    @property
    def temperature(self) -> float | None:
        """Of the declared sampler; None: not stated."""
        return {"declared": TEMPERATURE, "greedy": 0.0, "provider": None}[self.sampler]

    @property
    def top_p(self) -> float | None:
        """Of the declared sampler; None: not stated."""
        return TOP_P if self.sampler == "declared" else None

    @property
    def filter_text(self) -> str:
        """The filter in the form that the command line takes."""
        return ",".join(f"{name}={'|'.join(sorted(values))}" for name, values in sorted(self.wanted.items()))

    def identity(self) -> dict[str, Any]:
        """The settings as plain JSON, in a fixed form."""
        return {
            "model": self.model,
            "decoding": self.decoding,
            "rule": dict(sorted(self.rule.items())),
            "table": self.table,
            "sampler": self.sampler,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "stacks": self.stacks,
            "epochs": self.times,
            "seed": self.seed,
            "max_tokens": self.max_tokens,
            "reasoning": self.reasoning,
            "filter": self.filter_text,
            "limit": self.limit,
            "model_args": dict(sorted(self.model_args.items())),
        }

    def run_id(self, benchmark_hash: str) -> str:
        """16 hexadecimal digits: of the benchmark and the settings, and of nothing else."""
        key = json.dumps([benchmark_hash, self.identity()], sort_keys=True, default=str)
        return hashlib.sha256(key.encode()).hexdigest()[:16]
