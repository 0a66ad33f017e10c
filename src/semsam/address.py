"""The address of a server, without the secrets that may stand in it.

`http://user:secret@host/v1?key=secret` carries two secrets. The address is split where it enters: what is
shown, stored and hashed has neither user, password, query nor fragment, and the secrets go into the request
alone. This module needs the standard library only; `misground.evaluation` uses it without torch.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

HIDDEN = "***"
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"<>`]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a server.

    Attributes:
        url: Address that may be shown: scheme, host, port and path, without a slash at the end.
        login: User and password; None if the address holds none.
        query: Query without its question mark; "" if there is none.
    """

    url: str
    login: tuple[str, str] | None = field(default=None, repr=False)
    query: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may not be shown: the password (or the user, if there is no password), and the query."""
        found: list[str] = []
        if self.login is not None:
            user, password = self.login
            found += [password or user, _basic(self.login)]
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            found.append(value or name)
        for part in re.split("[&;]", self.query):  # as it is written, too
            found.append(part.partition("=")[2] or part)
        return tuple(dict.fromkeys(secret for secret in found if secret))

    @property
    def headers(self) -> dict[str, str]:
        """The headers that carry the user and password."""
        return {} if self.login is None else {"Authorization": f"Basic {_basic(self.login)}"}

    @property
    def full(self) -> str:
        """The address with its secrets; it is to be passed on, and never to be shown."""
        scheme, _, rest = self.url.partition("://")
        login = "" if self.login is None else ":".join(quote(part, safe="") for part in self.login) + "@"
        return f"{scheme}://{login}{rest}" + (f"?{self.query}" if self.query else "")

    def to(self, path: str) -> str:
        """Return the address of a request, with the query; it is to be sent, and never to be shown."""
        return f"{self.url}/{path}" + (f"?{self.query}" if self.query else "")


def parse_address(text: str) -> Address | None:
    """Split an address into what may be shown and what may not.

    Args:
        text: An http or https address, with or without user, password and query. A fragment is dropped, since
            none is ever sent.

    Returns:
        The address; None if the text is not one. An @ in the path is refused, because it is nearly always the
        end of a password that holds an unescaped slash.

    Examples:
        >>> address = parse_address("http://me:pass@host:8000/v1/?key=value")
        >>> address
        Address(url='http://host:8000/v1')
        >>> address.to("models")
        'http://host:8000/v1/models?key=value'
        >>> parse_address("host:8000") is None
        True
    """
    text = text.strip()
    if any(letter.isspace() or not letter.isprintable() for letter in text):
        return None
    try:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            return None
    except ValueError:  # such as an unclosed bracket, or a port that is not a number
        return None
    login, at, host = parts.netloc.rpartition("@")
    if "@" in parts.path or "\\" in text:
        return None
    user, _, password = login.partition(":")
    return Address(
        f"{parts.scheme}://{host}{parts.path}".rstrip("/"),
        (unquote(user), unquote(password)) if at and login.strip(":") else None,
        parts.query,
    )


def shown(text: str) -> str:
    """Return any text that was given as an address, for a message: without user, password and query.

    Examples:
        >>> shown("http://me:pass@host/v1?key=value#part"), shown("me:pa?ss@host")
        ('http://***@host/v1?***', '***@host')
        >>> shown("http://host/v1")
        'http://host/v1'
    """
    scheme, slashes, rest = text.rpartition("://") if text.count("://") == 1 else ("", "", text)
    _, at, rest = rest.rpartition("@")
    end = re.search(r"[?#]", rest)
    return f"{scheme}{slashes}{HIDDEN + at if at else ''}{rest[: end.start()] if end else rest}" + (
        f"?{HIDDEN}" if end else ""
    )


def without_secrets(text: str) -> str:
    """Return a text with every address in it as `shown` writes it.

    Examples:
        >>> without_secrets("POST 'http://host/v1?key=value' failed")
        "POST 'http://host/v1?***' failed"
    """
    return _ADDRESS.sub(lambda found: shown(found[0]), text)


def environment_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the secrets in addresses that variables hold, such as those of a proxy or a base URL.

    Examples:
        >>> environment_secrets({"HTTPS_PROXY": "http://me:secret@proxy:3128", "LANG": "C"})
        ('secret', 'bWU6c2VjcmV0')
    """
    found: list[str] = []
    for value in environment.values():
        scheme, slashes, rest = value.partition("://")
        if slashes and scheme.isascii() and not scheme.isspace() and ("@" in rest or "?" in rest):
            address = parse_address(f"http://{rest}")
            found += () if address is None else address.secrets
    return tuple(found)


def _basic(login: tuple[str, str]) -> str:
    return base64.b64encode(":".join(login).encode("utf-8", "surrogatepass")).decode("ascii")
