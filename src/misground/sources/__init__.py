"""The sources of scans: totalsegmentator, oai, labelmap, phantom."""

from misground.sources.listing import SOURCE_KINDS, list_cases

__all__ = ["SOURCE_KINDS", "list_cases"]
