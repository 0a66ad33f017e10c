"""With --hash-case-ids, nothing that a build writes or prints names a case or its files."""

import io
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from misground.benchmark.building.work import PlanTask, plan_one
from misground.benchmark.hiding import hide_names
from misground.benchmark.listing import list_sources
from misground.benchmark.settings import BuildSettings
from misground.errors import MisgroundError

WORD = "qzxjvk"
HEADER = "case_id,scan,labels,labelset\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'qzxjvk_ct.nii.gz': the file is empty", "(hidden): the file is empty"),
        (
            "'ct.nii.gz': its data file 'qzxjvk.raw' is missing",
            "'ct.nii.gz': its data file (hidden) is missing",
        ),
        ("'liver.nii.gz': is not in 'qzxjvk liver.nii.gz'", "'liver.nii.gz': is not in (hidden)"),
        ("\"O'qzxjvk.nii\": the header's 'sizes' is 'qzxjvk'", "(hidden): the header's 'sizes' is (hidden)"),
        ("'a\\'qzxjvk\".nii': x", "(hidden): x"),
        (
            "2 files, such as 'a' or 'qzxjvk', and the scan's",
            "2 files, such as (hidden) or (hidden), and the scan's",
        ),
        ("cases.csv, line 1: missing column scan, found qzxjvk, x", "cases.csv, line 1: missing column scan"),
        ("x.csv, line 1: unknown column qzxjvk, expected a", "x.csv, line 1: unknown column, expected a"),
        ("anatomical self-check: looks mirrored along x", "anatomical self-check: looks mirrored along x"),
    ],
)
def test_names_in_sentences_are_hidden(text: str, expected: str) -> None:
    assert hide_names(text) == expected


def hostile_series(folder: Path) -> None:
    """Two DICOM slices whose nested sequences overflow the stack of parsers that recurse without a limit."""
    folder.mkdir()
    opened = b"\x08\x00\x40\x11\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    meta = b"\x02\x00\x10\x00UI\x12\x001.2.840.10008.1.2\0"
    for number in range(2):
        (folder / f"{WORD}-{number}.dcm").write_bytes(bytes(128) + b"DICM" + meta + opened * 20_000)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, case_writer) -> Path:
    """Cases that are good, unreadable, contradicting, missing and hostile, all with WORD in every name."""
    root = tmp_path_factory.mktemp("private")
    lines = []
    for name in ("good", "torn", "mirrored", "gone", "hostile", "twin", "odd"):
        folder = case_writer(
            root / f"{WORD}-{name}", affine=np.diag([-4.0 if name == "mirrored" else 4, 4, 4, 1])
        )
        scan, labels = folder / f"{WORD} {name}_ct.nii.gz", folder / f"{WORD}.{name}.nii.gz"
        (folder / "ct.nii.gz").rename(scan)
        (folder / "segmentation.nii.gz").rename(labels)
        if name == "torn":
            labels.write_bytes(labels.read_bytes()[:-50])
        if name == "gone":
            scan.unlink()
        if name == "hostile":
            scan.unlink()
            hostile_series(scan)
        if name == "odd":
            scan = scan.rename(folder / f"{WORD}_of_{WORD}.what")
        lines.append(f"{folder.name},{scan.relative_to(root)},{labels.relative_to(root)},total\n")
    (root / "cases.csv").write_text(HEADER + "".join(lines))
    return root


def written(folder: Path) -> bytes:
    """Every name and byte in a folder, also of what is compressed."""
    found = []
    for path in sorted(folder.rglob("*")):
        found.append(str(path.relative_to(folder)).encode())
        if path.suffix == ".parquet":
            found.append(
                repr(
                    pq.read_table(path).drop_columns(["frames"] if "views" in path.parts else []).to_pylist()
                ).encode()
            )
        elif path.suffix == ".npz":
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
                found += [archive.read(name) for name in archive.namelist()]
        if path.is_file():
            found.append(path.read_bytes())
    return b"\n".join(found)


@pytest.mark.slow
def test_a_hashed_build_and_its_validation_name_no_case(misground, data: Path, tmp_path: Path) -> None:
    data = shutil.copytree(data, tmp_path / "data")
    source, out = f"labelmap:{data}", tmp_path / "out"
    built = misground(
        "build", source, f"{source}?labels=total", "-o", out, "--hash-case-ids", "--max-questions", 26
    )
    assert built.returncode == 0, built.stderr
    reasons = pq.read_table(out / "skipped.parquet").column("reason").to_pylist()
    for words in ("truncated", "self-check", "does not exist", "corrupt", "already used", "unknown format"):
        assert any(words in reason for reason in reasons), words
    for name in ("twin", "good"):  # the scan of one is now damaged, the other hostile
        (scan,) = (data / f"{WORD}-{name}").glob("*_ct.nii.gz")
        scan.unlink()
        scan.write_bytes(b"x") if name == "good" else hostile_series(scan)
    validated = misground("validate", out, "--source", source)
    assert validated.returncode == 1
    assert "source_cases" in validated.stdout
    assert "is corrupt" in validated.stdout
    printed = built.stdout + built.stderr + validated.stdout + validated.stderr
    assert WORD.encode() not in written(out) + printed.encode()


def test_an_unfinished_hashed_build_keeps_no_name(data: Path, tmp_path: Path) -> None:
    settings = BuildSettings(hash_case_ids=True)
    listed = list_sources([f"labelmap:{data}"], hash_case_ids=True)
    for number, ref in enumerate(ref for ref in listed.refs if WORD in repr(ref.read)):
        if f"{WORD}-hostile" not in repr(ref.read):
            plan_one(PlanTask(ref, settings, tmp_path / f"{number}.npz", tmp_path / f"{number}-labels.npz"))
    assert len(list(tmp_path.iterdir())) >= 5
    assert WORD.encode() not in written(tmp_path)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (HEADER + f"{WORD},a,b,total\n{WORD},a,b,total\n", "line 3: case_id (hidden) is already in line 2"),
        (f"{WORD},{WORD}_ct,b,total\n", "line 1: missing column case_id, scan, labels"),
        (f"case_id,scan,labels,{WORD}\n", "line 1: unknown column, expected"),
        (HEADER + f"{WORD},{WORD},{WORD},total\n", "1 skipped, the first because: scan (hidden) and labels"),
    ],
)
def test_errors_of_a_listing_name_no_case(table: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(table)
    with pytest.raises(MisgroundError) as caught:
        list_sources([f"labelmap:{tmp_path}"], hash_case_ids=True)
    assert words in str(caught.value)
    assert WORD not in str(caught.value)


def test_notes_and_reasons_of_other_sources_name_no_file(case_writer, tmp_path: Path) -> None:
    folder = case_writer(tmp_path / "total" / WORD)
    (folder / "segmentations").mkdir()
    for name in ("liver", f"{WORD}_spleen"):
        (folder / "segmentations" / f"{name}.nii.gz").write_bytes(
            (folder / "segmentation.nii.gz").read_bytes()
        )
    knees = tmp_path / "knees"
    knees.mkdir()
    for name in (f"{WORD}_labels.nii.gz", f"a/{WORD}.nii.gz", f"b/{WORD}.nii.gz", f"{WORD}2_seg.nrrd"):
        (knees / name).parent.mkdir(exist_ok=True)
        (knees / name).touch()
    listed = list_sources([f"totalsegmentator:{tmp_path / 'total'}", f"oai:{knees}"], hash_case_ids=True)
    assert len(listed.skipped) == 2
    assert any("class names" in note for note in listed.notes)
    assert WORD not in repr((listed.skipped, listed.notes, [ref.case_id for ref in listed.refs]))
