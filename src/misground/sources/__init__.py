"""The sources of scans: totalsegmentator, oai, nnunet, segmentations, labelmap, phantom."""

from misground.sources.listing import SOURCE_KINDS, list_cases, with_label_map

__all__ = ["SOURCE_KINDS", "list_cases", "with_label_map"]
