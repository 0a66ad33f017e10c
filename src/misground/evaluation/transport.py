"""How questions reach a model: nothing that changes a reply."""

from dataclasses import dataclass
from typing import Final

from misground.evaluation.settings import EvalSettings

SERVER_TIMEOUT: Final = 600
"""Seconds for one try of a call to a server (ours)."""


@dataclass(frozen=True)
class Transport:
    """How questions reach a model.

    Attributes:
        base_urls: addresses of servers of the model.
        connections: calls at a time; None: the provider's own number.
        retries: retries of a call that failed for a passing reason.
        timeout: seconds for one try; None: no limit.
        cache: keep replies, and take kept ones.
        log_pictures: keep 2D pictures in the log; None: only where they are small.
    """

    base_urls: tuple[str, ...] = ()
    connections: int | None = None
    retries: int = 5
    timeout: int | None = SERVER_TIMEOUT
    cache: bool = True
    log_pictures: bool | None = None


def default_timeout(settings: EvalSettings) -> int | None:
    """Seconds for one try of a call where the user named none: no limit for a model on this machine."""
    return None if settings.baseline or settings.local else SERVER_TIMEOUT
