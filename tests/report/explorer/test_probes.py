"""Probes in the explorer's data: a column to filter by, and which way a picture is mirrored."""

import json
from pathlib import Path
from typing import Any

import pytest

from misground.benchmark.load import open_benchmark
from misground.coordinates import on_screen
from misground.report.explorer.site import open_site


@pytest.fixture(scope="module")
def probed(once: Any, misground: Any) -> Path:
    def make(out: Path) -> None:
        few = ("--max-questions", 50, "--probes", "all", "--no-shortcuts")
        made = misground("build", "phantom:knee?n=1", *few, "-o", out)
        assert made.returncode == 0, made.stderr

    return once("probed-knee", make)


def value(content: bytes | None) -> Any:
    assert content is not None
    return json.loads(content.decode().removeprefix("misground.receive.apply(null,").removesuffix(");\n"))[1]


@pytest.mark.slow
def test_probes_are_a_column_and_mirrored_views_say_along_what(probed: Path) -> None:
    rows = {row["question_id"]: row for row in open_benchmark(probed).questions().to_pylist()}
    with open_site(probed, []) as site:
        data = value(site.read("data/questions.js"))
        column = data["questions"]["probe"]
        assert column["values"] == ["none", "naming", "reversed", "reordered", "mirrored"]
        told = [column["values"][ord(code) - ord("0")] for code in column["codes"]]
        assert told == [rows[each]["probe"] or "none" for each in data["questions"]["id"]]
        item = next(row["item_id"] for row in rows.values() if row["probe"] == "mirrored")
        detail = value(site.read(f"data/detail/{item}.js"))
    assert len(detail["questions"]) == 42
    for question in detail["questions"]:
        row = rows[question["id"]]
        assert question["probe"] == (row["probe"] or "none")
        if question["view"] is None:
            continue
        along = "frame" if row["task"] == "cross_slice" else None
        if row["task"] == "in_plane":
            along = on_screen(row["plane"], "viewing", row["axis"])[0]
        expected = along if row["probe"] == "mirrored" else None
        assert detail["views"][question["view"]]["mirrored"] == expected
