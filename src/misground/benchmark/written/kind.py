"""The kinds of folders that commands write, and the hidden names that are in use while they do."""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from misground.benchmark.files import NOTHING_WRITTEN

JOURNAL: Final = ".misground-unfinished.json"
"""Lists the old and the new files while they are exchanged, so that a kill in between loses no proof."""

INSIDE: Final = "0" * 16
"""Key of the lock and the parts that are in the folder itself rather than beside it."""

_HIDDEN: Final = re.compile(r"\.misground-[0-9a-f]{16}(?:\.lock|-[0-9a-f]{16}\.part)")


@dataclass(frozen=True)
class FolderKind:
    """A kind of folder.

    Attributes:
        noun: what it is, such as "report".
        names: matches the relative paths, with forward slashes, of all files that it may contain.
        record: file that lists the others, so that they can be replaced; None: they never are.
        expected: what the target must be, for the error message.
        option: option of the command that names the folder.
        kept: what is true of the target after an error.
        private: whether only this account may read it, because it contains scans.
        earlier: keys of the record of an earlier version, which did not list the files.
    """

    noun: str
    names: re.Pattern[str]
    record: str | None = None
    expected: str = "an empty or new folder"
    option: str = "-o"
    kept: str = NOTHING_WRITTEN
    private: bool = False
    earlier: frozenset[str] = frozenset()

    @property
    def noun_with_article(self) -> str:
        """Such as "a report" or "an export"."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    def allows(self, name: str) -> bool:
        """Whether it may contain a file of this relative path, besides its record."""
        return name != self.record and self.names.fullmatch(name) is not None


class Input(NamedTuple):
    """Something that a command reads and must not write into, and what the error message calls it."""

    path: Path
    noun: str


def is_hidden_name(name: str) -> bool:
    """Whether a lock or a part of ours may have this name."""
    return _HIDDEN.fullmatch(name) is not None


def lock_name(key: str) -> str:
    """The name of the lock of a target."""
    return f".misground-{key}.lock"


def part_name(key: str) -> str:
    """A new random name for the part of a target."""
    return f".misground-{key}-{secrets.token_hex(8)}.part"


def is_part_of(name: str, key: str) -> bool:
    """Whether this is the name of a part of the target with this key."""
    return is_hidden_name(name) and name.startswith(f".misground-{key}-")
