"""Slices, marks and stacks as pictures."""

from misground.rendering.render import render_views
from misground.rendering.style import COLORS, LONGER_SIDE

__all__ = ["COLORS", "LONGER_SIDE", "render_views"]
