"""The files of the explorer by name: what they hold, and that nothing else is reached."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.anatomy import structure_table
from misground.errors import UsageError
from misground.records.schemas import QUESTIONS
from misground.report.explorer.listing import NOT_A_PROBE, OF_ITEM, OF_QUESTION
from misground.report.explorer.site import STATIC, Site, open_site


@pytest.fixture(scope="module")
def site(mini: Path, runs: Any) -> Iterator[Site]:
    with open_site(mini, runs) as opened:
        yield opened


def value(content: bytes | None) -> Any:
    assert content is not None
    return json.loads(content.decode().removeprefix("misground.receive.apply(null,").removesuffix(");\n"))[1]


def test_every_static_file_is_there_and_the_page_names_only_them(site: Site) -> None:
    for name in STATIC:
        assert site.read(name)
    page = (site.read("index.html") or b"").decode()
    named = [part.split('"')[0] for mark in ('src="', 'href="') for part in page.split(mark)[1:]]
    assert set(named) <= {*STATIC, "data/questions.js"}
    assert "<script>" not in page
    assert "style=" not in page


def test_the_list_says_of_every_question_what_the_benchmark_says(
    site: Site, questions: list[dict[str, Any]]
) -> None:
    data = value(site.read("data/questions.js"))
    names = {key: found.name for key, found in structure_table().structures.items()}
    by_id = {row["question_id"]: row for row in questions}
    rank = 0
    for item, count in enumerate(data["items"]["count"]):
        for _ in range(count):
            row = by_id.pop(data["questions"]["id"][rank])
            assert row["item_id"] == data["items"]["id"][item]
            for column in OF_ITEM:
                found, code = data["items"][column], data["items"][column]["codes"][item]
                expected = names.get(row[column], row[column])
                assert (found["values"][code] if code >= 0 else None) == expected
            for column in OF_QUESTION:
                found = data["questions"][column]
                expected = row[column] or NOT_A_PROBE
                assert found["values"][ord(found["codes"][rank]) - ord("0")] == expected
            rank += 1
    assert not by_id


def test_the_list_holds_the_outcomes_of_each_run_by_question_and_epoch(site: Site) -> None:
    data = value(site.read("data/questions.js"))
    one, two = data["runs"]
    assert [len(run["outcomes"]) for run in data["runs"]] == [2 * site.catalogue.size, site.catalogue.size]
    assert set(one["outcomes"]) == set("cwnre")
    assert set(two["outcomes"]) == set("c.")
    assert one["cut"] == [place // 2 for place, letter in enumerate(one["outcomes"]) if letter == "n"] != []
    assert two["cut"] == []
    assert two["model"] == "<i>two</i>⟨U+202E⟩"
    assert one["id"] != two["id"]


def test_an_items_script_holds_its_questions_views_marks_and_replies(
    site: Site, questions: list[dict[str, Any]]
) -> None:
    asked = next(row for row in questions if row["prompt"] == "box" and row["dimension"] == "3d")
    data = value(site.read(f"data/detail/{asked['item_id']}.js"))
    assert len(data["questions"]) == 24
    mine = next(each for each in data["questions"] if each["id"] == asked["question_id"])
    assert (mine["text"], mine["options"], mine["answer"]) == (
        asked["text"],
        asked["options"],
        asked["answer"],
    )
    assert mine["evidence"] == asked["evidence"]
    stored = site.benchmark.view(asked["view_id"])
    view = data["views"][asked["view_id"]]
    assert view["slices"] == stored["slices"]
    assert [mark["box"] for mark in view["marks"]] == [mark["box"] for mark in stored["marks"]]
    assert len(data["replies"][asked["question_id"]]) == 2


def test_pictures_are_the_benchmarks_own_bytes(site: Site, questions: list[dict[str, Any]]) -> None:
    view_id = next(row["view_id"] for row in questions if row["dimension"] == "3d" and row["view_id"])
    stored = [frame["bytes"] for frame in site.benchmark.view(view_id)["frames"]]
    assert [site.read(f"frames/{view_id}/{number:02d}.png") for number in range(len(stored))] == stored
    assert site.read(f"frames/{view_id}/{len(stored):02d}.png") is None


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "app.py", "static/app.css", "../app.py", "js/../../site.py", "vendor/", "js",
        "data/detail/../questions.js", "data/detail/unknown.js", "data/detail/.js", "frames/unknown/00.png",
        "frames/../00.png", "/etc/passwd", "manifest.json", "index.html\x00", "INDEX.HTML",
    ],
)  # fmt: skip
def test_other_names_are_no_files(site: Site, name: str) -> None:
    assert site.read(name) is None


def test_a_picture_has_one_name(site: Site) -> None:
    view_id = min(site.catalogue.view_ids)
    assert site.read(f"frames/{view_id}/00.png") is not None
    assert site.read(f"frames/{view_id}/000.png") is None
    assert site.read(f"frames/{view_id}/٠٠.png") is None


def rewritten(mini: Path, to: Path, rows: list[dict[str, Any]]) -> Path:
    shutil.copytree(mini, to)
    pq.write_table(pa.Table.from_pylist(rows, QUESTIONS), to / "questions" / "test.parquet")
    return to


def test_questions_of_an_item_stand_side_by_side_whatever_their_order_on_disk(
    mini: Path, questions: list[dict[str, Any]], tmp_path: Path
) -> None:
    mixed = questions[::2] + questions[1::2]
    with open_site(rewritten(mini, tmp_path / "mixed", mixed), []) as site:
        for item, item_id in enumerate(site.catalogue.item_ids):
            found = [row["question_id"] for row in site.catalogue.questions(item)]
            assert found == [row["question_id"] for row in mixed if row["item_id"] == item_id]


@pytest.mark.parametrize("hostile", ["../../outside", "a/b", "", "a b", "é", "x" * 200, "..", "-o"])
def test_an_id_that_is_no_file_name_is_refused(
    mini: Path, questions: list[dict[str, Any]], tmp_path: Path, hostile: str
) -> None:
    rows = [{**questions[0], "item_id": hostile}, *questions[1:]]
    with (
        pytest.raises(UsageError, match="is not a valid id"),
        open_site(rewritten(mini, tmp_path / "bad", rows), []),
    ):
        pass


def test_a_benchmark_without_questions_is_refused(mini: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="has no questions"),
        open_site(rewritten(mini, tmp_path / "none", []), []),
    ):
        pass
