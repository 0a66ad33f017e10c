import gzip
import os
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from misground.errors import CaseError
from misground.sources import list_cases
from misground.sources.label_sets import class_values
from misground.sources.totalsegmentator.folder import class_version

SHAPE = (6, 5, 4)


def listing(tmp_path, options=""):
    return list_cases(f"totalsegmentator:{tmp_path}{options}")


def read_only(tmp_path, options=""):
    (ref,) = listing(tmp_path, options).refs
    return ref.read()


def structures_there(raw):
    values = {int(v) for v in np.unique(raw.labels.data)} - {0}
    return {raw.structures[v].key for v in values if v in raw.structures}


def test_class_files_of_version_2_are_merged_by_their_values(tmp_path, case_folder):
    case_folder(classes=("liver", "vertebrae_L5", "vertebrae_T1", "rib_left_3", "costal_cartilages"))
    raw = read_only(tmp_path)
    assert [int(raw.labels.data[i, 0, 0]) for i in range(5)] == [5, 27, 43, 94, 117]
    assert structures_there(raw) == {"liver", "vertebrae", "ribs_left", "costal_cartilages"}
    assert raw.side is None
    assert raw.overlap_voxels == 0


def test_class_files_of_version_1_are_told_by_their_names(tmp_path, case_folder):
    case_folder(classes=("aorta", "heart_myocardium", "heart_atrium_left", "pulmonary_artery", "face"))
    raw = read_only(tmp_path)
    assert [int(raw.labels.data[i, 0, 0]) for i in range(5)] == [7, 44, 45, 49, 93]
    assert structures_there(raw) == {"aorta", "heart"}
    assert {49, 50, 93} == raw.ignored


def test_classes_without_a_structure_are_known_and_ignored(tmp_path, case_folder):
    case_folder(classes=("liver", "skull", "brain", "kidney_cyst_left"))
    raw = read_only(tmp_path)
    assert raw.ignored == {23, 24, 90, 91}
    assert structures_there(raw) == {"liver"}


def test_the_mri_set_has_its_own_label_set(tmp_path, case_folder):
    case_folder(classes=("liver", "lung_left", "intervertebral_discs"), scan="mri.nii.gz")
    (ref,) = listing(tmp_path).refs
    raw = ref.read()
    assert (ref.modality, ref.region) == ("mri", "torso")
    assert {raw.structures[v].key: raw.structures[v].extension for v in (5, 10, 20)} == {
        "liver": False,
        "lung_left": True,
        "intervertebral_discs": True,
    }


def test_where_class_files_overlap_the_lowest_value_wins_and_the_overlap_is_counted(
    tmp_path, case_folder, write_volume
):
    folder = case_folder(classes=("liver", "aorta"))
    write_volume(folder / "segmentations" / "spleen.nii.gz", np.ones(SHAPE, np.uint8))
    raw = read_only(tmp_path)
    assert np.all(raw.labels.data == 1)
    assert raw.overlap_voxels == 2 * 5 * 4


@pytest.mark.parametrize(
    ("names", "version"),
    [
        ({"liver", "prostate"}, "total"),
        ({"liver", "face"}, "total_v1"),
        ({"liver"}, "total"),
        ({"face", "heart"}, "total"),
        ({"heart", "prostate", "skull", "heart_myocardium", "heart_atrium_left"}, "total"),
        ({"heart", "heart_myocardium", "heart_atrium_left"}, "total_v1"),
    ],
)
def test_the_version_is_the_one_that_knows_more_of_the_telling_names(names, version):
    assert class_version(frozenset(names), "total") == version


def test_the_option_tells_the_version_where_the_names_do_not(tmp_path, case_folder):
    case_folder(classes=("aorta",))
    assert read_only(tmp_path).labels.data.max() == 52
    assert read_only(tmp_path, "?labels=v1").labels.data.max() == 7


def test_all_names_of_each_version_are_told_apart():
    for version in ("total", "total_v1"):
        other = "total_v1" if version == "total" else "total"
        assert class_version(frozenset(class_values(version)), other) == version


@pytest.mark.parametrize("stem", ["segmentation", "segmentations", "labels", "label"])
@pytest.mark.parametrize("suffix", [".nii.gz", ".nii"])
def test_one_multi_label_file_stands_for_the_class_files(tmp_path, case_folder, stem, suffix):
    case_folder(multi=(stem + suffix,))
    assert structures_there(read_only(tmp_path)) == {"liver", "aorta"}


