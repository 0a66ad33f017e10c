"""Scans and label maps: reading, orientation, windowing, and the anatomical self-check."""

from misground.volumes.channels import read_channel
from misground.volumes.dicom_files import holds_dicom, is_dicom
from misground.volumes.dicom_series import has_series
from misground.volumes.label_names import read_label_names
from misground.volumes.loading import MAX_OBLIQUE_DEGREES, load_case, load_scan
from misground.volumes.merging import MergedLabels, merge_class_files
from misground.volumes.orientation import Oriented, orient
from misground.volumes.reading import read_volume
from misground.volumes.window import WINDOWS, WindowPreset, apply_window, intensity_window

__all__ = [
    "MAX_OBLIQUE_DEGREES",
    "WINDOWS",
    "MergedLabels",
    "Oriented",
    "WindowPreset",
    "apply_window",
    "has_series",
    "holds_dicom",
    "intensity_window",
    "is_dicom",
    "load_case",
    "load_scan",
    "merge_class_files",
    "orient",
    "read_channel",
    "read_label_names",
    "read_volume",
]
