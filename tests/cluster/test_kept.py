"""A label map that is kept comes back as it was, and nothing else ever does."""

import itertools
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from misground.anatomy import structure_table
from misground.benchmark.building.kept_labels import keep_labels, kept_case
from misground.benchmark.building.plans import load_plan
from misground.benchmark.building.work import PlanTask, plan_one
from misground.benchmark.listing import list_sources
from misground.benchmark.places import Place, parse_place
from misground.benchmark.settings import BuildSettings
from misground.errors import CaseError
from misground.records import Case, CaseFacts, CaseRef, Volume
from misground.volumes import load_case
from misground.volumes.layout import memory_layout

SHAPE = (3, 4, 5)
ORDERS = list(itertools.permutations(range(3)))
FLIPS = list(itertools.product([False, True], repeat=3))
KEY = "what it was made from"


def laid_out(values: NDArray[Any], order: tuple[int, ...], flips: tuple[bool, ...]) -> NDArray[Any]:
    """Equal values, with the axes in this order in memory and some of them backwards."""
    steps = tuple(slice(None, None, -1 if flip else 1) for flip in flips)
    dense = np.ascontiguousarray(values[steps].transpose(order))
    return dense.transpose(np.argsort(order))[steps]


@pytest.fixture
def case() -> Case:
    numbers = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    structures = list(structure_table().structures.values())[:2]
    return Case(
        facts=CaseFacts(
            case_id="a",
            modality="ct",
            source="made",
            spacing_mm=(1.5, 2.0, 0.1 + 0.2),
            shape=SHAPE,
            oblique_degrees=0.1 * 3,
            side=None,
            structures=tuple(structure.key for structure in structures),
        ),
        scan=numbers.astype(np.int16),
        labels=(numbers * 7 % 3).astype(np.uint8),
        structures=tuple(structures),
        axes=np.eye(3) + 1e-17 * numbers[:3, :3, 0],
    )


def ref_of(case: Case, scan: NDArray[Any] | None = None) -> CaseRef:
    """A case whose scan can be read, and nothing else of it."""
    volume = Volume(case.scan if scan is None else scan, np.diag([1.5, 2.0, 0.3, 1.0]))

    def read() -> Any:
        raise AssertionError("the whole case is read")

    return CaseRef("a", "ct", "torso", "made", read, "fingerprint", lambda: volume)


@pytest.fixture(params=["folder", "memory"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    root = tmp_path if request.param == "folder" else parse_place(f"memory://{tmp_path}")
    return root / "labels" / "a.npz"


def test_every_layout_in_memory_comes_back_with_its_values(case: Case, tmp_path: Path) -> None:
    layouts = set()
    for dtype, order, flips in itertools.product((np.uint8, np.uint16), ORDERS, FLIPS):
        labels = laid_out(case.labels.astype(dtype) * (300 if dtype == np.uint16 else 1), order, flips)
        layouts.add((tuple(labels.strides), labels.dtype))
        keep_labels(replace(case, labels=labels), KEY, tmp_path / "a.npz")
        found = kept_case(ref_of(case), KEY, tmp_path / "a.npz")
        assert found is not None
        np.testing.assert_array_equal(found.labels, labels)
        assert found.labels.dtype == labels.dtype
        assert found.labels.strides == labels.strides
        assert memory_layout(found.labels) == memory_layout(labels)
    assert len(layouts) == 2 * 48


def test_all_else_of_a_case_comes_back_too(case: Case, path: Place) -> None:
    keep_labels(case, KEY, path)
    found = kept_case(ref_of(case), KEY, path)
    assert found is not None
    # Field by field: an array has no single truth value, so two cases cannot be compared whole.
    for name in [field.name for field in fields(Case)]:
        kept, made = getattr(found, name), getattr(case, name)
        if isinstance(made, np.ndarray):
            np.testing.assert_array_equal(kept, made)
        else:
            assert kept == made


def test_labels_with_gaps_between_them_come_back(case: Case, tmp_path: Path) -> None:
    wide = np.zeros((6, 4, 10), np.uint8)
    wide[::2, :, ::2] = case.labels
    keep_labels(replace(case, labels=wide[::2, :, ::2]), KEY, tmp_path / "a.npz")
    found = kept_case(ref_of(case), KEY, tmp_path / "a.npz")
    assert found is not None
    np.testing.assert_array_equal(found.labels, case.labels)


def test_what_does_not_fit_is_not_used(case: Case, path: Place) -> None:
    assert kept_case(ref_of(case), KEY, path) is None
    keep_labels(case, KEY, path)
    assert kept_case(ref_of(case), "something else", path) is None
    assert kept_case(ref_of(case, scan=np.zeros((3, 4, 6), np.int16)), KEY, path) is None
    assert kept_case(replace(ref_of(case), read_scan=None), KEY, path) is None
    assert kept_case(ref_of(case), KEY, path) is not None


def test_a_damaged_file_is_not_used(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    keep_labels(case, KEY, path)
    whole = path.read_bytes()
    for cut in range(0, len(whole), 7):
        path.write_bytes(whole[:cut])
        assert kept_case(ref_of(case), KEY, path) is None
    # What is read of it is checked by its zip; a byte elsewhere may be another without harm.
    for place in range(0, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        found = kept_case(ref_of(case), KEY, path)
        assert found is None or np.array_equal(found.labels, case.labels)


def test_a_scan_that_cannot_be_read_is_the_cases_fault(case: Case, path: Place) -> None:
    def missing() -> Volume:
        raise FileNotFoundError(2, "No such file or directory", "ct.nii.gz")

    keep_labels(case, KEY, path)
    with pytest.raises(CaseError):
        kept_case(replace(ref_of(case), read_scan=missing), KEY, path)


def test_a_real_case_kept_is_the_case_loaded(source: str, tmp_path: Path) -> None:
    ref = list_sources([source]).refs[0]
    loaded = load_case(ref)
    keep_labels(loaded, KEY, tmp_path / "a.npz")
    found = kept_case(ref, KEY, tmp_path / "a.npz")
    assert found is not None
    np.testing.assert_array_equal(found.scan, loaded.scan)
    np.testing.assert_array_equal(found.labels, loaded.labels)
    assert found.scan.strides == loaded.scan.strides
    assert found.labels.strides == loaded.labels.strides


def test_a_damaged_plan_is_not_used(source: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.npz"
    ref = list_sources([source]).refs[0]
    task = PlanTask(ref, BuildSettings(), path, tmp_path / "labels.npz")
    assert plan_one(task) is None
    whole = path.read_bytes()
    assert load_plan(path, task.key) is not None
    assert load_plan(path, "something else") is None
    for cut in [0, *range(1, len(whole), len(whole) // 50)]:
        path.write_bytes(whole[:cut])
        assert load_plan(path, task.key) is None
    for place in range(0, len(whole), len(whole) // 200):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        load_plan(path, task.key)
