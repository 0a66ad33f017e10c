"""A local model with all that its use takes: weights, tokenizer, processor, and the rule's table."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from inspect import signature
from typing import Any

import torch

from misground.errors import UsageError, WorkError
from misground.evaluation.providers.local.arguments import LocalArguments
from misground.evaluation.providers.local.decoder import Rule
from misground.evaluation.providers.local.encoding import Encoder
from semsam import NeighborTable, SemanticSampling
from semsam import errors as semsam_errors
from semsam.engines.transformers import attach
from semsam.loading import load_model, load_tokenizer
from semsam.model_names import import_transformers, load_errors, resolve


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model ready for use.

    source: what transformers loaded it by, a folder or an id of the hub. ends: tokens after which an answer
    has ended. padding: the token that fills rows. context_length: tokens of prompt and answer together, where
    the configuration names it. rule: None for the default decoding.
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
        """Whether the model sees."""
        return self.encoder.processor is not None


def load(name: str, arguments: LocalArguments) -> Loaded:
    """Load a model by a name of `semsam.loading`, onto a device.

    Raises:
        UsageError: no model has this name, or a setting of the rule is wrong.
        WorkError: the model cannot be loaded, or something is not installed.
    """
    with our_errors():
        settings = SemanticSampling(**arguments.rule or {})
        source = resolve(name)
        trust = {"trust_remote_code": arguments.trust_remote_code}
        device = arguments.device or best_device()
        with code_asked_for(name):
            model = load_model(
                source, dtype=arguments.dtype, device=None if device == "cpu" else device, **trust
            )
            tokenizer = load_tokenizer(source, **trust)
            processor = _processor(name, source, trust) if sees(model) else None
        tokenizer = getattr(processor, "tokenizer", tokenizer)
        tokenizer.padding_side = "left"
        ends = _ends(model, tokenizer)
        if tokenizer.pad_token_id is None and ends:
            tokenizer.pad_token_id = ends[0]
        rule = None
        if arguments.decoding == "semantic":
            table = attach(model, tokenizer, settings, table=arguments.table, **arguments.makings or {}).table
            rule = Rule(table.to(model.device) if isinstance(table, NeighborTable) else table, settings)
    length = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return Loaded(
        model=model,
        encoder=Encoder(tokenizer, processor),
        source=source,
        ends=ends,
        padding=tokenizer.pad_token_id or 0,
        context_length=None if length is None else int(length),
        rule=rule,
    )


def sees(model: Any) -> bool:
    """Whether a model takes pictures, by the arguments of its forward pass."""
    return "pixel_values" in signature(model.forward).parameters


def best_device() -> str:
    """CUDA's first device, else Apple's, else the processor."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@contextmanager
def our_errors() -> Iterator[None]:
    """Errors of semsam as misground's, which its command line knows."""
    try:
        yield
    except (semsam_errors.UsageError, semsam_errors.SettingsError) as error:
        raise UsageError(str(error)) from error
    except semsam_errors.SemsamError as error:
        raise WorkError(str(error)) from error


@contextmanager
def code_asked_for(name: str) -> Iterator[None]:
    """Say by our own flag that a model brings code, where transformers would name its argument."""
    try:
        yield
    except semsam_errors.ModelError as error:
        if "trust_remote_code" in f"{error} {error.__cause__}":
            raise UsageError(
                f"{name} brings code of its own, which is run only where it is trusted: "
                "read it, then pass --trust-remote-code"
            ) from error
        raise


def _processor(name: str, source: str, trust: dict[str, bool]) -> Any:
    """The processor of a model that sees; torchvision is what transformers prepares pictures with."""
    if find_spec("torchvision") is None:
        raise WorkError(
            f"preparing pictures for {name} takes torchvision, which is not installed: "
            "pip install torchvision, of the release that goes with the installed torch"
        )
    with load_errors(f"the processor of {name}"):
        processor = import_transformers().AutoProcessor.from_pretrained(source, padding_side="left", **trust)
    if getattr(processor, "image_processor", None) is None:
        raise WorkError(
            f"{name} takes pictures, and its files hold no processor for them: get the model anew"
        )
    return processor


def _ends(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """The end tokens that the configuration of generation names, then the tokenizer's own."""
    named = model.generation_config.eos_token_id
    ends = [] if named is None else [named] if isinstance(named, int) else list(named)
    own = tokenizer.eos_token_id
    return tuple(dict.fromkeys([*ends, *([] if own is None else [own])]))
