"""What the names of labels were taken for, as a table for the terminal, the manifest and the card."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from misground.benchmark.escaping import markdown_code, markdown_text
from misground.benchmark.hiding import HIDDEN
from misground.records import LabelName

_ORDER: Final = ("mapped", "matched", "ambiguous", "unmatched")
_MOST_LINES: Final = 300
_WIDEST: Final = 40


def table_lines(names: Sequence[LabelName]) -> Iterator[str]:
    """The lines of a table of labels, those that are not used last; none if no source matches by name."""
    if not names:
        return
    counts = Counter(name.status for name in names)
    yield "labels by name: " + ", ".join(f"{counts[status]} {status}" for status in _ORDER if counts[status])
    ordered = sorted(names, key=lambda name: (not name.structure, _ORDER.index(name.status)))
    width = min(_WIDEST, max(len(name.name) for name in ordered))
    for name in ordered[:_MOST_LINES]:
        values = f" ({name.values})" if name.values else f" ({name.files} files)" if name.files else ""
        meaning = name.structure or f"not used, {name.status}" + (f": {name.why}" if name.why else "")
        yield f"  {(name.name + values).ljust(width + 6)}  {meaning}"
    if len(ordered) > _MOST_LINES:
        yield f"  ... and {len(ordered) - _MOST_LINES} more in manifest.json"


def hidden(names: Sequence[LabelName]) -> tuple[LabelName, ...]:
    """The table without names that no structure explains: they may name a person."""
    return tuple(name if name.status == "matched" else replace(name, name=HIDDEN) for name in names)


def manifest_rows(names: Sequence[LabelName]) -> list[dict[str, Any]]:
    """The table as it is recorded in manifest.json."""
    return [
        {
            "source": name.source,
            "name": name.name,
            "values": name.values,
            "structure": name.structure or None,
            "status": name.status,
            "why": name.why,
            "files": name.files,
        }
        for name in names
    ]


def card_section(names: Sequence[LabelName]) -> str:
    """The table as a section of the card; "" if no source matches by name."""
    if not names:
        return ""
    lines = ["| label | values | structure |", "|---|---|---|"]
    for name in names[:_MOST_LINES]:
        meaning = (
            markdown_code(name.structure) if name.structure else markdown_text(f"{name.status}: {name.why}")
        )
        lines.append(f"| {markdown_text(name.name)} | {name.values} | {meaning} |")
    return "## Labels by name\n\n" + "\n".join(lines)
