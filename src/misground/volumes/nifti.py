"""NIfTI: the header is parsed by nibabel, the data read with limits straight into the array.

Source: the NIfTI-1 and NIfTI-2 standards (nifti1.h, nifti2.h of nifti.nimh.nih.gov).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import nibabel as nib
import numpy as np
from nibabel import quaternions
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.records import Volume
from misground.volumes.data_file import inside
from misground.volumes.files import (
    MAX_OFFSET,
    MAX_VOXELS,
    Readable,
    check_length,
    check_voxels,
    open_bytes,
    read_array,
    skip,
)
from misground.volumes.geometry import check_affine, make_affine, voxel_sides
from misground.volumes.layout import map_elements
from misground.volumes.orientation import axis_codes
from misground.volumes.other_form import other_form

_quaternions: Any = quaternions  # untyped
_HEADER_BYTES: Final[dict[int, Any]] = {348: nib.Nifti1Header, 540: nib.Nifti2Header}
_SINGLE_MAGIC: Final = (b"n+1", b"n+2")
_PAIR_MAGIC: Final = (b"ni1", b"ni2")
# Relative tolerance between the voxel sizes of sform and pixdim, and of a quaternion's length above 1.
_SAME_SIZE: Final = 0.01
_ROUNDED: Final = 1e-4
# Largest angle between an axis of the sform and the same axis of the qform, in degrees.
_MOST_TURNED: Final = 15.0
_UNITS: Final = {1: "metres", 3: "micrometres"}


@dataclass(frozen=True)
class NiftiHeader:
    """The relevant part of a header.

    Attributes:
        shape: (I, J, K).
        dtype: type of the stored values.
        offset: position of the data in its file, in bytes.
        slope: the voxel's value is stored value x slope + inter.
        inter: see slope.
        affine: (4, 4), read-only, maps voxel indices to RAS+ mm.
        single: whether header and data are in one file.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype[np.generic]
    offset: int
    slope: float
    inter: float
    affine: NDArray[np.float64]
    single: bool

    @property
    def data_bytes(self) -> int:
        """The length of the data in bytes."""
        return self.shape[0] * self.shape[1] * self.shape[2] * self.dtype.itemsize


def read_nifti(path: Path, max_voxels: int = MAX_VOXELS) -> Volume:
    """A NIfTI volume (.nii, .nii.gz, or either file of a .hdr/.img pair) in the file's axis order."""
    with open_nifti(path, max_voxels) as (header, stream):
        data = read_array(stream, header.shape, header.dtype)
    return Volume(scaled(data, header.slope, header.inter), header.affine.copy())


@contextmanager
def open_nifti(path: Path, max_voxels: int = MAX_VOXELS) -> Iterator[tuple[NiftiHeader, Readable]]:
    """The checked header, and the stream positioned at the first voxel."""
    pair = path.suffix.lower() in (".hdr", ".img")
    header_path, data_path = (_twin(path, ".hdr"), _twin(path, ".img")) if pair else (path, path)
    for kind, needed in (("header", header_path), ("data", data_path)):
        if needed != path and not needed.is_file():
            raise CaseError(f"its {kind} file {needed.name!r} is missing")
    if pair:
        inside(header_path, data_path)
    check_length(header_path, 0)
    with open_bytes(header_path) as stream:
        header, read = _read_header(stream, header_path, max_voxels)
        if header.single == pair:
            raise CaseError(f"the header says that the data is in {'this' if pair else 'another'} file")
        check_length(data_path, header.offset + header.data_bytes)
        if not pair:
            skip(stream, header.offset - read)
            yield header, stream
    if pair:
        with open_bytes(data_path) as stream:
            skip(stream, header.offset)
            yield header, stream


def _twin(path: Path, suffix: str) -> Path:
    same_case = suffix.upper() if path.suffix.isupper() else suffix
    return path.with_suffix(same_case)


