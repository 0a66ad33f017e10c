"""Names of the embedding among the tensors of a checkpoint, by the families of models."""

from collections.abc import Iterable
from typing import Literal

INPUT = (
    "embed_tokens.weight",  # Llama, Qwen, Mistral, Gemma, Phi, InternVL, ...
    "wte.weight",  # GPT-2, GPT-J, MPT
    "word_embeddings.weight",  # Bloom, Falcon
    "embed_in.weight",  # GPT-NeoX, Pythia
    "tok_embeddings.weight",  # InternLM 2
)
OUTPUT = (
    "lm_head.weight",
    "embed_out.weight",  # GPT-NeoX, Pythia
    "output.weight",  # InternLM 2
)
ELSEWHERE = ("vision", "visual", "audio", "speech", "encoder", "talker", "code2wav", "mtp")


def find_embedding(names: Iterable[str], matrix: Literal["input", "output"]) -> str | None:
    """Find the tensor with which a model reads tokens (input) or scores them (output).

    A checkpoint that stores only one of the two ties them, whatever its configuration says. A checkpoint that
    stores both does not, unless they are equal (`PreTrainedModel.tie_weights` of transformers 5).

    Args:
        names: Names of the checkpoint's tensors.
        matrix: "input" or "output".

    Returns:
        The name, or None if no tensor or more than one has a known name. Tensors of vision and audio parts do
        not count.

    Examples:
        >>> find_embedding(["model.embed_tokens.weight", "model.norm.weight"], "output")
        'model.embed_tokens.weight'
    """
    names = [name for name in names if not any(part in name.lower() for part in ELSEWHERE)]
    inputs, outputs = _known(names, INPUT), _known(names, OUTPUT)
    found = (inputs or outputs) if matrix == "input" else (outputs or inputs)
    return found[0] if len(found) == 1 else None


def _known(names: list[str], endings: tuple[str, ...]) -> list[str]:
    return [name for name in names if name.endswith(tuple(f".{end}" for end in endings)) or name in endings]
