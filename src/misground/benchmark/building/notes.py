"""Notes on a build: sentences about its limits, derived from what was drawn."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from misground.benchmark.building.plans import StoredPlan
from misground.benchmark.settings import BuildSettings
from misground.questions import Item
from misground.questions.draw_settings import PAPER_QUESTIONS

FEW_CASES: Final = 10
CROWDED_SHARE: Final = 0.5
_FEWEST_ITEMS: Final = 4
_NAMED: Final = 3


def build_notes(
    settings: BuildSettings, plans: Mapping[str, StoredPlan], items: Sequence[Item], questions: int
) -> Iterator[str]:
    """Notes on contradicting cases that were kept, on files left out, missing questions, and crowded axes."""
    kept = sorted(case_id for case_id, stored in plans.items() if stored.contradiction)
    if kept:
        named = ", ".join(kept[:_NAMED]) + (" ..." if len(kept) > _NAMED else "")
        yield (
            f"CONTRADICTING CASES KEPT ({len(kept)}: {named}): their labels contradict basic anatomy, "
            "so their answers may be mirrored"
        )
    noted = sorted((case_id, note) for case_id, stored in plans.items() for note in stored.notes)
    if noted:
        named = "; ".join(f"{case_id}: {note}" for case_id, note in noted[:_NAMED])
        more = f"; and {len(noted) - _NAMED} more" if len(noted) > _NAMED else ""
        cases = len({case_id for case_id, _ in noted})
        yield f"{cases} cases have notes of their readers ({named}{more})"
    if settings.preset == "paper" and not settings.max_questions and questions < PAPER_QUESTIONS:
        yield f"{questions:,} questions instead of the paper's {PAPER_QUESTIONS:,}: the cases allow no more"
    asked = len({item.case_id for item in items})
    if settings.preset != "mini" and asked < FEW_CASES:
        yield f"only {asked} cases: questions about one case are not independent of each other"
    yield from _crowded(items)


def _crowded(items: Sequence[Item]) -> Iterator[str]:
    """Axes along which most items name the same structure, so its usual position answers them."""
    cells: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        if item.is_relation and item.axis is not None:
            x = "left-right" if item.knee_side is None else "medial-lateral"
            cells[item.modality, x if item.axis == "x" else item.axis].append(item)
    for (modality, axis), own in sorted(cells.items()):
        named = Counter(s for item in own for s in (item.structure_a, item.structure_b))
        structure, count = min(named.items(), key=lambda entry: (-entry[1], str(entry[0])))
        if len(own) >= _FEWEST_ITEMS and count > CROWDED_SHARE * len(own):
            yield (
                f"{count} of {len(own)} {modality} items along {axis} name {structure}: "
                "knowing where it usually lies answers them without a picture"
            )
