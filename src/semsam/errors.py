"""Errors, by what the user has to change. Each message is one line."""


class SemsamError(Exception):
    """Base of every error that a user can cause; the command line prints its text and nothing else."""


class SettingsError(SemsamError, ValueError):
    """A setting of the rule is out of range or has the wrong type."""


class TableError(SemsamError, ValueError):
    """A neighbour table is malformed or unreadable, or belongs to another model."""


class ModelError(SemsamError):
    """A model or tokenizer cannot be loaded, or lacks something that the rule needs."""


class UsageError(SemsamError):
    """The call itself is wrong (exit status 2)."""


class UnknownModelError(ModelError, UsageError):
    """There is no model of this name."""
