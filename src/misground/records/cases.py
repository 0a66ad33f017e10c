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
    """A 3D array in the file's voxel order, with its position in the patient.

    Attributes:
        data: (I, J, K), any real dtype.
        affine: (4, 4), maps voxel indices to RAS+ coordinates in mm.
        notes: what its reader left out, in words; names of files stand in quotes.
    """

    data: NDArray[np.generic]
    affine: NDArray[np.float64]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawCase:
    """A scan and its label map as a source's reader returns them, before they are brought into one frame.

    Attributes:
        scan: the scan.
        labels: the label map, on its own grid.
        structures: label value -> structure; label values with the same structure are merged.
        ignored: known label values that become background; any other value that is neither in `structures`
            nor 0 makes the case unusable.
        overlap_voxels: number of voxels that more than one class file claims.
        side: side of a knee if it is known; None for a torso.
        label_set: the label set whose numbers the values are taken for; None if names or a user's table say
            what they mean.
        remark: what a user should know about how the labels were read; "" for nothing.
    """

    scan: Volume
    labels: Volume
    structures: Mapping[int, Structure]
    ignored: frozenset[int] = frozenset()
    overlap_voxels: int = 0
    side: KneeSide | None = None
    label_set: str | None = None
    remark: str = ""


@dataclass(frozen=True)
class CaseRef:
    """A case that has been listed but not read.

    Attributes:
        case_id: the source's own name of the case.
        modality: ct or mri.
        region: torso or knee.
        source: the kind of source as in cases.parquet ("totalsegmentator", ...), never a path.
        read: reads the case; picklable, does all file access, and raises CaseError.
        fingerprint: changes whenever the result of `read` may change (names, sizes and times of the files, or
            a generator's settings); it decides whether stored work can be reused.
        read_scan: returns `read().scan` only, picklable too; None unless that is much faster than `read`.
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
    """A case that is not used.

    Attributes:
        case_id: the case.
        source: the kind of source.
        reason: why, in one line.
        nameless: the reason without names that are not in quotes; None if `reason` has none.
    """

    case_id: str
    source: str
    reason: str
    nameless: str | None = None


@dataclass(frozen=True)
class Attribution:
    """Licence and citation of a source's scans, for the dataset card."""

    source: str
    title: str
    licence: str
    citation: str
    url: str | None = None


@dataclass(frozen=True)
class LabelName:
    """What one name of a label in a source was taken for.

    Attributes:
        source: the kind of source.
        name: the name as its files have it, in one line.
        values: the label values, such as "3" or "3, 7"; "" if they differ by file.
        structure: key of the structure; "" if it is not used.
        status: matched, ambiguous, unmatched, or mapped (by the user's own table).
        why: why it is not used, in a few words.
        files: number of label files with this name; 0 if the name stands for all files.
    """

    source: str
    name: str
    values: str
    structure: str
    status: str
    why: str = ""
    files: int = 0


@dataclass(frozen=True)
class SourceListing:
    """What one SOURCE string names: its cases in a fixed order, its skipped cases, its attribution.

    Attributes:
        refs: the cases.
        skipped: the cases that are not used.
        attribution: licence and citation.
        notes: what users should know.
        nameless_notes: the notes without names of files; None if `notes` have none.
        label_names: what the names of labels were taken for, if the source matches by name.
    """

    refs: tuple[CaseRef, ...]
    skipped: tuple[Skipped, ...]
    attribution: Attribution
    notes: tuple[str, ...] = ()
    nameless_notes: tuple[str, ...] | None = None
    label_names: tuple[LabelName, ...] = ()


_LISTS: Final = ("spacing_mm", "shape", "structures")


@dataclass(frozen=True)
class CaseFacts:
    """The facts about a usable case apart from its voxels: a row of cases.parquet.

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
        """The part of the body: "knee" if the case has a side, otherwise "torso"."""
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
    """A scan and its labels in one RAS+ frame, from which questions are measured and pictures drawn.

    Attributes:
        facts: identity, geometry and structures of the case.
        scan: (X, Y, Z), finite; may be a strided view.
        labels: (X, Y, Z) uint8 or uint16, 0 background, i + 1 for structures[i]; may be a strided view.
        structures: the structures that `facts` names by key.
        axes: (3, 3), row i is the unit vector of array axis i in true patient RAS+ directions (the identity
            for a scan that is not oblique).
        notes: what the readers of its files left out, and how labels were read; names of files stand in
            quotes.
    """

    facts: CaseFacts
    scan: NDArray[np.generic]
    labels: NDArray[np.unsignedinteger]
    structures: tuple[Structure, ...]
    axes: NDArray[np.float64] = field(repr=False)
    notes: tuple[str, ...] = ()
