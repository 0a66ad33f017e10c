"""Whatever is wrong with a case or a call ends in one clear line, and costs nothing else."""

import gzip
import resource
import struct

import nibabel as nib
import numpy as np
import pyarrow.parquet as pq
import pytest
from filelock import FileLock


def mirrored(axis):
    flip = np.diag([4.0, 4.0, 4.0, 1.0])
    flip[axis, axis] *= -1
    return flip


def truncated(folder, writer):
    path = writer(folder) / "ct.nii.gz"
    path.write_bytes(path.read_bytes()[:-2_000])


def shape_differs(folder, writer):
    writer(folder, scan=np.zeros((40, 40, 51), np.int16))


def affine_differs(folder, writer):
    shifted = np.diag([4.0, 4.0, 4.0, 1.0])
    shifted[0, 3] = 3.0
    writer(folder, labels_affine=shifted)


def four_dimensions(folder, writer):
    writer(folder, scan=np.zeros((40, 40, 50, 2), np.int16))


def not_finite(folder, writer, value):
    scan = np.zeros((40, 40, 50), np.float32)
    scan[3, 4, 5:12] = value
    writer(folder, scan=scan)


def with_affine(folder, writer, values):
    path = writer(folder) / "ct.nii.gz"
    raw = bytearray(gzip.decompress(path.read_bytes()))
    raw[252:256] = struct.pack("<hh", 0, 1)  # qform_code, sform_code
    raw[280:328] = struct.pack("<12f", *values)
    path.write_bytes(gzip.compress(bytes(raw)))


def huge_header(folder, writer):
    path = writer(folder) / "ct.nii.gz"
    raw = bytearray(gzip.decompress(path.read_bytes()))
    raw[40:56] = struct.pack("<8h", 3, 10_000, 10_000, 10_000, 1, 1, 1, 1)
    path.write_bytes(gzip.compress(bytes(raw)))


def unknown_value(folder, writer):
    labels = np.zeros((40, 40, 50), np.uint8)
    labels[10:20, 10:20, 10:20] = 200
    writer(folder, labels=labels)


def labels_against_scan(folder, writer):
    image = nib.load(writer(folder) / "segmentation.nii.gz")
    flipped = np.asanyarray(image.dataobj)[::-1]
    nib.save(nib.Nifti1Image(flipped, image.affine), folder / "segmentation.nii.gz")


def not_gzip(folder, writer):
    (writer(folder) / "ct.nii.gz").write_bytes(b"this is no scan")


BAD = {
    "affine_differs": (affine_differs, "affine"),
    "empty": (lambda f, w: w(f, labels=np.zeros((40, 40, 50), np.uint8)), "label"),
    "four_dimensions": (four_dimensions, "4"),
    "huge_header": (huge_header, "voxels"),
    "infinite": (lambda f, w: not_finite(f, w, np.inf), "7"),
    "labels_against_scan": (labels_against_scan, "left"),
    "mirrored_x": (lambda f, w: w(f, affine=mirrored(0)), "mirrored along x"),
    "mirrored_y": (lambda f, w: w(f, affine=mirrored(1)), "mirrored along y"),
    "mirrored_z": (lambda f, w: w(f, affine=mirrored(2)), "mirrored along z"),
    "nan_affine": (lambda f, w: with_affine(f, w, [np.nan] * 12), "affine"),
    "no_labels": (lambda f, w: (w(f) / "segmentation.nii.gz").unlink(), "labels"),
    "no_scan": (lambda f, w: (w(f) / "ct.nii.gz").unlink(), "scan"),
    "not_a_number": (lambda f, w: not_finite(f, w, np.nan), "7"),
    "not_gzip": (not_gzip, "gzip"),
    "shape_differs": (shape_differs, "shape"),
    "truncated": (truncated, "truncated"),
    "unknown_value": (unknown_value, "200"),
    "zero_affine": (lambda f, w: with_affine(f, w, [0.0] * 12), "affine"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory, case_writer, misground):
    """A data set of two good cases and every bad one, under a path that is not ASCII, built once."""
    root = tmp_path_factory.mktemp("données-数据")
    case_writer(root / "s0002")
    case_writer(root / "ß-case")
    for name, (make_bad, _) in BAD.items():
        make_bad(root / f"bad_{name}", case_writer)
    out = root.parent / "built-ü"
    return misground("build", f"totalsegmentator:{root}", "-o", out), out, root


def test_the_good_cases_are_built(built):
    run, out, _ = built
    assert run.returncode == 0, run.stderr
    assert pq.read_table(out / "cases.parquet")["case_id"].to_pylist() == ["s0002", "ß-case"]
    assert pq.read_table(out / "questions" / "test.parquet").num_rows > 100


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_case_is_skipped_with_its_reason_in_one_line(built, name):
    _, out, root = built
    rows = {r["case_id"]: r["reason"] for r in pq.read_table(out / "skipped.parquet").to_pylist()}
    reason = rows[f"bad_{name}"]
    assert BAD[name][1] in reason
    assert "\n" not in reason
    assert str(root) not in reason
    assert "unforeseen" not in reason


def test_nothing_else_is_skipped(built):
    _, out, _ = built
    skipped = pq.read_table(out / "skipped.parquet")["case_id"].to_pylist()
    assert skipped == sorted(f"bad_{name}" for name in BAD)


def test_a_contradicting_case_is_kept_on_request(tmp_path, case_writer, misground):
    case_writer(tmp_path / "data" / "mirrored", affine=mirrored(0))
    run = misground(
        "build", f"totalsegmentator:{tmp_path / 'data'}", "-o", tmp_path / "out", "--keep-contradicting"
    )
    assert run.returncode == 0, run.stderr
    assert pq.read_table(tmp_path / "out" / "cases.parquet").num_rows == 1
    assert "CONTRADICTING CASES KEPT (1: mirrored)" in (tmp_path / "out" / "README.md").read_text()


def test_after_a_build_without_a_usable_case_other_settings_may_be_tried(tmp_path, case_writer, misground):
    case_writer(tmp_path / "data" / "mirrored", affine=mirrored(0))
    call = ["build", f"totalsegmentator:{tmp_path / 'data'}", "-o", tmp_path / "out"]
    failure(misground(*call), 1)
    assert misground(*call, "--keep-contradicting").returncode == 0


def test_check_names_the_contradicting_cases_and_exits_3(tmp_path, case_writer, misground):
    case_writer(tmp_path / "good")
    case_writer(tmp_path / "mirrored", affine=mirrored(0))
    run = misground("check", f"totalsegmentator:{tmp_path}")
    assert run.returncode == 3
    lines = {line.split()[1]: line for line in run.stdout.splitlines() if line.count(" ") > 2}
    assert lines["good"].startswith("agrees")
    assert lines["mirrored"].startswith("contradicts")
    assert "mirrored along x" in lines["mirrored"]


def test_check_of_nothing_usable_exits_1(tmp_path, case_writer, misground):
    four_dimensions(tmp_path / "s1", case_writer)
    assert "no case is usable" in failure(misground("check", f"totalsegmentator:{tmp_path}"), 1)


def failure(run, status):
    """The one line of a failed command."""
    assert run.returncode == status
    assert "Traceback" not in run.stderr
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith(("misground: ", "Error: "))
    return last


def test_a_folder_without_a_case_is_a_failure(tmp_path, misground):
    (tmp_path / "data").mkdir()
    run = misground("build", f"totalsegmentator:{tmp_path / 'data'}", "-o", tmp_path / "out")
    assert "case" in failure(run, 1)


def test_no_usable_case_is_a_failure_with_the_first_reason(tmp_path, case_writer, misground):
    four_dimensions(tmp_path / "data" / "s1", case_writer)
    run = misground("build", f"totalsegmentator:{tmp_path / 'data'}", "-o", tmp_path / "out")
    assert "s1" in failure(run, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["totalsegmentator:/nowhere/at/all", "-o", "out"],
        ["unknown:thing", "-o", "out"],
        ["totalsegmentator:.?splt=test", "-o", "out"],
        ["phantom:torso?n=0", "-o", "out"],
        ["phantom:torso"],
        ["phantom:torso", "-o", "out", "--preset", "huge"],
    ],
)
def test_a_wrong_call_exits_with_2(tmp_path, misground, arguments):
    failure(misground("build", *arguments, cwd=tmp_path), 2)
    assert not (tmp_path / "out").exists()


