"""Reading one knee: scan, labels, label set, side."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from misground.anatomy import LabelSet, Structure
from misground.errors import CaseError
from misground.records import KneeSide, RawCase, Volume
from misground.sources.file_names import named_values, values_of_names
from misground.sources.label_sets import LabelValues, label_values
from misground.sources.oai.intensity import GREY, intensity_from_labels
from misground.sources.oai.sets import tell_label_set, voxels_by_value
from misground.sources.oai.sides import MIN_FIBULA_OFFSET_MM, side_from_fibula
from misground.sources.oai.zib import sided_labels
from misground.volumes import orient, read_volume

AffineRule = Literal["own", "scan", "axes"]
# The label set whose medial and lateral structures are named by the side, so that none contradicts it.
_BY_SIDE_ALONE: Final = "oai_zib"
# Relative tolerance between the voxel sizes of scan and labels.
_SPACING_TOLERANCE: Final = 0.01


@dataclass(frozen=True)
class KneeFiles:
    """What is known about a knee before its files are opened.

    Attributes:
        case_id: the case.
        labels: the label file.
        scan: the scan; None if the picture is made from the labels.
        label_set: the label set given by an option; None to detect it.
        layout: the label set that the layout suggests; None if it suggests none.
        side: the side that a table or a word of the file's name states; None if unknown.
        hint: the side that a letter, a folder's name or a doubtful code suggests; None if none does.
        affine: how the labels are placed, see `placed`.
        series: which DICOM series to read; "" if the scan's folder has one.
    """

    case_id: str
    labels: Path
    scan: Path | None
    label_set: LabelSet | None
    layout: LabelSet | None
    side: KneeSide | None
    affine: AffineRule = "own"
    hint: KneeSide | None = None
    series: str = ""


def read_knee(files: KneeFiles) -> RawCase:
    """Read a knee. Raises CaseError if a file is unusable, or the label set or the side is unknown."""
    labels = read_volume(files.labels)
    scan = read_volume(files.scan, series=files.series) if files.scan else None
    if scan:
        scan, labels = placed(scan, labels, files.affine)
    label_set, values = _values(files, labels)
    structures, ignored = values.structures, values.ignored
    side = files.side or _side_from_labels(labels, structures)
    if label_set != _BY_SIDE_ALONE:
        side = side or files.hint
    if side is None:
        raise CaseError(_unknown_side(files.hint))
    if label_set == _BY_SIDE_ALONE:
        sided = sided_labels(labels, side)
        labels, structures, ignored = sided.labels, sided.structures, sided.ignored
    if scan is None:
        scan, labels = _scan_from_labels(labels, structures, files.case_id)
    raw = RawCase(scan=scan, labels=labels, structures=structures, ignored=ignored, side=side)
    # The values of oai_zib are changed above, so they are no longer those of the set.
    remark = "" if label_set else "labels by the names in the file"
    return replace(raw, label_set=None if label_set == "oai_zib" else label_set, remark=remark)


def _values(files: KneeFiles, labels: Volume) -> tuple[LabelSet | None, LabelValues]:
    """The label set and its values; no label set if the label file itself names other structures."""
    by_name = values_of_names(files.labels, "knee")
    try:
        label_set = files.label_set or tell_label_set(voxels_by_value(labels.data), files.layout)
    except CaseError:
        if by_name is None:
            raise
        return None, by_name
    values = label_values(label_set)
    named = named_values(files.labels, values)
    return (None, named) if named else (label_set, values)


def placed(scan: Volume, labels: Volume, rule: AffineRule) -> tuple[Volume, Volume]:
    """The scan and its labels, with the labels placed by a rule.

    Args:
        scan: the scan.
        labels: the label map.
        rule: "own": the labels keep their own affine. "scan": voxel (i, j, k) of the labels is voxel (i, j,
            k) of the scan. "axes": the labels' affine gives the directions of their axes, but its origin and
            tilt are meaningless (OAI-ZIB), so both are brought to RAS+ and superimposed.

    Raises:
        CaseError: the shapes differ (except for "own"), or for "axes" the voxel sizes differ by more than 1%.
    """
    if rule == "own":
        return scan, labels
    if rule == "scan":
        _check_shapes(labels.data.shape, scan.data.shape, "")
        return scan, replace(labels, affine=scan.affine)
    ras_scan, ras_labels = orient(scan), orient(labels)
    _check_shapes(ras_labels.data.shape, ras_scan.data.shape, " in RAS+")
    sides = list(zip(ras_labels.spacing_mm, ras_scan.spacing_mm, strict=True))
    if any(abs(mine - theirs) > _SPACING_TOLERANCE * theirs for mine, theirs in sides):
        found, expected = (" x ".join(f"{mm:.3g}" for mm in mms) for mms in zip(*sides, strict=True))
        raise CaseError(f"the labels have voxels of {found} mm, expected the scan's {expected} mm")
    return Volume(ras_scan.data, ras_scan.affine), Volume(ras_labels.data, ras_scan.affine)


def _check_shapes(labels: tuple[int, ...], scan: tuple[int, ...], frame: str) -> None:
    if labels != scan:
        found, expected = (" x ".join(map(str, shape)) for shape in (labels, scan))
        raise CaseError(f"the labels have {found} voxels{frame}, expected the scan's {expected}")


def _unknown_side(hint: KneeSide | None) -> str:
    if hint:
        return (
            f"the knee's side is only suggested ({hint}, by a letter, a folder's name or a code); nothing "
            f"in label set {_BY_SIDE_ALONE} could contradict it: expected a line in kneeSideInfo.csv, or the "
            "word right or left in the file's name"
        )
    return (
        "the knee's side is unknown: expected a line in kneeSideInfo.csv, right or left in the file's "
        f"name, or a fibula at least {MIN_FIBULA_OFFSET_MM:g} mm to one side of the tibia"
    )


def _side_from_labels(labels: Volume, structures: Mapping[int, Structure]) -> KneeSide | None:
    values = {structure.key: value for value, structure in structures.items()}
    if not {"fibula", "tibia"} <= values.keys():
        return None
    return side_from_fibula(labels, labels.data == values["fibula"], labels.data == values["tibia"])


def _scan_from_labels(
    labels: Volume, structures: Mapping[int, Structure], case_id: str
) -> tuple[Volume, Volume]:
    """A synthetic scan and the labels, both in RAS+."""
    ras = orient(labels)
    greys = {value: GREY[structure.key] for value, structure in structures.items()}
    picture = intensity_from_labels(ras.data, ras.spacing_mm, greys, case_id)
    return Volume(picture, ras.affine), Volume(ras.data, ras.affine)
