"""A folder as it was built has no problem; what is no benchmark is said so in one line."""

import json
from pathlib import Path

import pytest

from misground.benchmark.validate import validate
from misground.errors import UsageError, WorkError

# Of a torso and a knee: three relation items and two of stacks each.
ITEMS, QUESTIONS = 10, 2 * (3 * 24 + 2 * 2)


def problems(report):
    return {check.name: check.problems for check in report.checks if not check.ok}


def test_a_good_folder_passes_every_check(both):
    report = validate(both)
    assert problems(report) == {}
    assert report.ok


def test_every_check_looks_at_all_there_is(both):
    report = validate(both)
    assert all(check.checked > 0 for check in report.checks)
    counts = json.loads((both / "manifest.json").read_text())["counts"]
    assert (counts["items"], counts["questions"]) == (ITEMS, QUESTIONS)
    checked = {check.unit: check.checked for check in report.checks if check.name != "schema"}
    assert {unit: checked[unit] for unit in ("items", "questions", "views", "frames")} == {
        unit: counts[unit] for unit in ("items", "questions", "views", "frames")
    }


def test_a_good_folder_agrees_with_its_sources(both, source, knee_source, result_of):
    report = validate(both, [source, knee_source])
    assert problems(report) == {}
    assert result_of(report, "source_cases").checked == 2
    assert result_of(report, "source_truth").checked == ITEMS
    assert result_of(report, "source_pictures").checked == result_of(report, "pictures").checked


def test_checks_of_the_source_are_listed_after_the_others(good, source):
    without = [check.name for check in validate(good).checks]
    names = [check.name for check in validate(good, [source]).checks]
    of_the_source = [name for name in names if name.startswith("source_")]
    assert of_the_source
    assert names == without + of_the_source


def test_two_workers_find_what_one_finds(both):
    assert validate(both, workers=2) == validate(both)


def test_progress_ends_at_the_number_of_cases(both):
    seen = []
    validate(both, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize("settings", [{"lay": True}, {"hash_case_ids": True}, {"window": "bone"}])
def test_other_settings_pass_with_their_source(source, build_small, tmp_path, settings):
    out = build_small([source], tmp_path / "out", **settings)
    assert problems(validate(out, [source])) == {}


def test_a_missing_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        validate(tmp_path / "nowhere")


def test_a_file_is_a_usage_error(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        validate(tmp_path / "out")


def test_a_folder_without_a_manifest_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"no manifest\.json"):
        validate(tmp_path)


def test_a_source_that_is_not_there_is_a_usage_error(good, tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        validate(good, [f"labelmap:{tmp_path / 'nowhere'}"])


def test_a_source_without_a_case_is_a_work_error(good, tmp_path):
    Path(tmp_path / "empty").mkdir()
    with pytest.raises(WorkError):
        validate(good, [f"totalsegmentator:{tmp_path / 'empty'}"])
