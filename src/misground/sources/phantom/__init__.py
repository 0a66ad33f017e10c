"""Seeded analytic phantoms: bodies that are made of formulas, for trying, teaching and testing."""

from misground.sources.phantom.listing import list_phantoms

__all__ = ["list_phantoms"]
