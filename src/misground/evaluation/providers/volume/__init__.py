"""Models that take a stack as one volume, a tensor on a grid of their own."""

from misground.evaluation.providers.volume.api import VolumeAPI

__all__ = ["VolumeAPI"]
