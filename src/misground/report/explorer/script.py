"""Data as a script, which a page opened from disk can load although it cannot fetch files."""

import json
from typing import Any

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script(name: str, value: Any) -> bytes:
    """A script, in UTF-8, that passes one named JSON value to the page.

    Characters that could end the script or a line of it are escaped, so no text in `value` runs as code.
    Bytes of a folder's name that are not UTF-8 become question marks.
    """
    body = json.dumps([name, value], ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escape in _ESCAPED.items():
        body = body.replace(character, escape)
    return f"misground.receive.apply(null,{body});\n".encode(errors="replace")
