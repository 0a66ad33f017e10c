"""Errors that a user can cause, by who has to act.

Each message is one line: what was found, what was expected, what to do.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath


class MisgroundError(Exception):
    """Base of every error that a user can cause; the command line prints its text and nothing else."""


class UsageError(MisgroundError):
    """The call itself is wrong (exit status 2)."""


class WorkError(MisgroundError):
    """The work could not be done (exit status 1)."""


class ContradictionError(MisgroundError):
    """The work is done, and found cases that contradict (exit status 3)."""


class CaseError(MisgroundError):
    """One case cannot be used; it is recorded with this reason and work on the others continues."""


@contextmanager
def one_case() -> Iterator[None]:
    """Turn an unexpected error into a CaseError, so that work on the other cases continues."""
    try:
        yield
    except MisgroundError:
        raise
    except Exception as error:
        # Its text may hold a path of this machine, and reasons go into the benchmark.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{PurePath(place.filename).name}:{place.lineno}"
        raise CaseError(f"unexpected {type(error).__name__} at {where}; please report it") from error
