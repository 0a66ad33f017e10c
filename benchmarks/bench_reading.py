"""Reading a TotalSegmentator case's class files into one label map, beside the usual loop and bare isal.

Run: python benchmarks/bench_reading.py [--repeats 3]

The case is the real torso of the test data (MISGROUND_TEST_DATA, default ../shared/data), doubled by nearest
neighbour along each axis to 244 x 202 x 224 voxels, with 117 class files, uint8, written by nibabel into a
temporary folder. Single-threaded, warm cache; the three ways take turns, and medians are shown. The usual
loop is `np.putmask(labels, np.asanyarray(nib.load(file).dataobj), value)`; bare isal reads the same bytes
and calls `isal.igzip.decompress` on them, no more.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
from isal import igzip

from misground.volumes import merge_class_files

DATA = Path(os.environ.get("MISGROUND_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
N_CLASSES = 117
LEAST_OVER_LOOP = 8.0
MOST_OVER_BARE = 3.0


def doubled_labels() -> tuple[np.ndarray, np.ndarray]:
    """The real label map with every voxel doubled along each axis, and its affine."""
    path = DATA / "ct_torso" / "segmentation.nii.gz"
    if not path.is_file():
        sys.exit("no real scans: set MISGROUND_TEST_DATA to the folder that holds ct_torso")
    image = nib.load(path)
    labels = np.asanyarray(image.dataobj)
    for axis in range(3):
        labels = labels.repeat(2, axis=axis)
    halves = np.diag([0.5, 0.5, 0.5, 1.0])
    halves[:3, 3] = -0.25
    return labels, image.affine @ halves


def write_class_files(folder: Path, labels: np.ndarray, affine: np.ndarray) -> dict[int, Path]:
    files = {}
    for value in range(1, N_CLASSES + 1):
        files[value] = folder / f"class_{value:03}.nii.gz"
        nib.save(nib.Nifti1Image((labels == value).astype(np.uint8), affine), files[value])
    return files


def usual_loop(files: dict[int, Path], shape: tuple[int, ...]) -> np.ndarray:
    labels = np.zeros(shape, np.uint8)
    for value, path in files.items():
        np.putmask(labels, np.asanyarray(nib.load(path).dataobj), value)
    return labels


def bare_isal(files: dict[int, Path]) -> None:
    for path in files.values():
        igzip.decompress(path.read_bytes())


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(repeats: int = 5) -> None:
    """Measure and print; a MISSED target is printed, not raised."""
    labels, affine = doubled_labels()
    with tempfile.TemporaryDirectory() as name:
        files = write_class_files(Path(name), labels, affine)
        merged = merge_class_files(files).volume.data
        if not (np.array_equal(merged, labels) and np.array_equal(usual_loop(files, labels.shape), labels)):
            sys.exit("the merged label map differs from the one that the files were made of")
        works = {
            "merge_class_files": lambda: merge_class_files(files),
            "usual loop": lambda: usual_loop(files, labels.shape),
            "bare isal": lambda: bare_isal(files),
        }
        times = [[seconds(work) for work in works.values()] for _ in range(repeats)]
    ours, loop, bare = np.median(times, axis=0)
    shape = " x ".join(map(str, labels.shape))
    print(f"{N_CLASSES} class files of {shape} voxels, medians of {repeats}")
    for way, took in zip(works, (ours, loop, bare), strict=True):
        print(f"{way:20}{took:8.3f} s")
    over_loop, over_bare = loop / ours, ours / bare
    print(f"usual loop / ours {over_loop:6.1f}, target: at least {LEAST_OVER_LOOP:g}: ", end="")
    print("met" if over_loop >= LEAST_OVER_LOOP else "MISSED")
    print(f"ours / bare isal  {over_bare:6.2f}, target: at most {MOST_OVER_BARE:g}: ", end="")
    print("met" if over_bare <= MOST_OVER_BARE else "MISSED")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3, help="rounds, of which the median counts")
    run(parser.parse_args().repeats)


if __name__ == "__main__":
    main()
