"""The cases of several sources as one list."""

import csv

import pytest

from misground.benchmark.listing import list_sources, source_label


def lists(folder, *ids):
    """A labelmap data set of these ids; its files are there and never read."""
    folder.mkdir()
    for name in ("ct.nii", "seg.nii"):
        (folder / name).write_bytes(b"x")
    with (folder / "cases.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [("case_id", "scan", "labels", "labelset"), *((i, "ct.nii", "seg.nii", "total") for i in ids)]
        )
    return f"labelmap:{folder}"


@pytest.mark.parametrize(
    ("options", "word"), [(("", ""), "a prefix"), (("?prefix=x", "?prefix=x"), "another prefix")]
)
def test_an_id_of_two_sources_asks_for_a_prefix_that_is_not_there_yet(tmp_path, options, word):
    sources = [lists(tmp_path / name, "a") + option for name, option in zip("12", options, strict=True)]
    (skip,) = list_sources(sources).skipped
    assert f"give one of the two sources {word}, such as" in skip.reason


def test_an_id_twice_in_one_source_does_not_ask_for_a_prefix(tmp_path, monkeypatch):
    source = lists(tmp_path / "1", "a", "b")
    monkeypatch.setattr(
        "misground.sources.labelmap.listing.readable", lambda text: "a" if text == "b" else text
    )
    (skip,) = list_sources([source]).skipped
    assert skip.reason == (
        "case id 'a' is already used by another case of the same source: give their files or folders "
        "different names"
    )


def test_the_uid_of_a_series_is_not_written():
    assert source_label("labelmap:X?labels=total&series=1.2.840.1") == "labelmap?labels=total&series=..."
