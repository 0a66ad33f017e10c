import os
import re
import unicodedata
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from misground.errors import CaseError, UsageError, WorkError
from misground.sources import list_cases
from misground.volumes import load_case

from ...volumes.conftest import dicom_slice  # noqa: TID252  # the root is not on the path

SHAPE = (4, 5, 6)


@pytest.fixture
def volumes(tmp_path, write_volume):
    """Write scans/NAME.nii.gz and labels/NAME.nii.gz for each name, with the label values 1 and 2."""

    def write(*names, suffix=".nii.gz"):
        labels = np.zeros(SHAPE, np.uint8)
        labels[0], labels[1] = 1, 2
        for name in names:
            write_volume(tmp_path / "scans" / f"{name}{suffix}", np.full(SHAPE, 7, np.int16))
            write_volume(tmp_path / "labels" / f"{name}{suffix}", labels)

    return write


@pytest.fixture
def cases(table):
    """Write cases.csv with one line a name."""

    def write(*names, suffix=".nii.gz", header="case_id,scan,labels", more=""):
        lines = [f"{name},scans/{name}{suffix},labels/{name}{suffix}{more}" for name in names]
        return table("cases.csv", header, *lines)

    return write


def listing(tmp_path, options=""):
    return list_cases(f"labelmap:{tmp_path}{options}")


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".nrrd", ".mha", ".mhd"])
def test_a_data_set_of_its_own_is_read_by_its_two_tables(tmp_path, volumes, cases, table, suffix):
    volumes("b", "a", suffix=suffix)
    cases("b", "a", suffix=suffix)
    table("labels.csv", "value,structure,name", "1,liver,", "2,navel,navel", "3,,")
    found = listing(tmp_path)
    assert [(ref.case_id, ref.source, ref.modality, ref.region) for ref in found.refs] == [
        ("a", "labelmap", "ct", "torso"),
        ("b", "labelmap", "ct", "torso"),
    ]
    raw = found.refs[0].read()
    assert {value: structure.key for value, structure in raw.structures.items()} == {1: "liver", 2: "navel"}
    assert raw.ignored == {3}
    assert raw.side is None
    assert np.all(raw.scan.data == 7)
    assert [int(raw.labels.data[i, 0, 0]) for i in range(3)] == [1, 2, 0]


def test_a_knee_has_its_side_and_declared_structures_its_region(tmp_path, volumes, cases, table):
    volumes("k")
    cases("k", header="case_id,scan,labels,modality,region,side", more=",mri,knee,left")
    table("labels.csv", "value,structure,name", "1,tibia,", "2,cyst,Baker's cyst")
    (ref,) = listing(tmp_path).refs
    raw = ref.read()
    assert (ref.modality, ref.region, raw.side) == ("mri", "knee", "left")
    assert {structure.region for structure in raw.structures.values()} == {"knee"}


@pytest.mark.parametrize(("label_set", "second"), [("total", "kidney_right"), ("total_v1", "kidney_right")])
def test_a_known_label_set_stands_for_the_label_table(tmp_path, volumes, cases, label_set, second):
    volumes("a")
    cases("a")
    raw = listing(tmp_path, f"?labels={label_set}").refs[0].read()
    assert raw.structures[2].key == second
    assert 90 in raw.ignored or label_set == "total_v1"


def test_the_label_set_may_be_told_line_by_line(tmp_path, volumes, table):
    volumes("a")
    paths = "scans/a.nii.gz,labels/a.nii.gz"
    table("cases.csv", "case_id,scan,labels,labelset,side", f"k,{paths},oai,right", f"t,{paths},,")
    table("labels.csv", "value,structure", "1,aorta", "2,spleen")
    knee, torso = listing(tmp_path).refs
    assert (knee.region, knee.read().structures[2].key) == ("knee", "medial_tibial_cartilage")
    assert (torso.region, torso.read().structures[2].key) == ("torso", "spleen")


def test_a_line_whose_files_do_not_exist_is_skipped_without_their_place(tmp_path, volumes, cases, table):
    volumes("a", "b")
    cases("a", "b", "c")
    (tmp_path / "labels" / "b.nii.gz").unlink()
    table("labels.csv", "value,structure", "1,aorta", "2,spleen")
    found = listing(tmp_path)
    assert [ref.case_id for ref in found.refs] == ["a"]
    assert [(skipped.case_id, skipped.reason) for skipped in found.skipped] == [
        ("b", "labels 'b.nii.gz' does not exist"),
        ("c", "scan 'c.nii.gz' and labels 'c.nii.gz' do not exist"),
    ]


