"""Answers of chat servers in the form of OpenAI's protocol, and errors that come with HTTP status 200.

Servers and gateways that are compatible with OpenAI's protocol differ in what its client does not expect: an
error as the body of a success, the message as a list of parts, a reason of their own for the end of a reply.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from misground.errors import WorkError
from misground.evaluation.secrets import clean

LONGEST: Final = 300
"""Most characters of a server's words that are kept."""

# Reasons for the end of a reply -> the word of OpenAI's protocol.
_ENDS: Final = {
    "stop": "stop eos eos_token end end_turn stop_sequence stop_token complete completed done finished",
    "length": "length max_tokens max_output_tokens max_new_tokens max_length token_limit length_capped",
    "model_length": "model_length context_length model_context_window_exceeded",
    "content_filter": "content_filter content_filtered safety sensitive refusal recitation blocklist spii "
                      "prohibited_content guardrail_intervened error_toxic",
    "tool_calls": "tool_calls tool_call tool_use function_call",
}  # fmt: skip
_KNOWN_ENDS: Final = {word: end for end, words in _ENDS.items() for word in words.split()}
_LASTING: Final = re.compile(
    r"invalid|bad.?request|not.?found|does not exist|unknown model|unauthor|authenti|permission|forbidden|"
    r"unsupported|not supported|not allowed|context.?(?:length|window)|maximum context|too (?:long|large)"
    r"|too many (?:tokens|images|pictures)|billing|insufficient.?(?:quota|credit)|content.?(?:policy|filter)",
    re.IGNORECASE,
)
_TEMPORARY: Final = re.compile(
    r"rate.?limit|too many requests|overload|unavailable|time.?out|timed out|busy|try again|temporar|"
    r"internal",
    re.IGNORECASE,
)
_RETRIED: Final = frozenset({408, 409, 425, 429})


class ServerToldError(WorkError):
    """An error that a server reports in an answer with HTTP status 200.

    Attributes:
        transient: Whether the same request may succeed later.
    """

    def __init__(self, text: str, *, transient: bool) -> None:
        super().__init__(text)
        self.transient = transient


def told_error(error: BaseException | None) -> ServerToldError | None:
    """Find the server's own error among the causes of a client's exception; None if there is none."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ServerToldError):
            return error
        seen.add(id(error))
        error = error.__cause__
    return None


def plain_answer(body: bytes, *, chat: bool) -> bytes:
    """Put the body of a successful answer into the form that OpenAI's client expects.

    Args:
        body: The body; one that is not a JSON object stays as it is.
        chat: Whether it answers a chat completion. Otherwise it is only checked for an error.

    Raises:
        ServerToldError: The body is an error, has no reply, or its reply was broken off.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(found, dict):
        return body
    if found.get("object") != "response" and _is_error(found):  # a Response has an error of its own
        raise _error(found)
    if not chat:
        return body
    choices = found.get("choices")
    if not isinstance(choices, list) or not choices or not all(isinstance(one, dict) for one in choices):
        words = _words(found.get("detail") or found.get("message"))
        what = (
            f"the server reports an error: {words}" if words else "the reply contains no message (no choices)"
        )
        raise ServerToldError(what, transient=not _LASTING.search(words))
    before = json.dumps(found)
    for number, choice in enumerate(choices):
        _put_right(choice, number)
    if not isinstance(found.get("model"), str):
        found["model"] = ""
    if not _counts(found.get("usage")):
        found["usage"] = None
    after = json.dumps(found)
    return body if after == before else after.encode()


def _is_error(found: Mapping[str, Any]) -> bool:
    named = "error" in (found.get("object"), found.get("type"))
    return bool(found.get("error") or named or (found.get("errors") and not found.get("choices")))


def _error(found: Mapping[str, Any]) -> ServerToldError:
    told = found.get("error") or found.get("errors") or found
    words = _words(told) or "no reason is given"
    return ServerToldError(f"the server reports an error: {words}", transient=_passes(told, found, words))