def test_a_multi_label_file_of_version_1_is_read_by_option(tmp_path, case_folder):
    case_folder(multi=("labels.nii.gz",))
    assert structures_there(read_only(tmp_path, "?labels=v1")) == {"liver", "iliac_artery_right"}


def test_class_files_come_before_a_multi_label_file(tmp_path, case_folder):
    case_folder(classes=("spleen",), multi=("labels.nii.gz",))
    assert structures_there(read_only(tmp_path)) == {"spleen"}


def test_a_folder_of_unknown_class_files_leaves_the_multi_label_file(tmp_path, case_folder):
    case_folder(classes=("lung_vessels",), multi=("labels.nii.gz",))
    assert structures_there(read_only(tmp_path)) == {"liver", "aorta"}


def test_uncompressed_files_are_found_and_a_compressed_twin_comes_first(tmp_path, case_folder, write_volume):
    folder = case_folder(classes=("spleen.nii",), scan="ct.nii")
    assert structures_there(read_only(tmp_path)) == {"spleen"}
    write_volume(folder / "segmentations" / "spleen.nii.gz", np.zeros(SHAPE, np.uint8))
    assert structures_there(read_only(tmp_path)) == set()


def test_the_folder_may_be_one_case(case_folder, monkeypatch):
    folder = case_folder(name="s0042", classes=("liver",))
    assert [ref.case_id for ref in listing(folder).refs] == ["s0042"]
    monkeypatch.chdir(folder)
    assert [ref.case_id for ref in listing(".").refs] == ["s0042"]


def test_cases_are_sorted_by_id_and_other_folders_passed_over(tmp_path, case_folder):
    for name in ("s10", "s9", "größe 膝"):
        case_folder(name=name, classes=("liver",))
    (tmp_path / "notes").mkdir()
    (tmp_path / "meta.txt").write_text("")
    found = listing(tmp_path)
    assert [ref.case_id for ref in found.refs] == ["größe 膝", "s10", "s9"]
    assert found.skipped == ()
    assert [structures_there(ref.read()) for ref in found.refs] == [{"liver"}] * 3


def test_the_name_of_a_linked_case_is_that_of_the_link(tmp_path, case_folder):
    target = case_folder(name="store", classes=("liver",), root=tmp_path / "elsewhere")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "s0002").symlink_to(target)
    assert [ref.case_id for ref in listing(tmp_path / "set").refs] == ["s0002"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"classes": ("liver",), "scan": None}, "found labels but no scan, expected ct.nii.gz or mri.nii.gz"),
        (
            {"multi": ("labels.nii",), "scan": None},
            "found labels but no scan, expected ct.nii.gz or mri.nii.gz",
        ),
        (
            {},
            "found a scan but no labels, expected segmentations/<class>.nii.gz with class names of the task, "
            "or segmentation.nii.gz",
        ),
        (
            {"classes": ("lung_vessels",)},
            "found a scan but no labels, expected segmentations/<class>.nii.gz with class names of the task, "
            "or segmentation.nii.gz",
        ),
    ],
)
def test_a_folder_with_half_a_case_is_skipped_with_the_reason(tmp_path, case_folder, content, reason):
    case_folder(name="bad", **content)
    case_folder(name="good", classes=("liver",))
    found = listing(tmp_path)
    assert [ref.case_id for ref in found.refs] == ["good"]
    assert [(s.case_id, s.source, s.reason) for s in found.skipped] == [("bad", "totalsegmentator", reason)]


def test_a_folder_with_two_scans_is_skipped(tmp_path, case_folder):
    case_folder(classes=("liver",))
    case_folder(scan="mri.nii.gz")
    (skipped,) = listing(tmp_path).skipped
    assert skipped.reason == "found both a CT and an MRI scan, expected ct.nii.gz or mri.nii.gz"


def test_a_case_folder_that_cannot_be_read_is_skipped(tmp_path, case_folder, monkeypatch):
    case_folder(name="a", classes=("liver",))
    case_folder(name="b", classes=("liver",))
    is_dir = Path.is_dir

    def refuse(self):
        if self.name == "segmentations" and self.parent.name == "a":
            raise PermissionError(13, "Permission denied")
        return is_dir(self)

    monkeypatch.setattr(Path, "is_dir", refuse)
    found = listing(tmp_path)
    assert [ref.case_id for ref in found.refs] == ["b"]
    assert found.skipped[0].reason == "the case folder cannot be read (Permission denied)"


