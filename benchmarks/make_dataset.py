"""Makes a data set in TotalSegmentator's layout, of any number of cases, as orderly or as ugly as real ones.

Run: python benchmarks/make_dataset.py -o DIR --cases 200 [--seed 0] [--workers 2] [--size usual] [--tidy]

DIR/sNNNN/ct.nii.gz (int16), DIR/sNNNN/segmentations/<class>.nii.gz for each of the 117 classes (uint8; zeros
where the class is absent), DIR/meta.csv, and DIR/made.json, which says of each case what was done to it and
whether it must be skipped. Voxels are 1.5 mm (3 mm for `small`, so that a hundred of them hold a body).

Bodies are phantoms (`phantom:torso`, its vertebrae and ribs parted again into classes by height) and, where
MISGROUND_TEST_DATA (default ../shared/data) has it, the real torso, each time deformed otherwise; either is
scaled, cropped, and given noise. A case depends on its number, the seed, the size and the kind of bodies
alone: a smaller set is the beginning of a larger one. Numbering starts at s2000, past TotalSegmentator's own
names, of which some are known to be bad. Finished cases are kept when the same call is made again.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path

import nibabel as nib
import numpy as np
from isal import igzip
from scipy import ndimage

from misground.records import Volume
from misground.sources.label_sets import class_values
from misground.sources.phantom.frame import ORDERS, Axes, rotation
from misground.sources.phantom.torso import torso_case
from misground.volumes import orient

DATA = Path(os.environ.get("MISGROUND_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
BODIES = ("phantoms", "torso", "both")
# Voxels along x, y, z at least and at most, and their side in mm; None: whatever side shows the whole body.
SIZES = {
    "small": ((88, 80, 92), (108, 96, 116), 3.0),
    "usual": ((200, 200, 200), (260, 230, 260), 1.5),
    "large": ((512, 512, 600), (512, 512, 600), None),
}
FIRST_NAME = 2000
FOREIGN = "heart_atrium_left_foreign"
NOISE_HU = 6  # beside what the bodies have of their own; about 12 HU together
NOISE_TILE = 1 << 20
LOWEST_HU = -1024
LEAST_SHOWN = 0.1
GZIP_LEVEL = 2
HEADER_BYTES = 352

# What makes a case unusable: (it befalls case `first` and every `period`-th after it, a word of the reason).
# Of several that fall on one case the first counts.
SKIPPING = {
    "overlap above 1%": (7, 40, "class files overlap in"),
    "oblique by 21 degrees": (16, 40, "oblique by"),
    "a class file of 0 bytes": (27, 40, "the file is empty"),
    "truncated ct.nii.gz": (12, 150, "the compressed data is truncated"),
    "flipped bytes in ct.nii.gz": (62, 150, "'ct.nii.gz'"),
    "garbage for the header of ct.nii.gz": (112, 150, "not a NIfTI file"),
    "empty segmentation": (23, 60, "has no structure"),
    "a class file of another shape": (34, 160, "expected equal shapes"),
    "a class file in another place": (114, 160, "places a corner"),
    "no ct.nii.gz": (41, 90, "labels but no scan"),
}
# What a case must survive: it befalls case `first` and every `period`-th after it.
HARMLESS = {
    "overlap below 1%": (1, 3),
    "oblique by a few degrees": (2, 4),
    "class files are missing": (3, 5),
    "a stray text file": (5, 7),
    "a foreign class file": (4, 9),
    "sform alone": (1, 6),
    "qform alone": (4, 6),
}


@dataclass(frozen=True)
class Settings:
    """What a case depends on beside its number. bodies: phantoms, torso, or both in turn."""

    seed: int = 0
    size: str = "usual"
    bodies: str = "phantoms"
    tidy: bool = False


@dataclass(frozen=True)
class Body:
    """A body in RAS+ order, coarser than it will be written. scan: float32, labels: uint8, (X, Y, Z) each."""

    scan: np.ndarray
    labels: np.ndarray
    spacing_mm: np.ndarray


@dataclass(frozen=True)
class Grid:
    """The written grid. at: along x, y, z, which place of the body's grid each voxel shows, in its voxels."""

    at: tuple[np.ndarray, ...]
    spacing_mm: tuple[float, ...]
    order: Axes

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along the file's axes, the first of which runs fastest."""
        return tuple(len(self.at[axis]) for axis, _ in self.order)


