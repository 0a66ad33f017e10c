"""Data sets in the layout of nnU-Net (v1, v2) and of the Medical Segmentation Decathlon."""

from misground.sources.nnunet.listing import list_nnunet

__all__ = ["list_nnunet"]
