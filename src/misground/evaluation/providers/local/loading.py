"""Loading a local model: weights, tokenizer, processor, and the neighbour table of the rule."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.util import find_spec
from inspect import signature
from typing import Any, Final

import torch

from misground.errors import UsageError, WorkError
from misground.evaluation.providers.local.arguments import LocalArguments
from misground.evaluation.providers.local.decoder import Rule
from misground.evaluation.providers.local.encoding import Encoder
from misground.evaluation.providers.local.kept_inputs import KeptInputs
from semsam import NeighborTable, SemanticSampling
from semsam import errors as semsam_errors
from semsam.engines.transformers import attach
from semsam.loading import load_model, load_tokenizer
from semsam.model_names import import_transformers, load_errors, resolve


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model that is ready for use.

    Attributes:
        model: The model of transformers.
        encoder: Converts conversations to its input.
        source: Folder or id of the hub that it was loaded from.
        ends: Tokens that end a reply.
        padding: Token that pads rows.
        context_length: Maximum tokens of prompt and reply together; None if the configuration does not say.
        rule: The rule; None with the default decoding.
    """

    model: Any
    encoder: Encoder
    source: str
    ends: tuple[int, ...]
    padding: int
    context_length: int | None
    rule: Rule | None

    @property
    def takes_pictures(self) -> bool:
        """Whether the model takes pictures."""
        return self.encoder.processor is not None

    def on_device(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs on the device of the model, and those with fractions in its type."""
        kinds = {True: self.model.dtype, False: None}
        return {
            name: value.to(self.model.device, kinds[value.is_floating_point()])
            if isinstance(value, torch.Tensor)
            else value
            for name, value in inputs.items()
        }


def load(name: str, arguments: LocalArguments) -> Loaded:
    """Load a model onto a device.

    Args:
        name: A name of `semsam.loading`.
        arguments: Arguments of the model.

    Raises:
        UsageError: No model has this name, or a setting of the rule is wrong.
        WorkError: The model cannot be loaded, or a package is not installed.
    """
    with our_errors():
        sign = {"sign": -1} if arguments.control == "flipped" else {}
        rule_settings: dict[str, Any] = {**(arguments.rule or {}), **sign}
        settings = SemanticSampling(**rule_settings)
        source = resolve(name)
        trust = {"trust_remote_code": arguments.trust_remote_code}
        device = arguments.device or best_device()
        model, own, processor, kept = _files(name, source, arguments.dtype, device, trust)
        tokenizer: Any = getattr(processor, "tokenizer", own)
        tokenizer.padding_side = "left"
        ends = _ends(model, tokenizer)
        if tokenizer.pad_token_id is None and ends:
            tokenizer.pad_token_id = ends[0]
        rule = None
        if arguments.decoding == "semantic":
            control = "none" if arguments.control == "flipped" else arguments.control
            table = attach(
                model,
                tokenizer,
                settings,
                table=arguments.table,
                control=control,
                seed=arguments.control_seed,
                **arguments.makings or {},
            ).table
            placed = table.to(model.device) if isinstance(table, NeighborTable) else table
            rule = Rule(placed, settings, arguments.trace == "steps")
    length = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return Loaded(
        model=model,
        encoder=Encoder(tokenizer, processor, kept),
        source=source,
        ends=ends,
        padding=tokenizer.pad_token_id or 0,
        context_length=None if length is None else int(length),
        rule=rule,
    )


_Files = tuple[Any, Any, Any, KeptInputs | None]
_SHARED: Final[ContextVar[dict[Hashable, _Files] | None]] = ContextVar("shared models", default=None)
"""The models that several arms share; None outside `shared_models`."""


@contextmanager
def shared_models() -> Iterator[None]:
    """Within it, a model that is loaded again with the same type and device is the one in memory.

    Its encoded prompts are kept, too; see `KeptInputs`.
    """
    shared: dict[Hashable, _Files] = {}
    token = _SHARED.set(shared)
    try:
        yield
    finally:
        _SHARED.reset(token)
        for *_, kept in shared.values():
            if kept is not None:
                kept.clear()


def _files(name: str, source: str, dtype: str, device: str, trust: dict[str, bool]) -> _Files:
    """The model, the tokenizer, the processor (None for a model without pictures), and what is kept."""
    key = (source, dtype, device, tuple(trust.items()))
    shared = _SHARED.get()
    if shared is not None and key in shared:
        return shared[key]
    with code_asked_for(name):
        model = load_model(source, dtype=dtype, device=None if device == "cpu" else device, **trust)
        tokenizer = load_tokenizer(source, **trust)
        processor = _processor(name, source, trust) if sees(model) else None
    files = model, tokenizer, processor, None if shared is None else KeptInputs()
    if shared is not None:
        shared[key] = files
    return files


def sees(model: Any) -> bool:
    """Whether a model takes pictures, judged by the arguments of its forward pass."""
    return "pixel_values" in signature(model.forward).parameters


def best_device() -> str:
    """Return the name of the first CUDA device, else of Apple's GPU, else of the CPU."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@contextmanager
def our_errors() -> Iterator[None]:
    """Turn errors of semsam into those of misground, which its command line handles."""
    try:
        yield
    except (semsam_errors.UsageError, semsam_errors.SettingsError) as error:
        raise UsageError(str(error)) from error
    except semsam_errors.SemsamError as error:
        raise WorkError(str(error)) from error


@contextmanager
def code_asked_for(name: str) -> Iterator[None]:
    """Name our own option if a model needs to run its code, where transformers names its argument."""
    try:
        yield
    except semsam_errors.ModelError as error:
        if "trust_remote_code" in f"{error} {error.__cause__}":
            raise UsageError(
                f"{name} comes with its own Python code, which runs only if you trust it: read it, then add "
                "--trust-remote-code"
            ) from error
        raise


def _processor(name: str, source: str, trust: dict[str, bool]) -> Any:
    """The processor of a model that takes pictures; transformers prepares these with torchvision."""
    if find_spec("torchvision") is None:
        raise WorkError(
            f"torchvision is not installed, and {name} needs it to prepare pictures: "
            "pip install torchvision, in the release that matches the installed torch"
        )
    with load_errors(f"the processor of {name}"):
        processor = import_transformers().AutoProcessor.from_pretrained(source, padding_side="left", **trust)
    if getattr(processor, "image_processor", None) is None:
        raise WorkError(
            f"{name} takes pictures, but its files contain no processor for them: download the model again"
        )
    return processor


def _ends(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """The end tokens of the generation configuration, then the tokenizer's own."""
    named = model.generation_config.eos_token_id
    ends = [] if named is None else [named] if isinstance(named, int) else list(named)
    own = tokenizer.eos_token_id
    return tuple(dict.fromkeys([*ends, *([] if own is None else [own])]))
