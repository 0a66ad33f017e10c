"""`misground report` over as many questions as the paper has: three models, five epochs, results made up.

Run: python benchmarks/bench_report.py [--questions 33864] [--repeats 3]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from synthetic_results import CASES, EPOCHS, QUESTIONS, write_all


def measure(command: list[str]) -> tuple[float, int]:
    """Seconds of a command, and the peak of its memory in bytes."""
    start = time.perf_counter()
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    process, peak = psutil.Process(run.pid), 0
    while run.poll() is None:
        try:
            peak = max(peak, process.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.05)
    seconds = time.perf_counter() - start
    said = run.stderr.read() if run.stderr else ""
    if run.wait():
        raise SystemExit(f"{command}: {said[-2000:]}")
    return seconds, peak


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--repeats", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        folders = write_all(root / "runs", args.questions, CASES, EPOCHS, seed=0)
        found = []
        for repeat in range(args.repeats):
            command = [sys.executable, "-m", "misground", "report", *map(str, folders)]
            found.append(measure([*command, "-o", str(root / f"report{repeat}")]))
        seconds = [one for one, _ in found]
        peak = max(one for _, one in found) / 2**20
        print(
            f"report over {args.questions:,} questions, {len(folders)} runs, {EPOCHS} epochs: median "
            f"{statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f}), peak "
            f"{peak:,.0f} MiB (goal: under 30 s and 2,048 MiB)"
        )


if __name__ == "__main__":
    main()