def _read_header(stream: Readable, path: Path, max_voxels: int) -> tuple[NiftiHeader, int]:
    block = stream.read(348)
    length = next((n for n in _HEADER_BYTES if n in _both_orders(block[:4])), None)
    if length is None:
        other = "" if path.name.lower().endswith(".gz") else other_form(path)
        raise CaseError(other or "not a NIfTI file: its header has neither 348 nor 540 bytes")
    block += stream.read(length - len(block))
    if len(block) < length:
        raise CaseError(f"found a header of {len(block)} bytes; expected the {length} that it claims")
    return parse_nifti_header(block, max_voxels), length


def _both_orders(four_bytes: bytes) -> tuple[int, int]:
    return int.from_bytes(four_bytes, "little"), int.from_bytes(four_bytes, "big")


# The class files of a case have equal headers, and parsing each would take as long as merging them.
@lru_cache(maxsize=4)
def parse_nifti_header(block: bytes, max_voxels: int = MAX_VOXELS) -> NiftiHeader:
    """Parse and check a header of 348 or 540 bytes. Raises CaseError if it cannot be used."""
    header = _HEADER_BYTES[len(block)](block, check=False)
    magic = bytes(header["magic"].item())[:3]
    if magic not in _SINGLE_MAGIC + _PAIR_MAGIC:
        raise CaseError(
            "not a NIfTI file: no magic number (an Analyze header does not define left and right)"
        )
    single = magic in _SINGLE_MAGIC
    n_axes = int(header["dim"][0])
    if not 1 <= n_axes <= 7:
        raise CaseError(f"the header claims {n_axes} axes; expected a 3-D volume")
    shape = check_voxels(tuple(int(n) for n in header["dim"][1 : n_axes + 1]), max_voxels)
    offset = float(header["vox_offset"])
    if not (len(block) + 4 if single else 0) <= offset <= MAX_OFFSET:
        raise CaseError(
            f"the header claims that the data starts at byte {offset:g}; expected a position after the header"
        )
    unit = int(header["xyzt_units"]) & 7
    if unit in _UNITS:
        raise CaseError(f"the header uses {_UNITS[unit]}; expected millimetres")
    slope, inter = _scaling(header)
    affine = _affine(header)
    affine.flags.writeable = False
    return NiftiHeader(shape, _dtype(header), int(offset), slope, inter, affine, single)


def _dtype(header: Any) -> np.dtype[np.generic]:
    code = int(header["datatype"])
    try:
        name = str(nib.nifti1.data_type_codes.label[code])
        dtype: np.dtype[np.generic] = np.dtype(header.get_data_dtype())
    except (KeyError, HeaderDataError):
        name, dtype = f"unknown type {code}", np.dtype("V0")
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise CaseError(f"found voxels of {name}; expected real numbers of at most 64 bits")
    return dtype


def _scaling(header: Any) -> tuple[float, float]:
    try:
        slope, inter = header.get_slope_inter()
    except HeaderDataError as error:
        raise CaseError("the header's intensity scale is not a finite number") from error
    return (1.0, 0.0) if slope is None else (float(slope), float(inter or 0.0))


def _affine(header: Any) -> NDArray[np.float64]:
    """The sform if it is set, else the qform.

    They may differ, but not in the directions of the axes, and the sform not from the voxel size in pixdim.
    """
    sform, _ = header.get_sform(coded=True)
    try:
        qform = _qform(header)
    except CaseError:
        if sform is None:
            raise
        qform = None
    if sform is None and qform is None:
        raise CaseError("neither sform nor qform is set, so left and right are unknown")
    affine = np.array(qform if sform is None else sform, np.float64)
    other = qform if sform is not None and qform is not None and _usable(qform) else None
    try:
        check_affine(affine)
    except CaseError as error:
        hint = "; to use the qform, set sform_code to 0" if other is not None else ""
        raise CaseError(f"{'qform' if sform is None else 'sform'}: {error}{hint}") from error
    if other is not None:
        s_codes, q_codes = axis_codes(affine), axis_codes(other)
        if s_codes != q_codes:
            raise CaseError(f"the sform says {s_codes} and the qform says {q_codes}: correct one of them")
        turned = _degrees_between(affine, other)
        if turned > _MOST_TURNED:
            raise CaseError(
                f"the sform and the qform are turned against each other by {turned:.1f} degrees; expected at "
                f"most {_MOST_TURNED:g}: correct one of them"
            )
    if sform is not None:
        _check_sizes(header, voxel_sides(affine))
    return affine


