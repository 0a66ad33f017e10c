"""NRRD, MetaImage and NIfTI headers that were written to make us read another file, or for ever."""

import gzip
import os
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

from misground.errors import CaseError
from misground.volumes import read_volume

SECRET = b"name,diagnosis\nprivate,private\n" * 100
VOXELS = np.arange(120, dtype="<i2").reshape(4, 5, 6)
RAW = VOXELS.tobytes(order="F")
NRRD = {
    "type": "short",
    "dimension": "3",
    "space": "left-posterior-superior",
    "sizes": "4 5 6",
    "space directions": "(1,0,0) (0,1,0) (0,0,1)",
    "endian": "little",
    "encoding": "raw",
}
MHD = {
    "NDims": "3",
    "TransformMatrix": "1 0 0 0 1 0 0 0 1",
    "ElementSpacing": "1 1 1",
    "DimSize": "4 5 6",
    "ElementType": "MET_SHORT",
    "ElementDataFile": "ct.raw",
}


def nrrd(folder: Path, body: bytes = RAW, end: str = "\n", **fields: str | None) -> Path:
    """A file of these fields (None removes one; `_` stands for a blank), with `end` before the empty line."""
    named = NRRD | {key.replace("_", " "): value for key, value in fields.items()}
    text = "".join(f"{key}: {value}\n" for key, value in named.items() if value is not None)
    path = folder / "ct.nrrd"
    path.write_bytes(f"NRRD0004\n{text}".encode() + end.encode() + b"\n" * (end != "\n") + body)
    return path


def mhd(folder: Path, **fields: str) -> Path:
    path = folder / "ct.mhd"
    path.write_text("".join(f"{key} = {value}\n" for key, value in (MHD | fields).items()), encoding="utf-8")
    return path


def reason(path: Path) -> str:
    with pytest.raises(CaseError) as caught:
        read_volume(path)
    assert "\n" not in str(caught.value)
    assert "private" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data set's folder beside a private file, with decoys inside under names that have a meaning."""
    (tmp_path / "secret.csv").write_bytes(SECRET)
    inner = tmp_path / "data"
    inner.mkdir()
    for decoy in ("LIST", "LIST 2", "%d 1 1 1", "%03d.raw 1 1 1", "ct%01d.raw"):
        (inner / decoy).write_bytes(RAW)
    return inner


@pytest.mark.parametrize(
    "name",
    [
        *(
            "LIST",
            "LIST 2",
            "%d 1 1 1",
            "%03d.raw 1 1 1",
            "ct%01d.raw",
            "%999999999d 1 1 1",
            "%s%s%s%n 1 1 1",
        ),
        *("../secret.csv", "sub/../../secret.csv", "/etc/passwd", "//etc/passwd", "..\\secret.csv"),
        *("C:/secret.csv", "C:secret.csv", "file:///etc/passwd", "~/secret.csv", ".", "", "./", "out.raw"),
    ],
)
@pytest.mark.parametrize("make", [nrrd, mhd])
def test_only_one_file_of_the_headers_own_folder_is_its_data(name: str, make: object, folder: Path) -> None:
    (folder / "out.raw").symlink_to(folder.parent / "secret.csv")
    fields = {"data_file": name} if make is nrrd else {"ElementDataFile": name}
    if make is mhd and not name:
        return  # an empty name is no field
    words = ("outside", "missing", "pattern", "list", "leads out")
    assert any(word in reason(make(folder, **fields)) for word in words)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["in.raw", "./in.raw", "sub/in.raw", "inner_link.raw"])
@pytest.mark.parametrize("make", [nrrd, mhd])
def test_data_in_the_folder_or_below_reads(name: str, make: object, folder: Path) -> None:
    (folder / "sub").mkdir()
    for place in ("in.raw", "sub/in.raw"):
        (folder / place).write_bytes(RAW)
    (folder / "inner_link.raw").symlink_to("sub/in.raw")
    fields = {"data_file": name} if make is nrrd else {"ElementDataFile": name}
    np.testing.assert_array_equal(read_volume(make(folder, **fields)).data, VOXELS)  # type: ignore[operator]


