"""What can go wrong, by who has to act on it.

Each message is one line: what was found, what was expected, what to do.
"""


class MisgroundError(Exception):
    """Base of every error that a user can cause; the command line prints its text and nothing else."""


class UsageError(MisgroundError):
    """The call itself is wrong (exit status 2)."""


class WorkError(MisgroundError):
    """The work could not be done (exit status 1)."""


class CaseError(MisgroundError):
    """One case cannot be used; it is recorded with this reason and the others go on."""
