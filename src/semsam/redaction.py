"""Secrets taken out of texts that others wrote: a server may send back the key that it got.

This module needs the standard library only; `misground.evaluation` uses it without torch.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus

HIDDEN = "***"
SHORTEST = 3  # characters; without a shorter secret, hardly a word would be left
SHORTEST_IN_REPLY = 6  # a shorter one may be a word of an honest reply
WORDS = frozenset(
    {
        "apikey",
        "auth",
        "authorization",
        "bearer",
        "cookie",
        "credential",
        "credentials",
        "jwt",
        "key",
        "passphrase",
        "passwd",
        "password",
        "pat",
        "pwd",
        "sas",
        "secret",
        "sig",
        "signature",
        "token",
    }
)


def names_a_secret(name: str) -> bool:
    """Whether a parameter or variable of this name holds a secret.

    Examples:
        >>> names_a_secret("OPENAI_API_KEY"), names_a_secret("authToken"), names_a_secret("X-Signature")
        (True, True, True)
        >>> names_a_secret("max_tokens"), names_a_secret("tokenizer")
        (False, False)
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return not WORDS.isdisjoint(re.split(r"[^a-z0-9]+", spaced.lower())) or "apikey" in name.lower()


def environment_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of variables whose names say that they hold a secret.

    Examples:
        >>> environment_secrets({"HF_TOKEN": "hf_123456", "LANG": "C", "MY_KEY": ""})
        ('hf_123456',)
    """
    return tuple(
        value
        for name, value in environment.items()
        if len(value) >= SHORTEST_IN_REPLY and names_a_secret(name)
    )


def redact(text: str, secrets: Iterable[str], shortest: int = SHORTEST) -> str:
    """Replace secrets in a text, also where they are escaped for an address or for JSON, or in Base64.

    Do this before a text is cut: the beginning of a secret is not found.

    Args:
        text: Any text.
        secrets: Secrets to look for, in any case of letters.
        shortest: Length from which on a secret is replaced.

    Returns:
        The text with *** in place of each secret.

    Examples:
        >>> redact("wrong key 'sk-1/2', or sk-1%2F2", ["sk-1/2"])
        "wrong key '***', or ***"
    """
    wanted = frozenset(secret for secret in secrets if len(secret) >= shortest)
    return _pattern(wanted).sub(HIDDEN, text) if wanted else text


@lru_cache(maxsize=16)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str]:
    written = {form for secret in secrets for form in _forms(secret)}
    longest_first = sorted(written, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def _forms(secret: str) -> set[str]:
    encoded = secret.encode("utf-8", "surrogatepass")
    base64_form = base64.b64encode(encoded).decode("ascii").rstrip("=")
    forms = {
        secret,
        quote(encoded, safe=""),
        quote_plus(encoded),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }
    return forms | ({base64_form} if len(base64_form) >= SHORTEST_IN_REPLY else set())
