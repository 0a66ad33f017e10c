"""Text of unknown origin in the files that people open: Markdown pages, spreadsheets, names of files.

A structure's name, a case id or a model's name may come from a stranger's file. On a page or in a table it
stays text: it makes no heading, link, picture or formula. As the name of a file it stays in its folder.
"""

import re
from typing import Final

from misground.errors import UsageError

_MEANS_SOMETHING: Final = re.compile(r"([\\`*_{}\[\]<>#|~!$&@])")
_STARTS_A_BLOCK: Final = re.compile(r"^([-+=:]|[0-9]+[.)])")
_LINK: Final = re.compile(r"(?i)(:)(?=//)|(?<=\bwww)(\.)")
_BACKTICKS: Final = re.compile(r"`+")
_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?%?")

_UNSAFE_IN_NAMES: Final = re.compile(r"[^a-z0-9_-]")
_DEVICE: Final = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_LONGEST_NAME: Final = 200


def one_line(text: str) -> str:
    """The text on one line; what cannot be seen, such as a control or a direction mark, becomes U+FFFD."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(text.split()))


def markdown_text(text: str) -> str:
    r"""The text on one line, escaped so that neither Markdown nor inline HTML changes it.

    Examples:
        >>> print(markdown_text("Liver\n# Licence: *none*"))
        Liver \# Licence: \*none\*
        >>> print(markdown_text("1. see www.example.org"))
        1\. see www\.example.org
    """
    line = _MEANS_SOMETHING.sub(r"\\\1", one_line(text))
    line = _LINK.sub(lambda found: f"\\{found[0]}", line)
    return _STARTS_A_BLOCK.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", line)


def markdown_code(text: str) -> str:
    """The text on one line as a code span, whatever backticks it contains.

    Examples:
        >>> print(markdown_code("liver"), markdown_code("a`b"))
        `liver` ``a`b``
    """
    line = one_line(text)
    longest = max((len(found) for found in _BACKTICKS.findall(line)), default=0)
    fence = "`" * (longest + 1)
    room = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{room}{line}{room}{fence}"


def spreadsheet_text(text: str) -> str:
    """The text for a cell of a CSV or TSV file; a quote comes before what a spreadsheet would run.

    Examples:
        >>> spreadsheet_text("=HYPERLINK(1)"), spreadsheet_text("liver"), spreadsheet_text("-1.5%")
        ("'=HYPERLINK(1)", 'liver', '-1.5%')
    """
    runs = text.startswith(_FORMULA) or text.strip().startswith(_FORMULA)
    return f"'{text}" if runs and not _NUMBER.fullmatch(text) else text


def file_name(text: str) -> str:
    """The name of a file or folder for an id, without a suffix; different ids give different names.

    It is a name on every system: not that of a device of Windows, and no two names differ only in case.
    `fileName` of the explorer's core.js does the same.

    Raises:
        UsageError: the id is too long.

    Examples:
        >>> file_name("3f0a"), file_name("A"), file_name("../x"), file_name("nul")
        ('3f0a', '~41~', '~2e~~2e~~2f~x', '~6e~ul')
    """
    name = _UNSAFE_IN_NAMES.sub(lambda found: f"~{ord(found[0]):x}~", text) or "~"
    if _DEVICE.fullmatch(name):
        name = f"~{ord(name[0]):x}~{name[1:]}"
    if len(name) > _LONGEST_NAME:
        raise UsageError(f"found an id of {len(text)} characters ({text[:20]!r} ...): it cannot name a file")
    return name