def test_paths_out_of_the_folder_and_absolute_ones_are_read(tmp_path, volumes, table):
    volumes("a")
    folder = tmp_path / "sub"
    line = f"a,{tmp_path / 'scans' / 'a.nii.gz'},../labels/a.nii.gz"
    table("cases.csv", "case_id,scan,labels", line, folder=folder)
    table("labels.csv", "value,structure", "1,aorta", "2,spleen", folder=folder)
    found = listing(folder)
    assert found.refs[0].read().scan.data.shape == SHAPE
    assert "cases.csv: 1 of 1 cases have files outside its folder" in found.notes


@pytest.mark.parametrize(
    ("lines", "found"), [(None, "is missing"), (["case_id,scan,labels"], "has no line after the header")]
)
def test_a_folder_without_a_line_is_failed_work(tmp_path, table, lines, found):
    if lines:
        table("cases.csv", *lines)
    with pytest.raises(WorkError) as error:
        listing(tmp_path)
    assert str(error.value).endswith(f"has no cases: cases.csv (case_id, scan, labels) {found}")


def test_without_a_label_table_or_a_known_label_set_the_call_is_wrong(tmp_path, volumes, cases):
    volumes("a")
    cases("a")
    with pytest.raises(
        UsageError, match=r"labels\.csv is missing, expected it with columns value and structure"
    ):
        listing(tmp_path)