def test_a_folder_of_links_to_a_data_set_reads(folder: Path, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (folder / "ct.raw").write_bytes(RAW)
    nibabel.save(nibabel.Nifti1Pair(VOXELS, np.eye(4)), folder / "pair.hdr")
    nrrd(folder, data_file="ct.raw")
    mhd(folder)
    for name in ("ct.raw", "ct.mhd", "pair.hdr", "pair.img"):
        (links / name).symlink_to(folder / name)
    (links / "renamed.nrrd").symlink_to(folder / "ct.nrrd")
    for name in ("ct.mhd", "renamed.nrrd", "pair.hdr", "pair.img"):
        np.testing.assert_array_equal(read_volume(links / name).data, VOXELS)


@pytest.mark.parametrize("name", ["pair.img", "pair.hdr"])
def test_the_data_of_a_nifti_pair_does_not_lead_out_of_the_folder(name: str, folder: Path) -> None:
    nibabel.save(nibabel.Nifti1Pair(VOXELS, np.eye(4)), folder / "pair.hdr")
    (folder / "pair.img").unlink()
    (folder / "pair.img").symlink_to(folder.parent / "secret.csv")
    assert "leads out of the folder" in reason(folder / name)


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.mhd"])
def test_itk_sees_no_text_header(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "ct.raw").write_bytes(RAW)
    nrrd(folder)
    mhd(folder)
    monkeypatch.setitem(sys.modules, "SimpleITK", None)  # importing it raises
    np.testing.assert_array_equal(read_volume(folder / name).data, VOXELS)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (f"content: {'x' * (1 << 20)}\ndata file: ../secret.csv\n", "does not end within"),
        (f"key:={'x' * (1 << 20)}\ndata file: ../secret.csv\n", "does not end within"),
        ("#\n" * (1 << 19), "does not end within"),
        ("sizes: 4 5 6\n", "'sizes' twice"),
        ("data file: ct.raw\ndatafile: ct.raw\n", "'data file' twice"),
        ("byte skip: 0\nByteSkip: 4\n", "'byte skip' twice"),
        ("content: a\rdata file: ../secret.csv\n", "control characters"),
        ("content: a\x00\n", "control characters"),
        ("key:=a\x1b]0;title\x07\n", "control characters"),
        ("byte s\u212aip: 4\n", "not a field"),  # KELVIN SIGN, whose lower case is k
        ("data\u00a0file: ct.raw\n", "not a field"),
        (" \n", "not a field"),
        ("no colon\n", "not a field"),
        ("private: 1\n", "not a field"),
        ("".join(f"key {i}: {i}\n" for i in range(20_000)), "not a field"),
        ("byte skip: 1000000000\n", "'byte skip' is 1000000000"),
        ("byte skip: -2\n", "'byte skip' is -2"),
        ("byte skip: 1e3\n", "expected numbers"),
        ("byte skip: 1_0\n", "expected numbers"),
        ("byte skip: \u0664\n", "expected numbers"),  # a digit of another script
        ("byte skip: 1 2\n", "2 numbers"),
        ("byte skip: " + "9" * 100_000 + "\n", "expected numbers"),
        ("byte skip: " + "9 " * 100_000 + "\n", "expected numbers"),
        ("line skip: 1000000000\n", "'line skip' is 1000000000"),
        ("line skip: -1\n", "'line skip' is -1"),
        ("line skip: 9999\n", "9999 lines"),
        ("kinds: domain domain vector\n", "kind 'vector'"),
    ],
)
def test_a_header_that_misleads_is_refused(end: str, words: str, folder: Path) -> None:
    assert words in reason(nrrd(folder, end=end))


