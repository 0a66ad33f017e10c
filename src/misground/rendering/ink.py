"""Inks, the small numbers per pixel in which marks are drawn, and their conversion into PNG files.

Marks are drawn as an image of inks, (height, width) uint8, which is the same for a scan and a blank canvas.
An ink is a colour with an opacity; 0 leaves the scan unchanged. The same drawing becomes an RGB picture over
a grey scan and a palette picture over black, both without loss.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from misground.rendering.png import encode
from misground.rendering.style import COLORS, LABELS, Label, rgb

Ink = NDArray[np.uint8]
Grey = NDArray[np.uint8]

FILL_OPACITY: Final = 0.38
SHADES: Final = 4
"""Steps from dark to a label's full colour, for smooth edges of letters."""

DARK: Final = 1
_DARK_RGB: Final = (16, 16, 16)
_PER_LABEL: Final = 1 + SHADES


def fill(label: Label) -> int:
    """The translucent ink of a label."""
    return 2 + LABELS.index(label) * _PER_LABEL


def shade(label: Label, step: int) -> int:
    """An opaque ink between dark (step 0) and the label's colour (step SHADES)."""
    return fill(label) + step if step else DARK


def solid(label: Label) -> int:
    """The opaque ink of a label."""
    return shade(label, SHADES)


def _inks() -> list[tuple[tuple[int, int, int], float]]:
    """The colour and opacity of every ink, in order."""
    inks = [((0, 0, 0), 0.0), (_DARK_RGB, 1.0)]
    for label in LABELS:
        color = rgb(COLORS[label])
        inks.append((color, FILL_OPACITY))
        for step in range(1, SHADES + 1):
            mixed = [round(d + (c - d) * step / SHADES) for d, c in zip(_DARK_RGB, color, strict=True)]
            inks.append(((mixed[0], mixed[1], mixed[2]), 1.0))
    return inks


def _over_greys() -> NDArray[np.uint8]:
    """(inks, 256, 3): the colour of each ink over each grey."""
    greys = np.arange(256, dtype=np.float64)[:, None]
    colors = [greys * (1 - opacity) + np.array(color) * opacity for color, opacity in _inks()]
    return np.rint(colors).astype(np.uint8)


_OVER: Final = _over_greys()
_PALETTE: Final = _OVER[:, 0].tobytes()


def plain_png(grey: Grey) -> bytes:
    """A greyscale PNG file of an image (height, width) without marks."""
    return encode(grey)


def inked_png(grey: Grey, ink: Ink) -> bytes:
    """An RGB PNG file of a grey image with inks over it, both (height, width)."""
    over = np.empty((grey.size, 3), dtype=np.uint8)
    for channel in range(3):  # several times as fast as one assignment to all three channels
        over[:, channel] = grey.reshape(-1)
    drawn = np.flatnonzero(ink)
    over[drawn] = _OVER[ink.reshape(-1)[drawn], grey.reshape(-1)[drawn]]
    return encode(over.reshape(*grey.shape, 3))


def blank_png(ink: Ink) -> bytes:
    """A palette PNG file of inks over black, (height, width)."""
    return encode(ink, _PALETTE)
