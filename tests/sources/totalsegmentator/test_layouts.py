"""Folders as people have them: cases deeper down, other names, links, special files, other spellings."""

import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from misground.errors import WorkError
from misground.sources import list_cases

SHAPE = (6, 5, 4)


def listing(tmp_path, options=""):
    return list_cases(f"totalsegmentator:{tmp_path}{options}")


def ids(found):
    return [ref.case_id for ref in found.refs]


def reasons(found):
    return {skip.case_id: skip.reason for skip in found.skipped}


def test_cases_are_found_at_any_depth(tmp_path, case_folder):
    case_folder(name="s1", classes=("liver",))
    for name, root in (("s2", "train"), ("s3", "more/a/b"), ("s4", "s1/inner"), ("s5", "s5")):
        case_folder(name=name, root=tmp_path / root, classes=("liver",))
    assert ids(listing(tmp_path)) == ["s1", "s2", "s3", "s4", "s5"]
    assert listing(tmp_path).skipped == ()


def test_cases_of_one_name_are_called_by_their_paths(tmp_path, case_folder):
    for root in ("train", "test"):
        case_folder(name="s1", root=tmp_path / root, classes=("liver",))
    case_folder(name="s2", root=tmp_path / "test", classes=("liver",))
    assert ids(listing(tmp_path)) == ["s2", "test/s1", "train/s1"]


def test_a_deeper_case_belongs_to_its_split_and_may_be_known_as_bad(tmp_path, case_folder, table):
    for name in ("s0002", "s0143"):
        case_folder(name=name, root=tmp_path / "ct", classes=("liver",))
    table("meta.csv", "image_id,split", "s0002,train", "s0143,test")
    assert ids(listing(tmp_path, "?split=train")) == ["s0002"]
    assert list(reasons(listing(tmp_path, "?split=test"))) == ["s0143"]


@pytest.mark.parametrize("scan", ["CT.nii.gz", "ct.NII.GZ", "Ct.nii", "ct.nrrd", "ct.mha"])
def test_a_scan_may_be_spelled_otherwise_and_have_any_form(tmp_path, case_folder, scan):
    folder = case_folder(classes=("liver",), scan=scan.lower())
    (folder / scan.lower()).rename(folder / scan)
    assert len(listing(tmp_path).refs) == 1


@pytest.mark.parametrize("name", ["ct (1).nii.gz", "image.nii.gz", "s1_ct.nii.gz", "volume.mha"])
def test_a_scan_of_an_unknown_name_is_named_in_the_reason(tmp_path, case_folder, name):
    case_folder(name="s1", classes=("liver",), scan=name)
    assert reasons(listing(tmp_path)) == {
        "s1": f"found labels but no scan, expected ct.nii.gz or mri.nii.gz; {name!r} is named like neither"
    }


@pytest.mark.parametrize(
    "files",
    [("image.nii.gz", "mask.nii.gz"), ("a.nrrd",), ("images/a.nii.gz",), ("scans/s9.mhd", "scans/s9.raw")],
)
def test_a_folder_with_other_volumes_is_listed(tmp_path, case_folder, files):
    case_folder(name="s1", classes=("liver",))
    for file in files:
        path = tmp_path / "other" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    found = listing(tmp_path)
    assert ids(found) == ["s1"]
    (reason,) = reasons(found).values()
    assert reason.startswith(f"found {Path(files[0]).name!r}")
    assert "expected <case>/ct.nii.gz" in reason


def test_a_folder_of_dicom_slices_is_listed(tmp_path, case_folder):
    case_folder(name="s1", classes=("liver",))
    (tmp_path / "s2").mkdir()
    (tmp_path / "s2" / "1.2.3.4").write_bytes(bytes(128) + b"DICM")
    assert reasons(listing(tmp_path))["s2"].startswith("found DICOM slices, expected")