def test_class_files_that_the_task_does_not_know_are_left_out_and_noted(tmp_path, case_folder):
    case_folder(name="a", classes=("liver", "lung_vessels", "body"))
    case_folder(name="b", classes=("liver", "prostate", "body"))
    found = listing(tmp_path)
    assert found.notes == (
        "2 class names are not classes of the task and are ignored in 2 cases: body, lung_vessels",
    )
    assert structures_there(found.refs[0].read()) == {"liver"}


def test_nothing_is_noted_of_a_set_that_is_in_order(tmp_path, case_folder):
    case_folder(classes=("liver",))
    assert listing(tmp_path).notes == ()


def test_listing_opens_no_volume(tmp_path):
    folder = tmp_path / "s1" / "segmentations"
    folder.mkdir(parents=True)
    for path in (folder.parent / "ct.nii.gz", folder / "liver.nii.gz"):
        path.write_bytes(gzip.compress(b"not a volume"))
    (ref,) = listing(tmp_path).refs
    with pytest.raises(CaseError, match=r"liver\.nii\.gz|ct\.nii\.gz"):
        ref.read()


def test_a_case_travels_to_another_process(tmp_path, case_folder):
    case_folder(classes=("liver",))
    (ref,) = listing(tmp_path).refs
    copy = ForkingPickler.loads(ForkingPickler.dumps(ref))
    assert copy.fingerprint == ref.fingerprint
    np.testing.assert_array_equal(copy.read().labels.data, ref.read().labels.data)


def test_the_fingerprint_tells_files_and_label_set_but_not_files_that_are_not_read(tmp_path, case_folder):
    folder = case_folder(classes=("aorta", "lung_vessels"))
    before = listing(tmp_path).refs[0].fingerprint
    (folder / "segmentations" / "lung_vessels.nii.gz").write_bytes(b"x")
    assert listing(tmp_path).refs[0].fingerprint == before
    assert listing(tmp_path, "?labels=v1").refs[0].fingerprint != before
    os.utime(folder / "segmentations" / "aorta.nii.gz", ns=(1, 1))
    assert listing(tmp_path).refs[0].fingerprint != before


@pytest.mark.parametrize(
    ("scans", "licence"),
    [
        (["ct.nii.gz"], "CC-BY-4.0"),
        (["mri.nii.gz"], "CC-BY-NC-SA-2.0"),
        (["ct.nii.gz", "mri.nii.gz"], "CT: CC-BY-4.0; MRI: CC-BY-NC-SA-2.0"),
    ],
)
def test_the_attribution_is_that_of_the_sets_that_are_there(tmp_path, case_folder, scans, licence):
    for i, scan in enumerate(scans):
        case_folder(name=f"s{i}", classes=("liver",), scan=scan)
    assert listing(tmp_path).attribution.licence == licence


def test_a_real_case_reads_alike_as_class_files_and_as_one_multi_label_file(tmp_path, data_dir):
    real = data_dir / "ct_torso"
    image = nib.load(real / "segmentation.nii.gz")
    labels = np.asanyarray(image.dataobj)
    one, many = tmp_path / "one" / "torso", tmp_path / "many" / "torso"
    (many / "segmentations").mkdir(parents=True)
    one.mkdir(parents=True)
    for folder in (one, many):
        (folder / "ct.nii.gz").symlink_to(real / "ct.nii.gz")
    (one / "segmentation.nii.gz").symlink_to(real / "segmentation.nii.gz")
    for name, value in class_values("total").items():
        mask = nib.Nifti1Image((labels == value).astype(np.uint8), image.affine)
        # Uncompressed: compressing is most of the time.
        nib.save(mask, many / "segmentations" / f"{name}.nii")
    raws = [read_only(folder.parent) for folder in (one, many)]
    np.testing.assert_array_equal(raws[0].labels.data, raws[1].labels.data)
    np.testing.assert_array_equal(raws[0].scan.data, raws[1].scan.data)
    np.testing.assert_allclose(raws[0].labels.affine, raws[1].labels.affine)
    assert raws[0].structures == raws[1].structures
    assert raws[1].overlap_voxels == 0
    assert len(structures_there(raws[1])) >= 30
