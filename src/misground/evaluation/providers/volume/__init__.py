"""Local models that take a stack as one volume, a tensor on the model's own grid."""

from misground.evaluation.providers.volume.api import VolumeAPI

__all__ = ["VolumeAPI"]
