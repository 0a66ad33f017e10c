"""Knee MRI of the Osteoarthritis Initiative with the label sets in use."""

from misground.sources.oai.listing import list_oai

__all__ = ["list_oai"]