def test_an_output_folder_of_another_seed_is_refused_and_kept(tmp_path, case_writer, misground):
    case_writer(tmp_path / "data" / "s1")
    source, out = f"totalsegmentator:{tmp_path / 'data'}", tmp_path / "out"
    assert misground("build", source, "-o", out).returncode == 0
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert "seed 0 (requested: 1)" in failure(misground("build", source, "-o", out, "--seed", 1), 2)
    again = misground("build", source, "-o", out)
    assert again.returncode == 0
    assert "already complete" in again.stdout
    case_writer(tmp_path / "data" / "s2")
    assert "other cases" in failure(misground("build", source, "-o", out), 2)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", ["thesis.tex", "README.md"])
def test_an_output_folder_with_foreign_files_is_refused(tmp_path, misground, name):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    assert name in failure(misground("build", "phantom:torso?n=1", "-o", tmp_path / "out"), 2)
    assert (tmp_path / "out" / name).read_text() == "mine"


def test_two_builds_into_one_folder_at_a_time_are_refused(tmp_path, misground):
    (tmp_path / "out" / ".build").mkdir(parents=True)
    with FileLock(tmp_path / "out" / ".build" / "lock"):
        run = misground("build", "phantom:torso?n=1", "-o", tmp_path / "out")
    assert "another build" in failure(run, 2)


def test_of_two_cases_with_one_id_the_first_is_kept(tmp_path, case_writer, misground):
    for data in ("one", "two"):
        case_writer(tmp_path / data / "s1")
    sources = [f"totalsegmentator:{tmp_path / data}" for data in ("one", "two")]
    run = misground("build", *sources, "-o", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    skipped = pq.read_table(tmp_path / "out" / "skipped.parquet").to_pylist()
    assert [row["case_id"] for row in skipped] == ["s1"]
    assert "already used" in skipped[0]["reason"]


def test_a_full_disk_ends_in_one_line_and_keeps_finished_cases(tmp_path, case_writer, misground):
    for number in range(3):
        case_writer(tmp_path / "data" / f"s{number}")
    source, out = f"totalsegmentator:{tmp_path / 'data'}", tmp_path / "out"

    def small_files_only():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    line = failure(misground("build", source, "-o", out, preexec_fn=small_files_only), 1)
    assert "disk full" in line
    assert len(list((out / ".build" / "plans").glob("*.npz"))) == 3
    assert not list(out.rglob("*.part"))
    assert misground("build", source, "-o", out).returncode == 0
    assert not (out / ".build").exists()
