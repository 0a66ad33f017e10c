"""The secrets of a run: sent to its servers, and in no file, log or message.

They are known to the whole process, because the text that holds one may come from anywhere: a server that
sends a key back, an exception of an HTTP client that quotes an address, a log record of any package.
"""

import logging
import os
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from misground.errors import WorkError
from misground.evaluation.servers import address, redaction

_known: set[str] = set()
PLACEHOLDERS = frozenset({"none", "empty", "dummy", "no-key", "not-needed"})
"""What people give where a server needs no key: words, and no secrets."""


def remember(secrets: Iterable[str | None]) -> None:
    """Take note of secrets that are sent to a server."""
    _known.update(
        secret
        for secret in secrets
        if secret and len(secret) >= redaction.SHORTEST and secret.lower() not in PLACEHOLDERS
    )


def clean(text: str) -> str:
    """Return a text of a server or a package without secrets: those sent, and those of the environment.

    Do this before the text is cut.
    """
    return redaction.redact(address.without_secrets(text), _every())


def _every() -> tuple[str, ...]:
    return (*_known, *_of_environment(tuple(os.environ.items())))


@lru_cache(maxsize=1)
def _of_environment(items: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The secrets of an environment, which hardly ever changes while every log record asks for them."""
    environment = dict(items)
    return (*redaction.environment_secrets(environment), *address.environment_secrets(environment))


def clean_reply(text: str) -> str:
    """Return the body of a successful answer without the secrets that were sent, unless they are short."""
    return redaction.redact(text, _known, redaction.SHORTEST_IN_REPLY)


def clean_error(error: Exception) -> Exception:
    """Take the secrets out of an exception and its causes; its type stays, since retries depend on it."""
    seen: dict[int, BaseException] = {}
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen[id(one)] = one
        one.args = tuple(map(_clean_value, one.args))
        for name in ("message", "body", "code", "param", "type"):
            value = getattr(one, name, None)
            if (without := _clean_value(value)) != value:
                setattr(one, name, without)
        left += [one.__cause__, one.__context__]
    texts = ["".join(traceback.format_exception_only(one)) for one in seen.values()]
    if any(redaction.redact(text, _every()) != text for text in texts):  # made from something else
        return WorkError(clean(f"{type(error).__name__}: {error}"))
    return error


@contextmanager
def clean_logs() -> Iterator[None]:
    """Take the secrets out of all log records: HTTP clients log the addresses that they call."""
    made = logging.getLogRecordFactory()

    def cleaned(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made(*args, **kwargs)
        try:
            text = record.getMessage()
        except Exception:  # arguments that do not fit, which logging itself reports
            return record
        if (without := clean(text)) != text:
            record.msg, record.args = without, ()
        return record

    logging.setLogRecordFactory(cleaned)
    try:
        yield
    finally:
        logging.setLogRecordFactory(made)


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {_clean_value(name): _clean_value(one) for name, one in value.items()}
    return [_clean_value(one) for one in value] if isinstance(value, list) else value