# --- what befalls a case ---


def case_id(number: int) -> str:
    return f"s{FIRST_NAME + number:04d}"


def skipping(number: int, settings: Settings) -> str | None:
    """The one thing that makes a case unusable, a key of SKIPPING."""
    fates = ((name, first, period) for name, (first, period, _) in SKIPPING.items() if not settings.tidy)
    return next((name for name, first, period in fates if _befalls(number, first, period)), None)


def harmless(number: int, settings: Settings) -> set[str]:
    """The keys of HARMLESS that a case must survive; none where it is to be skipped, to part the causes."""
    if settings.tidy or skipping(number, settings):
        return set()
    return {name for name, (first, period) in HARMLESS.items() if _befalls(number, first, period)}


def expected(folder: Path) -> dict[str, str]:
    """Case id -> a word of the reason, for each case of a made data set that must be skipped."""
    cases = json.loads((folder / "made.json").read_text(encoding="utf-8"))["cases"]
    return {name: case["skipped"] for name, case in cases.items() if case["skipped"]}


def _befalls(number: int, first: int, period: int) -> bool:
    return number >= first and (number - first) % period == 0


def _made(number: int, settings: Settings) -> dict[str, object]:
    fate = skipping(number, settings)
    order = "".join("LPI"[axis] if sign < 0 else "RAS"[axis] for axis, sign in _order(number))
    done = [f"body: {_kind(number, settings)}", f"axis order {order}", *sorted(harmless(number, settings))]
    return {"done": [*done, *([fate] if fate else [])], "skipped": SKIPPING[fate][2] if fate else None}


def _order(number: int) -> Axes:
    return ORDERS[number % len(ORDERS)]


