"""Pixels of DICOM frames, each with its own intensity scale, decoded by pydicom.

Each compressed transfer syntax has one decoder, so that a scan gives the same voxels on every machine.
Source: DICOM PS3.5, 8.2 and A.4; PS3.3 C.11.1 (Modality LUT).
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_modality_lut
from pydicom.pixels.utils import iter_pixels

from misground.errors import CaseError
from misground.volumes.dicom_frames import NATIVE, Frame, quiet_pydicom

_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_JPEG: Final = "1.2.840.10008.1.2.4."
_ADD: Final = "install misground[dicom]"
# Transfer syntax -> what it is called, pydicom's plugin for it, and the modules that the plugin needs.
_DECODERS: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "1.2.840.10008.1.2.5": ("RLE", "pydicom", ()),
    f"{_JPEG}50": ("JPEG", "gdcm", ("gdcm",)),
    f"{_JPEG}51": ("JPEG extended", "gdcm", ("gdcm",)),
    f"{_JPEG}57": ("JPEG lossless", "gdcm", ("gdcm",)),
    f"{_JPEG}70": ("JPEG lossless", "gdcm", ("gdcm",)),
    f"{_JPEG}80": ("JPEG-LS", "pyjpegls", ("jpeg_ls",)),
    f"{_JPEG}81": ("JPEG-LS near-lossless", "pyjpegls", ("jpeg_ls",)),
    f"{_JPEG}90": ("JPEG 2000 lossless", "pylibjpeg", ("pylibjpeg", "openjpeg")),
    f"{_JPEG}91": ("JPEG 2000", "pylibjpeg", ("pylibjpeg", "openjpeg")),
    f"{_JPEG}201": ("HTJ2K lossless", "pylibjpeg", ("pylibjpeg", "openjpeg")),
    f"{_JPEG}202": ("HTJ2K lossless RPCL", "pylibjpeg", ("pylibjpeg", "openjpeg")),
    f"{_JPEG}203": ("HTJ2K", "pylibjpeg", ("pylibjpeg", "openjpeg")),
}


def read_pixels(frames: Sequence[Frame], places: Sequence[int], slices: int) -> NDArray[np.generic]:
    """The voxels of a series.

    Args:
        frames: its frames; all of one size (columns, rows).
        places: the slice of each frame. Frames of one slice must be equal.
        slices: number of slices.

    Returns:
        (columns, rows, slices), first axis fastest: whole numbers if every frame's scale keeps them whole,
        else float64.

    Raises:
        CaseError: a file is cut off, its pixels cannot be decoded or need a decoder that is not installed, or
            two frames of one slice differ.
    """
    columns, rows = frames[0].size
    volume = np.empty((columns, rows, slices), _dtype(frames), order="F")
    filled = np.zeros(slices, np.bool_)
    by_file: dict[Path, dict[int, tuple[Frame, int]]] = {}
    for frame, place in zip(frames, places, strict=True):
        by_file.setdefault(frame.path, {})[frame.index] = (frame, place)
    for path, wanted in by_file.items():
        order = sorted(wanted)
        with quiet_pydicom(path):
            dataset = pydicom.dcmread(path, force=True)
        for index, pixels in zip(order, _decoded(dataset, path, order), strict=True):
            frame, place = wanted[index]
            values = _scaled(pixels, frame, dataset).T
            if filled[place] and not np.array_equal(volume[:, :, place], values):
                raise CaseError(
                    f"{path.name!r} shows something else than another slice at the same position (several "
                    "phases or echoes); expected one slice per position: copy one of them into its own folder"
                )
            volume[:, :, place], filled[place] = values, True
    return volume


def _dtype(frames: Sequence[Frame]) -> np.dtype[np.generic]:
    """The type that contains the values of every frame."""
    low, high = 0.0, 0.0
    for frame in frames:
        if frame.lookup or frame.slope != 1.0 or not float(frame.intercept).is_integer():
            return np.dtype(np.float64)
        low = min(low, frame.stored[0] + frame.intercept)
        high = max(high, frame.stored[1] + frame.intercept)
    whole = next(
        (t for t in (np.int16, np.int32) if np.iinfo(t).min <= low and high <= np.iinfo(t).max), None
    )
    return np.dtype(whole or np.float64)


def _scaled(pixels: NDArray[np.generic], frame: Frame, dataset: Any) -> NDArray[np.generic]:
    if frame.lookup:
        with quiet_pydicom(frame.path):
            return np.asarray(apply_modality_lut(pixels, dataset))
    if pixels.dtype.kind in "iu":
        low, high = int(pixels.min()), int(pixels.max())
        if low < frame.stored[0] or high > frame.stored[1]:
            raise CaseError(
                f"{frame.path.name!r} has pixels from {low} to {high}; its header says {frame.stored[0]} to "
                f"{frame.stored[1]}: its bits or its sign are wrong"
            )
        if frame.slope == 1.0 and float(frame.intercept).is_integer():
            return pixels.astype(np.int64) + int(frame.intercept)
    return pixels.astype(np.float64) * frame.slope + frame.intercept


def _decoded(dataset: Any, path: Path, indices: list[int]) -> list[NDArray[np.generic]]:
    meta = getattr(dataset, "file_meta", None)
    syntax = str(meta.get("TransferSyntaxUID") or "") if meta is not None else ""
    if not syntax:  # a file without preamble has no such element, and is one of these two
        implicit = dataset.original_encoding[0]
        dataset.ensure_file_meta()
        syntax = str(pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian)
        dataset.file_meta.TransferSyntaxUID = syntax
    plugin = ""
    if syntax not in NATIVE | {_DEFLATED}:
        if syntax not in _DECODERS:
            raise CaseError(
                f"{path.name!r} has a transfer syntax that is not supported; save it uncompressed"
            )
        name, plugin, modules = _DECODERS[syntax]
        if any(find_spec(module) is None for module in modules):
            raise CaseError(f"{path.name!r} is compressed as {name}, which needs a decoder: {_ADD}")
    if not any(key in dataset for key in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise CaseError(f"{path.name!r} has no pixels or is cut off; copy it again")
    with quiet_pydicom(path):
        return [np.asarray(f) for f in iter_pixels(dataset, indices=indices, decoding_plugin=plugin)]
