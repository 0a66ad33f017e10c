"""Parsing of SOURCE strings, `KIND:ARG[?key=value&key=value]`, and listing of their cases."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from misground.errors import UsageError
from misground.records import SourceListing
from misground.sources.labelmap import list_labelmap
from misground.sources.named.label_map import OPTION as MAP
from misground.sources.nnunet import list_nnunet
from misground.sources.oai import list_oai
from misground.sources.phantom import list_phantoms
from misground.sources.segmentations import list_segmentations
from misground.sources.totalsegmentator import list_totalsegmentator

# Kind -> its syntax, for help texts.
SOURCE_KINDS: Final[Mapping[str, str]] = {
    "totalsegmentator": "totalsegmentator:DIR[?split=train|val|test][&labels=v1|v2][&known_bad=keep]",
    "oai": "oai:DIR[?labels=oai|oai_zib|oaizib_cm][&scan=labels][&affine=scan|axes]",
    "nnunet": "nnunet:DIR[?channel=0][&modality=ct|mri][&region=torso|knee][&map=FILE]",
    "segmentations": "segmentations:DIR[?resample=nearest][&modality=ct|mri][&map=FILE]",
    "labelmap": "labelmap:DIR[?labels=LABEL_SET][&series=UID]",
    "phantom": "phantom:torso|knee[?n=20][&seed=0]",
}

_FOLDER_LISTERS: Final[Mapping[str, Callable[[Path, Mapping[str, str]], SourceListing]]] = {
    "totalsegmentator": list_totalsegmentator,
    "oai": list_oai,
    "nnunet": list_nnunet,
    "segmentations": list_segmentations,
    "labelmap": list_labelmap,
}
PREFIX: Final = "prefix"
"""Option of every kind: a text put before each case id."""
_BY_NAME: Final = frozenset({"nnunet", "segmentations"})
"""Kinds whose labels are matched by name, which a table of the user may decide."""
_LONGEST_PREFIX: Final = 40
_OPTIONS = re.compile(r"[A-Za-z_]\w*=[^&]*(&[A-Za-z_]\w*=[^&]*)*")


def list_cases(source: str) -> SourceListing:
    """The cases of one SOURCE string, sorted by case id; no volume is opened.

    Raises:
        UsageError: the kind or an option is unknown, a value is wrong, or the folder does not exist.
        WorkError: the folder has no cases.
    """
    kind, argument, options = parse_source(source)
    prefix = options.pop(PREFIX, "")
    if len(prefix) > _LONGEST_PREFIX or not prefix.isprintable():
        raise UsageError(
            f"{kind}: {PREFIX}={prefix[:20]!r}, expected at most {_LONGEST_PREFIX} printable characters"
        )
    return _prefixed(_list(kind, argument, options), prefix)


def with_label_map(sources: Sequence[str], table: str) -> tuple[str, ...]:
    """The SOURCE strings with the user's table of labels, for those whose labels are matched by name.

    Raises:
        UsageError: no source takes a table, one has a table already, or the file's name cannot be an option.
    """
    if "&" in table or "?" in table:
        raise UsageError(f"the table of labels is {table!r}, expected a file name without & and ?")
    kinds = [source.partition(":")[0] for source in sources]
    if not _BY_NAME & set(kinds):
        expected = " or ".join(sorted(_BY_NAME))
        raise UsageError(f"a table of labels is given, but no source that takes one: expected {expected}")
    added = []
    for source, kind in zip(sources, kinds, strict=True):
        if kind in _BY_NAME:
            _, _, options = parse_source(source)
            if MAP in options:
                raise UsageError(f"{kind}: option {MAP!r} is given twice, expected once")
            added.append(f"{source}{'&' if options else '?'}{MAP}={table}")
        else:
            added.append(source)
    return tuple(added)


def _prefixed(listing: SourceListing, prefix: str) -> SourceListing:
    """The listing with `prefix` before each case id, so that data sets with the same ids can be combined."""
    if not prefix:
        return listing
    return replace(
        listing,
        refs=tuple(replace(ref, case_id=prefix + ref.case_id) for ref in listing.refs),
        skipped=tuple(replace(skip, case_id=prefix + skip.case_id) for skip in listing.skipped),
    )


def _list(kind: str, argument: str, options: Mapping[str, str]) -> SourceListing:
    if kind == "phantom":
        return list_phantoms(argument, options)
    directory = Path(argument).expanduser().absolute()  # workers may have another working directory
    if not directory.is_dir():
        found = "is a file" if directory.is_file() else "does not exist"
        hint = ": sources are read from folders, so mount an object store as one" if "://" in argument else ""
        raise UsageError(f"{kind}: {argument!r} {found}, expected a folder{hint}")
    try:
        return _FOLDER_LISTERS[kind](directory, options)
    except OSError as error:
        raise UsageError(f"{kind}: {argument!r} cannot be read ({error.strerror})") from error


def parse_source(source: str) -> tuple[str, str, dict[str, str]]:
    """The kind, argument and options of a SOURCE string.

    The options start at the last `?`, if only key=value pairs follow it, so a path may contain a `?`.

    Raises:
        UsageError: the kind is unknown, the argument is empty, or an option is given twice.
    """
    kind, colon, rest = source.partition(":")
    if not colon or kind not in SOURCE_KINDS:
        raise UsageError(f"unknown SOURCE {source!r}: expected one of {', '.join(SOURCE_KINDS.values())}")
    argument, mark, tail = rest.rpartition("?")
    if not mark or not _OPTIONS.fullmatch(tail):
        argument, tail = rest, ""
    if not argument:
        raise UsageError(f"SOURCE {source!r} has nothing after the colon, expected {SOURCE_KINDS[kind]}")
    options: dict[str, str] = {}
    for pair in filter(None, tail.split("&")):
        key, _, value = pair.partition("=")
        if key in options:
            raise UsageError(f"{kind}: option {key!r} is given twice, expected once")
        options[key] = value
    return kind, argument, options
