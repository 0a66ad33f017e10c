"""Every format holds whatever honest benchmark, and hands on nothing but pictures and text."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from misground.benchmark.escaping import file_name
from misground.benchmark.export import FORMATS, export
from misground.errors import UsageError

HONEST: dict[str, Callable[[dict[str, Any]], bool]] = {
    "no text-only questions": lambda row: row["condition"] != "text_only",
    "text-only questions alone": lambda row: row["condition"] == "text_only",
    "blank pictures alone": lambda row: row["condition"] == "blank",
    "one task of three options": lambda row: row["task"] == "slice_direction",
    "one modality": lambda row: row["modality"] == "mri",
    "no stack": lambda row: row["dimension"] == "2d" and row["condition"] != "text_only",
    "probes alone": lambda row: row["probe"] is not None,
    "stacks alone": lambda row: row["dimension"] == "3d" and row["condition"] == "image",
}


@pytest.mark.parametrize("name", HONEST)
def test_every_format_holds_a_benchmark_of(name: str, few: Callable[..., Path], tmp_path: Path) -> None:
    benchmark = few(HONEST[name], 8)
    count = pq.read_metadata(benchmark / "questions" / "test.parquet").num_rows
    for form in FORMATS:
        done = export(benchmark, tmp_path / form, form)
        assert done.questions + done.left_out == count
        assert done.questions


def one_frame(view: dict[str, Any]) -> None:
    first = min((mark["frame"] for mark in view["marks"]), default=0)
    view["slices"], view["frames"] = view["slices"][first : first + 1], view["frames"][first : first + 1]
    view["marks"] = [{**mark, "frame": 0} for mark in view["marks"] if mark["frame"] == first]


def test_a_stack_of_one_frame_is_exported(few: Callable[..., Path], tmp_path: Path) -> None:
    benchmark = few(lambda row: row["task"] == "slice_direction", 2, one_frame)
    for form in FORMATS:
        assert export(benchmark, tmp_path / form, form).questions == 2


def png(size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("L", size).save(file, "PNG")
    return file.getvalue()


def gif(view: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    Image.new("L", (view["width"], view["height"])).save(file, "GIF")
    return file.getvalue()


BAD = {
    "no bytes": lambda _: None,
    "a GIF": gif,
    "a PNG of another size": lambda _: png((3, 3)),
    "a PNG with more": lambda view: view["frames"][0]["bytes"] + b"more",
    "a bomb": lambda view: view["frames"][0]["bytes"][:16] + b"\x7f\xff\xff\xff" * 2,
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_that_is_none_is_refused_before_it_is_passed_on(
    name: str, form: Any, few: Callable[..., Path], tmp_path: Path
) -> None:
    def spoil(view: dict[str, Any]) -> None:
        view["frames"][0]["bytes"] = BAD[name](view)

    benchmark = few(lambda row: row["condition"] == "blank" and row["dimension"] == "2d", 1, spoil)
    with pytest.raises(UsageError, match="frame") as raised:
        export(benchmark, tmp_path / "new", form)
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_path_beside_the_pictures_is_never_handed_on(few: Callable[..., Path], tmp_path: Path) -> None:
    def spoil(view: dict[str, Any]) -> None:
        for frame in view["frames"]:
            frame["path"] = "/etc/hostname"

    export(few(view=spoil), tmp_path / "new", "lmms-eval")
    table = pq.read_table(tmp_path / "new" / "data" / "test-00000.parquet")
    images = [image for row in table["images"].to_pylist() for image in row]
    assert images
    assert {image["path"] for image in images} == {None}


def test_cells_that_a_spreadsheet_would_run_are_text_and_pictures_have_safe_names(
    few: Callable[..., Path], tmp_path: Path
) -> None:
    benchmark = few(lambda row: row["dimension"] == "3d" and row["condition"] == "image", 2)
    for name in ("questions/test", "views/a"):
        path = benchmark / f"{name}.parquet"
        table = pq.read_table(path)
        rows = [
            {**row, "view_id": f"../CON{row['view_id']}", "case_id": "=cmd()|x"} for row in table.to_pylist()
        ]
        pq.write_table(type(table).from_pylist(rows, table.schema), path)
    try:
        export(benchmark, tmp_path / "new", "vlmevalkit")
    except UsageError:  # ids like these may be refused when the benchmark is read
        return
    (path,) = (tmp_path / "new").glob("misground_3d_*.tsv")
    before = csv.field_size_limit(1 << 30)
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    finally:
        csv.field_size_limit(before)
    assert {row["case_id"] for row in rows} == {"'=cmd()|x"}
    for row in rows:
        assert all(
            re.fullmatch(r"[a-z0-9_~-]+_[0-9]{2}\.png", name) for name in json.loads(row["image_path"])
        )


def test_ids_become_different_names_on_every_system() -> None:
    ids = [
        "a",
        "A",
        "con",
        "CON",
        "nul",
        "aux.txt",
        "x.",
        "x ",
        "x",
        "..",
        "../x",
        "",
        "ä",
        "a\u0308",
        "com1",
        "-",
    ]
    names = [file_name(one) for one in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    for name in names:
        assert re.fullmatch(r"[a-z0-9_~-]+", name)
        assert name not in {"con", "nul", "aux", "com1"}
    assert file_name("0f3a-b_c") == "0f3a-b_c"
    with pytest.raises(UsageError, match="an id of 300 characters"):
        file_name("x" * 300)
