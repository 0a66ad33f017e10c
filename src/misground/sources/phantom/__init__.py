"""Seeded analytic phantoms: bodies defined by formulas, for demonstrations, teaching and tests."""

from misground.sources.phantom.listing import list_phantoms

__all__ = ["list_phantoms"]
