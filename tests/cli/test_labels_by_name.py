"""The table of labels on the terminal, in the manifest and on the card; `--map`."""

import json

import nibabel as nib
import numpy as np
import pytest

from misground.sources import list_cases
from misground.volumes import orient

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A phantom torso in nnU-Net's layout, with one name that is none and one without a side."""
    folder = tmp_path_factory.mktemp("Dataset001_Phantom")
    raw = list_cases("phantom:torso?n=1").refs[0].read()
    scan, labels = orient(raw.scan), orient(raw.labels)
    for name, volume in (("imagesTr/p_0000", scan), ("labelsTr/p", labels)):
        path = folder / f"{name}.nii.gz"
        path.parent.mkdir()
        nib.save(nib.Nifti1Image(np.ascontiguousarray(volume.data), volume.affine), path)
    names = {"background": 0}
    for value, structure in raw.structures.items():
        written = {"liver": "Organ X", "kidney_left": "kidney"}.get(structure.key, structure.name)
        names.setdefault(written, []).append(value)
    content = {"channel_names": {"0": "CT"}, "labels": names, "licence": "CC-BY-4.0"}
    (folder / "dataset.json").write_text(json.dumps(content))
    return folder


def test_check_prints_what_each_name_was_taken_for(misground, dataset):
    done = misground("check", f"nnunet:{dataset}")
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert any(line.startswith("labels by name: ") and "1 ambiguous, 1 unmatched" in line for line in lines)
    assert any(line.startswith("spleen (") and line.endswith(" spleen") for line in lines)
    assert any(line.startswith("Organ X (") and line.endswith("not used, unmatched") for line in lines)
    assert any(
        "not used, ambiguous: the name has no side: kidney_left or kidney_right" in line for line in lines
    )


def test_a_build_records_the_table_and_a_map_changes_it(misground, dataset, tmp_path):
    table = tmp_path / "my labels.csv"
    table.write_text("label,structure\nOrgan X,liver\n")
    out = tmp_path / "out"
    done = misground(
        "build", f"nnunet:{dataset}", "-o", out, "--map", table, "--max-questions", 60, "--workers", 1,
        "--no-shortcuts",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Organ X" in done.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    rows = {row["name"]: (row["structure"], row["status"]) for row in manifest["label_names"]}
    assert rows["Organ X"] == ("liver", "mapped")
    assert rows["kidney"] == (None, "ambiguous")
    assert manifest["sources"] == ["nnunet?map=my labels.csv"]  # no folder of this machine
    card = (out / "README.md").read_text()
    assert "## Labels by name" in card
    assert "CC-BY-4.0" in card
    checked = misground("validate", out, "--source", f"nnunet:{dataset}", "--map", table, "--workers", 1)
    assert checked.returncode == 0, checked.stdout


def test_a_hashed_build_hides_names_that_no_structure_explains(misground, dataset, tmp_path):
    done = misground(
        "build", f"nnunet:{dataset}", "-o", tmp_path / "out", "--hash-case-ids", "--max-questions", 60,
        "--workers", 1, "--no-shortcuts",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Organ X" not in done.stderr + (tmp_path / "out/manifest.json").read_text()


def test_a_map_that_no_source_takes_is_a_wrong_call(misground, tmp_path):
    done = misground("check", "phantom:torso", "--map", tmp_path / "a.csv")
    assert done.returncode == 2
    assert "expected nnunet or segmentations" in done.stderr
