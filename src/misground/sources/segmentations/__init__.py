"""Scans with segmentations that name their own labels: 3D Slicer, DICOM, BIDS, NIfTI with names."""

from misground.sources.segmentations.listing import list_segmentations

__all__ = ["list_segmentations"]