def _qform(header: Any) -> NDArray[np.float64] | None:
    """The qform; None if it is not set.

    nibabel refuses two headers that the standard's own code reads (nifti_quatern_to_mat44): with a pixdim[0]
    of 0, which stands for 1, and with a quaternion that rounding has made slightly longer than 1.
    """
    try:
        qform: NDArray[np.float64] | None = header.get_qform(coded=True)[0]
        return qform
    except (HeaderDataError, ValueError):
        pass
    sizes = np.asarray(header["pixdim"][1:4], np.float64)
    if not (np.isfinite(sizes).all() and (sizes > 0).all()):
        shown = " x ".join(f"{size:g}" for size in sizes)
        raise CaseError(
            f"the qform has voxels of {shown} mm in pixdim, and no sform is set; expected sizes above 0"
        )
    imaginary = np.array([float(header[f"quatern_{name}"]) for name in "bcd"])
    length = float(np.sqrt((imaginary**2).sum()))
    if not length <= 1 + _ROUNDED:
        raise CaseError(
            f"the qform's quaternion has a length of {length:.6g} and no sform is set; expected at most 1"
        )
    imaginary /= max(length, 1.0)
    real = float(np.sqrt(max(0.0, 1.0 - float((imaginary**2).sum()))))
    rotation: NDArray[np.float64] = np.asarray(_quaternions.quat2mat([real, *imaginary]))
    sizes[2] *= -1.0 if float(header["pixdim"][0]) < 0 else 1.0
    return make_affine(rotation * sizes, np.array([float(header[f"qoffset_{axis}"]) for axis in "xyz"]))


def _check_sizes(header: Any, sides: NDArray[np.float64]) -> None:
    """Raise CaseError if the sform's steps are not the voxel size that the header states in pixdim."""
    sizes = np.asarray(header["pixdim"][1:4], np.float64)
    stated = bool(np.isfinite(sizes).all() and (sizes > 0).all())
    if int(header["qform_code"]) <= 0:
        stated = stated and not bool((sizes == 1).all())  # what a writer leaves that sets the sform alone
    if stated and (np.abs(sizes - sides) > _SAME_SIZE * np.maximum(sizes, sides)).any():
        s_shown, p_shown = (" x ".join(f"{size:.4g}" for size in found) for found in (sides, sizes))
        raise CaseError(
            f"the sform has voxels of {s_shown} mm and pixdim has {p_shown} mm: correct one of them"
        )


def _degrees_between(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The largest angle in degrees between the same array axis in two affines (4, 4)."""
    columns = (affine[:3, :3] / voxel_sides(affine) for affine in (a, b))
    cosines = np.clip(np.prod(np.stack(list(columns)), axis=0).sum(axis=0), -1, 1)
    return float(np.degrees(np.arccos(cosines)).max())


def _usable(affine: NDArray[np.float64]) -> bool:
    try:
        check_affine(affine)
    except CaseError:
        return False
    return True


def scaled(data: NDArray[np.generic], slope: float, inter: float) -> NDArray[np.generic]:
    """Apply the intensity scale: integers stay integers if they are only shifted, else become float32."""
    if (slope, inter) == (1.0, 0.0):
        return data
    if data.dtype.kind in "iu" and slope == 1.0 and inter.is_integer():
        low, high = int(data.min()) + int(inter), int(data.max()) + int(inter)
        for target in (np.int16, np.int32):
            if np.iinfo(target).min <= low and high <= np.iinfo(target).max:
                return map_elements(data, lambda part: part.astype(np.int64) + int(inter), target)
    with np.errstate(over="ignore", invalid="ignore"):
        return map_elements(data, lambda part: part.astype(np.float64) * slope + inter, np.float32)
