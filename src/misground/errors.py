"""What can go wrong, by who has to act on it.

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


class CaseError(MisgroundError):
    """One case cannot be used; it is recorded with this reason and the others go on."""


@contextmanager
def one_case() -> Iterator[None]:
    """Make an unexpected error about one case a CaseError, so that the other cases go on."""
    try:
        yield
    except MisgroundError:
        raise
    except Exception as error:
        # Its text may hold a path of this machine, and reasons go into the benchmark.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{PurePath(place.filename).name}:{place.lineno}"
        raise CaseError(f"unexpected {type(error).__name__} at {where}; please report it") from error
