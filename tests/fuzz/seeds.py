"""What the trials start from: a small benchmark, two runs on it, a report, a model and its table."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TINY: tuple[str, ...] = (
    "phantom:torso?n=1", "phantom:knee?n=1", "--seed", "3", "--max-questions", "60", "--probes", "all",
)  # fmt: skip
MODELS = ("misground/oracle", "misground/random")


@dataclass(frozen=True)
class Seeds:
    """Sound inputs, which trials copy before they change them."""

    root: Path

    @property
    def benchmark(self) -> Path:
        """A finished benchmark folder."""
        return self.root / "benchmark"

    @property
    def runs(self) -> tuple[Path, ...]:
        """Log folders of runs on it."""
        return tuple(self.root / f"run{number}" for number in range(len(MODELS)))

    @property
    def model(self) -> Path:
        """A folder with a tiny Llama."""
        return self.root / "model"

    @property
    def table(self) -> Path:
        """The neighbour table of the model."""
        return self.root / "table.safetensors"


def make_seeds(root: Path) -> Seeds:
    """Make all inputs by the real commands, in a new folder."""
    seeds = Seeds(root)
    root.mkdir(parents=True)
    _command("misground", "build", *TINY, "-o", seeds.benchmark)
    for model, run in zip(MODELS, seeds.runs, strict=True):
        _command("misground", "eval", seeds.benchmark, "--model", model, "--log-dir", run)
    subprocess.run([sys.executable, "-c", _MODEL, seeds.model], check=True, capture_output=True)
    _command("semsam", "build", seeds.model, "-o", seeds.table, "-k", "4")
    shutil.rmtree(root / "logs", ignore_errors=True)
    return seeds


def _command(package: str, *arguments: object) -> None:
    call = [sys.executable, "-c", f"from {package}.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(call[3:])}: {done.stderr.strip()}")


_MODEL = """
import sys
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

words = ["<pad>", "<s>", "</s>", "<unk>", *(f"w{i}" for i in range(60))]
words = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
words.pre_tokenizer = WhitespaceSplit()
special = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(sys.argv[1])
config = LlamaConfig(
    vocab_size=68, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=1,
    max_position_embeddings=64, pad_token_id=0, bos_token_id=1, eos_token_id=2,
)
LlamaForCausalLM(config).save_pretrained(sys.argv[1])
"""
