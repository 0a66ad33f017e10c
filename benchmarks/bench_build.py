"""A build of made cases beside a straightforward one, beside the floor of the machine, and on two workers.

Run: python benchmarks/bench_build.py [--cases 10] [--repeats 2] [--baseline 3]

Cases in TotalSegmentator's layout at 1.5 mm, 117 class files each (make_dataset.py; kept in .cache), with a
draw as dense as the paper's (24 questions a case) and as dense as the whole paper of 200 cases (168). The
floor is bare `isal.igzip.decompress` of every file of the cases once, and bare encoding of every distinct
picture of the benchmark once (`misground.rendering.png.encode`). The straightforward build is baseline.py:
the same relations and views of the same cases, in one process. Last, one case of 512 x 512 x 600 voxels, for
the memory of a worker.
"""

import argparse
import io
import tempfile
import time
from pathlib import Path

import baseline
import numpy as np
import pyarrow.parquet as pq
from isal import igzip
from made_runs import Run, linked, made, timed, verdict
from make_dataset import expected
from PIL import Image

from misground.rendering.png import encode

DENSITIES = {"as dense as the paper": 24, "seven times as dense": 168}
MOST_OVER_FLOOR = 2.5
LEAST_OVER_BASELINE = 5.0
LEAST_SPEED_UP = 1.6
MOST_GIB = 1.5


def usable(folder: Path, cases: list[str]) -> list[str]:
    """The cases that no made fault makes unusable."""
    return [case for case in cases if case not in expected(folder)]


def decompression(source: Path) -> tuple[float, int, int]:
    """Seconds of bare decompression of every file, and bytes before and after."""
    seconds, packed, plain = 0.0, 0, 0
    for path in sorted(source.glob("*/**/*.nii.gz")):
        content = path.read_bytes()
        start = time.perf_counter()
        plain += len(igzip.decompress(content))
        seconds += time.perf_counter() - start
        packed += len(content)
    return seconds, packed, plain


def encoding(out: Path) -> tuple[float, int, int]:
    """Seconds of bare encoding of the distinct pictures of each case, their number, and bytes of pixels."""
    seconds, pictures, pixels = 0.0, 0, 0
    for path in sorted((out / "views").glob("*.parquet")):
        frames = pq.read_table(path, columns=["frames"])["frames"].combine_chunks().flatten()
        for frame in frames.field("bytes").unique().to_pylist():
            image = Image.open(io.BytesIO(frame))
            palette = bytes(image.getpalette()) if image.mode == "P" else None
            values = np.asarray(image)
            start = time.perf_counter()
            encode(values, palette)
            seconds += time.perf_counter() - start
            pictures += 1
            pixels += values.nbytes
    return seconds, pictures, pixels


def best(runs: list[Run]) -> Run:
    """The quickest of a few: what is not the build's own only ever adds time."""
    return min(runs, key=lambda run: run.parallel)


def beside_floor(source: Path, repeats: int, per_case: int, cases: int) -> None:
    """One and two workers in turn, and the floor of the same bytes."""
    runs: dict[int, list[Run]] = {1: [], 2: []}
    for _ in range(repeats):
        for workers, found in runs.items():
            with tempfile.TemporaryDirectory() as name:
                out = Path(name) / "out"
                found.append(
                    timed(f"totalsegmentator:{source}", out, workers=workers, questions=per_case * cases)
                )
                if len(found) == workers == 1:
                    unpack_s, packed, plain = decompression(source)
                    encode_s, pictures, pixels = encoding(out)
    one, two = best(runs[1]), best(runs[2])
    print(
        f"floor: {packed / 1e6:.0f} MB unpacked to {plain / 1e6:.0f} MB in {unpack_s:.2f} s "
        f"({plain / unpack_s / 1e6:.0f} MB/s), {pictures:,} distinct pictures of {pixels / 1e6:.0f} MB "
        f"encoded in {encode_s:.2f} s ({pixels / encode_s / 1e6:.0f} MB/s)"
    )
    counts = one.counts
    phases = ", ".join(f"{name} {took:.1f} s" for name, took in one.phases.items())
    print(
        f"{counts['cases']} cases, {counts['questions']} questions, {counts['frames']:,} pictures; "
        f"1 worker: {phases} ({60 * counts['cases'] / one.parallel:.0f} cases a minute)"
    )
    ratio = one.parallel / (unpack_s + encode_s)
    met = verdict(ratio <= MOST_OVER_FLOOR)
    print(f"  beside the floor {ratio:.2f}, target: at most {MOST_OVER_FLOOR}: {met}")
    speed_up = one.parallel / two.parallel
    print(
        f"  2 workers {two.parallel:.1f} s, {speed_up:.2f} times as fast, target: at least {LEAST_SPEED_UP}: "
        f"{verdict(speed_up >= LEAST_SPEED_UP)}"
    )


def beside_baseline(source: Path, cases: list[str]) -> None:
    """The same cases and views by the straightforward build."""
    with linked(source, cases) as some, tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        ours = timed(f"totalsegmentator:{some}", out, workers=1, questions=24 * len(cases))
        results = baseline.run(some, out, Path(name) / "plain", cases)
    theirs = sum(result.seconds for result in results)
    ratio = theirs / ours.parallel
    plain_s, own_s = theirs / len(cases), ours.parallel / len(cases)
    print(
        f"straightforward build: {plain_s:.1f} s a case, ours {own_s:.2f} s: {ratio:.1f} times as many cases "
        f"a minute, target: at least {LEAST_OVER_BASELINE:g}: {verdict(ratio >= LEAST_OVER_BASELINE)}"
    )


def memory() -> None:
    """The peak of a worker over one large case."""
    with tempfile.TemporaryDirectory() as name, linked(made(range(1), "large"), ["s2000"]) as source:
        run = timed(f"totalsegmentator:{source}", Path(name) / "out", workers=1, questions=240)
    gib = run.peak / 2**30
    met = verdict(gib < MOST_GIB)
    print(f"512 x 512 x 600 voxels: peak memory of a worker {gib:.2f} GiB, target: under {MOST_GIB}: {met}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10, help="cases in a build")
    parser.add_argument("--repeats", type=int, default=2, help="rounds, of which the quickest counts")
    parser.add_argument("--baseline", type=int, default=3, help="cases of the straightforward build")
    options = parser.parse_args()
    folder = made(range(2 * options.cases))
    cases = usable(folder, sorted(path.name for path in folder.glob("s*")))[: options.cases]
    for name, per_case in DENSITIES.items():
        dense = per_case > min(DENSITIES.values())  # takes longer: half the cases, once
        some = cases[: -(-len(cases) // 2)] if dense else cases
        print(f"{name}, {per_case} questions a case:")
        with linked(folder, some) as source:
            beside_floor(source, 1 if dense else options.repeats, per_case, len(some))
    with linked(folder, cases) as source:
        beside_baseline(source, cases[: options.baseline])
    memory()


if __name__ == "__main__":
    main()
