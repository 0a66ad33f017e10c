import os
import unicodedata
from pathlib import PurePosixPath

import pytest

from misground.sources.oai.pairing import pair
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


@pytest.mark.parametrize(
    "name",
    [
        "1.2.840.113619.2.1.{}",
        "MR.1.2.3.{}",
        "slice{}.dicom",
        "img{}",
        "x{}.IMA",
        "S{}.MR",
        "IM{}.img",
        "a.{}",
    ],
)
def test_dicom_slices_are_known_by_content(tmp_path, name):
    for note in ("AUTHORS", "CHANGES", "LICENSE", "README", "0000"):
        touch(tmp_path / "9001104" / note, b"text " * 50)
    for i in range(3):
        touch(tmp_path / "9001104" / name.format(i), MAGIC)
        touch(tmp_path / "9001104" / f"._{name.format(i)}", bytes(200))
    assert found(tmp_path) == ([], ["9001104"])
    assert find_places(tmp_path).unknown == ()


def test_hidden_files_and_folders_are_ignored(tmp_path):
    for name in ("._a.nii.gz", "._a_seg.nii.gz", ".cache/a.nii.gz", "__MACOSX/._a.nii.gz", ".DS_Store"):
        touch(tmp_path / name, bytes(300))
    touch(tmp_path / "a_seg.nii.gz")
    touch(tmp_path / ".hidden" / "001", MAGIC)
    assert found(tmp_path) == (["a_seg.nii.gz"], [])
    assert find_places(tmp_path).unknown == ()


@pytest.mark.parametrize("name", ["a.nhdr", "a.hdr", "a.nii", "a.mha", "A.NRRD"])
def test_every_form_that_can_be_read_is_listed(tmp_path, name):
    touch(tmp_path / name)
    touch(tmp_path / "a.img", bytes(300))
    touch(tmp_path / "a_seg.nhdr")
    touch(tmp_path / "a_seg.raw", bytes(300))
    assert found(tmp_path) == (["a_seg.nhdr"], [name])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scan.mgz", b"\x1f\x8b\x08"), ("scan.zip", b"PK\3\4\0"), ("k.dcm", b"\xff\0cut"), ("scan", bytes(9)),
        ("k.npy", b"\x93NUMPY"), ("k.h5", b"\x89HDF"), ("k.tif", b"II*\0"), ("k.img", bytes(9)),
        ("knee.raw", bytes(9)), ("knee.gipl", bytes(9)),
    ],
)  # fmt: skip
def test_a_file_that_may_be_a_scan_is_not_passed_over(tmp_path, name, content):
    touch(tmp_path / "a_seg.nii.gz")
    touch(tmp_path / "b" / name, content)
    assert [str(path) for path in find_places(tmp_path).unknown] == [f"b/{name}"]


@pytest.mark.parametrize(
    "name", ["README", "info.csv", "view.png", "mesh.vtk", "a_seg.raw", "notes", "x.TXT"]
)
def test_notes_tables_and_data_of_labels_are_no_scans(tmp_path, name):
    touch(tmp_path / "a_seg.mhd")
    touch(tmp_path / name, "Größe ".encode() * 400)
    assert find_places(tmp_path).unknown == ()


def test_a_scan_is_found_under_the_other_unicode_form_of_its_name(tmp_path):
    touch(tmp_path / unicodedata.normalize("NFD", "Größe é_seg.nii.gz"))
    touch(tmp_path / unicodedata.normalize("NFC", "Größe é.nii.gz"))
    places = find_places(tmp_path)
    (one,) = pair(places.labels, places.scans, "set")
    assert one.scan is not None


def test_in_a_folder_of_labels_a_name_beside_its_labels_is_a_scan(tmp_path):
    for name in ("masks/a.nii.gz", "masks/a_seg.nii.gz", "masks/b.nii.gz"):
        touch(tmp_path / name)
    assert found(tmp_path) == (["masks/a_seg.nii.gz", "masks/b.nii.gz"], ["masks/a.nii.gz"])
