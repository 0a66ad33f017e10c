"""The names that a label file carries for its values, whatever its format."""

from pathlib import Path

from misground.volumes.files import naming
from misground.volumes.nifti_names import nifti_label_names
from misground.volumes.segments import parse_segments, segment_names
from misground.volumes.text_header import read_nrrd_header


def read_label_names(path: Path) -> dict[int, str] | None:
    """Label value -> name, from the header alone; None if the file names nothing.

    NIfTI files name values in a header extension (TotalSegmentator, Connectome Workbench), NRRD files in the
    segments of 3D Slicer. The names are untrusted text of one line.

    Raises:
        CaseError: with the file's name, if it has names that cannot be read or that contradict each other.
    """
    with naming(path):
        ending = path.name.lower()
        if not path.is_file():
            return None  # its reader says what is wrong
        if ending.endswith((".nii", ".nii.gz")):
            return nifti_label_names(path)
        if ending.endswith((".nrrd", ".nhdr")):
            header = read_nrrd_header(path)
            segments = parse_segments(header.pairs)
            if not segments or len(header.fields.get("sizes", "").split()) != 3:
                return None
            return segment_names(segments) or None
        return None
