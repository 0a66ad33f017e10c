"""Crossing items with the factors, which gives questions and their views."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from misground.anatomy import Axis
from misground.questions.items import Item, stable_hash
from misground.questions.text import answer_words, question_text, shown_options
from misground.records import COORDINATES, TERMS, Condition, Coordinates, Probe, Prompt, Task, Terms, ViewSpec


@dataclass(frozen=True)
class Question:
    """An item under one combination of the factors, or a probe; `view` is None for text_only."""

    item: Item
    coordinates: Coordinates
    prompt: Prompt
    terms: Terms
    condition: Condition
    text: str
    options: tuple[str, ...]
    answer: str
    view: ViewSpec | None
    probe: Probe | None = None

    @property
    def task(self) -> Task:
        """The item's task, but `naming` for that probe."""
        return "naming" if self.probe == "naming" else self.item.task

    @property
    def axis(self) -> Axis | None:
        """The item's axis; None for the probe `naming`, which is about no direction."""
        return None if self.probe == "naming" else self.item.axis

    @property
    def question_id(self) -> str:
        """Hash of the question's content."""
        return question_id(
            self.item.item_id, self.coordinates, self.prompt, self.terms, self.condition,
            self.text, self.options, self.answer, self.probe,
        )  # fmt: skip


def question_id(
    item_id: str,
    coordinates: str,
    prompt: str,
    terms: str,
    condition: str,
    text: str,
    options: tuple[str, ...],
    answer: str,
    probe: str | None = None,
) -> str:
    """Hash of an item, the factors, the text and the probe, if it is one."""
    kind = "question" if probe is None else f"question {probe}"
    return stable_hash(kind, item_id, coordinates, prompt, terms, condition, text, *options, answer)


def view_id(spec: ViewSpec) -> str:
    """Hash of a view's specification."""
    kind = "view" if spec.mirrored is None else f"view mirrored along the {spec.mirrored}"
    return stable_hash(
        kind, spec.case_id, spec.dimension, spec.plane, ",".join(map(str, spec.slices)),
        spec.coordinates, spec.prompt, spec.blank, *spec.structures,
    )  # fmt: skip


def combinations(item: Item, *, lay: bool = False) -> Iterator[tuple[Condition, Coordinates, Prompt, Terms]]:
    """The combinations of factors with which an item is crossed, in their order on disk.

    A relation item has 16 with a picture, 2 text-only and 6 on a blank canvas (with lay, 8 and 1 more of the
    first two). Any other item has 2, one for each coordinates.
    """
    if not item.is_relation:
        for coordinates in COORDINATES:
            yield "image", coordinates, "none", "anatomical"
        return
    terms = TERMS if lay else TERMS[:-1]
    prompts: tuple[Prompt, ...] = ("none", "mask", "box", "point")
    for coordinates in COORDINATES:
        for prompt in prompts:
            for term in terms:
                yield "image", coordinates, prompt, term
    for term in terms:
        yield "text_only", "viewing", "none", term
    for coordinates in COORDINATES:
        for prompt in prompts[1:]:
            yield "blank", coordinates, prompt, "colloquial"


def cross(item: Item, names: Mapping[str, str], *, lay: bool = False) -> list[Question]:
    """All questions of an item; `names` maps structure keys to English names."""
    asked = None
    if item.structure_a is not None and item.structure_b is not None:
        asked = (names[item.structure_a], names[item.structure_b])
    questions = []
    for condition, coordinates, prompt, terms in combinations(item, lay=lay):
        answers = answer_words(item, coordinates, terms)
        questions.append(
            Question(
                item=item,
                coordinates=coordinates,
                prompt=prompt,
                terms=terms,
                condition=condition,
                text=question_text(item, asked, terms, prompt, condition),
                options=shown_options(item, answers),
                answer=answers[0],
                view=None if condition == "text_only" else view_of(item, condition, coordinates, prompt),
            )
        )
    return questions


def item_views(item: Item) -> list[ViewSpec]:
    """The distinct views of an item without probes: 14 for a relation item, 2 for any other."""
    specs = [
        view_of(item, condition, coordinates, prompt)
        for condition, coordinates, prompt, _ in combinations(item)
        if condition != "text_only"
    ]
    return list(dict.fromkeys(specs))


def view_of(item: Item, condition: Condition, coordinates: Coordinates, prompt: Prompt) -> ViewSpec:
    """The view of an item under a condition, coordinates and a prompt."""
    asked = (
        () if item.structure_a is None or item.structure_b is None else (item.structure_a, item.structure_b)
    )
    return ViewSpec(
        case_id=item.case_id,
        dimension=item.dimension,
        plane=item.plane,
        slices=item.slices,
        coordinates=coordinates,
        prompt=prompt,
        blank=condition == "blank",
        structures=asked,
    )
