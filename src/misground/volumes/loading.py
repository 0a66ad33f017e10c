"""Loading a case: from the result of a source's reader to scan and labels in one RAS+ frame."""

from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from misground.errors import CaseError
from misground.records import Case, CaseFacts, CaseRef, RawCase, Volume
from misground.volumes.files import file_reason
from misground.volumes.geometry import check_same_grid
from misground.volumes.layout import memory_order, parts
from misground.volumes.orientation import Oriented, orient
from misground.volumes.relabel import count_values, present_structures, relabel

_Read = TypeVar("_Read", RawCase, Volume)
MAX_OBLIQUE_DEGREES: Final = 15.0
_MOST_OVERLAP: Final = 0.01


def load_case(ref: CaseRef, *, max_oblique_degrees: float = MAX_OBLIQUE_DEGREES) -> Case:
    """Read a case and bring its scan and labels to RAS+.

    Scan and labels must share one grid in RAS+: equal shapes, and no corner displaced by more than a tenth of
    the smallest voxel side. Their files may have different axis orders.

    Args:
        ref: the case.
        max_oblique_degrees: the largest allowed angle between an array axis and its patient axis.

    Raises:
        CaseError: with a one-line reason that is the same on every machine: the reader's error; not 3-D, or
            fewer than two voxels along an axis; different grids; too oblique; NaN or infinite voxels in the
            scan; label values that are unknown, negative or not whole; no structure; or more than 1% of the
            labelled voxels claimed by several class files.
    """
    raw = _read(ref.read)
    scan, labels = _oriented(raw.scan, "scan"), _oriented(raw.labels, "label map")
    try:
        check_same_grid(labels.data.shape, labels.affine, scan.data.shape, scan.affine, "the scan")
    except CaseError as error:
        raise CaseError(f"label map: {error}") from error
    if scan.oblique_degrees > max_oblique_degrees:
        raise CaseError(
            f"the scan is oblique by {scan.oblique_degrees:.1f} degrees; "
            f"expected at most {max_oblique_degrees:g}"
        )
    _check_finite(scan.data)
    counts = count_values(labels.data)
    structures = present_structures(counts, raw.structures, raw.ignored)
    _check_overlap(raw, sum(n for value, n in counts.items() if value))
    x, y, z = scan.data.shape
    facts = CaseFacts(
        case_id=ref.case_id,
        modality=ref.modality,
        source=ref.source,
        spacing_mm=scan.spacing_mm,
        shape=(x, y, z),
        oblique_degrees=scan.oblique_degrees,
        side=raw.side,
        structures=tuple(structure.key for structure in structures),
    )
    if facts.region != ref.region:
        found = raw.side or "none"
        raise CaseError(
            f"found a {ref.region} with side {found}; expected left or right for a knee, none for a torso"
        )
    return Case(
        facts=facts,
        scan=scan.data,
        labels=relabel(labels.data, raw.structures, structures),
        structures=structures,
        axes=scan.axes,
        notes=raw.scan.notes + raw.labels.notes + ((raw.remark,) if raw.remark else ()),
    )


def load_scan(read: Callable[[], Volume]) -> NDArray[np.generic]:
    """Only the scan in RAS+, for a case that `load_case` has accepted. Raises CaseError like `load_case`."""
    return _oriented(_read(read), "scan").data


def _read(read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except CaseError:
        raise
    except MemoryError as error:
        raise CaseError("not enough memory to read the case") from error
    except OSError as error:
        raise CaseError(file_reason(error)) from error
    except Exception as error:
        # The message may contain paths, addresses or times, but reasons must be the same on every machine.
        raise CaseError(f"the case cannot be read ({type(error).__name__})") from error


def _oriented(volume: Volume, what: str) -> Oriented:
    shape = " x ".join(map(str, volume.data.shape))
    if volume.data.ndim != 3 or min(volume.data.shape) < 2:
        raise CaseError(f"found a {what} of {shape} voxels; expected three axes of at least 2")
    if volume.data.dtype.kind not in "biuf":
        raise CaseError(f"found a {what} of {volume.data.dtype} voxels; expected real numbers")
    try:
        return orient(volume)
    except CaseError as error:
        raise CaseError(f"{what}: {error}") from error


def _check_finite(scan: NDArray[np.generic]) -> None:
    if scan.dtype.kind != "f":
        return
    flat = memory_order(scan)
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(flat.min()) and np.isfinite(flat.max())
    if not finite:
        n_nan = sum(int(np.isnan(part).sum()) for part in parts(scan))
        n_inf = sum(int(np.isinf(part).sum()) for part in parts(scan))
        raise CaseError(f"the scan has {n_nan} NaN and {n_inf} infinite voxels; expected finite values")


def _check_overlap(raw: RawCase, labelled: int) -> None:
    if raw.overlap_voxels > _MOST_OVERLAP * labelled:
        raise CaseError(
            f"class files overlap in {raw.overlap_voxels} of {labelled} labelled voxels "
            f"({raw.overlap_voxels / labelled:.1%}); expected at most {_MOST_OVERLAP:.0%}"
        )
