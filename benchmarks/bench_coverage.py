"""How often the intervals of a report hold the truth that made-up results were drawn from.

Run: python benchmarks/bench_coverage.py [--draws 2000]

Each draw is an experiment of its own: cases whose accuracy differs by an effect of the case, questions
within them, replies. A nominal 95% interval should hold the truth in 95% of draws.
The error of a share of 2,000 draws is about half a point.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from scipy import stats

from misground.analysis.accuracy import credible_interval, decoding_noise
from misground.analysis.clusters import clustered_interval
from misground.analysis.paired import compare

CASES = (5, 10, 30, 200)
QUESTIONS_A_CASE = 12
SPREAD = 0.25  # of a case's accuracy to either side of the mean
MEAN = 0.6
GAIN = 0.05


def draws(random: np.random.Generator, count: int, cases: int, spread: float) -> Iterator[tuple]:
    """(chance of each question, its case) of `count` experiments."""
    clusters = np.repeat(np.arange(cases), QUESTIONS_A_CASE)
    for _ in range(count):
        effect = random.uniform(-spread, spread, cases)
        yield MEAN + effect[clusters], clusters


def accuracy(count: int, cases: int, spread: float) -> tuple[float, float]:
    """The shares of draws in which the credible and the clustered interval hold the mean over all cases."""
    random = np.random.default_rng([cases, round(100 * spread)])
    credible = clustered = 0
    for chance, clusters in draws(random, count, cases, spread):
        right = (random.random(len(chance)) < chance).astype(float)
        low, high = credible_interval(right.sum(), len(right))
        credible += low <= MEAN <= high
        found = clustered_interval(right, clusters, bounds=(0.0, 1.0))
        clustered += found.low is not None and found.low <= MEAN <= found.high
    return credible / count, clustered / count


def noise(count: int, cases: int, epochs: int) -> float:
    """The share in which scorio's interval holds the accuracy of these very questions."""
    random = np.random.default_rng([cases, epochs])
    held = 0
    for chance, _ in draws(random, count, cases, SPREAD):
        right = (random.random((len(chance), epochs)) < chance[:, None]).astype(np.int8)
        found = decoding_noise(right)
        held += found.low <= chance.mean() <= found.high
    return held / count


def paired(count: int, cases: int, gain: float) -> tuple[float, float]:
    """Shares in which the clustered interval of a difference holds the gain, and P(B better) > 0.975."""
    random = np.random.default_rng([cases, round(100 * gain), 7])
    held = sure = 0
    for chance, clusters in draws(random, count, cases, SPREAD):
        effect = random.uniform(-0.1, 0.1, cases)[clusters] + gain
        a = (random.random(len(chance)) < chance).astype(float)
        b = (random.random(len(chance)) < chance + effect).astype(float)
        found = compare(a, b, clusters)
        low, high = found.clustered.low, found.clustered.high
        held += low is not None and low <= gain <= high
        sure += found.better > 0.975
    return held / count, sure / count


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=2_000)
    count = parser.parse_args().draws
    error = 100 * stats.norm.ppf(0.975) * np.sqrt(0.95 * 0.05 / count)
    print(
        f"{count:,} draws each, {QUESTIONS_A_CASE} questions a case; a true 95% shows as 95.0 +- {error:.1f}"
    )
    for spread in (0.0, SPREAD):
        for cases in CASES:
            credible, clustered = accuracy(count, cases, spread)
            print(
                f"accuracy, {cases} cases that differ by +-{spread:g}: credible {credible:.1%}, "
                f"clustered {clustered:.1%} (of the mean over all cases)"
            )
    for epochs in (3, 5, 10):
        print(
            f"decoding noise, {epochs} epochs, 30 cases: {noise(count, 30, epochs):.1%} (of these questions)"
        )
    for gain in (0.0, GAIN):
        for cases in CASES[:3]:
            held, sure = paired(max(200, count // 5), cases, gain)
            print(
                f"paired difference of {gain:g}, {cases} cases: clustered {held:.1%}; "
                f"P(B better) > 0.975 in {sure:.1%}"
            )


if __name__ == "__main__":
    main()