def _words(told: Any) -> str:
    """The sentence of an error, whose form differs between servers."""
    if isinstance(told, list):
        return "; ".join(filter(None, map(_words, told[:3])))[:LONGEST]
    if isinstance(told, Mapping):
        for name in ("message", "detail", "msg", "error", "reason", "description", "code", "type"):
            if told.get(name):
                return _words(told[name])
        return _words(json.dumps(told)) if told else ""
    return "" if told is None else " ".join(clean(str(told)).split())[:LONGEST]


def _passes(told: Any, found: Mapping[str, Any], words: str) -> bool:
    """Whether an error may pass: by its status where it names one, else by its words."""
    parts = [part for part in (told[0] if isinstance(told, list) and told else told, found)
             if isinstance(part, Mapping)]  # fmt: skip
    for part in parts:
        for name in ("code", "status", "status_code", "http_status"):
            status = part.get(name)
            if str(status).isdecimal() and 300 <= int(str(status)) <= 599:
                return int(str(status)) in _RETRIED or int(str(status)) >= 500
    kind = " ".join(str(part.get(name)) for part in parts for name in ("code", "type", "status"))
    for text in (kind, words):
        if _LASTING.search(text):
            return False
        if _TEMPORARY.search(text):
            return True
    return True


def _put_right(choice: dict[str, Any], number: int) -> None:
    """Put one choice into the form of OpenAI's protocol, in place."""
    _check_end(choice)
    message = choice.get("message") or choice.get("delta")
    if isinstance(message, str) or (message is None and isinstance(choice.get("text"), str)):
        message = {"content": choice["text"] if message is None else message}
    if not isinstance(message, dict):
        raise ServerToldError("the reply contains no message", transient=True)
    text, reasoning = _read(message.get("content"))
    choice["message"] = {**message, "role": "assistant", "content": text}
    if reasoning and not message.get("reasoning_content"):
        choice["message"]["reasoning_content"] = reasoning
    choice.setdefault("index", number)


def _check_end(choice: dict[str, Any]) -> None:
    """Check why a reply ended, and name the reason by the word of OpenAI's protocol."""
    reason = choice.get("finish_reason")
    words = _words(choice.get("error"))
    if isinstance(reason, Mapping):
        words = words or _words(reason.get("message"))
        reason = reason.get("type")
    known = _KNOWN_ENDS.get(str(reason).strip().lower())
    if choice.get("error") or (reason and known is None):
        ended = f"the server broke the reply off (finish_reason {str(reason)[:40]!r})" if reason else (
            "the server reports an error"
        )  # fmt: skip
        what = f"{ended}: {words}" if words else ended
        raise ServerToldError(what, transient=_passes(choice.get("error"), {}, words))
    choice["finish_reason"] = known


def _read(content: Any) -> tuple[str | None, str]:
    """The text of a message, and the reasoning among its parts."""
    if content is None or isinstance(content, str):
        return content, ""
    texts, thoughts = [], []
    for part in content if isinstance(content, list) else [content]:
        if not isinstance(part, Mapping):
            texts.append(str(part))
            continue
        kind = str(part.get("type", "text"))
        value = next((part[name] for name in ("text", "content", kind) if part.get(name)), None)
        inner, _ = _read(value.get("value") if isinstance(value, Mapping) and "value" in value else value)
        if "think" in kind or "reason" in kind:
            thoughts.append(inner or "")
        elif "text" in kind or kind == "refusal":
            texts.append(inner or "")
    return _joined(texts), _joined(thoughts)


def _joined(parts: list[str]) -> str:
    """Parts as one text: each on a line of its own unless there is a space between them."""
    text = ""
    for part in filter(None, parts):
        apart = not text or text[-1].isspace() or part[0].isspace()
        text += part if apart else f"\n{part}"
    return text


def _counts(usage: Any) -> bool:
    """Whether the tokens of prompt and reply are counted."""
    return isinstance(usage, Mapping) and all(
        isinstance(usage.get(name), int) for name in ("prompt_tokens", "completion_tokens")
    )
