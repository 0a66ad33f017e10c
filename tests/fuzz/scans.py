"""Scans and label maps with odd headers: NIfTI, NRRD, MetaImage, DICOM."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import nibabel as nib
import numpy as np
import SimpleITK
from numpy.typing import NDArray

from ..benchmark.conftest import AFFINE, torso_labels  # noqa: TID252  # the root is not on the path
from .byte_changes import HOSTILE_TEXTS, change_bytes

SIDE: Final = float(AFFINE[0, 0])
_VALUES: Final = (
    "0", "-1", "1", "2", "3", "4", "1e400", "nan", "inf", "99999999999999999999", "0 0 0", "40 40 50 1",
    "512 512 512", "-40 40 50", "40 40", "(1,0,0) (0,1,0) (0,0,1)", "(nan,0,0) none (1,1,1)",
    "none none none", "LIST", "LIST 2", "%999999999d 1 1 1", "%03d.raw 1 3 1", "%n%n%n%s 0 9 1", "data.raw",
    "../data.raw", "/etc/passwd", "LOCAL", "gzip", "raw", "bzip2", "ascii", "hex", "zrl", "block", "double",
    "short", "MET_CHAR_ARRAY", "True", "False", "ras", "scanner-xyz", "little", "big", "1000000000",
    "9" * 400,
)  # fmt: skip
_NRRD_KEYS: Final = (
    "byte skip", "byteskip", "line skip", "lineskip", "data file", "datafile", "block size", "dimension",
    "kinds", "space", "space units", "spacings", "axis mins", "encoding", "endian", "old min",
    "sample units", "content", "number", "min", "max", "thicknesses", "centers", "labels",
    "measurement frame", "space origin",
)  # fmt: skip
_META_KEYS: Final = (
    "HeaderSize", "ElementNumberOfChannels", "CompressedDataSize", "BinaryData", "BinaryDataByteOrderMSB",
    "NDims", "TransformMatrix", "Offset", "Position", "ElementDataFile", "ElementByteOrderMSB",
    "AnatomicalOrientation", "ElementSize", "ElementMin", "Comment", "ObjectSubType", "ElementSpacing",
    "DimSize", "ElementType",
)  # fmt: skip
Volume = NDArray[np.generic]
Written = tuple[str, bytes]


def body(rng: Random) -> tuple[Volume, Volume]:
    """A scan and its label map, (40, 40, 50), with axes towards right, anterior, superior."""
    labels = torso_labels()
    scan = np.where(labels > 0, 40, -1000).astype(np.int16)
    scan[labels == 0] += np.int16(rng.randrange(5))
    return scan, labels


def write_cases(folder: Path, rng: Random, number: int) -> None:
    """A data set for `labelmap:DIR?labels=total`, in each case of which a file or both are odd."""
    lines = ["case_id,scan,labels"]
    scan, labels = body(rng)
    for case in range(number):
        names = []
        for what, volume in (("scan", scan), ("labels", labels)):
            stem = f"{what}{case}"
            odd = rng.random() < 0.7
            names.append(rng.choice(_FORMATS)(folder, stem, volume, rng, odd))
        lines.append(f"case{case},{names[0]},{names[1]}")
    (folder / "cases.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _nifti(folder: Path, stem: str, volume: Volume, rng: Random, odd: bool) -> str:
    name = stem + rng.choice((".nii", ".nii.gz"))
    image = nib.Nifti1Image(volume, AFFINE)
    image.set_sform(image.affine, code=1)
    image.set_qform(image.affine, code=1)
    content = image.to_bytes()
    packed = name.endswith(".gz")
    if odd and (not packed or rng.random() < 0.8):
        content = change_bytes(content, rng, within=rng.choice((352, 352, 352, len(content))))
    if packed:
        content = gzip.compress(content, 1)
        if odd and rng.random() < 0.3:
            content = change_bytes(content, rng)
    (folder / name).write_bytes(content)
    return name


def _nrrd(folder: Path, stem: str, volume: Volume, rng: Random, odd: bool) -> str:
    packed, apart = rng.random() < 0.5, rng.random() < 0.4
    data = volume.tobytes(order="F")
    data = gzip.compress(data, 1) if packed else data
    lines = [
        "NRRD0004",
        f"type: {'short' if volume.dtype == np.int16 else 'uchar'}",
        "dimension: 3",
        "space: right-anterior-superior",
        f"sizes: {' '.join(map(str, volume.shape))}",
        f"space directions: ({SIDE},0,0) (0,{SIDE},0) (0,0,{SIDE})",
        "space origin: (0,0,0)",
        "endian: little",
        f"encoding: {'gzip' if packed else 'raw'}",
    ]
    name = f"{stem}.nhdr" if apart else f"{stem}.nrrd"
    if apart:
        lines.append(f"data file: {stem}.raw")
        (folder / f"{stem}.raw").write_bytes(change_bytes(data, rng) if odd and rng.random() < 0.1 else data)
    if odd:
        lines = [lines[0], *_odd_lines(lines[1:], ": ", _NRRD_KEYS, rng)]
    header = _joined(lines, rng, odd) + b"\n"
    content = header + (b"" if apart else data)
    if odd and rng.random() < 0.2:
        content = change_bytes(content, rng, within=rng.choice((len(header), len(content))))
    (folder / name).write_bytes(content)
    return name


def _metaimage(folder: Path, stem: str, volume: Volume, rng: Random, odd: bool) -> str:
    apart = rng.random() < 0.4
    lines = [
        "ObjectType = Image",
        "NDims = 3",
        "BinaryData = True",
        "BinaryDataByteOrderMSB = False",
        "CompressedData = False",
        "TransformMatrix = -1 0 0 0 -1 0 0 0 1",
        "Offset = 0 0 0",
        f"ElementSpacing = {SIDE} {SIDE} {SIDE}",
        f"DimSize = {' '.join(map(str, volume.shape))}",
        f"ElementType = {'MET_SHORT' if volume.dtype == np.int16 else 'MET_UCHAR'}",
    ]
    if odd:
        lines = _odd_lines(lines, " = ", _META_KEYS, rng)
    lines.append(f"ElementDataFile = {f'{stem}.raw' if apart else 'LOCAL'}")
    data = volume.tobytes(order="F")
    if apart:
        (folder / f"{stem}.raw").write_bytes(data)
    header = _joined(lines, rng, odd)
    content = header + (b"" if apart else data)
    if odd and rng.random() < 0.2:
        content = change_bytes(content, rng, within=len(header))
    name = f"{stem}.mhd" if apart else f"{stem}.mha"
    (folder / name).write_bytes(content)
    return name


def _dicom(folder: Path, stem: str, volume: Volume, rng: Random, odd: bool) -> str:
    (folder / stem).mkdir()
    small = volume.astype(np.int16)[:, :, ::10]
    writer = SimpleITK.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for k in range(small.shape[2]):
        piece = SimpleITK.GetImageFromArray(small[:, :, k : k + 1].T)[:, :, 0]
        piece.SetSpacing((SIDE, SIDE))
        for key, value in {
            "0008|0060": "CT",
            "0020|000d": "1.2.3",
            "0020|000e": "1.2.3.4",
            "0008|0018": f"1.2.3.4.{k}",
            "0020|0013": str(k),
            "0020|0032": f"0\\0\\{k * 10 * SIDE}",
            "0020|0037": "1\\0\\0\\0\\1\\0",
        }.items():
            piece.SetMetaData(key, value)
        path = folder / stem / f"{k}.dcm"
        writer.SetFileName(str(path))
        writer.Execute(piece)
        if odd and rng.random() < 0.5:
            content = path.read_bytes()
            path.write_bytes(_odd_dicom(content, rng))
    if odd and rng.random() < 0.1:
        shutil.copy(path, path.with_name("again.dcm"))
    return stem


def _odd_dicom(content: bytes, rng: Random) -> bytes:
    if rng.random() < 0.2:  # sequences in sequences, each of undefined length
        item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
        sequence = b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff"
        depth = rng.choice((2, 200, 30_000))
        return content[:132] + content[132:].replace(b"\x10\x00", (sequence + item) * depth + b"\x10\x00", 1)
    return change_bytes(content, rng, within=min(len(content), 1200))


_FORMATS: Final[tuple[Callable[[Path, str, Volume, Random, bool], str], ...]] = (
    _nifti, _nrrd, _nrrd, _metaimage, _dicom,
)  # fmt: skip


def _odd_lines(lines: list[str], separator: str, keys: tuple[str, ...], rng: Random) -> list[str]:
    """Header lines with one to three of them changed, repeated, missing or new."""
    lines = list(lines)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines)) if lines else 0
        value = rng.choice((*_VALUES, *HOSTILE_TEXTS))
        kind = rng.randrange(8)
        if kind <= 2 and lines:
            lines[at] = lines[at].partition(separator)[0] + separator + value
        elif kind <= 4:
            lines.insert(at, rng.choice(keys) + separator + value)
        elif kind == 5 and lines:
            lines.insert(at, lines[rng.randrange(len(lines))])
        elif kind == 6 and lines:
            del lines[at]
        elif rng.random() < 0.3:
            key = rng.choice((":=", separator))
            lines[at:at] = [f"key{i}{key}{i}" for i in range(rng.choice((5, 20_000)))]
        else:
            lines.insert(at, rng.choice(("#", "x", "", "key:=", "a" * 2_000_000, value)))
    return lines


def _joined(lines: list[str], rng: Random, odd: bool) -> bytes:
    end = rng.choice(("\n", "\n", "\r\n", "\r")) if odd else "\n"
    return (end.join(lines) + end).encode("utf-8", "surrogatepass")
