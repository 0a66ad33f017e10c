"""Any data set of scans and label maps, described by two CSV files."""

from misground.sources.labelmap.listing import list_labelmap

__all__ = ["list_labelmap"]
