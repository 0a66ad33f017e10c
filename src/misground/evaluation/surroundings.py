"""Keeps inspect_ai away from what lies in the current folder, which may be a stranger's data set.

Before it asks, inspect_ai loads the file `.env` of the current folder or one above into the environment,
which could redirect API keys or name libraries for child processes to load. For its log, it calls git there,
and a repository's configuration may name commands for git to run.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any, Final
from unittest.mock import patch

_LOOKS: Final = {"inspect_ai._eval.evalset": "init_dotenv", "inspect_ai._eval.task.log": "git_context"}


@contextmanager
def surroundings_ignored() -> Iterator[None]:
    """Let inspect_ai find neither `.env` nor a git repository meanwhile."""
    with ExitStack() as stack:
        for module, function in _LOOKS.items():
            stack.enter_context(patch.object(import_module(module), function, _finds_nothing))
        yield


def _finds_nothing(*_: Any, **__: Any) -> None:
    return None
