"""The prompt that a model receives, and the extraction of the chosen option from its answer."""

from misground.dialogue.extraction import RULES, Extracted, Rule, extract
from misground.dialogue.prompt import PROMPT_VERSION, prompt_text
from misground.dialogue.reading import read_answer

__all__ = ["PROMPT_VERSION", "RULES", "Extracted", "Rule", "extract", "prompt_text", "read_answer"]
