"""A decoding step with its trace kept, beside the same step without.

Run: python benchmarks/bench_tracing.py [--rounds 15]

151,936 tokens (Qwen's vocabulary), k = 32 neighbours, M = 20 candidates, seeded normal logits of standard
deviation 3 in float32, batches of 1 and 8. A step is the rule with its statistics; the traced one also keeps
the candidates of flipped and deferred steps. A round takes the
processor time of 64 steps of each way on one thread, with what is read at their end, in random order; the
ratio is that of the medians over rounds. One token in 200 is not a content token, so
that the rule defers about as often as with a real model.
"""

import argparse
import random
import time

import numpy as np
import torch
from bench_sampling import VOCAB, K, M, made_table

from semsam import NeighborTable, SemanticSampling, Statistics, rescore_with_info
from semsam.trace import Trace, rescore_with_candidates

BATCHES = (1, 8)
STEPS = 64
KINDS = 16
TARGET = 1.2
SETTINGS = SemanticSampling(top_m=M)


def untraced(logits: list[torch.Tensor], table: NeighborTable) -> int:
    statistics = Statistics()
    for step in range(STEPS):
        _, info = rescore_with_info(logits[step % KINDS], table, SETTINGS)
        statistics.add(info)
    return statistics.summary().steps


def traced(logits: list[torch.Tensor], table: NeighborTable) -> int:
    statistics, trace = Statistics(), Trace()
    for step in range(STEPS):
        _, info, candidates = rescore_with_candidates(logits[step % KINDS], table, SETTINGS)
        statistics.add(info)
        trace.add(info, candidates)
    statistics.summary()
    return sum(len(one.steps) for one in trace.sequences())


def measure(batch: int, table: NeighborTable, rounds: int) -> tuple[float, float, int]:
    """Median seconds a step without and with the trace, and the steps that one round keeps."""
    dice = torch.Generator().manual_seed(batch)
    logits = [torch.randn(batch, VOCAB, generator=dice) * 3 for _ in range(KINDS)]
    times: dict[str, list[float]] = {"untraced": [], "traced": []}
    kept = traced(logits, table)
    untraced(logits, table)
    names, order = list(times), random.Random(0)
    for _ in range(rounds):
        order.shuffle(names)
        for name in names:
            start = time.process_time()
            (traced if name == "traced" else untraced)(logits, table)
            times[name].append((time.process_time() - start) / STEPS)
    return float(np.median(times["untraced"])), float(np.median(times["traced"])), kept


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15, help="of which the median counts")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)  # two threads that wait for each other measure the machine
    whole = made_table("cpu")
    content = torch.arange(VOCAB) % 200 != 0
    table = NeighborTable(whole.ids, whole.weights, content)
    print(
        f"milliseconds a step, {VOCAB} tokens, k = {K}, M = {M}, medians of {rounds} rounds of {STEPS} steps"
    )
    worst = 0.0
    for batch in BATCHES:
        plain, with_trace, kept = measure(batch, table, rounds)
        ratio = with_trace / plain
        worst = max(worst, ratio)
        share = kept / (STEPS * batch)
        print(f"  batch {batch}  untraced {plain * 1e3:.3f}  traced {with_trace * 1e3:.3f}  ratio {ratio:.2f}"
              f"  kept {share:.0%} of the steps")  # fmt: skip
    verdict = "met" if worst < TARGET else "MISSED"
    print(f"target: a traced step < {TARGET} of the untraced one: {worst:.2f}, {verdict}")


if __name__ == "__main__":
    main()
