"""Extraction of the option that a completion chooses, if any."""

from misground.dialogue.extraction.extract import Extracted, extract

__all__ = ["Extracted", "extract"]
