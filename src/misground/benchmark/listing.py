"""All SOURCE strings of a call as one list of cases with distinct ids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from misground.benchmark.folder import Folder
from misground.benchmark.settings import hash_case_id
from misground.errors import WorkError
from misground.records import Attribution, CaseRef, Skipped
from misground.sources import SOURCE_KINDS, list_cases
from misground.sources.listing import parse_source


@dataclass(frozen=True)
class Listed:
    """Every case of every source, what is left out, whose the scans are, and in which folders they lie."""

    refs: tuple[CaseRef, ...]
    skipped: tuple[Skipped, ...]
    attributions: tuple[Attribution, ...]
    notes: tuple[str, ...]
    folders: tuple[Path, ...] = ()


def list_sources(sources: Sequence[str], *, hash_case_ids: bool = False) -> Listed:
    """List the cases of SOURCE strings; of two cases with one id the first is kept.

    Raises UsageError for a wrong SOURCE and WorkError where there is no case at all.
    """
    listings = [list_cases(source) for source in dict.fromkeys(sources)]
    refs: dict[str, CaseRef] = {}
    skipped = [skip for listing in listings for skip in listing.skipped]
    for ref in (ref for listing in listings for ref in listing.refs):
        first = refs.setdefault(ref.case_id, ref)
        if first is not ref:
            reason = (
                f"case id {ref.case_id!r} is already taken by a case of {first.source}: "
                "give one of the two sources a prefix (KIND:DIR?prefix=mr-)"
            )
            skipped.append(Skipped(ref.case_id, ref.source, reason))
    if not refs:
        reasons = f"; the first of {len(skipped)} left out: {skipped[0].reason}" if skipped else ""
        raise WorkError(f"no usable case in {', '.join(map(source_label, sources))}{reasons}")
    if hash_case_ids:
        refs = {key: replace(ref, case_id=hash_case_id(key)) for key, ref in refs.items()}
        skipped = [replace(skip, case_id=hash_case_id(skip.case_id)) for skip in skipped]
    return Listed(
        refs=tuple(sorted(refs.values(), key=lambda ref: ref.case_id)),
        skipped=tuple(skipped),
        attributions=tuple({a.source: a for listing in listings for a in [listing.attribution]}.values()),
        notes=tuple(dict.fromkeys(note for listing in listings for note in listing.notes)),
        folders=needed_folders(sources),
    )


def needed_folders(texts: Sequence[str]) -> tuple[Path, ...]:
    """What every node of a cluster must see: the folders of SOURCE strings, the work folder of a PLACE."""
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
    """A SOURCE string without its folder: what may be written into a benchmark."""
    kind, argument, options = parse_source(source)
    tail = "&".join(f"{key}={value}" for key, value in sorted(options.items()))
    name = f"{kind}:{argument}" if kind == "phantom" else kind
    return f"{name}?{tail}" if tail else name
