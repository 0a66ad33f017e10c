"""An item as stored in the files, with all its questions and views, and what else its checks need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from misground.anatomy import ScreenAxis, axis_index, in_plane_axes, structure_table
from misground.benchmark.settings import BuildSettings
from misground.benchmark.validate.rows import StoredQuestion, StoredView
from misground.coordinates import on_screen
from misground.questions import THRESHOLDS, Item
from misground.questions.names import asked_names
from misground.questions.text import answer_words
from misground.questions.truth import Thresholds
from misground.records import PROBES, CaseFacts, ViewSpec


@dataclass(frozen=True)
class ItemRecord:
    """An item as stored.

    Attributes:
        rows: its questions in file order without probes, at least one.
        views: the views that the questions name, in file order; those that are mirrored are checked apart.
        probes: its probes in file order.
    """

    rows: tuple[StoredQuestion, ...]
    views: tuple[StoredView, ...] = ()
    probes: tuple[StoredQuestion, ...] = ()

    @property
    def first(self) -> StoredQuestion:
        """The row from which facts are read; `check_crossing` compares the others with it."""
        return self.rows[0]

    @property
    def label(self) -> str:
        """The item's name in messages."""
        return f"case {self.first.case_id}, item {self.first.item_id}"

    @property
    def slices(self) -> tuple[int, ...] | None:
        """RAS+ indices in display order; None if no view was found."""
        return self.views[0].slices if self.views else None

    @property
    def sign(self) -> int | None:
        """The sign of A minus B in the evidence; for stack_order, the direction of the stack."""
        if self.first.evidence is not None:
            return 1 if self.first.evidence[1] > 0 else -1
        if self.first.task == "stack_order":
            return -1 if self.first.stack_reversed else 1
        return None

    @cached_property
    def by_view_id(self) -> Mapping[str, StoredView]:
        """The views by id."""
        return {view.view_id: view for view in self.views}

    def spec(self, view: StoredView) -> ViewSpec:
        """The specification of one of the views."""
        a, b = self.first.structure_a, self.first.structure_b
        return ViewSpec(
            case_id=view.case_id,
            dimension=view.dimension,
            plane=view.plane,
            slices=view.slices,
            coordinates=view.coordinates,
            prompt=view.prompt,
            blank=view.blank,
            structures=() if a is None or b is None else (a, b),
            mirrored=self._mirror_axis() if view.mirrored else None,
        )

    def _mirror_axis(self) -> ScreenAxis | None:
        row = self.first
        if not row.is_relation or row.axis is None:
            return None
        return "frame" if row.task == "cross_slice" else on_screen(row.plane, "viewing", row.axis)[0]

    def shown(self) -> Iterator[tuple[StoredQuestion, StoredView]]:
        """The questions with a picture, each with its view, if the view was found."""
        for row in self.rows:
            view = self.by_view_id.get(row.view_id or "")
            if view is not None:
                yield row, view


@dataclass
class Context:
    """What an item's checks need in addition to it.

    Attributes:
        case: the facts about its case.
        settings: the settings of the build.
        names: structure key -> English name, completed during the checks.
    """

    case: CaseFacts
    settings: BuildSettings
    names: dict[str, str] = field(default_factory=dict)

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds for relations in this region of the body."""
        return THRESHOLDS[self.case.region]

    def fine(self, view: StoredView) -> bool:
        """Whether no pixel is larger than a voxel; with larger pixels, sampling may miss thin parts."""
        first, second = (self.case.shape[axis_index(axis)] for axis in in_plane_axes(view.plane))
        rows, columns = (first, second) if view.coordinates == "storage" else (second, first)
        return view.height >= rows and view.width >= columns

    def asked_names(self, record: ItemRecord) -> tuple[str, str] | None:
        """The English names of the asked structures; None if the question is about none.

        A structure declared by a user's data set is not in the structure table: its name is read from the
        first text that asks about it, and all other texts must use the same name.
        """
        a, b = record.first.structure_a, record.first.structure_b
        if a is None or b is None:
            return None
        for key, shown in zip((a, b), _first_asked(record) or (a, b), strict=True):
            known = structure_table().structures.get(key)
            self.names.setdefault(key, known.name if known else shown)
        return self.names[a], self.names[b]


def settings_from(manifest: Mapping[str, Any]) -> tuple[BuildSettings, list[str]]:
    """The settings in a manifest, and the problems with them; defaults replace unusable values."""
    stored = manifest.get("settings")
    defaults = BuildSettings().as_dict()
    if not isinstance(stored, dict):
        return BuildSettings(), ["manifest.json: settings is missing"]
    problems = [f"manifest.json: setting {name} is missing" for name in defaults if name not in stored]
    usable: dict[str, Any] = {}
    for name in ("lay", "allow_name_hints", "keep_contradicting", "hash_case_ids"):
        if isinstance(stored.get(name), bool):
            usable[name] = stored[name]
        elif name in stored:
            problems.append(f"manifest.json: setting {name} is {stored[name]!r}, expected true or false")
    if stored.get("window") in ("soft", "lung", "bone"):
        usable["window"] = stored["window"]
    elif "window" in stored:
        problems.append(f"manifest.json: setting window is {stored['window']!r}, expected soft, lung or bone")
    named = stored.get("probes")
    probes = tuple(probe for probe in PROBES if isinstance(named, list) and probe in named)
    if named == list(probes):
        usable["probes"] = probes
    elif "probes" in stored:
        problems.append(f"manifest.json: setting probes is {named!r}, expected a list of {', '.join(PROBES)}")
    degrees = stored.get("max_oblique_degrees")
    if isinstance(degrees, int | float) and 0 <= degrees <= 90:
        usable["max_oblique_degrees"] = float(degrees)
    elif "max_oblique_degrees" in stored:
        problems.append(f"manifest.json: setting max_oblique_degrees is {degrees!r}, expected 0 to 90")
    return replace(BuildSettings(), **usable), problems


def rebuilt(record: ItemRecord, case: CaseFacts) -> Item | None:
    """The item that the first row describes; None if its options do not match its possible answers."""
    row = record.first
    item = Item(
        case_id=row.case_id,
        modality=row.modality,
        knee_side=case.side,
        dimension=row.dimension,
        plane=row.plane,
        task=row.task,
        axis=row.axis,
        slices=record.slices or (),
        stack_reversed=row.stack_reversed,
        option_order=(0, 1),
        sign=record.sign,
        structure_a=row.structure_a,
        structure_b=row.structure_b,
        p_a_greater=None if row.evidence is None else row.evidence[0],
        delta_mm=None if row.evidence is None else row.evidence[1],
        shared_frames=row.shared_frames,
        name_hint=row.name_hint,
    )
    answers = answer_words(item, row.coordinates, row.terms)
    if sorted(answers) != sorted(row.options):
        return None
    return replace(item, option_order=tuple(answers.index(option) for option in row.options))


def _first_asked(record: ItemRecord) -> tuple[str, ...]:
    for row in record.rows:
        if row.condition != "blank" and row.prompt == "none":
            return asked_names(row.text)
    return ()
