"""A tiny benchmark of two made-up bodies, and copies of it to tamper with."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

import misground.benchmark.building.build as build_module
from misground.benchmark.settings import BuildSettings
from misground.benchmark.validate import CheckResult, Report, validate
from misground.benchmark.validate.record import Context, ItemRecord
from misground.benchmark.validate.rows import StoredQuestion, stored_question, stored_view
from misground.questions import draw
from misground.records import CaseFacts
from misground.records.schemas import CASES, QUESTIONS, SKIPPED, VIEWS

Row = dict[str, Any]

# Label value -> box in voxels of 12 mm; x grows to the patient's right, z upwards. Few slices: few pictures.
TORSO = {
    1: (slice(1, 7), slice(3, 9), slice(4, 7)),  # spleen
    5: (slice(9, 15), slice(4, 12), slice(4, 7)),  # liver
    21: (slice(5, 11), slice(8, 14), slice(0, 3)),  # urinary_bladder
    51: (slice(4, 10), slice(9, 15), slice(7, 10)),  # heart
}
# Voxels of 4 mm of a left knee: lateral is towards smaller x.
KNEE = {
    5: (slice(4, 16), slice(4, 11), slice(5, 10)),  # femur
    6: (slice(5, 15), slice(4, 11), slice(0, 4)),  # tibia
    7: (slice(5, 15), slice(12, 15), slice(4, 9)),  # patella
    8: (slice(0, 4), slice(3, 11), slice(0, 3)),  # fibula
}
SHAPE = (16, 16, 10)


def write_scan(folder: Path, boxes: dict[int, Any], mm: float) -> None:
    """A label map of boxes, and a scan in which no two corners look alike."""
    labels = np.zeros(SHAPE, np.uint8)
    for value, box in boxes.items():
        labels[box] = value
    x, y, z = np.indices(SHAPE)
    scan = (-150 + 6 * x + 3 * y + 4 * z + 40 * (labels > 0) + 23 * ((x + 2 * y + 3 * z) % 3)).astype(
        np.int16
    )
    affine = np.diag([mm, mm, mm, 1.0])
    folder.mkdir()
    nib.save(nib.Nifti1Image(scan, affine), folder / "scan.nii.gz")
    nib.save(nib.Nifti1Image(labels, affine), folder / "labels.nii.gz")


HEADER = "case_id,scan,labels,modality,side,labelset\n"


@pytest.fixture(scope="session")
def torso(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of one torso, in the layout of the `labelmap` source."""
    root = tmp_path_factory.mktemp("torso")
    write_scan(root / "t1", TORSO, 12.0)
    (root / "cases.csv").write_text(f"{HEADER}t1,t1/scan.nii.gz,t1/labels.nii.gz,ct,,total\n")
    return root


@pytest.fixture(scope="session")
def source(torso: Path) -> str:
    """The SOURCE string of the torso."""
    return f"labelmap:{torso}"


@pytest.fixture(scope="session")
def knee_source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The SOURCE string of a left knee."""
    root = tmp_path_factory.mktemp("knee")
    write_scan(root / "k1", KNEE, 4.0)
    (root / "cases.csv").write_text(f"{HEADER}k1,k1/scan.nii.gz,k1/labels.nii.gz,mri,left,oai\n")
    return f"labelmap:{root}"


class _Here:
    """An engine that works in this process."""

    def run(self, function: Any, tasks: Any) -> Any:
        return ((task, function(task)) for task in tasks)


class _Silent:
    def phase(self, name: str, total: int, done: int) -> None: ...
    def step(self, skipped: int = 0, questions: int = 0) -> None: ...
    def say(self, text: str) -> None: ...


def one_of_each_kind(plans: Any, settings: Any) -> list[Any]:
    """The first item of each (modality, dimension, task) of a real draw: few pictures, every task."""
    kept: dict[tuple[str, str, str], Any] = {}
    for item in draw(plans, settings):
        kept.setdefault((item.modality, item.dimension, item.task), item)
    return list(kept.values())


def build_here(sources: list[str], out: Path, choose: Any = one_of_each_kind, **settings: Any) -> Path:
    """A build in this process, of the few items that `choose` takes from a draw."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_module, "draw", choose)
        build_module.build(sources, out, BuildSettings(**settings), engine=_Here(), progress=_Silent())
    return out


