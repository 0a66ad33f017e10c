"""The cases of several SOURCE strings as one list with unique ids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from misground.benchmark.folder import Folder
from misground.benchmark.hiding import hide_names
from misground.benchmark.label_names import hidden
from misground.benchmark.settings import hash_case_id
from misground.errors import MisgroundError, WorkError
from misground.records import Attribution, CaseRef, LabelName, Skipped, SourceListing
from misground.sources import SOURCE_KINDS, list_cases
from misground.sources.listing import PREFIX, parse_source
from misground.sources.named.label_map import OPTION as MAP


@dataclass(frozen=True)
class Listed:
    """The cases of all sources.

    Attributes:
        refs: the cases, in the order of their ids.
        skipped: cases that are left out, with the reason.
        attributions: licence and citation of each source.
        notes: what a source wants users to know.
        folders: folders that every node of a cluster must see.
        label_names: what the names of labels were taken for.
    """

    refs: tuple[CaseRef, ...]
    skipped: tuple[Skipped, ...]
    attributions: tuple[Attribution, ...]
    notes: tuple[str, ...]
    folders: tuple[Path, ...] = ()
    label_names: tuple[LabelName, ...] = ()


def list_sources(sources: Sequence[str], *, hash_case_ids: bool = False) -> Listed:
    """List the cases of SOURCE strings; if two cases have the same id, the first is kept.

    Args:
        sources: SOURCE strings such as "oai:DIR".
        hash_case_ids: replace case ids by hashes.

    Raises:
        UsageError: a SOURCE is wrong.
        WorkError: there is no usable case.
    """
    listings = {source: _listed(source, hash_case_ids) for source in dict.fromkeys(sources)}
    refs: dict[str, CaseRef] = {}
    owners: dict[str, str] = {}
    skipped = [skip for listing in listings.values() for skip in listing.skipped]
    for source, ref in ((source, ref) for source, listing in listings.items() for ref in listing.refs):
        first = refs.setdefault(ref.case_id, ref)
        owner = owners.setdefault(ref.case_id, source)
        if first is not ref:
            skipped.append(Skipped(ref.case_id, ref.source, _used_twice(first, owner, source)))
    if hash_case_ids:
        refs = {key: replace(ref, case_id=hash_case_id(key)) for key, ref in refs.items()}
        skipped = [_hashed(skip) for skip in skipped]
    if not refs:
        reasons = f"; {len(skipped)} skipped, the first because: {skipped[0].reason}" if skipped else ""
        raise WorkError(f"no usable case in {', '.join(map(source_label, sources))}{reasons}")
    names = tuple(name for listing in listings.values() for name in listing.label_names)
    return Listed(
        refs=tuple(sorted(refs.values(), key=lambda ref: ref.case_id)),
        skipped=tuple(skipped),
        attributions=tuple(
            {a.source: a for listing in listings.values() for a in [listing.attribution]}.values()
        ),
        notes=tuple(dict.fromkeys(note for listing in listings.values() for note in listing.notes)),
        folders=needed_folders(sources),
        label_names=hidden(names) if hash_case_ids else names,
    )


def _used_twice(first: CaseRef, owner: str, source: str) -> str:
    """Why a case is skipped whose id `first`, a case of the SOURCE string `owner`, has already."""
    already = f"case id {first.case_id!r} is already used by"
    if owner == source:
        return f"{already} another case of the same source: give their files or folders different names"
    other = "another" if PREFIX in parse_source(source)[2] else "a"
    return (
        f"{already} a case of {first.source}: give one of the two sources {other} prefix, such as "
        "KIND:DIR?prefix=mr-"
    )


def _listed(source: str, hash_case_ids: bool) -> SourceListing:
    """The listing of one source; with `hash_case_ids`, its notes and errors name no case and no file."""
    try:
        listing = list_cases(source)
    except MisgroundError as error:
        if not hash_case_ids:
            raise
        _, argument, options = parse_source(source)
        raise type(error)(hide_names(str(error), {source, argument, *options.values()})) from None
    if not hash_case_ids:
        return listing
    notes = listing.notes if listing.nameless_notes is None else listing.nameless_notes
    return replace(listing, notes=tuple(map(hide_names, notes)))


def _hashed(skip: Skipped) -> Skipped:
    return Skipped(hash_case_id(skip.case_id), skip.source, hide_names(skip.nameless or skip.reason))


def needed_folders(texts: Sequence[str]) -> tuple[Path, ...]:
    """The folders that all nodes of a cluster must see: of SOURCE strings, and the work folder of a PLACE."""
    folders = []
    for text in texts:
        scheme, colon, _ = text.partition(":")
        if colon and scheme in SOURCE_KINDS:
            kind, argument, _ = parse_source(text)
            folders += [Path(argument).expanduser().absolute()] if kind != "phantom" else []
        elif "://" not in text:
            folders.append(Folder(Path(text).absolute()).work)
    return tuple(folders)


def source_label(source: str) -> str:
    """A SOURCE string without its folder, as it may be written into a benchmark."""
    kind, argument, options = parse_source(source)
    # A UID identifies a patient's scan.
    shown = {key: "..." if key == "series" else value for key, value in options.items()}
    shown = {key: Path(value).name if key == MAP else value for key, value in shown.items()}
    tail = "&".join(f"{key}={value}" for key, value in sorted(shown.items()))
    name = f"{kind}:{argument}" if kind == "phantom" else kind
    return f"{name}?{tail}" if tail else name
