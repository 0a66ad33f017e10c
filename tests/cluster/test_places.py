"""Folders and stores are written to and read from alike."""

import re
from pathlib import Path

import pytest
from upath import UPath

from misground.benchmark.files import replacing, write_text
from misground.benchmark.folder import Folder
from misground.benchmark.listing import needed_folders
from misground.benchmark.places import Place, parse_place, read_bytes
from misground.errors import UsageError


@pytest.fixture(params=["folder", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A folder and a store, both empty."""
    return tmp_path if request.param == "folder" else parse_place(f"memory://{tmp_path}")


@pytest.mark.parametrize(
    "text", ["out/bench", "/abs/bench", "file:///abs/bench", "local:///abs/bench", "C:bench"]
)
def test_paths_are_folders(text: str) -> None:
    place = parse_place(text)
    assert isinstance(place, Path)
    assert str(place) == text.partition("://")[2] or str(place) == text


def test_urls_are_stores() -> None:
    place = parse_place("memory://bucket/bench")
    assert isinstance(place, UPath)
    assert not isinstance(place, Path)
    assert str(place / "views" / "a.parquet") == "memory://bucket/bench/views/a.parquet"


@pytest.mark.parametrize("text", ["foo://bucket", "://bucket", "C://bucket"])
def test_unknown_schemes_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="s3://BUCKET/NAME") as raised:
        parse_place(text)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(text)


def test_nodes_need_the_folders_of_sources_and_of_the_benchmark() -> None:
    here = Path.cwd()
    needed = needed_folders(["out", "totalsegmentator:data?prefix=a", "phantom:knee?n=2", "oai:~/knees"])
    assert needed == (here / "out" / ".build", here / "data", Path.home() / "knees")
    assert needed_folders(["s3://bucket/bench", "phantom:torso"]) == ()


def test_a_file_is_replaced_whole_or_not_at_all(place: Place) -> None:
    path = place / "some" / "file.txt"
    assert read_bytes(path) is None
    write_text("first", path)
    assert read_bytes(path) == b"first"

    def interrupted() -> None:
        with replacing(path) as part:
            part.write_text("half")
            assert read_bytes(path) == b"first"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert read_bytes(path) == b"first"
    write_text("second", path)
    assert read_bytes(path) == b"second"
    assert [str(file.name) for file in (place / "some").iterdir()] == ["file.txt"]


def test_nothing_of_a_file_for_a_store_lies_in_the_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with replacing(parse_place(f"memory://{tmp_path}/x.bin")) as part:
        part.write_bytes(b"0123")
        assert part.stat().st_size == 4
        assert part.read_bytes() == b"0123"
        if Path("/proc/self/fd").is_dir():
            assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_work_is_cleared_and_what_is_done_stays(place: Place) -> None:
    folder = Folder(place / "bench")
    folder.clear_work()
    for path in (folder.views("a"), folder.plan("a"), folder.marker("a"), folder.cases, folder.questions):
        write_text("x", path)
    folder.clear_work()
    assert not folder.work.exists()
    assert list(folder.data_files()) == [
        "cases.parquet",
        "questions/test.parquet",
        "skipped.parquet",
        f"views/{folder.views('a').name}",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("s3:bucket/x", "expected s3://bucket/x, with two slashes"),
        ("s3:/bucket/x", "expected s3://bucket/x, with two slashes"),
        ("s3://", "has no bucket"),
        ("file://tmp/x", "such as file:///data/out"),
    ],
)
def test_half_a_url_is_no_folder_with_a_colon_in_its_name(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)):
        parse_place(text)
