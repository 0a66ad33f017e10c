"""One thing changed in a good folder, with the hashes made to agree: the check that should find it does."""

import copy
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from misground.benchmark.validate import validate
from misground.questions import DrawSettings, draw


def relation(rows, task="in_plane"):
    """The first row of the 3D item of a task."""
    return next(row for row in rows if row["task"] == task and row["dimension"] == "3d")


def of_item(rows, item_id):
    return [row for row in rows if row["item_id"] == item_id]


def change_answer(rows):
    row = relation(rows)
    row["answer"] = next(option for option in row["options"] if option != row["answer"])


def swap_sign(rows):
    for row in of_item(rows, relation(rows)["item_id"]):
        row["evidence"]["delta_mm"] *= -1


def weaken(rows):
    for row in of_item(rows, relation(rows)["item_id"]):
        row["evidence"]["p_a_greater"] = 0.5


def edit_text(rows):
    rows[0]["text"] += " It lies on the left."


def edit_fact(rows):
    rows[1]["name_hint"] = "one"


def count_frames_wrongly(rows):
    for row in of_item(rows, relation(rows)["item_id"]):
        row["shared_frames"] += 1


def forget_the_axis(rows):
    relation(rows)["axis"] = None


QUESTION_EDITS = {
    "a changed answer": (change_answer, "texts", "answer"),
    "a changed answer against the marks": (change_answer, "on_screen", "but in view"),
    "a changed answer against the evidence": (change_answer, "answers", "its evidence implies"),
    "a swapped sign": (swap_sign, "answers", "expected at least 0.95"),
    "an uncertain fact": (weaken, "answers", "p_a_greater is 0.5"),
    "an edited text": (edit_text, "texts", "It lies on the left."),
    "an edited text under its old id": (edit_text, "ids", "found question_id"),
    "a fact of one question": (edit_fact, "crossing", "disagree on name_hint"),
    "a wrong number of shared frames": (count_frames_wrongly, "shared_frames", "shared_frames is "),
    "a null": (forget_the_axis, "schema", "axis is None"),
    "a word of no factor": (lambda rows: rows[0].update(prompt="arrow"), "schema", "prompt is 'arrow'"),
    "a missing question": (lambda rows: rows.pop(5), "crossing", "missing: image/storage/box/colloquial"),
    "two questions in another order": (
        lambda rows: rows[1::-1] + rows[2:],
        "crossing",
        "their order differs",
    ),
    "a question twice": (lambda rows: [rows[0], *rows], "ids", "occurs twice"),
}


@pytest.mark.parametrize(("edit", "check", "words"), QUESTION_EDITS.values(), ids=QUESTION_EDITS.keys())
def test_questions_tampered_with(bench, edit, check, words):
    found = bench.questions(edit).check(check)
    assert not found.ok
    assert any(words in problem for problem in found.problems)


def stack(rows):
    """The first view of a stack with both structures."""
    return next(row for row in rows if row["dimension"] == "3d" and row["marks"])


def cut_a_picture(rows):
    rows[0]["frames"][0]["bytes"] = rows[0]["frames"][0]["bytes"][:-20]


def move_a_box(rows):
    x0, y0, x1, y1 = rows[0]["marks"][0]["box"]
    rows[0]["marks"][0]["box"] = [x0 + 3, y0, x1 + 3, y1]


def exchange_boxes(rows):
    for row in rows:
        boxes = {(m["label"], m["frame"]): (m["box"], m["point"]) for m in row["marks"]}
        for mark in row["marks"]:
            other = boxes.get(("B" if mark["label"] == "A" else "A", mark["frame"]))
            if other:
                mark["box"], mark["point"] = other


def turn_a_stack(rows):
    row = stack(rows)
    row["slices"] = row["slices"][::-1]


def exchange_frames(rows):
    row = stack(rows)
    row["frames"][0], row["frames"][-1] = row["frames"][-1], row["frames"][0]


def add_a_view(rows):
    rows.append({**copy.deepcopy(rows[0]), "view_id": "0" * 20})


