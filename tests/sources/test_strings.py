from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.errors import UsageError, WorkError
from misground.sources import SOURCE_KINDS, list_cases
from misground.sources.listing import parse_source

FOLDER_KINDS = ["totalsegmentator", "oai", "labelmap"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("oai:/data/knees", ("oai", "/data/knees", {})),
        ("oai:C:\\data\\knees", ("oai", "C:\\data\\knees", {})),
        ("totalsegmentator:d?split=test", ("totalsegmentator", "d", {"split": "test"})),
        ("totalsegmentator:d?split=a&labels=v1", ("totalsegmentator", "d", {"split": "a", "labels": "v1"})),
        ("oai:what?/is", ("oai", "what?/is", {})),
        ("oai:what?a=b/c?labels=oai", ("oai", "what?a=b/c", {"labels": "oai"})),
        ("oai:what?scan", ("oai", "what?scan", {})),
        ("oai:what?", ("oai", "what?", {})),
        ("labelmap:d?labels=", ("labelmap", "d", {"labels": ""})),
        ("phantom:torso?n=20", ("phantom", "torso", {"n": "20"})),
        ("oai:Gelenk/Knie größer/膝", ("oai", "Gelenk/Knie größer/膝", {})),
    ],
)
def test_a_source_string_is_kind_argument_and_the_options_after_the_last_question_mark(source, expected):
    assert parse_source(source) == expected


@given(st.text(alphabet=st.characters(exclude_characters="?"), min_size=1))
def test_a_path_without_a_question_mark_is_taken_as_it_is(path):
    assert parse_source(f"oai:{path}") == ("oai", path, {})


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
        st.text(alphabet="abcäöü0123:/. =", max_size=8),
        min_size=1,
    )
)
def test_options_come_back_as_they_were_written(options):
    text = "&".join(f"{key}={value}" for key, value in options.items())
    assert parse_source(f"oai:a?b?{text}") == ("oai", "a?b", options)


@pytest.mark.parametrize("source", ["", "knees", "dicom:/data", "OAI:/data", ":x", "/data/knees"])
def test_an_unknown_kind_is_a_wrong_call_that_lists_every_kind(source):
    with pytest.raises(UsageError) as error:
        list_cases(source)
    assert all(usage in str(error.value) for usage in SOURCE_KINDS.values())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("source", ["oai:", "phantom:", "oai:?labels=oai"])
def test_an_empty_argument_is_a_wrong_call(source):
    with pytest.raises(UsageError, match="has nothing after the colon"):
        list_cases(source)


def test_an_option_that_is_given_twice_is_a_wrong_call():
    with pytest.raises(UsageError, match="'labels' is given twice"):
        list_cases("oai:x?labels=oai&labels=oai_zib")


@pytest.mark.parametrize("kind", FOLDER_KINDS)
def test_a_folder_that_does_not_exist_is_a_wrong_call(kind, tmp_path):
    with pytest.raises(UsageError, match="does not exist, expected a folder"):
        list_cases(f"{kind}:{tmp_path / 'nowhere'}")


@pytest.mark.parametrize("kind", FOLDER_KINDS)
def test_a_file_in_place_of_a_folder_is_a_wrong_call(kind, tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(UsageError, match="is a file, expected a folder"):
        list_cases(f"{kind}:{tmp_path / 'x'}")


@pytest.mark.parametrize("kind", FOLDER_KINDS)
def test_a_folder_without_a_case_is_failed_work(kind, tmp_path):
    with pytest.raises(WorkError, match="has no cases") as error:
        list_cases(f"{kind}:{tmp_path}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", FOLDER_KINDS)
def test_an_unknown_option_is_a_wrong_call_that_lists_what_is_allowed(kind, tmp_path):
    with pytest.raises(UsageError, match=r"unknown option 'colour', expected .*labels="):
        list_cases(f"{kind}:{tmp_path}?colour=red")


@pytest.mark.parametrize("kind", FOLDER_KINDS)
def test_a_wrong_value_is_a_wrong_call_that_lists_what_is_allowed(kind, tmp_path):
    with pytest.raises(UsageError, match=r"option labels=x, expected .* or "):
        list_cases(f"{kind}:{tmp_path}?labels=x")


def test_an_option_without_a_value_is_a_wrong_call(tmp_path):
    with pytest.raises(UsageError, match="option split=, expected a value"):
        list_cases(f"totalsegmentator:{tmp_path}?split=")


def test_a_folder_that_cannot_be_read_is_a_wrong_call(tmp_path, monkeypatch):
    def refuse(_self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UsageError, match=r"cannot be read \(Permission denied\)"):
        list_cases(f"totalsegmentator:{tmp_path}")


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "scans").mkdir()
    with pytest.raises(WorkError, match="has no cases"):
        list_cases("oai:~/scans")


def test_a_prefix_stands_before_every_case_id_of_a_source():
    ids = [ref.case_id for ref in list_cases("phantom:knee?n=2&prefix=mr-").refs]
    assert ids == ["mr-knee-0000", "mr-knee-0001"]


def test_a_prefix_of_any_length_is_refused():
    with pytest.raises(UsageError, match="prefix"):
        list_cases(f"phantom:knee?prefix={'x' * 41}")
