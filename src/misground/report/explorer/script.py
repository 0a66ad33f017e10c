"""Data as a script: what a page can load from a disk, where it may fetch nothing."""

import json
from typing import Any

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script(name: str, value: Any) -> bytes:
    """A script that hands the page one JSON value under a name; UTF-8.

    What could end a script or a line of it is escaped, so that no text in `value` is ever read as code.
    """
    body = json.dumps([name, value], ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escape in _ESCAPED.items():
        body = body.replace(character, escape)
    return f"misground.receive.apply(null,{body});\n".encode()
