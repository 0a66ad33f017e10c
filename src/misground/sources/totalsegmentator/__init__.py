"""The TotalSegmentator CT and MRI data sets."""

from misground.sources.totalsegmentator.listing import known_bad, list_totalsegmentator

__all__ = ["known_bad", "list_totalsegmentator"]
