import os
import shutil

import pytest

from misground.sources.files import fingerprint, readable, volume_stem


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("ct.nii.gz", "ct"),
        ("CT.NII.GZ", "CT"),
        ("a.b.nii", "a.b"),
        ("9001104.segmentation_masks.mhd", "9001104.segmentation_masks"),
        ("x.nrrd", "x"),
        ("x.mha", "x"),
        ("x.raw", None),
        ("x.csv", None),
        (".nii.gz", None),
    ],
)
def test_the_stem_of_a_volume_file_is_its_name_without_the_suffix(name, stem):
    assert volume_stem(name) == stem


def test_a_name_that_is_no_utf8_can_be_written():
    name = os.fsdecode(b"s\xff1")
    assert readable(name) == "s\\udcff1"
    assert readable("Größe 膝") == "Größe 膝"


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / "case" / name for name in ("a.nii", "b.nii")]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_text("xyz")
        os.utime(path, ns=(1, 1))
    return paths


def test_a_fingerprint_is_the_same_for_the_same_files_in_any_order_and_place(files, tmp_path):
    first = fingerprint(files, tmp_path, {"a": 1, "b": None})
    assert fingerprint(files[::-1], tmp_path, {"b": None, "a": 1}) == first
    shutil.copytree(tmp_path / "case", tmp_path / "copy" / "case", copy_function=shutil.copy2)
    moved = [tmp_path / "copy" / "case" / path.name for path in files]
    assert fingerprint(moved, tmp_path / "copy", {"a": 1, "b": None}) == first


@pytest.mark.parametrize("change", ["size", "time", "name", "gone", "settings"])
def test_a_fingerprint_changes_with_size_time_name_and_settings(files, tmp_path, change):
    before = fingerprint(files, tmp_path, {"labels": "total"})
    settings = {"labels": "total"}
    match change:
        case "size":
            files[0].write_text("xyzz")
            os.utime(files[0], ns=(1, 1))
        case "time":
            os.utime(files[0], ns=(1, 2))
        case "name":
            files[0] = files[0].rename(files[0].with_name("c.nii"))
        case "gone":
            files[0].unlink()
        case "settings":
            settings = {"labels": "total_v1"}
    assert fingerprint(files, tmp_path, settings) != before


def test_a_folder_stands_for_the_files_in_it(files, tmp_path):
    before = fingerprint([tmp_path / "case"], tmp_path, {})
    assert before == fingerprint(files, tmp_path, {})


def test_the_voxels_beside_a_metaimage_header_count(tmp_path):
    header, voxels = tmp_path / "a.mhd", tmp_path / "a.raw"
    header.write_text("h")
    voxels.write_text("v")
    before = fingerprint([header], tmp_path, {})
    voxels.write_text("vv")
    assert fingerprint([header], tmp_path, {}) != before