def test_listing_opens_no_volume_and_reading_reports_the_file(tmp_path, cases, table):
    cases("a")
    for folder in ("scans", "labels"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.nii.gz").write_bytes(b"nothing")
    table("labels.csv", "value,structure", "1,aorta")
    (ref,) = listing(tmp_path).refs
    with pytest.raises(CaseError, match=r"a\.nii\.gz") as error:
        ref.read()
    assert str(tmp_path) not in str(error.value)


def test_a_case_travels_to_another_process(tmp_path, volumes, cases, table):
    volumes("größe")
    cases("größe")
    table("labels.csv", "value,structure", "1,aorta", "2,spleen")
    (ref,) = listing(tmp_path).refs
    copy = ForkingPickler.loads(ForkingPickler.dumps(ref))
    assert copy.case_id == "größe"
    assert copy.read().structures == ref.read().structures


def test_the_fingerprint_tells_the_files_and_the_meaning_of_the_values(tmp_path, volumes, cases, table):
    volumes("a")
    cases("a")
    seen = set()
    for second in ("spleen", "liver", ""):
        table("labels.csv", "value,structure", "1,aorta", f"2,{second}")
        seen.add(listing(tmp_path).refs[0].fingerprint)
    assert listing(tmp_path).refs[0].fingerprint in seen
    os.utime(tmp_path / "scans" / "a.nii.gz", ns=(1, 1))
    seen.add(listing(tmp_path).refs[0].fingerprint)
    assert len(seen) == 4


class TestAttribution:
    @pytest.fixture(autouse=True)
    def data_set(self, volumes, cases, table):
        volumes("a")
        cases("a")
        table("labels.csv", "value,structure", "1,aorta", "2,spleen")

    def test_without_the_file_nothing_is_stated_and_a_note_says_so(self, tmp_path):
        found = listing(tmp_path)
        assert (found.attribution.licence, found.attribution.citation) == ("not stated", "not stated")
        assert found.notes == (
            "no attribution.csv (title, licence, citation, url): licence and citation are not stated",
        )

    def test_its_one_line_names_title_licence_and_citation(self, tmp_path, table):
        table("attribution.csv", "title,licence,citation,url", 'My scans,CC0-1.0,"Me, 2024",https://x.org')
        found = listing(tmp_path)
        attribution = found.attribution
        assert (
            attribution.source,
            attribution.title,
            attribution.licence,
            attribution.citation,
            attribution.url,
        ) == (*("labelmap", "My scans", "CC0-1.0", "Me, 2024", "https://x.org"),)
        assert found.notes == ()

    @pytest.mark.parametrize("more", [[], ["a,b,c", "d,e,f"]])
    def test_other_than_one_line_is_a_wrong_call(self, tmp_path, table, more):
        table("attribution.csv", "title,licence,citation", *more)
        with pytest.raises(
            UsageError, match=rf"attribution\.csv has {len(more)} lines after the header, expected one"
        ):
            listing(tmp_path)


def test_the_tables_of_the_documentation_are_in_order(tmp_path):
    text = (Path(__file__).parents[3] / "docs" / "sources.md").read_text(encoding="utf-8")
    examples = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    for name, example in zip(("cases.csv", "labels.csv"), examples, strict=True):
        (tmp_path / name).write_text(example, encoding="utf-8")
    found = listing(tmp_path)
    assert [skipped.case_id for skipped in found.skipped] == ["k07", "p01"]


@pytest.mark.parametrize("forms", [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_path_in_the_other_unicode_form_is_found(tmp_path, volumes, cases, table, forms):
    on_disk, in_table = (unicodedata.normalize(form, "größe é") for form in forms)
    volumes(on_disk)
    cases(in_table)
    table("labels.csv", "value,structure", "1,aorta", "2,spleen")
    (ref,) = listing(tmp_path).refs
    assert ref.read().scan.data.shape == SHAPE


def test_paths_that_lead_to_nothing_say_why(tmp_path, volumes, table):
    volumes("a")
    (tmp_path / "broken.nii.gz").symlink_to(tmp_path / "gone.nii.gz")
    table(
        "cases.csv",
        "case_id,scan,labels",
        r"backslash,scans\a.nii.gz,labels/a.nii.gz",
        "link,broken.nii.gz,labels/a.nii.gz",
        '"two',
        'lines",scans/a.nii.gz,labels/a.nii.gz',
        "good,scans/a.nii.gz,labels/a.nii.gz",
    )
    table("labels.csv", "value,structure", "1,aorta", "2,spleen")
    found = listing(tmp_path)
    assert [ref.case_id for ref in found.refs] == ["good"]
    assert {skip.case_id: skip.reason for skip in found.skipped} == {
        "backslash": "scan 'scans\\\\a.nii.gz' does not exist: write / instead of \\ in paths",
        "link": "scan 'broken.nii.gz' does not exist: it is a link to a file that is missing",
        "two\nlines": "case_id has a line break, expected one line",
    }


def test_a_quote_that_is_left_open_is_a_wrong_call_at_its_line(tmp_path, table):
    table("cases.csv", "case_id,scan,labels", "a,b,c", '"d,e,f', "g,h,i")
    with pytest.raises(
        UsageError, match=r"cases\.csv, line 3: case_id has a line break, .* is a quote left open"
    ):
        listing(tmp_path)


@pytest.fixture
def two_series(tmp_path, table):
    """A folder with two DICOM series of 3 slices, the second of twice the values, and labels beside it."""
    (tmp_path / "dicom").mkdir()
    for series in (1, 2):
        for k in range(3):
            pixels = np.full((5, 4), 10 * k * series, np.int16)
            dataset = dicom_slice(
                pixels, np.array([6.0, 12.0, 4.0 * k]), k, SeriesInstanceUID=f"1.2.{series}"
            )
            dataset.save_as(tmp_path / "dicom" / f"{series}-{k}", enforce_file_format=True)
    labels = np.zeros((4, 5, 3), np.uint8)
    labels[1] = 1
    nib.save(nib.Nifti1Image(labels, np.diag([2.0, 3, 4, 1])), tmp_path / "labels.nii.gz")
    table("labels.csv", "value,structure", "1,aorta")
    return tmp_path


@pytest.mark.parametrize(
    ("option", "column"), [("?series=1.2.2", ""), ("", ",1.2.2"), ("?series=1.2.1", ",2-0")]
)
def test_a_series_is_chosen_by_option_or_by_a_column_which_comes_first(two_series, table, option, column):
    table("cases.csv", "case_id,scan,labels" + ",series" * bool(column), f"a,dicom,labels.nii.gz{column}")
    (ref,) = listing(two_series, option).refs
    assert sorted(np.unique(load_case(ref).scan)) == [0, 20, 40]
    assert load_case(ref).notes == ("left out of the DICOM folder: 3 of CT (such as '1-0')",)
    (other,) = listing(two_series, "?series=1.2.1" if not column else "").refs
    assert column or ref.fingerprint != other.fingerprint


def test_two_series_without_a_choice_are_refused(two_series, table):
    table("cases.csv", "case_id,scan,labels", "a,dicom,labels.nii.gz")
    (ref,) = listing(two_series).refs
    with pytest.raises(CaseError, match=r"contains 2 DICOM series .* in the option series"):
        ref.read()
