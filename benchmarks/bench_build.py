"""A whole build of 20 phantoms with 1 and with 2 workers: time of the parallel phases, memory of a worker.

Run: python benchmarks/bench_build.py [--repeats 3] [--cases 20]

Each build runs in a process of its own into a fresh folder; the two take turns, and medians are shown. The
parallel phases are reading the cases and drawing the pictures, from the phase's first case handed out to its
last one finished (starting the workers included). Memory is the largest resident size of any worker process.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from misground.benchmark.build import build
from misground.benchmark.engines import LocalEngine
from misground.benchmark.settings import BuildSettings

LEAST_SPEED_UP = 1.6
MOST_GIB = 1.0


class Stopwatch:
    """A build's progress that only notes when its phases begin and end."""

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}
        self._name, self._start = "", 0.0

    def phase(self, name: str, total: int, done: int) -> None:
        self._name, self._start = name, time.perf_counter()

    def step(self, skipped: int = 0, questions: int = 0) -> None:
        self.phases[self._name] = time.perf_counter() - self._start

    def say(self, text: str) -> None:
        pass


def build_once(cases: int, workers: int) -> None:
    """One build in this process; prints its measurements as JSON."""
    watch = Stopwatch()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        built = build(
            [f"phantom:torso?n={cases}"],
            Path(folder) / "out",
            BuildSettings(preset="paper", max_questions=cases * 48),
            engine=LocalEngine(workers),
            progress=watch,
        )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    whole = time.perf_counter() - start
    counts = built.manifest["counts"]
    print(json.dumps({"phases": watch.phases, "whole": whole, "peak": peak, "counts": counts}))


def run(repeats: int = 3, cases: int = 20) -> None:
    """Measure and print; a MISSED target is printed, not raised."""
    runs: dict[int, list[dict]] = {1: [], 2: []}
    for _ in range(repeats):
        for workers, found in runs.items():
            call = [sys.executable, __file__, "--once", str(workers), "--cases", str(cases)]
            done = subprocess.run(call, capture_output=True, text=True, check=True)
            found.append(json.loads(done.stdout.splitlines()[-1]))
    counts = runs[1][0]["counts"]
    print(f"phantom:torso?n={cases}: {counts['questions']} questions, {counts['frames']} pictures; ", end="")
    print(f"medians of {repeats}")
    totals = {}
    for workers, found in runs.items():
        phases = {name: np.median([r["phases"][name] for r in found]) for name in found[0]["phases"]}
        totals[workers] = np.median([sum(r["phases"].values()) for r in found])
        whole = np.median([r["whole"] for r in found])
        parts = ", ".join(f"{name} {took:.1f} s" for name, took in phases.items())
        print(f"{workers} worker{'s' * (workers > 1)}: {parts}; whole build {whole:.1f} s")
    speed_up = totals[1] / totals[2]
    met = "met" if speed_up >= LEAST_SPEED_UP else "MISSED"
    print(f"parallel phases, 1 worker / 2 workers {speed_up:.2f}, target: at least {LEAST_SPEED_UP}: {met}")
    gib = max(r["peak"] for found in runs.values() for r in found) / 2**30
    print(f"peak memory of a worker {gib:.2f} GiB, target: at most {MOST_GIB:g}: ", end="")
    print("met" if gib <= MOST_GIB else "MISSED")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3, help="rounds, of which the median counts")
    parser.add_argument("--cases", type=int, default=20, help="phantoms in a build")
    parser.add_argument("--once", type=int, metavar="WORKERS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        build_once(options.cases, options.once)
    else:
        run(options.repeats, options.cases)


if __name__ == "__main__":
    main()
