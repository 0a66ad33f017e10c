"""The TotalSegmentator data sets of CT and MRI."""

from misground.sources.totalsegmentator.listing import known_bad, list_totalsegmentator

__all__ = ["known_bad", "list_totalsegmentator"]