def _kind(number: int, settings: Settings) -> str:
    # The turns change places after every round of the axis orders, so that both bodies come in all orders.
    turn = (number + number // len(ORDERS)) % 2
    return ("phantoms", "torso")[turn] if settings.bodies == "both" else settings.bodies


# --- bodies ---


def has_torso() -> bool:
    return (DATA / "ct_torso" / "ct.nii.gz").is_file()


def phantom_body(number: int, settings: Settings) -> Body:
    """The torso phantom with this number, its vertebrae and ribs as TotalSegmentator's classes."""
    raw = torso_case(settings.seed, number)
    scan, labels = orient(raw.scan), orient(raw.labels)
    parted = labels.data.astype(np.uint8)
    values = class_values("total")
    _part(parted, values["vertebrae_S1"], 21, upwards=True)
    _part(parted, values["rib_left_1"], 12, upwards=False)
    _part(parted, values["rib_right_1"], 12, upwards=False)
    return Body(scan.data.astype(np.float32), parted, np.array(scan.spacing_mm))


def _part(labels: np.ndarray, value: int, n_classes: int, *, upwards: bool) -> None:
    """Part one label into classes of equal height, numbered on from `value`."""
    inside = labels == value
    heights = np.flatnonzero(inside.any(axis=(0, 1)))
    if heights.size:
        band = (np.arange(labels.shape[2]) - heights[0]) * n_classes // (heights[-1] + 1 - heights[0])
        classes = value + (band if upwards else n_classes - 1 - band)
        labels[inside] = np.broadcast_to(classes, labels.shape)[inside]


def torso_body(rng: np.random.Generator) -> Body:
    """The real torso, bent by a smooth field of at most about a centimetre."""
    scan, labels = _real_torso()
    shape = labels.data.shape
    bent = np.indices(shape, dtype=np.float32)
    waves = [np.cos(np.pi * np.outer(np.arange(n) + 0.5, np.arange(4)) / n) for n in shape]
    sizes = 1 / (1 + np.indices((4, 4, 4)).sum(axis=0))
    for axis in range(3):
        field = rng.normal(0, 1.2, (4, 4, 4)) * sizes
        for wave in waves:
            field = np.tensordot(field, wave, axes=(0, 1))  # leaves the axes in order after all three
        bent[axis] += field
    return Body(
        ndimage.map_coordinates(scan.data, bent, np.float32, order=1, mode="nearest"),
        ndimage.map_coordinates(labels.data, bent, order=0, mode="nearest"),
        np.array(scan.spacing_mm),
    )


@cache
def _real_torso() -> tuple[Volume, Volume]:
    images = [nib.load(DATA / "ct_torso" / f"{name}.nii.gz") for name in ("ct", "segmentation")]
    scan, labels = (orient(Volume(np.asanyarray(image.dataobj), image.affine)) for image in images)
    return scan, labels


# --- from a body to the voxels of files ---


def lay_grid(body: Body, number: int, settings: Settings, rng: np.random.Generator) -> Grid:
    """A field of view of the scaled body: around its middle across, anywhere along it."""
    least, most, side = SIZES[settings.size]
    whole_mm = body.labels.shape * body.spacing_mm * rng.uniform(0.94, 1.08, 3)
    wanted = rng.integers(least, most, endpoint=True)
    shown = np.array([1, 1, rng.uniform(0.7, 1)])
    # Which share of what is left over lies before the grid: about half across, any along.
    before = np.array([*rng.uniform(0.4, 0.6, 2), rng.uniform(0, 1)])
    step = np.full(3, side) if side else np.round(whole_mm / wanted, 4)
    if side and _kind(number, settings) == "torso":
        # The real scan ends within the body, so that there is nothing to show beyond it.
        wanted = np.minimum(wanted, (whole_mm * shown / step).astype(int))
    start = (whole_mm - wanted * step) * before
    at = tuple(
        (start[i] + (np.arange(wanted[i]) + 0.5) * step[i]) * body.labels.shape[i] / whole_mm[i] - 0.5
        for i in range(3)
    )
    return Grid(at, tuple(step.tolist()), _order(number))


def affine_of(grid: Grid, number: int, settings: Settings, rng: np.random.Generator) -> np.ndarray:
    """From the file's voxels to RAS+ mm, the middle of the grid anywhere near the scanner's."""
    middle, degrees = rng.uniform(-200, 200, 3), rng.uniform(-4, 4, 3)
    if skipping(number, settings) == "oblique by 21 degrees":
        degrees = np.array([21.0, 0.0, 0.0])
    elif "oblique by a few degrees" not in harmless(number, settings):
        degrees = np.zeros(3)
    turn = np.array(rotation(*degrees))
    affine = np.eye(4)
    for column, (axis, sign) in enumerate(grid.order):
        affine[:3, column] = turn[:, axis] * grid.spacing_mm[axis] * sign
    affine[:3, 3] = np.round(middle - affine[:3, :3] @ (np.array(grid.shape) - 1) / 2, 3)
    return affine


def in_file_order(array: np.ndarray, grid: Grid) -> tuple[np.ndarray, list[np.ndarray]]:
    """The body's array with the file's axes, slowest first, and the places along each that are wanted."""
    slowest_first = grid.order[::-1]
    return array.transpose([axis for axis, _ in slowest_first]), [
        grid.at[axis][::sign] for axis, sign in slowest_first
    ]


def without_slivers(body: Body, grid: Grid) -> Body:
    """The body less the labels of classes of which the grid shows hardly anything, as a network leaves them.

    Where the field of view ends just past a structure's tip, that tip may lie on the wrong side of others.
    """
    places = zip(grid.at, body.labels.shape, strict=True)
    shown = body.labels[np.ix_(*(np.unique(np.rint(at).astype(int).clip(0, n - 1)) for at, n in places))]
    whole, inside = (np.bincount(labels.reshape(-1), minlength=256) for labels in (body.labels, shown))
    kept = np.where(inside >= LEAST_SHOWN * whole, np.arange(256, dtype=np.uint8), np.uint8(0))
    return replace(body, labels=kept[body.labels])


def label_voxels(body: Body, grid: Grid) -> np.ndarray:
    """(K, J, I) uint8: the label of the nearest voxel of the body."""
    labels, places = in_file_order(body.labels, grid)
    for axis, at in enumerate(places):
        labels = labels.take(np.rint(at).astype(int), axis=axis, mode="clip")
    return np.ascontiguousarray(labels)


def scan_planes(body: Body, grid: Grid, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """The K planes (J, I) int16 of the scan: linear between the body's voxels, with noise.

    The noise is a tile that each plane begins at another place of; a fresh number a voxel would take longer
    than all the rest.
    """
    scan, places = in_file_order(body.scan, grid)
    for axis in (1, 2):
        low, share = _between(places[axis], scan.shape[axis])
        share = share.reshape(-1, 1) if axis == 1 else share
        lower, upper = scan.take(low, axis), scan.take(low + 1, axis)
        scan = lower + (upper - lower) * share
    size = scan.shape[1] * scan.shape[2]
    noise = rng.standard_normal(NOISE_TILE + size, dtype=np.float32) * np.float32(NOISE_HU)
    for low, share in zip(*_between(places[0], scan.shape[0]), strict=True):
        plane = scan[low] + (scan[low + 1] - scan[low]) * share
        start = int(rng.integers(NOISE_TILE))
        plane += noise[start : start + size].reshape(plane.shape)
        np.maximum(plane, LOWEST_HU, out=plane)
        yield np.rint(plane, out=plane).astype(np.int16)


def _between(at: np.ndarray, voxels: int) -> tuple[np.ndarray, np.ndarray]:
    """The lower of the two voxels around each place, and the upper one's share; ends are carried on."""
    inside = np.clip(at, 0, voxels - 1)
    low = np.minimum(inside.astype(int), voxels - 2)
    return low, (inside - low).astype(np.float32)


# --- files ---


def header(shape: tuple[int, ...], affine: np.ndarray, dtype: type, forms: tuple[int, int]) -> bytes:
    """The first 352 bytes of a NIfTI file. forms: codes of sform and qform, 0 where it is not set."""
    made = nib.Nifti1Header()
    made.set_data_dtype(dtype)
    made.set_data_shape(shape)
    made.set_xyzt_units("mm")
    made.set_qform(affine, forms[1])  # also sets the voxel sides
    made.set_sform(affine if forms[0] else None, forms[0])
    made.set_data_offset(HEADER_BYTES)
    return made.binaryblock + bytes(HEADER_BYTES - 348)


class ClassWriter:
    """Writes class files of one grid. labels: (K, J, I). claims: class -> voxels that it claims besides."""

    def __init__(self, labels: np.ndarray, head: bytes, claims: dict[int, np.ndarray]) -> None:
        self._flat, self._claims = labels.reshape(-1), claims
        self._plane = labels[0].size
        shows = np.array([np.bincount(plane.reshape(-1), minlength=256) > 0 for plane in labels])
        self._planes = {
            int(value): np.flatnonzero(shows[:, value]) for value in np.flatnonzero(shows.any(axis=0))
        }
        self._buffer = bytearray(head) + bytearray(labels.size)
        self._voxels = np.frombuffer(self._buffer, np.uint8)[HEADER_BYTES:]
        self._zeros = _zipped(self._buffer)

    def compressed(self, value: int) -> bytes:
        """The file of a class."""
        claimed = self._claims.get(value)
        if value not in self._planes and claimed is None:
            return self._zeros
        if value in self._planes:
            planes = self._planes[value]
            where = slice(int(planes[0]) * self._plane, int(planes[-1] + 1) * self._plane)
            np.equal(self._flat[where], value, out=self._voxels[where].view(bool))
        if claimed is not None:
            self._voxels[claimed] = 1
        file = _zipped(self._buffer)
        self._voxels[:] = 0
        return file


def _zipped(data: bytes | bytearray) -> bytes:
    file: bytes = igzip.compress(data, GZIP_LEVEL, mtime=0)
    return file


def overlaps(labels: np.ndarray, *, many: bool) -> dict[int, np.ndarray]:
    """Voxels for a second class to claim: a few where two classes touch, or 3% of all that are labelled."""
    flat = labels.reshape(-1)
    counts = np.bincount(flat, minlength=256)
    counts[0] = 0
    if many:
        first, second = (int(value) for value in np.argsort(counts)[:-3:-1])
        return {second: np.flatnonzero(flat == first)[: int(counts.sum() * 0.03)]}
    touching = np.flatnonzero((flat[:-1] != flat[1:]) & (flat[:-1] > 0) & (flat[1:] > 0))
    few = touching[:: 1 + touching.size // max(1, int(counts.sum() * 0.003))]
    return {int(value): few[flat[few + 1] == value] for value in np.unique(flat[few + 1])}


def write_case(folder: Path, number: int, settings: Settings) -> None:
    """Write one case folder; it appears under its name only when it is whole."""
    target = folder / case_id(number)
    if target.exists():
        return
    # The process id: a worker that outlived a killed call may still be at work on the same case.
    unfinished = folder / ".unfinished" / f"{target.name}-{os.getpid()}"
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "segmentations").mkdir(parents=True)
    _fill(unfinished, number, settings)
    unfinished.rename(target)


def _fill(folder: Path, number: int, settings: Settings) -> None:
    kind = _kind(number, settings)
    words = [settings.seed, number, BODIES.index(kind), list(SIZES).index(settings.size)]
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(words)))
    body = phantom_body(number, settings) if kind == "phantoms" else torso_body(rng)
    grid = lay_grid(body, number, settings, rng)
    affine = affine_of(grid, number, settings, rng)
    fate, ills = skipping(number, settings), harmless(number, settings)
    forms = (1 - ("qform alone" in ills), 1 - ("sform alone" in ills))
    labels = label_voxels(without_slivers(body, grid), grid)
    if fate == "empty segmentation":
        labels[:] = 0
    claims = {}
    if fate == "overlap above 1%" or "overlap below 1%" in ills:
        claims = overlaps(labels, many=fate is not None)
    writer = ClassWriter(labels, header(grid.shape, affine, np.uint8, forms), claims)
    for name, value in class_values("total").items():
        (folder / "segmentations" / f"{name}.nii.gz").write_bytes(writer.compressed(value))
    scan = bytearray(header(grid.shape, affine, np.int16, forms))
    for plane in scan_planes(body, grid, rng):
        scan += plane.data
    (folder / "ct.nii.gz").write_bytes(_zipped(scan))
    present = sorted(set(np.unique(labels).tolist()) - {0})
    _add_harmless(folder, ills, writer, present, rng)
    if fate in _SPOILERS:
        _SPOILERS[fate](folder, grid.shape, affine, rng)