@pytest.mark.parametrize(
    "fields",
    [
        {"space_directions": "(1,0,0) (0,1,0)"},
        {"space_directions": "(1,0,0) (0,1,0) (0,0,1) (0,0,1)"},
        {"space_directions": "(1,0,0) (0,1,0) (0,0,1"},
        {"space_directions": "(" * 100_000},
        {"space_directions": "(1,0) (0,1) (0,0)"},
        {"space_origin": "(1e999,0,0)"},
        {"space_origin": "(0,0)"},
        {"dimension": "4"},
        {"dimension": None},
        {"endian": None},
        {"endian": "middle"},
        {"sizes": "4 5 6 " + "1 " * 1000},
        {"sizes": "4 5 " + "6" * 1000},
        {"byte_skip": "-1", "encoding": "gzip"},
        {"byte_skip": "60000000", "encoding": "gzip"},
    ],
)
def test_a_malformed_nrrd_field_is_refused(fields: dict[str, str | None], folder: Path) -> None:
    body = gzip.compress(RAW) if fields.get("encoding") == "gzip" else RAW
    reason(nrrd(folder, body, **fields))


def test_twenty_thousand_keys_of_no_meaning_read(folder: Path) -> None:
    keys = "".join(f"key {i}:={i}\n" for i in range(20_000))
    np.testing.assert_array_equal(read_volume(nrrd(folder, end=keys)).data, VOXELS)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"xyz" + RAW, {"byte_skip": "3"}),
        (b"xyz" + RAW, {"byte_skip": "-1"}),
        (b"one\ntwo\nx" + RAW, {"line_skip": "2", "byteskip": "1"}),
        (VOXELS.astype(">i2").tobytes(order="F"), {"endian": "BIG"}),
        (b"one\n" + gzip.compress(b"xyz" + RAW), {"encoding": "gz", "lineskip": "1", "byte_skip": "3"}),
        (gzip.compress(RAW[:50]) + gzip.compress(RAW[50:]), {"encoding": "gzip"}),
    ],
)
@pytest.mark.parametrize("detached", [False, True])
def test_every_way_to_skip_reads_as_in_the_standard(
    body: bytes, fields: dict[str, str], detached: bool, folder: Path
) -> None:
    if detached:
        (folder / "ct.raw").write_bytes(body)
        body, fields = b"", fields | {"data_file": "ct.raw"}
    np.testing.assert_array_equal(read_volume(nrrd(folder, body, **fields)).data, VOXELS)


@pytest.mark.parametrize("encoding", ["raw", "gzip"])
def test_data_after_the_last_voxel_is_refused(encoding: str, folder: Path) -> None:
    body = RAW + bytes(10**7)
    path = nrrd(folder, gzip.compress(body) if encoding == "gzip" else body, encoding=encoding)
    assert "more data" in reason(path)


@pytest.mark.parametrize(
    "fields",
    [
        {"DimSize": "4 5 6\nDimSize = 4 5 6"},
        {"Comment": "a\rElementDataFile = ../secret.csv"},
        {"Comment": "x" * (1 << 20)},
        {"HeaderSize": "-2"},
        {"HeaderSize": "1000000000"},
        {"ElementSpacing": "1 1 1_0"},
        {"TransformMatrix": "1 " * 100_000},
    ],
)
def test_a_metaimage_header_that_misleads_is_refused(fields: dict[str, str], folder: Path) -> None:
    (folder / "ct.raw").write_bytes(RAW)
    path = mhd(folder)
    path.write_text("".join(f"{key} = {value}\n" for key, value in ({**fields} | MHD | fields).items()))
    reason(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", ["ct.nrrd", "ct.mhd", "ct.nii.gz", "ct.hdr"])
def test_a_named_pipe_is_not_opened(name: str, folder: Path) -> None:
    os.mkfifo(folder / name)
    assert "neither a file nor a folder" in reason(folder / name)
    os.mkfifo(folder / "ct.raw")
    assert "missing" in reason(nrrd(folder, data_file="ct.raw")) if name != "ct.nrrd" else True


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.mhd"])
def test_no_mark_that_turns_text_around_reaches_a_message(name: str, folder: Path) -> None:
    nrrd(folder, type="\u202eshort")
    mhd(folder, ElementType="\u202eMET_SHORT")
    assert reason(folder / name).isascii()
