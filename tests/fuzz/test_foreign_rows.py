"""A sample of spoilt tables, read by everything that reads a benchmark or results."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

pytest.importorskip("polars")
pytest.importorskip("inspect_ai")

from misground.errors import UsageError
from misground.report.explorer.site import detail_name, frame_name, open_site

from .readers import ON_BENCHMARKS, ON_RESULTS, all_uses, use_full_sheet
from .tables import RESULTS_FILE, TABLES, mutations, tiny, write_replies

PLACES = {name: f"bench/{name}" for name in TABLES} | {"results": RESULTS_FILE}
STEP = {
    "questions/test.parquet": 17, "views/a.parquet": 15, "cases.parquet": 25, "skipped.parquet": 20,
    "results": 29,
}  # fmt: skip
"""Every so many mutations of a table are tried here: about sixty; long runs try all."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tiny")
    write_replies(tiny(root / "bench"))
    return root


def places(root: Path, work: Path) -> tuple[Path, Path, Path]:
    return root / "bench", root / RESULTS_FILE, work


def test_the_tiny_benchmark_itself_is_taken_by_everything(good: Path, tmp_path: Path) -> None:
    uses = {**ON_BENCHMARKS, **ON_RESULTS, "full sheet": use_full_sheet}
    assert all_uses(uses, *places(good, tmp_path)) == dict.fromkeys(uses)


@pytest.mark.parametrize("name", PLACES)
def test_spoilt_tables_are_read_or_refused_in_one_line(good: Path, tmp_path: Path, name: str) -> None:
    root = tmp_path / "spoilt"
    shutil.copytree(good, root)
    path = root / PLACES[name]
    table = pq.read_table(path, partitioning=None)
    uses = ON_RESULTS if name == "results" else ON_BENCHMARKS
    for number, (what, changed) in enumerate(mutations(table)):
        if number % STEP[name] == 0 and what != "no rows":
            pq.write_table(changed, path)
            try:
                all_uses(uses, *places(root, tmp_path))
            except Exception as error:
                raise AssertionError(f"{name}: {what}") from error


def refused(root: Path, name: str, tmp_path: Path) -> str:
    told = all_uses({name: ON_BENCHMARKS[name]}, *places(root, tmp_path))[name]
    assert told is not None
    return told


VIEW_FAULTS = {
    "a path without bytes": ({"frames": [{"bytes": None, "path": "/etc/passwd"}]}, "a frame has no bytes"),
    "no frames": ({"frames": []}, "frames, expected as many as slices"),
    "marks are null": ({"marks": None}, "marks is None, expected a value in every row"),
    "a width of zero": ({"width": 0}, "width is 0, expected a number from 1"),
    "an infinite pixel": ({"mm_per_pixel": float("inf")}, "mm_per_pixel is inf, expected a number above 0"),
    "another case": ({"case_id": "other"}, "case_id is 's1', expected the case_id of the view"),
}
QUESTION_FAULTS = {
    "a level": ({"plane": "oblique"}, "plane is 'oblique', expected one of axial, coronal, sagittal"),
    "one option": ({"options": ["anterior"]}, "expected two answers"),
    "nine options": ({"options": ["anterior"] * 9}, "expected two answers"),
    "equal options": ({"options": ["anterior", "anterior"]}, "an option occurs twice"),
    "an answer": ({"answer": "elsewhere"}, "answer is 'elsewhere', expected one of the options"),
    "no view": ({"view_id": None}, "view_id is None, expected a value"),
    "NaN": ({"evidence": {"p_a_greater": float("nan"), "delta_mm": 1.0}}, "evidence.p_a_greater is nan"),
    "no evidence": ({"evidence": None}, "evidence is None, expected a value"),
    "an axis": ({"axis": "z"}, "axis is 'z', expected an axis that the task asks about"),
    "an id of another question": ({"question_id": "q1"}, "question_id 'q1' occurs twice"),
}


def spoilt(good: Path, to: Path, name: str, change: dict) -> Path:
    """The tiny benchmark with other values in the first row of a table."""
    shutil.copytree(good, to)
    path = to / "bench" / name
    table = pq.read_table(path, partitioning=None)
    rows = table.to_pylist()
    rows[0] |= change
    pq.write_table(table.from_pylist(rows, table.schema), path)
    return to


@pytest.mark.parametrize("fault", VIEW_FAULTS)
def test_a_view_that_no_build_writes_is_named_with_its_file(good: Path, tmp_path: Path, fault: str) -> None:
    change, told = VIEW_FAULTS[fault]
    root = spoilt(good, tmp_path / "spoilt", "views/a.parquet", change)
    for name in ("sheet", "tables"):
        line = refused(root, name, tmp_path)
        assert told in line
        assert "bench" in line


@pytest.mark.parametrize("fault", QUESTION_FAULTS)
def test_a_question_that_no_build_writes_is_named_with_its_file(
    good: Path, tmp_path: Path, fault: str
) -> None:
    change, told = QUESTION_FAULTS[fault]
    root = spoilt(good, tmp_path / "spoilt", "questions/test.parquet", change)
    for name in ("evaluation", "explorer"):
        line = refused(root, name, tmp_path)
        assert told in line
        assert "test.parquet" in line


def test_a_bad_picture_costs_the_explorer_that_picture_alone(good: Path, tmp_path: Path) -> None:
    def frames(*contents: bytes) -> dict:
        return {"frames": [{"bytes": content, "path": "/etc/passwd"} for content in contents]}

    root = spoilt(good, tmp_path / "spoilt", "views/a.parquet", frames(b"GIF89a"))
    with open_site(root / "bench", []) as site:
        bad, fine = sorted(
            site.catalogue.view_ids, key=lambda name: name != "in_plane-2d-image-none-storage"
        )[:2]
        with pytest.raises(UsageError, match="frame 0 is not a PNG file"):
            site.read(frame_name(bad, 0))
        assert site.read(frame_name(fine, 0))
        assert site.read(frame_name(fine, 32)) is None
        assert {frame["path"] for frame in site.benchmark.view(bad)["frames"]} == {None}
        (root / "bench" / "views" / "a.parquet").write_bytes(b"")
        with pytest.raises(UsageError, match=r"views/a\.parquet cannot be read as Parquet"):
            site.read(detail_name(site.catalogue.item_ids[0]))
