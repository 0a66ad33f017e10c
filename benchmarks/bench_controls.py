"""One decoding step of each arm of the rule: the controls beside the semantic one.

Run: python benchmarks/bench_controls.py [--rounds 40]

151,936 tokens (Qwen's vocabulary), k = 32 neighbours, M = 20 candidates, seeded normal logits of standard
deviation 3 in float32, and 1, 8 and 32 rows, one for each request that a server decodes at a time. The tables
are those that a server makes from its own. In each round every arm takes a turn, in random order, and the
medians over rounds are compared: processor time of one thread, which other programs disturb little. The
semantic arm runs twice: the ratio of its two medians is the noise.
Target: a control takes at most 1.1 times the semantic step.
"""

import argparse
import random
import time

import numpy as np
import torch

from semsam import NeighborTable
from semsam.engines.control_tables import ControlTables
from semsam.engines.request import Batches, parse_request

VOCAB, K, M = 151_936, 32, 20
ROWS = (1, 8, 32)
CONTROLS = ("identity", "shuffled", "random", "flipped")
TARGET = 1.1


def made_table() -> NeighborTable:
    """A table of random neighbours, as wide as a real one."""
    dice = torch.Generator().manual_seed(0)
    ids = torch.randint(0, VOCAB, (VOCAB, K), generator=dice)
    weights = torch.rand(VOCAB, K, generator=dice).sort(1, descending=True).values
    ids[:, 0], weights[:, 0] = torch.arange(VOCAB), 1.0
    return NeighborTable(ids, weights, torch.ones(VOCAB))


def batch_of(control: str, rows: int) -> Batches:
    """Requests of one arm, as a server gets them."""
    rule = {"semsam": True, "semsam_top_m": M, "semsam_temperature": 0.5, "semsam_control": control}
    request = parse_request(rule, temperature=0.5)
    return Batches.of([request] * rows, torch.device("cpu"))


def measure(rows: int, tables: ControlTables, rounds: int) -> dict[str, float]:
    """Median processor seconds a step of each arm, taken in turns."""
    logits = torch.randn(rows, VOCAB, generator=torch.Generator().manual_seed(rows)) * 3
    arms = {"semantic": "none", "semantic, again": "none", **{name: name for name in CONTROLS}}
    batches = {name: batch_of(control, rows) for name, control in arms.items()}
    for batch in batches.values():
        batch.rescore(logits, tables)  # makes the tables, too
    times: dict[str, list[float]] = {name: [] for name in arms}
    names, dice = list(arms), random.Random(0)
    for _ in range(rounds):
        dice.shuffle(names)
        for name in names:
            start = time.process_time()
            batches[name].rescore(logits, tables)
            times[name].append(time.process_time() - start)
    return {name: float(np.median(taken)) for name, taken in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=40, help="of which the median counts")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    tables = ControlTables(made_table())
    print(f"{VOCAB} tokens, k = {K}, M = {M}, medians of {rounds} rounds; ratio to the semantic step")
    worst, noise = 0.0, 1.0
    for rows in ROWS:
        took = measure(rows, tables, rounds)
        for name, seconds in took.items():
            print(f"  {rows:2d} rows  {name:16}{seconds * 1e3:9.3f} ms{seconds / took['semantic']:7.2f}")
        worst = max(worst, *(took[name] / took["semantic"] for name in CONTROLS))
        again = took["semantic, again"] / took["semantic"]
        noise = max(noise, again, 1 / again)
    verdict = "met" if worst <= TARGET else "MISSED"
    print(f"target: a control <= {TARGET} of the semantic step: {worst:.2f}, {verdict} (noise {noise:.2f})")


if __name__ == "__main__":
    main()
