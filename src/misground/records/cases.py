"""Cases: a source lists `CaseRef`s; its reader returns a `RawCase`; `volumes.load_case` makes a `Case`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from misground.anatomy import Structure
from misground.records.factors import KneeSide, Modality, Region


@dataclass(frozen=True)
class Volume:
    """A 3D array in the file's order with its place in the patient.

    data: (I, J, K), any real dtype. affine: (4, 4), voxel indices to RAS+ millimetres.
    """

    data: NDArray[np.generic]
    affine: NDArray[np.float64]


@dataclass(frozen=True)
class RawCase:
    """A scan and its label map as a source's reader found them, before they are brought into one frame.

    structures: label value -> structure; several values may name one structure (they are merged).
    ignored: label values that are known and left out (they become background); a value that is neither
    in `structures` nor `ignored` nor 0 makes the case unusable.
    overlap_voxels: voxels that more than one class file claimed.
    side: the knee's side where it is known; None for a torso.
    """

    scan: Volume
    labels: Volume
    structures: Mapping[int, Structure]
    ignored: frozenset[int] = frozenset()
    overlap_voxels: int = 0
    side: KneeSide | None = None


@dataclass(frozen=True)
class CaseRef:
    """Where one case comes from. `read` is picklable and does all file access; it raises CaseError.

    source: the word for cases.parquet ("totalsegmentator", ...), never a path.
    fingerprint: changes whenever what `read` returns may change (names, sizes and times of the files,
    or a generator's settings); used only to decide whether stored work may be used again.
    read_scan: `read().scan` alone, picklable too, where that is much faster than `read`; else None.
    """

    case_id: str
    modality: Modality
    region: Region
    source: str
    read: Callable[[], RawCase]
    fingerprint: str
    read_scan: Callable[[], Volume] | None = None


@dataclass(frozen=True)
class Skipped:
    """A case that is not used, and why, in one line."""

    case_id: str
    source: str
    reason: str


@dataclass(frozen=True)
class Attribution:
    """Whom the scans of a source belong to, for the dataset card."""

    source: str
    title: str
    licence: str
    citation: str
    url: str | None = None


@dataclass(frozen=True)
class SourceListing:
    """What one SOURCE string names: its cases in a fixed order, what it leaves out, its attribution."""

    refs: tuple[CaseRef, ...]
    skipped: tuple[Skipped, ...]
    attribution: Attribution
    notes: tuple[str, ...] = ()


_LISTS: Final = ("spacing_mm", "shape", "structures")


@dataclass(frozen=True)
class CaseFacts:
    """What is known of a usable case beside its voxels: a row of cases.parquet.

    Attributes:
        case_id: the source's own name of the case, or its hash.
        modality: ct or mri.
        source: the kind of source ("totalsegmentator", ...), never a path.
        spacing_mm: voxel size along x, y, z of the RAS+ array, in mm.
        shape: voxels along x, y, z of the RAS+ array.
        oblique_degrees: largest angle between an array axis and its patient axis.
        side: side of a knee; None for a torso.
        structures: keys of the structures present, in the order of the structure table, declared ones last.
    """

    case_id: str
    modality: Modality
    source: str
    spacing_mm: tuple[float, float, float]
    shape: tuple[int, int, int]
    oblique_degrees: float
    side: KneeSide | None
    structures: tuple[str, ...]

    @property
    def region(self) -> Region:
        """The part of the body: a knee has a side, a torso has none."""
        return "torso" if self.side is None else "knee"

    def row(self) -> dict[str, Any]:
        """The facts as a row of `records.schemas.CASES`."""
        facts = asdict(self)
        return facts | {name: list(facts[name]) for name in _LISTS}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "CaseFacts":
        """The facts in a row of `records.schemas.CASES`, whose values must be valid."""
        lists = {name: tuple(row[name]) for name in _LISTS}
        return cls(**{**row, **lists})


@dataclass(frozen=True)
class Case:
    """A scan and its labels in one RAS+ frame: what questions are measured on and pictures drawn from.

    Attributes:
        facts: identity, geometry and structures of the case.
        scan: (X, Y, Z), finite; may be a strided view.
        labels: (X, Y, Z) uint8 or uint16, 0 background, i + 1 for structures[i]; may be a strided view.
        structures: the structures that `facts` names by key.
        axes: (3, 3), row i the unit vector of array axis i in true patient RAS+ directions (the identity for
            a scan that is not oblique).
    """

    facts: CaseFacts
    scan: NDArray[np.generic]
    labels: NDArray[np.unsignedinteger]
    structures: tuple[Structure, ...]
    axes: NDArray[np.float64] = field(repr=False)
