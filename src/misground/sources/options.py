"""Checks on the options of a SOURCE string."""

from collections.abc import Mapping

from misground.errors import UsageError


def check_options(
    kind: str, options: Mapping[str, str], allowed: Mapping[str, tuple[str, ...] | None]
) -> None:
    """Raise UsageError unless every option is allowed and has an allowed value (None: any, if not empty)."""
    for key, value in options.items():
        if key not in allowed:
            raise UsageError(f"{kind}: unknown option {key!r}, expected {_words(allowed)}")
        values = allowed[key]
        if not value or (values is not None and value not in values):
            expected = " or ".join(values) if values else "a value"
            raise UsageError(f"{kind}: option {key}={value}, expected {expected}")


def _words(allowed: Mapping[str, tuple[str, ...] | None]) -> str:
    return ", ".join(f"{key}={'|'.join(values) if values else '...'}" for key, values in allowed.items())
