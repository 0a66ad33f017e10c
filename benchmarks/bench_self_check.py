"""How often the anatomical self-check sees a mirrored header, by the number of structures in a scan.

Run: python benchmarks/bench_self_check.py [--draws 1000]

Random sets of structures of the real torso (MISGROUND_TEST_DATA, default ../shared/data) stand for scans that
show few structures; each is held against the relations as it is, and mirrored along x. The relations were
adjusted on crops of this very torso, so another body may do worse.
"""

import argparse
import sys

import numpy as np
from bench_reading import DATA

from misground.benchmark.check import body_centroids
from misground.questions import measure_case
from misground.sources import list_cases
from misground.volumes import load_case
from misground.volumes.self_check import check_body

SIZES = (5, 6, 8, 12, 20)


def run(draws: int = 1000) -> None:
    if not (DATA / "ct_torso").is_dir():
        sys.exit("no real scans: set MISGROUND_TEST_DATA to the folder that holds ct_torso")
    case = load_case(list_cases(f"totalsegmentator:{DATA / 'ct_torso'}").refs[0])
    centroids = body_centroids(case, measure_case(case))
    keys = sorted(centroids)
    random = np.random.default_rng(0)
    print(f"{draws} random sets of each size, of {len(keys)} structures of the real torso")
    for size in SIZES:
        caught = wrong = 0
        for _ in range(draws):
            chosen = {keys[i]: centroids[keys[i]] for i in random.permutation(len(keys))[:size]}
            mirrored = {key: (-x, y, z) for key, (x, y, z) in chosen.items()}
            wrong += check_body(chosen, "torso", None).contradicts
            caught += check_body(mirrored, "torso", None).axes["x"].contradicts
        print(
            f"{size:3} structures: mirrored x seen in {caught / draws:6.1%}, contradicts unmirrored {wrong}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=1000, help="random sets of each size")
    run(parser.parse_args().draws)


if __name__ == "__main__":
    main()
