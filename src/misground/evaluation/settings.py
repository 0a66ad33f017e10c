"""The settings of a run, and the identity that they give it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from misground.errors import UsageError
from misground.evaluation.declared import EPOCHS, MAX_TOKENS, TEMPERATURE, TOP_P
from misground.evaluation.servers import address, redaction
from misground.records.arms import DEFAULT_CUTS, Control
from misground.records.models import is_simulated

Decoding = Literal["default", "semantic"]
Sampler = Literal["declared", "greedy", "provider", "min-p", "top-n-sigma"]
Stacks = Literal["images", "video"]
Read = Literal["text", "options", "both"]
Trace = Literal["none", "steps"]

LOCAL: Final = ("misground-hf", "misground-volume")
"""Providers whose models run in this process."""
SAMPLERS: Final = get_args(Sampler)
RULE: Final = ("top_m", "top_p", "temperature", "mode", "tau")
"""Settings of the decoding rule (`semsam.SemanticSampling`)."""
LONGEST_REVISION: Final = 200


@dataclass(frozen=True)
class EvalSettings:
    """Everything that can change a reply, except for the benchmark. Equal settings are the same run.

    Args:
        model: PROVIDER/NAME of inspect_ai or of ours, or the bare name of a model on a server.
        decoding: "semantic" for the rule of `semsam`, in a local model or on a server that has it loaded.
        rule: Settings of the rule that differ from its defaults.
        table: Neighbour table of the rule; on a server, the copy whose hash goes into the run record.
        sampler: "declared" for temperature 0.5, top-p 0.8 and no top-k; "greedy" for temperature 0;
            "provider" to send no sampler settings, for models that reject them; "min-p" and "top-n-sigma" for
            temperature 0.5 and this cut in place of top-p.
        cut: Value of the cut of "min-p" or "top-n-sigma"; None for other samplers.
        control: Control of the rule, "none" for the rule itself; see `semsam.controls`.
        stacks: Form in which a server gets a stack: numbered images, or one video (vLLM).
        epochs: Number of times each question is asked; None for 5, or 1 with baselines.
        seed: Random seed.
        max_tokens: Maximum number of tokens per reply.
        reasoning: Whether to ask for reasoning before the answer.
        read: How an answer is read: "text" from the reply; "options" from the probabilities that the model
            gives the options after its reasoning; "both" for the text, with the probabilities beside it.
        trace: "steps" to keep the steps that the rule flips or defers, "none" to keep none.
        wanted: Filter, column -> allowed values.
        limit: Maximum number of questions; None for all.
        trust_remote_code: Whether to run Python code that comes with a model.
        model_args: Further arguments of the provider.
        tried: Number of settings that were tried before these were chosen, for the report alone.
        revision: What the user says of a served or hosted model, where its name may stand for several; None
            for nothing.

    Raises:
        UsageError: The settings contradict each other, or one is unknown.
    """

    model: str
    decoding: Decoding = "default"
    rule: Mapping[str, Any] = field(default_factory=dict)
    table: str | None = None
    sampler: Sampler = "declared"
    cut: float | None = None
    control: Literal["none"] | Control = "none"
    stacks: Stacks = "images"
    epochs: int | None = None
    seed: int = 0
    max_tokens: int = MAX_TOKENS
    reasoning: bool = True
    read: Read = "text"
    trace: Trace = "none"
    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    limit: int | None = None
    trust_remote_code: bool = False
    model_args: Mapping[str, Any] = field(default_factory=dict)
    revision: str | None = None
    tried: int = 1

    def __post_init__(self) -> None:
        """Reject settings that contradict each other."""
        unknown = sorted(set(self.rule) - set(RULE))
        if unknown:
            raise UsageError(f"the rule has no setting {unknown[0]!r}, expected one of {', '.join(RULE)}")
        if self.decoding == "default" and (self.rule or self.table):
            given = "--table" if self.table else "--" + min(self.rule).replace("_", "-")
            raise UsageError(
                f"{given} is given without --decoding semantic: add --decoding semantic, or leave {given} out"
            )
        if self.control != "none" and self.decoding != "semantic":
            raise UsageError(f"control {self.control!r} is one of the rule: set decoding to semantic")
        if (self.cut is not None) != (self.sampler in DEFAULT_CUTS):
            raise UsageError(f"sampler {self.sampler!r} with a cut of {self.cut}: name it as min-p=0.1")
        if self.sampler == "min-p" and not 0 < (self.cut or 0) <= 1:
            raise UsageError(f"min-p is {self.cut}, expected a number above 0 and at most 1")
        if "://" in self.model:
            raise UsageError(
                f"--model is {address.shown(self.model)!r}, expected a name: give an address with --base-url"
            )
        refuse_secrets(self.model_args)
        if self.baseline and self.decoding == "semantic":
            raise UsageError(f"{self.model} is a baseline without tokens: leave --decoding semantic out")
        if self.baseline and self.read != "text":
            raise UsageError(f"{self.model} is a baseline without tokens: leave --read {self.read} out")
        if self.trace != "none" and self.baseline:
            raise UsageError(f"{self.model} is a baseline without tokens: leave --trace {self.trace} out")
        if self.trace != "none" and self.decoding == "default":
            raise UsageError(
                f"--trace {self.trace} keeps the steps that the rule changes, and no arm uses the rule: add "
                f"--decoding semantic, or leave --trace {self.trace} out"
            )
        self._check_revision()

    def _check_revision(self) -> None:
        if self.revision is None:
            return
        if self.baseline or self.local:
            raise UsageError(
                f"--revision is for served and hosted models, and {self.model} is known by its files: leave "
                "--revision out"
            )
        text = self.revision
        if not text.strip() or not text.isprintable() or len(text) > LONGEST_REVISION:
            raise UsageError(
                f"--revision is {text[:LONGEST_REVISION]!r}, expected printable text of at most "
                f"{LONGEST_REVISION} characters, such as a commit or a date"
            )
        if _secret_in("revision", text):
            raise UsageError("--revision holds a secret, which would get into the run record: leave it out")

    @property
    def baseline(self) -> bool:
        """Whether the model is one of our baselines or a simulated model: neither has tokens."""
        return self.provider == "misground"

    @property
    def simulated(self) -> bool:
        """Whether the model is a simulated one, which a report takes for a model."""
        return is_simulated(self.model)

    @property
    def local(self) -> bool:
        """Whether the model runs in this process."""
        return self.provider in LOCAL

    @property
    def provider(self) -> str:
        """The part of the model's name before the first slash."""
        return self.model.partition("/")[0]

    @property
    def times(self) -> int:
        """Number of times each question is asked."""
        return self.epochs or (1 if self.baseline and not self.simulated else EPOCHS)

    @property
    def temperature(self) -> float | None:
        """Temperature of the sampler; None to leave it to the provider."""
        return {"greedy": 0.0, "provider": None}.get(self.sampler, TEMPERATURE)

    @property
    def top_p(self) -> float | None:
        """Top-p of the sampler; None to leave it to the provider."""
        return 1.0 if self.cut is not None else TOP_P if self.sampler == "declared" else None

    @property
    def min_p(self) -> float | None:
        """Min-p of the sampler; None for other samplers."""
        return self.cut if self.sampler == "min-p" else None

    @property
    def arm(self) -> str:
        """The name of the way to choose tokens, as far as the settings tell it; see `records.arms`."""
        if self.decoding == "semantic":
            mode = self.rule.get("mode", "argmax")
            own = "semantic" if mode == "argmax" else f"semantic-{mode}"
            return own if self.control == "none" else self.control
        if self.cut is not None:
            return f"{self.sampler}={self.cut:g}"
        return "default" if self.sampler == "declared" else self.sampler

    @property
    def filter_text(self) -> str:
        """The filter in the form that --filter takes."""
        return ",".join(f"{name}={'|'.join(sorted(values))}" for name, values in sorted(self.wanted.items()))

    def identity(self) -> dict[str, Any]:
        """Return the settings as JSON values, in a fixed form."""
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
            "read": self.read,
            "filter": self.filter_text,
            "limit": self.limit,
            "model_args": dict(sorted(self.model_args.items())),
            **({} if self.trace == "none" else {"trace": self.trace}),
            **({} if self.revision is None else {"revision": self.revision}),
            **({} if self.cut is None else {"cut": self.cut}),
            **({} if self.control == "none" else {"control": self.control}),
        }

    def run_id(self, benchmark_hash: str, served: Mapping[str, Any] | None = None) -> str:
        """Hash the benchmark, the settings and the model, and nothing else, to 16 hexadecimal digits.

        Args:
            benchmark_hash: Content hash of the benchmark.
            served: What a server tells of its model; None or empty for other models.
        """
        parts = [benchmark_hash, self.identity(), *([dict(served)] if served else [])]
        key = json.dumps(parts, sort_keys=True, default=str)
        return hashlib.sha256(key.encode()).hexdigest()[:16]


def refuse_secrets(model_args: Mapping[str, Any]) -> None:
    """Check that no argument of a provider holds a secret: they go into the run record, and into the run id.

    Raises:
        UsageError: A name says that its value is a secret, or a value is an address or a header with one.
    """
    for name, value in model_args.items():
        if secret := _secret_in(name, value):
            what, it = ("the key", "the key") if "key" in secret.lower() else ("a secret", "it")
            raise UsageError(
                f"-M {name} would put {what} into the run record: set {it} in the environment instead"
            )


def _secret_in(name: str, value: Any) -> str | None:
    """The name of the first secret in an argument, at any depth; None if there is none."""
    if redaction.names_a_secret(name):
        return name
    if isinstance(value, Mapping):
        return next((found for key, one in value.items() if (found := _secret_in(str(key), one))), None)
    if isinstance(value, list | tuple):
        return next((found for one in value if (found := _secret_in("", one))), None)
    if isinstance(value, str):
        header = value.lower().startswith(("bearer ", "basic "))
        return name if header or address.without_secrets(value) != value else None
    return None
