"""Whether a run still makes sense: failures in a row, and requests per question."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from misground.errors import WorkError

UNANSWERED: Final = 20
"""Requests in a row without an answer after which a run gives up, at the end of a question's retries."""
HOPELESS: Final = 100
"""Questions in a row that ended in an error after which a run gives up, although its server answers."""
NOT_ASKED: Final = "not asked"
"""Start of the reason of a question that came after a run was given up."""
STATUSES: Final = frozenset({502, 503, 504})
"""Statuses by which a gateway says that the server behind it does not answer."""


@dataclass
class Health:
    """Failures since the last reply, over all questions of a run.

    Attributes:
        server: Name of the server or the model, for messages.
        stop: Called once when the run was given up and the last question in flight has ended; None to refuse
            each further question instead.
        errors: Questions in a row that ended in an error.
        unanswered: Requests in a row that got no answer.
        given_up: Why the run was given up; None if it was not.
        flying: Number of questions that are being asked.
    """

    server: str = "the model"
    stop: Callable[[], None] | None = None
    errors: int = 0
    unanswered: int = 0
    given_up: str | None = None
    flying: int = 0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask a question inside, with all its retries.

        Raises:
            WorkError: The run was given up.
        """
        if self.given_up is not None:
            raise WorkError(f"{NOT_ASKED}: {self.given_up}")
        self.flying += 1
        try:
            yield
        finally:
            self.flying -= 1
            if self.given_up is not None and not self.flying and self.stop is not None:
                self.stop()

    def answer(self) -> None:
        """Count a request that the server answered, be it with an error."""
        self.unanswered = 0

    def silence(self) -> None:
        """Count a request that got no answer."""
        self.unanswered += 1

    def reply(self) -> None:
        """Count a question that was answered."""
        self.errors = 0

    def error(self, reason: str) -> None:
        """Count a question that ended in an error, after all its retries, and give up if it is one too many.

        Args:
            reason: Why it failed, in one line.
        """
        self.errors += 1
        if self.given_up is not None:
            return
        if self.unanswered >= UNANSWERED:
            self.given_up = f"given up, as {self.server} did not answer {self.unanswered} requests in a row"
        elif self.errors >= HOPELESS:
            self.given_up = (
                f"given up, as {self.errors} questions in a row ended in an error at {self.server}"
            )
        if self.given_up is not None:
            self.given_up += f" ({reason})"


def is_silence(error: BaseException) -> bool:
    """Whether an error means that no server answered: a broken connection, a timeout, a gateway's word."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in STATUSES
    if any(isinstance(cause, WorkError) for cause in (error, error.__cause__)):
        return False  # something was wrong with an answer
    kind = type(error).__name__
    return isinstance(error, OSError) or any(word in kind for word in ("Connect", "Timeout", "NetworkError"))


def interrupt() -> None:
    """End the run in the way of Ctrl-C: what was answered is written."""
    signal.raise_signal(signal.SIGINT)


@dataclass
class Requests:
    """Requests for one question.

    Attributes:
        most: Maximum number of requests; None for no limit.
        made: Number of requests so far.
    """

    most: int | None = None
    made: int = 0

    @property
    def left(self) -> bool:
        """Whether another request may be made."""
        return self.most is None or self.made < self.most


_requests: ContextVar[Requests] = ContextVar("misground_requests")


def count_requests() -> None:
    """Begin to count the requests for a question, in the current asynchronous task."""
    _requests.set(Requests())


def requests() -> Requests:
    """The requests for the current question; without limit if nothing is counted."""
    return _requests.get(None) or Requests()
