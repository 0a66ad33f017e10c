"""Probes as they were built have no problem; each change to one is found by the check that should find it."""

import copy
import json
import shutil

import pytest

from misground.benchmark.settings import BuildSettings
from misground.benchmark.validate import validate
from misground.benchmark.validate.record import settings_from
from misground.questions.probes import with_naming_orders

from .conftest import Bench, build_here, one_of_each_kind


def items(plans, settings):
    return with_naming_orders(one_of_each_kind(plans, settings), settings.seed)


@pytest.fixture(scope="module")
def probed(source, tmp_path_factory):
    return build_here(
        [source], tmp_path_factory.mktemp("probed") / "out", items,
        probes=("naming", "reversed", "reordered", "mirrored"),
    )  # fmt: skip


@pytest.fixture
def bench(probed, tmp_path):
    shutil.copytree(probed, tmp_path / "out")
    return Bench(tmp_path / "out")


def test_good_probes_pass_every_check_with_and_without_their_scan(probed, source):
    report = validate(probed)
    assert report.ok
    assert validate(probed, [source]).ok
    counts = json.loads((probed / "manifest.json").read_text())["counts"]
    assert (counts["probes"], counts["questions"]) == (3 * 18, 3 * 42 + 2 * 2)
    on_screen = next(check for check in report.checks if check.name == "on_screen")
    assert on_screen.checked == counts["questions"]


def of(rows, probe):
    return [row for row in rows if row["probe"] == probe]


def other_answer(probe):
    def edit(rows):
        for row in of(rows, probe):
            row["answer"] = next(option for option in row["options"] if option != row["answer"])

    return edit


def exchange_options(probe):
    def edit(rows):
        for row in of(rows, probe):
            row["options"] = row["options"][::-1]

    return edit


def ask_of_a(rows):
    twins = {(r["item_id"], r["condition"], r["coordinates"], r["terms"]): r["text"] for r in rows
             if r["probe"] is None and r["prompt"] == "none"}  # fmt: skip
    for row in of(rows, "reversed"):
        row["text"] = twins[row["item_id"], row["condition"], row["coordinates"], row["terms"]]


def show_the_plain_picture(rows):
    twins = {(r["item_id"], r["coordinates"], r["prompt"]): r["view_id"] for r in rows
             if r["probe"] is None and r["condition"] == "image"}  # fmt: skip
    for row in of(rows, "mirrored"):
        row["view_id"] = twins[row["item_id"], row["coordinates"], row["prompt"]]


def name_first(rows):
    for row in of(rows, "naming"):
        row["options"] = sorted(row["options"], key=lambda option: option != row["answer"])


def call_one_standard(rows):
    of(rows, "reversed")[0].update(probe=None)


def leave_one_out(rows):
    rows.remove(of(rows, "reordered")[0])


def ask_twice(rows):
    rows.append(copy.deepcopy(of(rows, "naming")[-1]))


PROBES = ("naming", "reversed", "reordered", "mirrored")
# Edits made together, and what each of them must be found by.
QUESTION_EDITS = {
    "answers": (
        [other_answer(probe) for probe in PROBES],
        [("on_screen", "mark A is on"), ("on_screen", "B is"), ("on_screen", "A is")]
        + [(check, f"{probe} question") for probe in PROBES for check in ("on_screen", "texts")],
    ),
    "options": (
        [exchange_options("reordered"), exchange_options("reversed"), name_first],
        [("texts", "reordered question"), ("texts", "reversed question"), ("balance", "naming: position")],
    ),
    "words and pictures": (
        [ask_of_a, show_the_plain_picture],
        [("texts", "reversed question"), ("texts", "view_id"), ("ids", "no question asks about view")],
    ),
    "how many": (
        [leave_one_out, lambda rows: of(rows, "mirrored")[0].update(name_hint="both")],
        [("crossing", "missing: reordered"), ("crossing", "name_hint 'both'")],
    ),
    "a probe called standard": (
        [call_one_standard], [("crossing", "extra"), ("crossing", "missing: reversed")],
    ),
    "ids": (
        [ask_twice, lambda rows: of(rows, "naming")[0].update(question_id="0" * 20)],
        [("ids", "occurs twice"), ("ids", "found question_id 00000000000000000000")],
    ),
    "values": (
        [lambda rows: of(rows, "naming")[0].update(axis="x"),
         lambda rows: of(rows, "naming")[1].update(probe="reversed"),
         lambda rows: rows[0].update(probe="twisted")],
        [("schema", "axis is 'x' in a 2d naming"), ("schema", "probe is 'reversed' in a naming question"),
         ("schema", "probe is 'twisted', expected one of naming, reversed, reordered, mirrored")],
    ),
}  # fmt: skip


def all_found(bench, wanted):
    report = validate(bench.root)
    problems = {check.name: check.problems for check in report.checks}
    for check, words in wanted:
        assert any(words in problem for problem in problems[check]), (check, words, problems[check])


@pytest.mark.parametrize(("edits", "wanted"), QUESTION_EDITS.values(), ids=QUESTION_EDITS.keys())
def test_probes_tampered_with(bench, edits, wanted):
    def changed(rows):
        for edit in edits:
            edit(rows)
        return rows

    all_found(bench.questions(changed), wanted)


def mirrored(rows, prompt="none"):
    return next(
        row for row in rows if row["mirrored"] and row["prompt"] == prompt and row["dimension"] == "3d"
    )


def plain_pictures(rows):
    for row in (one for one in rows if one["mirrored"] and one["prompt"] == "none"):
        twin = next(
            one for one in rows
            if not one["mirrored"] and one["coordinates"] == "viewing" and one["prompt"] == "none"
            and sorted(one["slices"]) == sorted(row["slices"]) and one["plane"] == row["plane"]
        )  # fmt: skip
        row["frames"] = copy.deepcopy(twin["frames"])


def move_a_mark(rows):
    mark = mirrored(rows)["marks"][0]
    mark["box"] = [mark["box"][0] + 1, *mark["box"][1:]]


def turn_a_stack(rows):
    row = mirrored(rows)
    row["slices"] = row["slices"][::-1]


VIEW_EDITS = {
    "pictures and marks": (
        [plain_pictures, move_a_mark],
        [("pictures", "is not the mirror image"), ("marks", "not the mirror images")],
    ),
    "what is recorded": (
        [lambda rows: rows[0].update(mirrored=True), lambda rows: mirrored(rows).update(mirrored=False)],
        [("ids", "found view_id"), ("ids", "mirrored is false")],
    ),
    "slices": (
        [turn_a_stack, lambda rows: rows[0].update(mirrored=None)],
        [("stacks", "does not show the slices that it should"), ("schema", "mirrored is null")],
    ),
    "the order of views": (
        [lambda rows: rows.sort(key=lambda row: not row["mirrored"])], [("stacks", "does not follow")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "wanted"), VIEW_EDITS.values(), ids=VIEW_EDITS.keys())
def test_mirrored_views_tampered_with(bench, edits, wanted):
    def changed(rows):
        for edit in edits:
            edit(rows)

    all_found(bench.views(changed), wanted)


@pytest.mark.parametrize("probes", [None, ["naming", "naming"], ["mirrored", "naming"], "all", ["twisted"]])
def test_a_manifest_that_names_no_probes(probes):
    settings, problems = settings_from({"settings": BuildSettings().as_dict() | {"probes": probes}})
    assert settings.probes == ()
    known = "naming, reversed, reordered, mirrored"
    assert problems == [f"manifest.json: setting probes is {probes!r}, expected a list of {known}"]
