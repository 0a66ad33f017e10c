"""Headers of DICOM segmentations and structure sets: codes, and the series that was segmented."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pydicom

from misground.volumes.dicom_frames import quiet_pydicom

_REFERENCES: Final = ("ReferencedSeriesSequence", "ReferencedFrameOfReferenceSequence")


@contextmanager
def quiet() -> Iterator[None]:
    """Without warnings of pydicom and highdicom, which repeat what a header holds, a patient's name too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_header(path: Path, tags: Sequence[str] | None = None) -> Any:
    """A file's header without its pixels, of which only `tags` if they are given. Raises CaseError."""
    with quiet_pydicom(path):
        return pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(tags) if tags else None)


def sop_class(path: Path) -> str:
    """The SOP class of a DICOM file; "" if it names none. Raises CaseError if it is damaged."""
    with quiet_pydicom(path):
        header = pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=["SOPClassUID"])
        return str(header.get("SOPClassUID") or "")


def referenced_series(path: Path) -> str:
    """The UID of the series that was segmented; "" if the file names none, or several.

    Source: DICOM PS3.3, C.12.4 (segmentations) and C.8.8.5 (structure sets).
    """
    header = read_header(path, _REFERENCES)
    series = list(header.get("ReferencedSeriesSequence") or ())
    for frame in header.get("ReferencedFrameOfReferenceSequence") or ():
        for study in frame.get("RTReferencedStudySequence") or ():
            series += study.get("RTReferencedSeriesSequence") or ()
    found = {str(item.get("SeriesInstanceUID") or "") for item in series}
    return found.pop() if len(found) == 1 else ""


def first(item: Any, keyword: str) -> Any:
    """The first item of a sequence; None if it is missing or empty."""
    sequence = item.get(keyword)
    return sequence[0] if sequence else None


def code(item: Any, keyword: str) -> tuple[str, str] | None:
    """Scheme and value of a code sequence; None if it is missing or empty."""
    found = first(item, keyword)
    if found is None or not found.get("CodeValue"):
        return None
    return str(found.get("CodingSchemeDesignator", "")), str(found.CodeValue)
