"""The same work as a first script would do it: nibabel, numpy and Pillow, one picture after the other.

Run: python benchmarks/baseline.py SOURCE_DIR BENCHMARK -o OUT [--cases N]

SOURCE_DIR is a TotalSegmentator folder of CT scans, BENCHMARK what `misground build` made of it. For each
case of the benchmark: every class file is read by nibabel and brought to RAS+, all whole-volume relations are
found by the rule in docs/benchmark.md from the voxels' coordinates, and each of the benchmark's views of the
case is drawn again and saved as OUT/<case>/<view_id>_<frame>.png, its questions as
OUT/<case>/questions.jsonl. The script is plain and correct, and neither fast nor slow on purpose: its time is
the baseline.
"""

import argparse
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from PIL import Image, ImageDraw, ImageFont

from misground.anatomy import structure_table
from misground.sources.label_sets import class_values, label_values

LOWEST_HU, HIGHEST_HU = -160, 240
DISTANCE_MM = 10 - 1e-6
FILL_OPACITY = 0.38
DOT_RADIUS = 4
FONT = ImageFont.load_default(14)
VIEW_COLUMNS = [
    "view_id",
    "plane",
    "coordinates",
    "prompt",
    "blank",
    "slices",
    "width",
    "height",
    "mm_per_pixel",
    "marks",
]


@dataclass(frozen=True)
class Scan:
    """A case in RAS+ order.

    voxels: (X, Y, Z) float64. labels: (X, Y, Z), i + 1 for keys[i], 0 for none. affine: (4, 4) of both.
    """

    voxels: np.ndarray
    labels: np.ndarray
    affine: np.ndarray
    keys: list[str]


@dataclass(frozen=True)
class Relations:
    """Of structure a to structure b along axis i, [i, a, b]: -1, 0 (uncertain) or 1; P(a > b); mm."""

    sign: np.ndarray
    p_a_greater: np.ndarray
    delta_mm: np.ndarray


@dataclass(frozen=True)
class CaseResult:
    """What was done for one case; structures by their place in `keys`."""

    case_id: str
    keys: list[str]
    relations: Relations
    views: int
    frames: int
    questions: int
    seconds: float


def read_scan(folder: Path) -> Scan:
    """Read ct.nii.gz and every class file of the task; where files overlap, the lowest value wins."""
    ct = nib.as_closest_canonical(nib.load(folder / "ct.nii.gz"))
    values = np.zeros(ct.shape, np.uint8)
    for name, value in sorted(class_values("total").items(), key=lambda row: row[1]):
        path = folder / "segmentations" / f"{name}.nii.gz"
        if path.exists():
            mask = nib.as_closest_canonical(nib.load(path)).get_fdata() > 0
            values[mask & (values == 0)] = value
    structures = label_values("total").structures
    present = {structures[value].key for value in np.unique(values).tolist() if value in structures}
    keys = sorted(present, key=structure_table().rank)
    labels = np.zeros(values.shape, np.uint8)
    for value, structure in structures.items():
        if structure.key in present:
            labels[values == value] = keys.index(structure.key) + 1
    return Scan(ct.get_fdata(), labels, ct.affine, keys)


def find_relations(scan: Scan) -> Relations:
    """Every whole-volume relation, from the coordinates of each structure's voxels."""
    spacing = np.round(np.linalg.norm(scan.affine[:3, :3], axis=0), 9)
    towards = scan.affine[:3, :3] / spacing  # column i: which way array axis i runs in the patient
    coordinates = [np.argwhere(scan.labels == i + 1) for i in range(len(scan.keys))]
    centroids = np.array([voxels.mean(axis=0) * spacing for voxels in coordinates])
    shape = (3, len(scan.keys), len(scan.keys))
    found = Relations(np.zeros(shape, np.int8), np.zeros(shape), np.zeros(shape))
    for axis in range(3):
        n = scan.labels.shape[axis]
        histograms = [np.bincount(voxels[:, axis], minlength=n) for voxels in coordinates]
        below = [np.cumsum(histogram) - histogram for histogram in histograms]
        for a in range(len(scan.keys)):
            for b in range(len(scan.keys)):
                greater = int(histograms[a] @ below[b])
                equal = int(histograms[a] @ histograms[b])
                pairs = len(coordinates[a]) * len(coordinates[b])
                apart = centroids[a] - centroids[b]
                found.p_a_greater[axis, a, b] = (2 * greater + equal) / (2 * pairs)
                found.delta_mm[axis, a, b] = apart[axis]
                agrees = np.sign(apart[axis]) == np.sign(towards[axis] @ apart)
                if agrees and 20 * (2 * greater + equal) >= 38 * pairs and apart[axis] >= DISTANCE_MM:
                    found.sign[axis, a, b] = 1
                if agrees and 20 * (2 * greater + equal) <= 2 * pairs and apart[axis] <= -DISTANCE_MM:
                    found.sign[axis, a, b] = -1
    return found


def plane_of(volume: np.ndarray, plane: str, index: int, coordinates: str) -> np.ndarray:
    """A slice as rows and columns on the screen."""
    if plane == "axial":
        section = volume[:, :, index]
    elif plane == "coronal":
        section = volume[:, index, :]
    else:
        section = volume[index, :, :]
    return section.T[::-1, ::-1] if coordinates == "viewing" else section


