"""Slices, marks and stacks as pictures."""

from misground.rendering.render import render_views
from misground.rendering.style import COLORS

__all__ = ["COLORS", "render_views"]
