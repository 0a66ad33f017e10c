import os
from pathlib import PurePosixPath

import pytest

from misground.sources.oai.places import find_places

MAGIC = bytes(128) + b"DICM"


def touch(path, content=b""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def found(directory):
    places = find_places(directory)
    return [str(p.path) for p in places.labels], [str(p.path) for p in places.scans]


def test_labels_and_scans_are_told_by_name_and_folder(tmp_path):
    for name in (
        "labelsTr/a.nii.gz",
        "imagesTr/a_0000.nii.gz",
        "b_seg.mha",
        "b.mha",
        "notes.txt",
        "b.raw",
        "x.csv",
    ):
        touch(tmp_path / name)
    assert found(tmp_path) == (["b_seg.mha", "labelsTr/a.nii.gz"], ["b.mha", "imagesTr/a_0000.nii.gz"])


def test_a_folder_with_dicom_slices_is_one_scan(tmp_path):
    for i in range(3):
        touch(tmp_path / "9001104" / "s1" / f"{i:03}", MAGIC)
        touch(tmp_path / "9001105" / f"{i}.dcm", MAGIC)
    assert found(tmp_path) == ([], ["9001104/s1", "9001105"])
    assert all(place.dicom for place in find_places(tmp_path).scans)


def test_dicom_slices_in_the_folder_itself_are_a_scan_named_by_it(tmp_path):
    directory = tmp_path / "9001104"
    touch(directory / "001", MAGIC)
    (scan,) = find_places(directory).scans
    assert (scan.path, scan.stem) == (PurePosixPath(), "9001104")


def test_files_without_the_magic_word_are_no_slices(tmp_path):
    touch(tmp_path / "a" / "README", b"x" * 200)
    touch(tmp_path / "b" / "DICOMDIR", MAGIC)
    touch(tmp_path / "c" / "short.dcm", b"DICM")
    assert found(tmp_path) == ([], [])


def test_notes_beside_the_slices_do_not_hide_them(tmp_path):
    touch(tmp_path / "a" / "001-README", b"notes")
    touch(tmp_path / "a" / "002", MAGIC)
    assert found(tmp_path) == ([], ["a"])


def test_links_are_followed_once(tmp_path):
    touch(tmp_path / "store" / "b_seg.nii")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "linked").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "loop").symlink_to(tmp_path / "store")
    assert found(tmp_path / "set") == (["linked/b_seg.nii"], [])


def test_folders_that_cannot_be_read_are_counted(tmp_path, monkeypatch):
    touch(tmp_path / "closed" / "a_seg.nii")
    touch(tmp_path / "b_seg.nii")
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    places = find_places(tmp_path)
    assert [str(place.path) for place in places.labels] == ["b_seg.nii"]
    assert places.unreadable == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "1.dcm")
    os.mkfifo(tmp_path / "2")
    assert find_places(tmp_path).scans == ()