def test_a_folder_without_volumes_is_no_case(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("x")
    with pytest.raises(WorkError, match="has no cases"):
        listing(tmp_path)


def test_class_files_may_lie_in_a_folder_of_any_name(tmp_path, case_folder):
    folder = case_folder(classes=("liver", "spleen"))
    (folder / "segmentations").rename(folder / "totalseg")
    found = listing(tmp_path)
    assert (len(found.refs), found.skipped) == (1, ())


def test_two_folders_of_class_files_are_not_chosen_between(tmp_path, case_folder):
    folder = case_folder(name="s1", classes=("liver",))
    (folder / "segmentations").rename(folder / "first")
    case_folder(name="s1", classes=("spleen",))
    (folder / "segmentations").rename(folder / "second")
    assert list(reasons(listing(tmp_path))) == ["s1"]


@pytest.mark.parametrize("spelled", ["Kidney_Left", "kidney left", "KIDNEY-LEFT", "kidney_left "])
def test_class_names_may_be_spelled_otherwise(tmp_path, case_folder, spelled):
    case_folder(classes=(spelled, "liver"))
    (ref,) = listing(tmp_path).refs
    raw = ref.read()
    keys = {raw.structures[int(v)].key for v in np.unique(raw.labels.data) if v}
    assert (keys, listing(tmp_path).notes) == ({"kidney_left", "liver"}, ())


def test_hidden_files_are_ignored_everywhere(tmp_path, case_folder):
    folder = case_folder(name="s1", classes=("liver",))
    for path in (folder / "._ct.nii.gz", folder / "segmentations" / "._liver.nii.gz", tmp_path / "._s1"):
        path.write_bytes(b"\0\5\x16\7")
    for below in ("__MACOSX/s1", ".cache/s3"):
        (tmp_path / below).mkdir(parents=True)
        (tmp_path / below / "ct.nii.gz").write_bytes(b"x")
    found = listing(tmp_path)
    assert (ids(found), found.skipped, found.notes) == (["s1"], (), ())


@pytest.mark.parametrize("place", ["ct.nii.gz", "segmentations/liver.nii.gz"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_is_no_file_is_refused_and_never_opened(tmp_path, case_folder, place, kind):
    folder = case_folder(name="s1", classes=("liver", "spleen"))
    path = folder / place
    path.unlink()
    if kind == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("needs named pipes")
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "gone.nii.gz")
    what = "a link to a file that is missing" if kind == "link" else "not a file"
    assert reasons(listing(tmp_path)) == {"s1": f"{path.name!r} is {what}, expected a volume"}


def test_links_to_a_case_and_links_that_lead_back(tmp_path, case_folder):
    store = case_folder(name="store", root=tmp_path / "elsewhere", classes=("liver",))
    folder = tmp_path / "set"
    (folder / "below").mkdir(parents=True)
    for name in ("s1", "s2", "below/s3"):
        (folder / name).symlink_to(store)
    (folder / "loop").symlink_to(folder)
    (folder / "below" / "up").symlink_to(folder)
    assert ids(listing(folder)) == ["s1", "s2", "s3"]


def test_a_split_knows_a_folder_in_the_other_unicode_form(tmp_path, case_folder, table):
    case_folder(name=unicodedata.normalize("NFD", "größe"), classes=("liver",))
    table("meta.csv", "image_id,split", f"{unicodedata.normalize('NFC', 'größe')},test")
    assert len(listing(tmp_path, "?split=test").refs) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_place_of_a_table_is_not_opened(tmp_path, case_folder):
    case_folder(classes=("liver",))
    os.mkfifo(tmp_path / "meta.csv")
    with pytest.raises(Exception, match=r"there is no meta\.csv"):
        listing(tmp_path, "?split=test")


def test_a_folder_of_absurd_depth_ends(tmp_path, case_folder):
    case_folder(name="s1", classes=("liver",))
    (tmp_path / "/".join("d" * 200)).mkdir(parents=True)
    assert ids(listing(tmp_path)) == ["s1"]