@pytest.fixture(scope="session")
def good(source: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the torso as it was built; not to be changed."""
    return build_here([source], tmp_path_factory.mktemp("good") / "out")


@pytest.fixture(scope="session")
def both(source: str, knee_source: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of torso and knee as it was built; not to be changed."""
    return build_here([source, knee_source], tmp_path_factory.mktemp("both") / "out")


@dataclass
class Bench:
    """A copy of a benchmark folder with hands on it."""

    root: Path

    def questions(self, edit: Callable[[list[Row]], object]) -> "Bench":
        """Change the questions; a list that is returned replaces them."""
        return self._edit(self.root / "questions" / "test.parquet", QUESTIONS, edit)

    def cases(self, edit: Callable[[list[Row]], object]) -> "Bench":
        """Change the cases."""
        return self._edit(self.root / "cases.parquet", CASES, edit)

    def skipped(self, edit: Callable[[list[Row]], object]) -> "Bench":
        """Change the skipped cases."""
        return self._edit(self.root / "skipped.parquet", SKIPPED, edit)

    def views(self, edit: Callable[[list[Row]], object]) -> "Bench":
        """Change the views of the one case."""
        return self._edit(self.views_path, VIEWS, edit)

    @property
    def views_path(self) -> Path:
        """The file of the one case's views."""
        (path,) = (self.root / "views").glob("*.parquet")
        return path

    def manifest(self, edit: Callable[[dict[str, Any]], object]) -> "Bench":
        """Change the manifest."""
        path = self.root / "manifest.json"
        manifest = json.loads(path.read_text())
        edit(manifest)
        path.write_text(json.dumps(manifest))
        return self

    def check(self, name: str, *sources: str) -> CheckResult:
        """The result of one check; any check may fail beside it."""
        return named(validate(self.root, sources, engine=_Here()), name)

    def _edit(self, path: Path, schema: pa.Schema, edit: Callable[[list[Row]], object]) -> "Bench":
        rows = pq.read_table(path).to_pylist()
        returned = edit(rows)
        rows = returned if isinstance(returned, list) else rows
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
        return self.manifest(lambda manifest: _hash(manifest, path.relative_to(self.root).as_posix(), path))


def _hash(manifest: dict[str, Any], name: str, path: Path) -> None:
    """What a careful forger would do: the manifest agrees with the changed file."""
    files = manifest["files"]
    files[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = "".join(f"{key}\t{value}\n" for key, value in sorted(files.items()))
    manifest["content_hash"] = hashlib.sha256(lines.encode()).hexdigest()


def named(report: Report, name: str) -> CheckResult:
    """One result of a report."""
    return next(check for check in report.checks if check.name == name)


@pytest.fixture
def bench(good: Path, tmp_path: Path) -> Bench:
    """A fresh copy of the good folder."""
    shutil.copytree(good, tmp_path / "out")
    return Bench(tmp_path / "out")


@pytest.fixture(scope="session")
def build_small() -> Callable[..., Path]:
    """The function that builds a few items in this process."""
    return build_here


@pytest.fixture(scope="session")
def result_of() -> Callable[[Report, str], CheckResult]:
    """The function that picks one result of a report."""
    return named


@dataclass(frozen=True)
class Loaded:
    """The items of the good folder, as the checks get them."""

    records: tuple[ItemRecord, ...]
    context: Context

    def item(self, task: str, dimension: str = "3d") -> ItemRecord:
        """The item of a task."""
        return next(r for r in self.records if (r.first.task, r.first.dimension) == (task, dimension))


def load(root: Path) -> Loaded:
    """Read a folder of one case."""
    (path,) = (root / "views").glob("*.parquet")
    views = {row["view_id"]: stored_view(row) for row in pq.read_table(path).to_pylist()}
    items: dict[str, list[StoredQuestion]] = {}
    for row in pq.read_table(root / "questions" / "test.parquet").to_pylist():
        items.setdefault(row["item_id"], []).append(stored_question(row))
    records = []
    for rows in items.values():
        own = dict.fromkeys(row.view_id for row in rows if row.view_id is not None)
        records.append(ItemRecord(tuple(rows), tuple(views[view_id] for view_id in own)))
    (case,) = pq.read_table(root / "cases.parquet").to_pylist()
    return Loaded(tuple(records), Context(CaseFacts.from_row(case), BuildSettings()))


@pytest.fixture(scope="session")
def read_once(good: Path) -> Loaded:
    """The items of the good folder; frozen, so tests change copies."""
    return load(good)


@pytest.fixture
def loaded(read_once: Loaded) -> Loaded:
    """The same with a context of its own, which learns names."""
    return replace(read_once, context=Context(read_once.context.case, BuildSettings()))


@pytest.fixture
def mirrored(torso: Path, tmp_path: Path) -> str:
    """The SOURCE of the same torso, its scan (not its labels) mirrored along x."""
    root = tmp_path / "mirrored"
    shutil.copytree(torso, root)
    for path in root.glob("*/scan.nii.gz"):
        image = nib.load(path)
        data: NDArray[np.generic] = np.asanyarray(image.dataobj)[::-1]
        nib.save(nib.Nifti1Image(np.ascontiguousarray(data), image.affine), path)
    return f"labelmap:{root}"
