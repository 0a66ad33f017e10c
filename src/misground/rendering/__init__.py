"""Rendering of slices, marks and stacks as pictures."""

from misground.rendering.render import Renderer, render_views
from misground.rendering.style import COLORS

__all__ = ["COLORS", "Renderer", "render_views"]
