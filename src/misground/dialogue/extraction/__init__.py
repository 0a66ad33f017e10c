"""Extraction of the option that a completion chooses, if any."""

from misground.dialogue.extraction.extract import Extracted, extract
from misground.dialogue.extraction.rules import RULES, Rule

__all__ = ["RULES", "Extracted", "Rule", "extract"]
