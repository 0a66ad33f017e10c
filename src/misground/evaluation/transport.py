"""How questions reach a model: settings that do not change a reply."""

from dataclasses import dataclass, field
from typing import Final

from misground.evaluation.settings import EvalSettings

SERVER_TIMEOUT: Final = 600
"""Seconds to wait for one reply of a server (our choice)."""


@dataclass(frozen=True)
class Transport:
    """Settings that decide how questions reach a model, and do not change a reply.

    Attributes:
        base_urls: Addresses of the servers of the model, as given: `ready` takes their secrets out.
        connections: Maximum number of calls at a time; None for the provider's own.
        retries: Retries per call that failed for a temporary reason.
        timeout: Seconds to wait for each reply; None for no limit.
        cache: Whether to cache replies and to reuse cached ones.
        log_pictures: Whether to store slices in the log; None to store them in small runs only.
    """

    base_urls: tuple[str, ...] = field(default=(), repr=False)
    connections: int | None = None
    retries: int = 5
    timeout: int | None = SERVER_TIMEOUT
    cache: bool = True
    log_pictures: bool | None = None


def default_timeout(settings: EvalSettings) -> int | None:
    """Return the default seconds to wait for a reply: no limit for a model on this machine."""
    return None if settings.baseline or settings.local else SERVER_TIMEOUT
