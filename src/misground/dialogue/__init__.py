"""What is said to a model, and how its answer is read: the prompt and the extraction of the chosen option."""

from misground.dialogue.extraction import Extracted, extract
from misground.dialogue.prompt import PROMPT_VERSION, prompt_text
from misground.dialogue.reading import read_answer

__all__ = ["PROMPT_VERSION", "Extracted", "extract", "prompt_text", "read_answer"]