VIEW_EDITS = {
    "a truncated picture": (cut_a_picture, "pictures", "is truncated"),
    "pictures of a stack exchanged": (exchange_frames, "pictures", "frame 0"),
    "another size": (lambda rows: rows[0].update(width=511), "pictures", "expected 512 x 512"),
    "another scale": (lambda rows: rows[0].update(mm_per_pixel=1.0), "pictures", "mm_per_pixel is 1.0"),
    "a moved box": (move_a_box, "marks", "marks differ"),
    "boxes of A and B exchanged": (exchange_boxes, "on_screen", "but in view"),
    "a stack turned round": (turn_a_stack, "stacks", "show different slices"),
    "a missing view": (lambda rows: rows.pop(0) and None, "ids", "which is missing"),
    "a view too many": (add_a_view, "ids", "no question asks about view"),
    "a view twice": (lambda rows: [rows[0], *rows], "ids", "occurs twice"),
    "a blank that is none": (lambda rows: rows[0].update(blank=None), "schema", "blank is null"),
    "views of an item apart": (lambda rows: [*rows[1:], rows[0]], "schema", "not contiguous"),
}


@pytest.mark.parametrize(("edit", "check", "words"), VIEW_EDITS.values(), ids=VIEW_EDITS.keys())
def test_views_tampered_with(bench, edit, check, words):
    found = bench.views(edit).check(check)
    assert not found.ok
    assert any(words in problem for problem in found.problems)


def test_no_question_at_all(bench):
    assert "found none" in bench.questions(lambda _: []).check("schema").problems[0]


def test_questions_of_a_case_apart(bench):
    def move(rows):
        other = {**rows[0], "case_id": "t2"}
        return [*rows[:5], other, *rows[5:]]

    assert "not contiguous" in bench.questions(move).check("schema").problems[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spacing_mm": [1.0, 1.0, -1.0]}, "spacing_mm"),
        ({"shape": [16, 16]}, "shape"),
        ({"side": "both"}, "side"),
        ({"structures": ["liver", "liver"]}, "structures"),
        ({"modality": "pet"}, "modality"),
    ],
)
def test_cases_tampered_with(bench, change, words):
    assert words in bench.cases(lambda rows: rows[0].update(change)).check("schema").problems[0]


def test_questions_about_a_case_that_is_not_there(bench):
    found = bench.cases(lambda rows: rows[0].update(case_id="t9")).check("ids")
    assert found.problems == ("case t1 is not in cases.parquet",)


def test_an_empty_reason_for_a_skipped_case(bench):
    row = {"case_id": "t7", "source": "labelmap", "reason": ""}
    assert "reason" in bench.skipped(lambda rows: [*rows, row]).check("schema").problems[0]


def test_a_case_that_is_used_and_skipped(bench):
    row = {"case_id": "t1", "source": "labelmap", "reason": "gone"}
    assert "also in cases.parquet" in bench.skipped(lambda rows: [*rows, row]).check("ids").problems[0]


def test_a_column_of_another_type(bench):
    path = bench.root / "questions" / "test.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("shared_frames")
    pq.write_table(table.set_column(place, "shared_frames", table["shared_frames"].cast(pa.int64())), path)
    assert "shared_frames is int64, expected int32" in bench.check("schema").problems[0]


def test_an_uneven_draw(source, build_small, tmp_path, result_of):
    def same_sign(plans, settings):
        del settings
        plans = list(plans)
        items = [
            item
            for seed in range(12)
            for item in draw(plans, DrawSettings(preset="pool", seed=seed))
            if item.dimension == "2d"
        ]
        first = items[0]
        alike = {
            i.item_id: i for i in items if (i.plane, i.axis, i.sign) == (first.plane, first.axis, first.sign)
        }
        return list(alike.values())[:2]

    out = build_small([source], tmp_path / "out", choose=same_sign)
    assert json.loads((out / "manifest.json").read_text())["counts"]["items"] == 2
    report = validate(out)
    assert [check.name for check in report.checks if not check.ok] == ["balance"]
    assert "sign of A - B is unbalanced" in result_of(report, "balance").problems[0]
