"""How long a made-up body (phantom) takes to make.

Run: python benchmarks/bench_phantoms.py [--cases 12]

Prints the median time to make a case of each kind. Single-threaded; the first case of each kind is made once
before the clock starts.
"""

import argparse
import statistics
import time

from misground.sources.phantom import list_phantoms


def run(cases: int) -> None:
    for kind in ("torso", "knee"):
        refs = list_phantoms(kind, {"n": str(cases)}).refs
        refs[0].read()
        times = []
        for ref in refs:
            start = time.perf_counter()
            ref.read()
            times.append(time.perf_counter() - start)
        print(f"{kind}: {statistics.median(times):.2f} s a case (median of {cases})")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=12, help="cases of each kind")
    run(parser.parse_args().cases)


if __name__ == "__main__":
    main()
