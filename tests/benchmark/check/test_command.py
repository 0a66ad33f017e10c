"""`misground check`: exit status, JSON, and the page."""

import json
import re

import nibabel as nib
import numpy as np
import pytest

BOXES = {
    "spleen": np.s_[5:12, 8:18, 24:32],
    "kidney_right": np.s_[27:32, 8:14, 14:23],
    "kidney_left": np.s_[8:13, 8:14, 15:24],
    "liver": np.s_[22:36, 12:30, 24:36],
    "heart": np.s_[13:25, 20:32, 38:48],
    "urinary_bladder": np.s_[16:25, 20:28, 0:7],
}
MIRRORED = np.diag([-4.0, 4.0, 4.0, 1.0])


@pytest.fixture
def data(tmp_path, case_writer):
    case_writer(tmp_path / "data" / "good")
    case_writer(tmp_path / "data" / "<b>mirrored", affine=MIRRORED)
    return f"totalsegmentator:{tmp_path / 'data'}"


def test_cases_that_agree_exit_0(tmp_path, case_writer, misground):
    case_writer(tmp_path / "good")
    run = misground("check", f"totalsegmentator:{tmp_path}")
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "1 agrees")


def test_a_folder_of_class_files_alone_is_checked_without_its_scan(tmp_path, misground):
    folder = tmp_path / "segmented"
    folder.mkdir()
    for name, box in BOXES.items():
        labels = np.zeros((40, 40, 50), np.uint8)
        labels[box] = 1
        nib.save(nib.Nifti1Image(labels, MIRRORED @ np.diag([-1, 1, 1, 1])), folder / f"{name}.nii.gz")
    run = misground("check", f"totalsegmentator:{folder}")
    assert (run.returncode, run.stderr.strip()) == (0, "")
    assert run.stdout.startswith("agrees      segmented  x ")
    assert "; scan not tested, there is none" in run.stdout


def test_json_holds_the_hypothesis_and_the_relations(data, misground):
    run = misground("check", data, "--json")
    assert run.returncode == 3
    found = json.loads(run.stdout)
    assert found["counts"] == {"agrees": 1, "contradicts": 1}
    bad, good = found["cases"]
    assert good["hypotheses"] == good["contradicted"] == []
    assert bad["hypotheses"][0]["text"] == "looks mirrored left to right (mirrored along x)"
    assert bad["hypotheses"][0]["axes"] == ["x"]
    assert {"structure_a", "structure_b", "axis", "distance_mm", "text"} <= bad["contradicted"][0].keys()
    assert bad["axes"]["x"]["contradicts"]
    assert not bad["axes"]["z"]["contradicts"]


def test_the_page_shows_contradictions_and_escapes_what_files_say(data, tmp_path, misground):
    run = misground("check", data, "--picture", tmp_path / "page.html")
    assert run.returncode == 3
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;mirrored" in text
    assert "<b>" not in text
    assert "looks mirrored left to right" in text
    assert "<h2>good" not in text
    assert len(re.findall(r'<img src="data:image/png;base64,[A-Za-z0-9+/=]{200,}"', text)) == 3
    assert not re.search(r"(?:src|href)=\"(?!data:)", text)
    assert "<script" not in text


def test_a_scan_that_contradicts_is_skipped_with_its_numbers_and_kept_on_request(
    tmp_path, case_writer, misground
):
    flipped = tmp_path / "data" / "flipped"
    case_writer(flipped)
    labels = np.asarray(nib.nifti1.load(flipped / "segmentation.nii.gz").dataobj)
    noise = np.random.default_rng(0).normal(0, 5, labels.shape)
    scan = np.where(labels > 0, 20.0 + 10 * (labels % 7), -100) + noise
    nib.save(
        nib.Nifti1Image(scan[:, ::-1].astype(np.float32), np.diag([4.0, 4, 4, 1])), flipped / "ct.nii.gz"
    )
    call = ["build", f"totalsegmentator:{tmp_path / 'data'}", "-o", tmp_path / "out"]
    run = misground(*call)
    assert run.returncode == 1
    assert "the scan looks mirrored front to back against its labels" in run.stderr
    assert misground(*call, "--keep-contradicting").returncode == 0
    assert "CONTRADICTING CASES KEPT (1: flipped)" in (tmp_path / "out" / "README.md").read_text()
