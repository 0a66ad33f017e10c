"""The page of `misground check --picture`: one file, without scripts, that loads nothing."""

import base64
from collections.abc import Sequence
from html import escape
from typing import Final

from misground.benchmark.check.run import Checked
from misground.visible import visible

MOST_CASES: Final = 200
"""Cases that the page shows with pictures; the rest are named."""

_HEAD: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>misground check</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 76em; padding: 0 1em; color: #222; }
section { border-top: 1px solid #ccc; padding: .5em 0 1em; overflow-wrap: anywhere; }
figure { display: inline-block; vertical-align: top; width: 24em; max-width: 100%; margin: .5em 1em .5em 0; }
img { max-width: 100%; background: #000; }
figcaption { font-size: 13px; }
</style>
</head>
<body>
<h1>Cases that contradict anatomy, or whose scan contradicts their labels</h1>
"""


def page(checked: Sequence[Checked]) -> str:
    """The page, as HTML.

    Args:
        checked: all checked cases; those that contradict are shown.
    """
    bad = sorted((c for c in checked if c.status == "contradicts"), key=lambda c: c.case_id)
    parts = [_HEAD, f"<p>{len(bad)} of {len(checked)} checked cases contradict. Not for clinical use.</p>\n"]
    parts += [_section(one, shown=i < MOST_CASES) for i, one in enumerate(bad)]
    return "".join([*parts, "</body>\n</html>\n"])


def _section(one: Checked, *, shown: bool) -> str:
    figures = "".join(
        f'<figure><img src="data:image/png;base64,{base64.b64encode(picture.png).decode("ascii")}" '
        f'alt="{_text(picture.caption)}"><figcaption>{_text(picture.caption)}</figcaption></figure>\n'
        for picture in (one.pictures if shown else ())
    )
    return f"<section>\n<h2>{_text(one.case_id)}</h2>\n<p>{_text(one.text)}</p>\n{figures}</section>\n"


def _text(text: str) -> str:
    return escape(visible(text))
