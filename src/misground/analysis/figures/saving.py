"""A figure as files, drawn by vl-convert without a browser or a network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import altair as alt
import vl_convert

from misground.analysis.figures.figure import Figure, vega_lite
from misground.errors import UsageError

FORMATS: Final = ("svg", "png", "pdf")
PNG_SCALE: Final = 2.0
"""PNG pixels per pixel of the chart."""

_VERSION: Final = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
# An address that does not exist: a specification cannot load anything from elsewhere.
_NOWHERE: Final = ["https://invalid.invalid/"]


def save(figure: Figure, folder: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write FOLDER/NAME.FORMAT for each format, and create the folder if it is missing.

    Args:
        figure: the figure.
        folder: where to write.
        formats: some of `FORMATS`.

    Returns:
        The files written.

    Raises:
        UsageError: a format is not in `FORMATS`.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise UsageError(f"found format {unknown[0]!r}, expected one of {', '.join(FORMATS)}")
    spec = vega_lite(figure)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in formats:
        path = folder / f"{figure.name}.{name}"
        path.write_bytes(_drawn(spec, name))
        paths.append(path)
    return paths


def _drawn(spec: dict[str, object], name: str) -> bytes:
    if name == "svg":
        svg: str = vl_convert.vegalite_to_svg(spec, vl_version=_VERSION, allowed_base_urls=_NOWHERE)
        return svg.encode()
    if name == "png":
        return bytes(
            vl_convert.vegalite_to_png(spec, vl_version=_VERSION, scale=PNG_SCALE, allowed_base_urls=_NOWHERE)
        )
    return bytes(vl_convert.vegalite_to_pdf(spec, vl_version=_VERSION, allowed_base_urls=_NOWHERE))
