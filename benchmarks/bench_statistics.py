"""All label statistics of a TotalSegmentator case, beside `argwhere` a label.

Run: python benchmarks/bench_statistics.py [--repeats 5]

The label map is the real torso of the test data (MISGROUND_TEST_DATA, default ../shared/data), doubled by
nearest neighbour along each axis to 244 x 202 x 224 voxels, in the file's own memory order. The usual way
asks `np.argwhere(labels == value)` for each structure, which gives its positions, and counts them along each
axis; ours is `questions.measure`, which gives the histograms of the volume and of every slice. Both are
checked to agree, take turns single-threaded, and medians are shown.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from bench_reading import doubled_labels

from misground.anatomy import structure_table
from misground.questions import measure

LEAST_OVER_ARGWHERE = 20.0


def structure_labels() -> tuple[np.ndarray, int]:
    """The doubled torso with structures 1 ... S, Fortran order as nibabel reads it."""
    values, _ = doubled_labels()
    keys = {value: s.key for value, s in structure_table().label_set("total").items()}
    present = sorted({keys[v] for v in np.unique(values) if v in keys})
    table = np.zeros(256, np.uint8)
    for value, key in keys.items():
        if key in present:
            table[value] = present.index(key) + 1
    return np.asfortranarray(table[values.astype(np.uint8)]), len(present)


def by_argwhere(labels: np.ndarray, structures: int) -> list[list[np.ndarray]]:
    """Histograms along x, y, z of each structure."""
    found = []
    for value in range(1, structures + 1):
        positions = np.argwhere(labels == value)
        found.append([np.bincount(positions[:, axis], minlength=labels.shape[axis]) for axis in range(3)])
    return found


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(repeats: int = 5) -> None:
    """Measure and print; a MISSED target is printed, not raised."""
    labels, structures = structure_labels()
    spacing = (1.5, 1.5, 1.5)
    measured = measure(labels, structures, spacing)
    for index, axis in enumerate("xyz"):
        ours = measured.histogram(axis)  # type: ignore[arg-type]
        assert all(np.array_equal(ours[s], h[index]) for s, h in enumerate(by_argwhere(labels, structures)))
    times = [
        (
            seconds(lambda: measure(labels, structures, spacing)),
            seconds(lambda: by_argwhere(labels, structures)),
        )
        for _ in range(repeats)
    ]
    ours_s, usual_s = np.median(times, axis=0)
    print(f"{structures} structures in {' x '.join(map(str, labels.shape))} voxels, medians of {repeats}")
    print(f"measure           {ours_s:8.3f} s")
    print(f"argwhere a label  {usual_s:8.3f} s")
    ratio = usual_s / ours_s
    met = "met" if ratio >= LEAST_OVER_ARGWHERE else "MISSED"
    print(f"argwhere / ours {ratio:6.1f}, target: at least {LEAST_OVER_ARGWHERE:g}: {met}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3, help="rounds, of which the median counts")
    run(parser.parse_args().repeats)


if __name__ == "__main__":
    main()
