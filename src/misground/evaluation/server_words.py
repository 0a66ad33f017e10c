"""What a server said when it refused a request: its own sentence, out of whatever body it came in.

Clients and inspect_ai put the request, their own names or nothing at all into their errors. The sentence is
in the body: JSON in one of many shapes, a web page of a proxy, or plain text.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html import unescape
from typing import Any, Final, NamedTuple

LONGEST: Final = 300
TAIL: Final = 80
"""Characters kept of the end of a longer sentence: a server may quote the request first."""
WORDS: Final = (
    "message", "detail", "error_description", "error_message", "error_msg", "errmsg", "errorMessage", "msg",
    "Message", "reason", "description", "faultstring", "error", "errors", "title", "type", "code",
)  # fmt: skip
"""Names under which servers put their sentence, the fullest first."""
INSIDE: Final = ("error", "errors", "fault", "detail", "message")
"""Names of objects that hold the sentence."""
VAGUE: Final = frozenset(
    {"provider returned error", "error", "bad request", "unknown error", "internal error"}
)
"""Sentences of a gateway, which passes the one of its provider along in `metadata.raw`."""
_DATA: Final = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,[\w+/=-]*|[A-Za-z0-9+/=_-]{120,}")
_PREFIX: Final = re.compile(r"^(?:Error code: \d{3}(?: - )?|HTTP \d{3}:? )")
_PAGE: Final = re.compile(r"<!doctype html|<html|<head|<body|<title", re.IGNORECASE)
_PARTS: Final = tuple(
    re.compile(rf"<{tag}\b[^>]*>(.*?)</{tag}>", re.IGNORECASE | re.DOTALL) for tag in ("title", "h1", "body")
)
_DEEPEST: Final = 8


def sentence(body: Any) -> str | None:
    """Find the sentence in the body of an answer.

    Args:
        body: Text, or the value that a client has read from JSON.

    Returns:
        One line without the request's pictures; None if the body says nothing.

    Examples:
        >>> sentence('{"error": {"message": "At most 8 image(s) may be provided in one prompt."}}')
        'At most 8 image(s) may be provided in one prompt.'
        >>> sentence({"detail": [{"loc": ["body", "top_p"], "msg": "Input should be at most 1", "input": 2}]})
        'body.top_p: Input should be at most 1'
        >>> sentence("<html><head><title>413 Request Entity Too Large</title></head></html>")
        '413 Request Entity Too Large'
    """
    found = _whole(body)
    return None if found is None else shortened(found)


def wording(text: str) -> str:
    """Return a sentence without numbers and ids: the same for all questions that meet the same problem."""
    return re.sub(r"\S*\d\S*", "#", text)


def _whole(body: Any) -> str | None:
    return _said(body, _DEEPEST) or _written(body)


def shortened(text: str) -> str:
    """Return a text in one line, without pictures, and without the middle of a long one."""
    line = " ".join(_DATA.sub("[...]", text).split())
    if len(line) <= LONGEST:
        return line
    return f"{line[: LONGEST - TAIL - 5].rstrip()} ... {line[-TAIL:].lstrip()}"


def _said(body: Any, deep: int) -> str | None:
    if deep == 0 or body is None or isinstance(body, bool):
        return None
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        return _in_text(body.strip(), deep)
    if isinstance(body, Mapping):
        return _in_object(body, deep)
    if isinstance(body, list | tuple):
        parts = [found for one in body[:3] if (found := _said(one, deep - 1))]
        return "; ".join(dict.fromkeys(parts)) or None
    return None


def _written(body: Any) -> str | None:
    """An object of unknown form as it is, if there is anything in it."""
    text = json.dumps(body, default=str) if isinstance(body, Mapping | list) else ""
    return text if re.search(r'[:\[,]\s*("[^"]|-?\d)', text) else None


def _in_object(body: Mapping[str, Any], deep: int) -> str | None:
    if "msg" in body and isinstance(body.get("loc"), list | tuple):  # of FastAPI, which quotes the input too
        return f"{'.'.join(map(str, body['loc']))}: {body['msg']}"
    inside = next((body[name] for name in INSIDE if isinstance(body.get(name), Mapping | list)), None)
    found = _said(inside, deep - 1) if inside is not None else None
    if found is None:
        given = (body[name] for name in WORDS if isinstance(body.get(name), str))
        found = next((one for value in given if (one := _said(value, deep - 1))), None)
    metadata = body.get("metadata")
    raw = _said(metadata.get("raw"), deep - 1) if isinstance(metadata, Mapping) else None
    if raw and (found is None or found.lower().rstrip(".") in VAGUE):
        return raw
    return found


def _in_text(text: str, deep: int) -> str | None:
    text = _PREFIX.sub("", text).strip()
    if not text or text in {"{}", "[]", "null", '""'}:
        return None
    if (start := re.search(r"[{\[]", text)) and text[-1] in "}]":  # also after words of a client or gateway
        for read in (json.loads, ast.literal_eval):  # some clients write a dictionary of Python
            try:
                value = read(text[start.start() :])
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if found := _said(value, deep - 1):
                return found
            return text if start.start() or _written(value) else None
    if _PAGE.search(text[:2000]):
        for part in _PARTS:
            if (shown := part.search(text)) and (plain := _plain(shown[1])):
                return plain
        return _plain(text)
    return text


def _plain(page: str) -> str | None:
    without = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.IGNORECASE | re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", without)).split()) or None


class Refusal(NamedTuple):
    """A refusal of a server: name of the client's error, HTTP status, and the server's words at full length.

    Take secrets out of the words before you cut them by `shortened`.
    """

    name: str
    status: int
    words: str


def refusal(error: BaseException) -> Refusal | None:
    """Return the refusal that an error stands for; None if it is another error.

    Args:
        error: An exception of a client, or of inspect_ai around it.
    """
    for one in reversed(_causes(error)):  # the innermost is the client's own
        status = _status(one)
        if status is not None and status >= 400:
            words = next((found for body in _bodies(one) if (found := _whole(body))), None)
            words = words or f"the server gave no reason{_request(one)}"
            return Refusal(type(one).__name__, status, words)
    return None


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = one.__cause__
    return found


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    places = (error, "status_code"), (error, "code"), (error, "status"), (response, "status_code")
    values = (getattr(where, name, None) for where, name in places)
    return next(
        (v for v in values if isinstance(v, int) and not isinstance(v, bool) and 100 <= v < 600), None
    )


def _bodies(error: BaseException) -> Iterator[Any]:
    """Where clients keep the body: openai and anthropic, google, mistral and groq; last, the message."""
    for name in ("body", "details", "raw_body"):
        yield getattr(error, name, None)
    response = getattr(error, "response", None)
    with suppress(Exception):  # of an answer that was not read
        yield getattr(response, "text", None)
    if isinstance(response, Mapping):  # of boto
        yield response.get("Error")
    message = getattr(error, "message", None) or str(error)
    yield message if isinstance(message, str) and not re.fullmatch(r"Error code: \d{3}", message) else None


def _request(error: BaseException) -> str:
    """What was asked, where the server says nothing: the usual reason is its size."""
    try:
        content = (getattr(error, "request", None) or error.response.request).content  # type: ignore[attr-defined]
    except Exception:  # a client that keeps no request
        return ""
    pictures = content.count(b"image/png")
    noun = "picture" if pictures == 1 else "pictures"
    return f": the request had {pictures} {noun}, {len(content) / 1e6:.1f} MB"