def draw_frame(scan: Scan, view: dict, frame: int) -> Image.Image:
    """One picture of a view, with its marks."""
    size = (view["width"], view["height"])
    where = (view["plane"], view["slices"][frame], view["coordinates"])
    if view["blank"]:
        image = Image.new("RGB", size)
    else:
        grey = (plane_of(scan.voxels, *where) - LOWEST_HU) / (HIGHEST_HU - LOWEST_HU) * 255
        pixels = np.clip(np.round(grey), 0, 255).astype(np.uint8)
        image = Image.new("RGB", size)
        of_slice = slice_size(scan, view)
        scaled = Image.fromarray(pixels).resize(of_slice, Image.Resampling.BILINEAR)
        # The slice is in the middle of a canvas that is larger than it.
        odd = int(view["coordinates"] == "viewing")
        image.paste(
            scaled, tuple((whole - part + odd) // 2 for whole, part in zip(size, of_slice, strict=True))
        )
    if view["prompt"] != "none":
        for mark in view["marks"]:
            if mark["frame"] == frame:
                draw_mark(image, view["prompt"], mark, scan, where)
    return image


def slice_size(scan: Scan, view: dict) -> tuple[int, int]:
    """Width and height of a slice in the pixels of a view."""
    axes = [i for i, plane in enumerate(("sagittal", "coronal", "axial")) if plane != view["plane"]]
    across, down = axes if view["coordinates"] == "viewing" else axes[::-1]
    spacing = np.linalg.norm(scan.affine[:3, :3], axis=0)
    mm = [scan.voxels.shape[i] * spacing[i] for i in (across, down)]
    width, height = (max(1, round(length / view["mm_per_pixel"])) for length in mm)
    return width, height


def draw_mark(image: Image.Image, prompt: str, mark: dict, scan: Scan, where: tuple[str, int, str]) -> None:
    x0, y0, x1, y1 = mark["box"]
    x, y = mark["point"]
    draw = ImageDraw.Draw(image)
    if prompt == "mask":
        inside = plane_of(scan.labels, *where) == scan.keys.index(mark["structure"]) + 1
        opacity = Image.fromarray(inside * np.uint8(255 * FILL_OPACITY))
        image.paste(mark["color"], mask=opacity.resize(image.size, Image.Resampling.NEAREST))
    elif prompt == "box":
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline=mark["color"], width=2)
    else:
        draw.ellipse((x - DOT_RADIUS, y - DOT_RADIUS, x + DOT_RADIUS, y + DOT_RADIUS), fill=mark["color"])
    corner = (x + DOT_RADIUS + 2, y - 7) if prompt == "point" else (x0, max(0, y0 - 16))
    draw.text(corner, mark["label"], fill=mark["color"], font=FONT)


def run_case(folder: Path, benchmark: Path, out: Path) -> CaseResult:
    """Read a case, find its relations, draw the benchmark's views of it and write its questions."""
    start = time.perf_counter()
    case_id = folder.name
    scan = read_scan(folder)
    relations = find_relations(scan)
    out.mkdir(parents=True, exist_ok=True)
    views = rows_of(benchmark / "views", case_id, VIEW_COLUMNS)
    frames = 0
    for view in views:
        for frame in range(len(view["slices"])):
            draw_frame(scan, view, frame).save(out / f"{view['view_id']}_{frame}.png")
            frames += 1
    questions = rows_of(benchmark / "questions", case_id)
    with (out / "questions.jsonl").open("w", encoding="utf-8") as file:
        for question in questions:
            file.write(json.dumps(question) + "\n")
    seconds = time.perf_counter() - start
    return CaseResult(case_id, scan.keys, relations, len(views), frames, len(questions), seconds)


def rows_of(folder: Path, case_id: str, columns: list[str] | None = None) -> list[dict]:
    """The rows of one case in a folder of Parquet files."""
    table = ds.dataset(sorted(folder.glob("*.parquet")))
    return table.to_table(columns=columns, filter=ds.field("case_id") == case_id).to_pylist()


def case_ids_of(benchmark: Path) -> list[str]:
    """The cases of a benchmark."""
    return pq.read_table(benchmark / "cases.parquet")["case_id"].to_pylist()


def run(source_dir: Path, benchmark: Path, out: Path, case_ids: Iterable[str]) -> list[CaseResult]:
    """Do the work of these cases of a TotalSegmentator folder, one after the other."""
    return [run_case(source_dir / case_id, benchmark, out / case_id) for case_id in case_ids]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source_dir", type=Path, metavar="SOURCE_DIR", help="TotalSegmentator folder")
    parser.add_argument("benchmark", type=Path, metavar="BENCHMARK", help="folder made by misground build")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for pictures and questions")
    parser.add_argument("--cases", type=int, help="the first N cases of the benchmark; all by default")
    given = parser.parse_args()
    for case_id in case_ids_of(given.benchmark)[: given.cases]:
        (done,) = run(given.source_dir, given.benchmark, given.out, [case_id])
        certain = np.count_nonzero(done.relations.sign) // 2
        print(
            f"{case_id}: {certain} relations, {done.views} views of {done.frames} frames, "
            f"{done.questions} questions, {done.seconds:.1f} s"
        )


if __name__ == "__main__":
    main()
