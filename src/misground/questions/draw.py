"""Which items a benchmark holds: drawn over all cases at once, the same whatever the order of work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final, Literal

from misground.anatomy import PLANES, Plane, slice_axis_index
from misground.questions.balance import Balance, option_order, seed_number
from misground.questions.items import CasePlan, Item, relation_item, stack_item
from misground.questions.pools import Pools
from misground.questions.strata import Stratum, relation_kinds, strata, volume_plane
from misground.records import DIMENSIONS, MODALITIES, Modality, Task

Preset = Literal["mini", "paper", "pool"]

RELATION_QUESTIONS: Final = 24
LAY_QUESTIONS: Final = 9
STACK_QUESTIONS: Final = 2
PAPER_QUESTIONS: Final = 33_864
PAPER_DIRECTIONS: Final = 1_164
POOL_PER_CASE: Final[dict[Modality, int]] = {"ct": 2_757, "mri": 683}
STACK_TASKS: Final[tuple[Task, ...]] = ("slice_direction", "stack_order")
FEWEST_SLICES: Final = 3
"""Slices below which a stack has no direction to tell (ours)."""


@dataclass(frozen=True)
class DrawSettings:
    """What decides a draw beside the cases. lay: whether each relation item also gets the lay terms."""

    preset: Preset = "mini"
    seed: int = 0
    max_questions: int | None = None
    per_case: int | None = None
    lay: bool = False

    @property
    def relation_cost(self) -> int:
        """Questions that a relation item becomes."""
        return RELATION_QUESTIONS + (LAY_QUESTIONS if self.lay else 0)


def draw(plans: Iterable[CasePlan], settings: DrawSettings) -> list[Item]:
    """The items of a preset, sorted by case; plans in any order, case ids distinct."""
    ordered = sorted(plans, key=lambda plan: plan.case_id)
    drawer = _Drawer(ordered, settings)
    {"mini": drawer.mini, "paper": drawer.paper, "pool": drawer.pool}[settings.preset]()
    return sorted(drawer.items, key=_item_order)


def paper_counts(cases: int) -> tuple[int, int]:
    """(slice_direction items, relation items) of the `paper` preset for a number of cases.

    b slice_direction items, the largest multiple of 12 not above the number of cases (at most 1,164), and
    1,411 - b / 12 relation items: 33,864 questions.
    """
    directions = min(cases, PAPER_DIRECTIONS) // 12 * 12
    return directions, (PAPER_QUESTIONS - STACK_QUESTIONS * directions) // RELATION_QUESTIONS


class _Drawer:
    def __init__(self, plans: Sequence[CasePlan], settings: DrawSettings) -> None:
        self.plans = plans
        self.settings = settings
        self.pools = Pools(plans, settings.seed)
        self.balance = Balance()
        self.items: list[Item] = []
        self.questions = 0
        self.offset = seed_number("offset", settings.seed) % 8
        self.modalities = [m for m in MODALITIES if any(plan.modality == m for plan in plans)]
        self.strata = [stratum for modality in self.modalities for stratum in strata(modality)]

    def mini(self) -> None:
        """One relation item a (modality, dimension, plane, task), two small items a (modality, plane)."""
        for number, modality in enumerate(self.modalities):
            kinds = [
                (dimension, plane, task, axes)
                for dimension in DIMENSIONS
                for plane in PLANES
                for task, axes in relation_kinds(dimension, plane)
            ]
            for place, (dimension, plane, task, axes) in enumerate(kinds):
                start = (place // 2 + self.offset) % len(axes)
                for axis in axes[start:] + axes[:start]:
                    if self._relation(Stratum(modality, dimension, plane, task, axis), place + number):
                        break
            plans = cycle(self._spread(modality))
            for task in STACK_TASKS:
                for plane in PLANES:
                    self._stack_of_first(islice(plans, self._cases(modality)), plane, task)

    def paper(self) -> None:
        """Exactly 33,864 questions where the cases allow."""
        directions, relations = paper_counts(len(self.plans))
        limit = self.settings.max_questions
        if limit is not None:  # the same shares of a smaller whole
            directions = min(directions, directions * limit // PAPER_QUESTIONS // 12 * 12)
        self._slice_directions(directions)
        self._relations_in_turn(relations)

    def pool(self) -> None:
        """Up to the paper's average number of questions a case, in rounds over the cases."""
        cost = self.settings.relation_cost
        rounds = {m: POOL_PER_CASE[m] // cost for m in self.modalities}
        for turn in range(max(rounds.values(), default=0)):
            for place, plan in enumerate(self.plans):
                if turn < rounds[plan.modality]:
                    self._relation_of_case(plan, turn + place)
        for plan in self.plans:
            left = POOL_PER_CASE[plan.modality] - rounds[plan.modality] * cost
            kinds = [(task, plane) for task in STACK_TASKS for plane in PLANES]
            for task, plane in kinds[: left // STACK_QUESTIONS]:
                self._stack_of_first([plan], plane, task)

    def _relations_in_turn(self, most: int) -> None:
        """Items from each stratum in turn until there are `most` or nothing is left."""
        open_strata = list(self.strata)
        while open_strata and most > 0:
            for stratum in list(open_strata):
                if most > 0 and self._relation(stratum, self.strata.index(stratum)):
                    most -= 1
                elif most > 0:
                    open_strata.remove(stratum)

    def _relation_of_case(self, plan: CasePlan, turn: int) -> None:
        own = [stratum for stratum in self.strata if stratum.modality == plan.modality]
        for step in range(len(own)):
            place = (turn + step) % len(own)
            if self._relation(own[place], place, [plan.case_id]):
                return

    def _relation(self, stratum: Stratum, place: int, only: Sequence[str] | None = None) -> bool:
        cost = self.settings.relation_cost
        if not self._fits(cost):
            return False
        taken = self.pools.take(stratum, cost, self.settings.per_case, only)
        if taken is None:
            return False
        plan, row = taken
        reverses = (2,) if stratum.dimension == "3d" else (1,)
        sign, backwards, position = self.balance.next(stratum, (2, *reverses, 2), place + self.offset)
        self._add(
            relation_item(
                plan,
                row,
                sign=1 if sign else -1,
                stack_reversed=bool(backwards),
                option_order=option_order(position, 2),
            )
        )
        return True

    def _slice_directions(self, count: int) -> None:
        """`count` slice_direction items, one a case, planes in turn; a case's own volume where it fits."""
        left = {m: self._spread(m) for m in self.modalities}
        own = {
            plan.case_id: volume_plane(plan, turn)
            for modality in self.modalities
            for turn, plan in enumerate(p for p in self.plans if p.modality == modality)
        }
        for _ in range(count // len(PLANES)):  # a plane each, so that they balance within a modality
            modality = max(self.modalities, key=lambda m: len(left[m]) / self._cases(m))
            for plane in PLANES if len(left[modality]) >= len(PLANES) else ():
                fitting = [p for p in left[modality] if own[p.case_id] == plane]
                chosen = (fitting or left[modality])[0]
                left[modality].remove(chosen)
                self._stack_of_first([chosen], plane, "slice_direction")

    def _stack_of_first(self, plans: Iterable[CasePlan], plane: Plane, task: Task) -> None:
        """A slice_direction or stack_order item of the first case that may still give one."""
        if not self._fits(STACK_QUESTIONS):
            return
        for plan in plans:
            if plan.shape[slice_axis_index(plane)] < FEWEST_SLICES:
                continue
            if self.pools.affordable(plan.case_id, STACK_QUESTIONS, self.settings.per_case):
                self.pools.spend(plan.case_id, STACK_QUESTIONS)
                self._add(self._stack(plan, plane, task))
                return

    def _stack(self, plan: CasePlan, plane: Plane, task: Task) -> Item:
        options = 3 if task == "slice_direction" else 2
        backwards, position, variant = self.balance.next(
            (plan.modality, plane, task), (2, options, 2), PLANES.index(plane) + self.offset
        )
        order = option_order(position, options, variant)
        return stack_item(plan, plane, task, stack_reversed=bool(backwards), option_order=order)

    def _spread(self, modality: Modality) -> list[CasePlan]:
        """The cases of a modality in an order that the seed decides."""
        seed = self.settings.seed
        own = [plan for plan in self.plans if plan.modality == modality]
        return sorted(own, key=lambda plan: seed_number("spread", seed, plan.case_id))

    def _cases(self, modality: Modality) -> int:
        return sum(plan.modality == modality for plan in self.plans)

    def _fits(self, cost: int) -> bool:
        limit = self.settings.max_questions
        return limit is None or self.questions + cost <= limit

    def _add(self, item: Item) -> None:
        self.items.append(item)
        self.questions += self.settings.relation_cost if item.is_relation else STACK_QUESTIONS


def _item_order(item: Item) -> tuple[object, ...]:
    task = {"in_plane": 0, "cross_slice": 1, "slice_direction": 2, "stack_order": 3}[item.task]
    return (item.case_id, item.dimension, PLANES.index(item.plane), task, item.axis or "", item.item_id)
