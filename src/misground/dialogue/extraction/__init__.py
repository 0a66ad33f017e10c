"""From what a model wrote to which option it chose, if any."""

from misground.dialogue.extraction.extract import Extracted, extract

__all__ = ["Extracted", "extract"]
