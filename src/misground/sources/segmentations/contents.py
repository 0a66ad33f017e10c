"""The labels that a segmentation has, from its header: names, codes, and a number for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from misground.errors import CaseError
from misground.sources.named import Label
from misground.sources.segmentations import bids
from misground.sources.segmentations.dicom_items import referenced_series
from misground.sources.segmentations.kinds import Kind
from misground.volumes import read_label_names
from misground.volumes.segmentation_file import open_segmentation
from misground.volumes.segments import Segment


@dataclass(frozen=True)
class Contents:
    """The labels of a segmentation.

    Attributes:
        labels: the labels, each with its one number: the label value where the file has label values (NIfTI,
            BIDS), else the place of the segment in the file, from 1.
        files: the files that say so.
        series: UID of the DICOM series that was segmented; "" if nothing says it.
    """

    labels: tuple[Label, ...]
    files: tuple[Path, ...]
    series: str = ""


def read_contents(path: Path, kind: Kind, directory: Path) -> Contents:
    """The labels of a segmentation, without its voxels.

    Raises:
        CaseError: its header cannot be read or names no label.
        UsageError: it is a DICOM file, and the extra that reads it is not installed.
    """
    if kind == "slicer":
        labels = slicer_labels(open_segmentation(path).segments)
    elif kind in ("bids", "nifti"):
        return _of_values(path, kind, directory)
    elif kind == "dicom-seg":
        from misground.sources.segmentations import dicom_seg  # noqa: PLC0415  # an extra

        labels = dicom_seg.read_labels(path)
    else:
        from misground.sources.segmentations import rtstruct  # noqa: PLC0415  # an extra

        labels = rtstruct.read_labels(path)
    if not labels:
        raise CaseError(f"{path.name!r} has no segment; expected at least one with a name")
    return Contents(labels, (path,), "" if kind == "slicer" else referenced_series(path))


def slicer_labels(segments: Sequence[Segment]) -> tuple[Label, ...]:
    """The segments of 3D Slicer as labels."""
    return tuple(
        Label(
            name=segment.name,
            values=(number,),
            code=(segment.type.scheme, segment.type.value) if segment.type else None,
            laterality=segment.modifier.value if segment.modifier else None,
            category=segment.category.value if segment.category else None,
        )
        for number, segment in enumerate(segments, 1)
    )


def _of_values(path: Path, kind: Kind, directory: Path) -> Contents:
    table = bids.find_table(path, directory) if kind == "bids" else None
    names = bids.read_names(table) if table else read_label_names(path)
    if not names:
        raise CaseError(
            f"{path.name!r} has no table of labels; expected a file of the same name with .tsv (index, name)"
        )
    labels = tuple(Label(name, (value,)) for value, name in sorted(names.items()))
    return Contents(labels, (path, table) if table else (path,))
