"""Knee MRI of the Osteoarthritis Initiative with its common label sets."""

from misground.sources.oai.listing import list_oai

__all__ = ["list_oai"]
