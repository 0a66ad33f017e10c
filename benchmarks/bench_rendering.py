"""Pictures a second beside the bare PNG encoding of the same pictures.

Run: python benchmarks/bench_rendering.py [--repeats 2]

A made CT-like volume (244 x 202 x 224 voxels, int16) with 20 ellipsoids stands for a case. Each round draws
the 14 views of one item (2 coordinates x none, mask, box, point; on the blank canvas 2 x mask, box, point),
once as a slice and once as a stack of 32 slices, for each plane. The bare encoding writes the same pixels, in
the same modes, with the same encoder: `each` writes every frame, `distinct` only those that differ, `Pillow`
every frame by Pillow at compression level 3. The last three columns are the times of drawing over theirs.
"""

import argparse
import io
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from PIL import Image

from misground.anatomy import PLANES, Plane, slice_axis_index, structure_table
from misground.records import COORDINATES, DIMENSIONS, PROMPTS, Case, CaseFacts, Dimension, View, ViewSpec
from misground.rendering import render_views
from misground.rendering.png import encode

SHAPE = (244, 202, 224)
BLOBS = 20
WINDOW = (-160.0, 240.0)
TARGET = 2.0


def made_case() -> Case:
    rng = np.random.default_rng(0)
    grid = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in SHAPE), indexing="ij", sparse=True)
    body = sum(((g - n / 2) / (0.46 * n)) ** 2 for g, n in zip(grid, SHAPE, strict=True)) < 1
    scan = np.where(body, -60, -1000).astype(np.int16)
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for value in range(1, BLOBS + 1):
        centre = [rng.uniform(0.3, 0.7) * n for n in SHAPE]
        radii = rng.uniform(10, 34, size=3)
        inside = sum(((g - c) / r) ** 2 for g, c, r in zip(grid, centre, radii, strict=True)) < 1
        labels[inside] = value
        scan[inside] = rng.integers(-20, 220)
    scan += rng.normal(0, 12, size=SHAPE).astype(np.int16)
    structures = tuple(s for s in structure_table().structures.values() if s.region == "torso")[:BLOBS]
    keys = tuple(structure.key for structure in structures)
    facts = CaseFacts("made", "ct", "bench", (1.5, 1.5, 1.5), SHAPE, 0.0, None, keys)
    return Case(facts, scan, labels, structures, np.eye(3))


def item_specs(case: Case, dimension: Dimension, plane: Plane) -> list[ViewSpec]:
    """The 14 views of an item about two structures that share slices."""
    axis = slice_axis_index(plane)
    across = tuple(i for i in range(3) if i != axis)
    shows = np.array([np.count_nonzero(case.labels == v, axis=across) for v in range(1, BLOBS + 1)])
    shared = np.minimum(shows[:, None], shows[None]).sum(axis=2) * ~np.eye(BLOBS, dtype=bool)
    a, b = np.unravel_index(np.argmax(shared), shared.shape)
    pair = case.structures[a].key, case.structures[b].key
    if dimension == "2d":
        slices = [int(np.argmax(np.minimum(shows[a], shows[b])))]
    else:
        found = np.flatnonzero(shows[a] + shows[b])
        slices = np.rint(np.linspace(found[0], found[-1], 32)).astype(int).tolist()
    return [
        ViewSpec(case.facts.case_id, dimension, plane, tuple(slices), coordinates, prompt, blank, pair)
        for blank in (False, True)
        for coordinates in COORDINATES
        for prompt in PROMPTS
        if not (blank and prompt == "none")
    ]


Pixels = tuple[np.ndarray, bytes | None]
"""An image, and its palette where it has one."""


def decoded(views: list[View]) -> Iterator[tuple[bytes, Pixels]]:
    for view in views:
        for frame in view.frames:
            image = Image.open(io.BytesIO(frame))
            palette = bytes(image.getpalette()) if image.mode == "P" else None
            yield frame, (np.asarray(image), palette)


def encode_all(images: Sequence[Pixels]) -> None:
    for pixels, palette in images:
        encode(pixels, palette)


def by_pillow(images: Sequence[Pixels]) -> None:
    """What most programs would write them with."""
    for pixels, palette in images:
        image = Image.fromarray(pixels)
        if palette:
            image.putpalette(palette)
        image.save(io.BytesIO(), "PNG", compress_level=3)


def medians(works: Sequence[Callable[[], object]], repeats: int) -> np.ndarray:
    """Seconds that each work takes; they take turns, so that a busy machine slows all of them."""
    times = [[_seconds(work) for work in works] for _ in range(repeats)]
    return np.median(times, axis=0)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=2, help="rounds, of which the median counts")
    repeats = parser.parse_args().repeats
    case = made_case()
    print(f"{'item':14}{'pictures':>9}{'drawn/s':>9}{'bare/s':>9}{'each':>7}{'distinct':>10}{'Pillow':>8}")
    totals = np.zeros(4)
    for dimension in DIMENSIONS:
        for plane in PLANES:
            specs = item_specs(case, dimension, plane)
            images = list(decoded(render_views(case, specs, WINDOW)))
            each = [image for _, image in images]
            distinct = list(dict(images).values())
            works = [
                partial(render_views, case, specs, WINDOW),
                partial(encode_all, each),
                partial(encode_all, distinct),
                partial(by_pillow, each),
            ]
            took = medians(works, repeats)
            totals += took
            print(_line(f"{dimension} {plane}", len(each), took))
    print(_line("all", 0, totals))
    print(f"target: each <= {TARGET}: {'met' if totals[0] <= TARGET * totals[1] else 'MISSED'}")


def _line(name: str, pictures: int, took: np.ndarray) -> str:
    drawn, each, distinct, pillow = took
    counts = f"{pictures:9d}{pictures / drawn:9.0f}{pictures / each:9.0f}" if pictures else " " * 27
    return f"{name:14}{counts}{drawn / each:7.2f}{drawn / distinct:10.2f}{drawn / pillow:8.2f}"


if __name__ == "__main__":
    main()
