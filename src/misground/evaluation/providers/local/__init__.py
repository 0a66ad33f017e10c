"""Models of transformers on this machine: text, pictures and videos, by either decoding."""

from misground.evaluation.providers.local.api import HuggingFaceAPI

__all__ = ["HuggingFaceAPI"]
