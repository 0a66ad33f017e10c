"""Drawing single items: balanced, counted, and within the limits in total and per case."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np

from misground.anatomy import PLANES, SLICE_AXIS, Plane, axis_sign, slice_axis_index
from misground.questions.balance import Balance, option_order, seed_number
from misground.questions.draw_settings import FEWEST_SLICES, STACK_QUESTIONS, DrawSettings
from misground.questions.items import CasePlan, Item, pair_slices, relation_item, stack_item
from misground.questions.pools import Pools
from misground.questions.ranges import StackRanges
from misground.questions.strata import Stratum, strata
from misground.questions.truth import THRESHOLDS
from misground.records import MODALITIES, TASKS, Modality, Task

Entry = TypeVar("Entry")


def evenly_merged(lists: Sequence[Sequence[Entry]]) -> list[Entry]:
    """The lists merged, each in its order, so that any first part contains them in proportion."""
    placed = [
        ((place + 0.5) / len(entries), number, entry)
        for number, entries in enumerate(lists)
        for place, entry in enumerate(entries)
    ]
    return [entry for _, _, entry in sorted(placed, key=lambda entry: entry[:2])]


class Drawer:
    """The items drawn so far from the plans of all cases, sorted by case id."""

    def __init__(self, plans: Sequence[CasePlan], settings: DrawSettings) -> None:
        self.plans = plans
        self.settings = settings
        self.items: list[Item] = []
        self.questions: Counter[Modality] = Counter()
        self.offset = settings.seed % 8
        self.modalities = [m for m in MODALITIES if any(plan.facts.modality == m for plan in plans)]
        self.strata = {m: list(strata(m)) for m in self.modalities}
        self.drawn: Counter[Stratum] = Counter()
        self._pools = Pools(plans, settings.seed)
        self._balance = Balance()
        self._ranges = StackRanges()
        self.planes: Counter[tuple[Modality, Task, Plane]] = Counter()
        self._given: dict[tuple[str, Task], set[Plane]] = defaultdict(set)

    def spread(self, modality: Modality) -> list[CasePlan]:
        """The cases of a modality in an order determined by the seed."""
        own = [plan for plan in self.plans if plan.facts.modality == modality]
        return sorted(own, key=lambda plan: seed_number("spread", self.settings.seed, plan.facts.case_id))

    def spread_evenly(self) -> list[CasePlan]:
        """All cases, so that any first part of them contains the modalities in proportion."""
        return evenly_merged([self.spread(modality) for modality in self.modalities])

    def relation(self, stratum: Stratum, place: int, only: Sequence[str] | None = None) -> bool:
        """Draw a relation item of a stratum.

        Args:
            stratum: the stratum.
            place: the stratum's position among all strata, which shifts the levels of its first item.
            only: ids of the cases to draw from; None for all.

        Returns:
            Whether an item was left to draw.
        """
        cost = self.settings.relation_cost
        if not self._fits(cost):
            return False
        taken = self._pools.take(stratum, cost, self.settings.per_case, only)
        if taken is None:
            return False
        plan, row = taken
        sizes = (2, 2, 2) if stratum.dimension == "3d" else (2, 1, 2)
        plus = axis_sign(stratum.axis, plan.facts.side)
        # Knees and torsos of one stratum have different words along x, so each are balanced on their own.
        kind = stratum, plan.facts.region if stratum.axis == "x" else None
        higher, backwards, position = self._balance.next(kind, sizes, place + self.offset)
        self.drawn[stratum] += 1
        sign = plus if higher else -plus
        self._add(
            relation_item(
                plan,
                row,
                sign=sign,
                slices=self._slices(stratum, plan, row, sign),
                stack_reversed=bool(backwards),
                option_order=option_order(position, 2),
            )
        )
        return True

    def _slices(self, stratum: Stratum, plan: CasePlan, row: np.void, sign: int) -> tuple[int, ...]:
        close = pair_slices(plan, row)
        if stratum.task != "cross_slice":
            return close
        of_a_and_b = plan.pair_in_slices(row)[:: 1 if row["sign"] == sign else -1]
        return self._ranges.slices(stratum, close, of_a_and_b, sign, THRESHOLDS[plan.facts.region])

    def stack(self, plans: Iterable[CasePlan], plane: Plane, task: Task) -> CasePlan | None:
        """Draw a slice_direction or stack_order item from the first of the cases that can still provide it.

        Returns:
            That case; None if there is none.
        """
        if not self._fits(STACK_QUESTIONS):
            return None
        for plan in plans:
            if self._may_give(plan, plane, task):
                self._pools.spend(plan.facts.case_id, STACK_QUESTIONS)
                self.planes[plan.facts.modality, task, plane] += 1
                self._given[plan.facts.case_id, task].add(plane)
                self._add(self._stack_item(plan, plane, task))
                return plan
        return None

    def _may_give(self, plan: CasePlan, plane: Plane, task: Task) -> bool:
        return (
            plan.facts.shape[slice_axis_index(plane)] >= FEWEST_SLICES
            and plane not in self._given[plan.facts.case_id, task]
            and self._pools.affordable(plan.facts.case_id, STACK_QUESTIONS, self.settings.per_case)
        )

    def _stack_item(self, plan: CasePlan, plane: Plane, task: Task) -> Item:
        options = 3 if task == "slice_direction" else 2
        stratum, turn = (plan.facts.modality, plane, task), self._turn(plan.facts.modality, plane, task)
        # Along a knee's x, the word is the direction times the side: the sides alternate in opposite ways.
        side = plan.facts.side if task == "stack_order" and SLICE_AXIS[plane] == "x" else None
        (backwards,) = self._balance.next((stratum, side), (2,), turn + (side == "left"))
        position, variant = self._balance.next((stratum, bool(backwards)), (options, 2), turn)
        order = option_order(position, options, variant)
        return stack_item(plan, plane, task, stack_reversed=bool(backwards), option_order=order)

    def _turn(self, modality: Modality, plane: Plane, task: Task) -> int:
        """The offset of a stratum of stack items, different for each plane, task and modality."""
        turn = PLANES.index(plane) + TASKS.index(task) + self.modalities.index(modality)
        return turn + self.offset

    def _fits(self, cost: int) -> bool:
        limit = self.settings.max_questions
        return limit is None or self.questions.total() + cost <= limit

    def _add(self, item: Item) -> None:
        self.items.append(item)
        self.questions[item.modality] += self.settings.relation_cost if item.is_relation else STACK_QUESTIONS
