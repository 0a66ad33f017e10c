"""Local models of transformers, with text, pictures and videos, and with either decoding."""

from misground.evaluation.providers.local.api import HuggingFaceAPI

__all__ = ["HuggingFaceAPI"]