def _class_file(folder: Path, value: int) -> Path:
    names = {v: name for name, v in class_values("total").items()}
    return folder / "segmentations" / f"{names[value]}.nii.gz"


def _add_harmless(
    folder: Path, ills: set[str], writer: ClassWriter, present: list[int], rng: np.random.Generator
) -> None:
    if "class files are missing" in ills:
        for value in rng.choice(present, min(4, len(present) - 1), replace=False).tolist():
            _class_file(folder, value).unlink()
    if "a stray text file" in ills:
        (folder / "notes.txt").write_text("read by two radiologists\n", encoding="utf-8")
        (folder / "segmentations" / "README.txt").write_text("see notes.txt\n", encoding="utf-8")
    if "a foreign class file" in ills:
        (folder / "segmentations" / f"{FOREIGN}.nii.gz").write_bytes(writer.compressed(present[0]))


# --- what makes a case unusable ---

_Spoiler = Callable[[Path, tuple[int, ...], np.ndarray, np.random.Generator], None]


def _truncated(folder: Path, *_: object) -> None:
    path = folder / "ct.nii.gz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def _flipped(folder: Path, *_: object) -> None:
    path = folder / "ct.nii.gz"
    data = np.frombuffer(path.read_bytes(), np.uint8).copy()
    data[data.size // 2 : data.size // 2 + 64] ^= 0xFF
    path.write_bytes(data.tobytes())


def _garbage_header(folder: Path, _shape: object, _affine: object, rng: np.random.Generator) -> None:
    path = folder / "ct.nii.gz"
    path.write_bytes(_zipped(rng.bytes(HEADER_BYTES) + igzip.decompress(path.read_bytes())[HEADER_BYTES:]))


def _no_scan(folder: Path, *_: object) -> None:
    (folder / "ct.nii.gz").unlink()


def _empty_file(folder: Path, _shape: object, _affine: object, rng: np.random.Generator) -> None:
    _class_file(folder, int(rng.integers(1, 118))).write_bytes(b"")


def _other_shape(folder: Path, shape: tuple[int, ...], affine: np.ndarray, rng: np.random.Generator) -> None:
    shorter = (shape[0] - 1, *shape[1:])
    head = header(shorter, affine, np.uint8, (1, 1))
    _class_file(folder, int(rng.integers(2, 118))).write_bytes(_zipped(head + bytes(int(np.prod(shorter)))))


def _other_place(folder: Path, shape: tuple[int, ...], affine: np.ndarray, rng: np.random.Generator) -> None:
    shifted = affine.copy()
    shifted[:3, 3] += affine[:3, 0]
    head = header(shape, shifted, np.uint8, (1, 1))
    _class_file(folder, int(rng.integers(2, 118))).write_bytes(_zipped(head + bytes(int(np.prod(shape)))))


_SPOILERS: dict[str | None, _Spoiler] = {
    "a class file of 0 bytes": _empty_file,
    "truncated ct.nii.gz": _truncated,
    "flipped bytes in ct.nii.gz": _flipped,
    "garbage for the header of ct.nii.gz": _garbage_header,
    "a class file of another shape": _other_shape,
    "a class file in another place": _other_place,
    "no ct.nii.gz": _no_scan,
}


# --- the whole data set ---


def make(folder: Path, numbers: Iterable[int], settings: Settings, workers: int = 1) -> None:
    """Write the cases with these numbers, and the tables of all cases that were ever asked for.

    ValueError where the folder was begun with other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sorted(numbers)
    _write_tables(folder, wanted, settings)
    work = partial(write_case, folder, settings=settings)
    if workers == 1:
        for number in wanted:
            work(number)
    else:
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            for _ in pool.imap_unordered(work, wanted):
                pass
    shutil.rmtree(folder / ".unfinished", ignore_errors=True)


def _write_tables(folder: Path, numbers: list[int], settings: Settings) -> None:
    path = folder / "made.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"cases": {}}
    if known.get("settings", asdict(settings)) != asdict(settings):
        raise ValueError(f"{folder.name} was begun with other settings: {known['settings']}")
    cases = known["cases"] | {case_id(number): _made(number, settings) for number in numbers}
    cases = dict(sorted(cases.items()))
    text = json.dumps({"settings": asdict(settings), "cases": cases}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    splits = [f"{name};{'test' if int(name[1:]) % 10 == 9 else 'train'}\n" for name in cases]
    (folder / "meta.csv").write_text("image_id;split\n" + "".join(splits), encoding="utf-8")


def summary(folder: Path) -> str:
    """How many cases there are, how many with each thing done, and how many must be skipped."""
    cases = json.loads((folder / "made.json").read_text(encoding="utf-8"))["cases"]
    done = [what for case in cases.values() for what in case["done"] if not what.startswith("axis order")]
    lines = [f"{len(cases)} cases, of which {len(expected(folder))} must be skipped"]
    return "\n".join([*lines, *(f"{done.count(what):6} {what}" for what in sorted(set(done)))])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder to write, or to continue")
    parser.add_argument("--cases", type=int, required=True, help="number of cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--size", choices=SIZES, default="usual")
    parser.add_argument(
        "--from", dest="bodies", choices=BODIES, default="both", help="where bodies come from"
    )
    parser.add_argument("--tidy", action="store_true", help="nothing ugly but the axis orders")
    given = parser.parse_args()
    bodies = given.bodies
    if bodies != "phantoms" and not has_torso():
        if bodies == "torso":
            sys.exit("no real scans: set MISGROUND_TEST_DATA to the folder that holds ct_torso")
        print("no real scan (MISGROUND_TEST_DATA): phantoms alone")
        bodies = "phantoms"
    start = time.perf_counter()
    settings = Settings(given.seed, given.size, bodies, given.tidy)
    try:
        make(given.out, range(given.cases), settings, given.workers)
    except ValueError as error:
        sys.exit(str(error))
    print(f"{summary(given.out)}\n{time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
