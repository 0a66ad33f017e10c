"""Any data set of scans with label maps, described by two CSV files."""

from misground.sources.labelmap.listing import list_labelmap

__all__ = ["list_labelmap"]
