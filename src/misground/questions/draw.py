"""Drawing the items of a benchmark over all cases at once, independently of the order of work.

If --max-questions cuts a preset short, all its parts are still represented, because items are drawn in turn
over modalities, dimensions, planes and tasks.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import cycle, islice

from misground.anatomy import PLANES, Plane
from misground.questions.draw_settings import (
    LEAST_SHARE,
    PAPER_DIRECTIONS,
    PAPER_QUESTIONS,
    POOL_PER_CASE,
    RELATION_QUESTIONS,
    STACK_QUESTIONS,
    STACK_TASKS,
    DrawSettings,
)
from misground.questions.drawer import Drawer, evenly_merged
from misground.questions.items import CasePlan, Item
from misground.questions.probes import with_naming_orders
from misground.questions.strata import Stratum, kinds_in_turn, relation_kinds, volume_plane
from misground.records import TASKS, Modality, Task


def draw(plans: Iterable[CasePlan], settings: DrawSettings) -> list[Item]:
    """The items of a preset, sorted by case; plans may come in any order, with distinct case ids."""
    drawer = Drawer(sorted(plans, key=lambda plan: plan.facts.case_id), settings)
    {"mini": _mini, "paper": _paper, "pool": _pool}[settings.preset](drawer)
    return with_naming_orders(sorted(drawer.items, key=_item_order), settings.seed)


def paper_counts(cases: int) -> tuple[int, int]:
    """(slice_direction items, relation items) of the `paper` preset for a number of cases.

    There are b slice_direction items, the largest multiple of 12 not above the number of cases (at most
    1,164), and 1,411 - b / 12 relation items, which makes 33,864 questions.
    """
    directions = min(cases, PAPER_DIRECTIONS) // 12 * 12
    return directions, (PAPER_QUESTIONS - STACK_QUESTIONS * directions) // RELATION_QUESTIONS


def _mini(drawer: Drawer) -> None:
    """One relation item per (modality, dimension, plane, task), two stack items per (modality, plane)."""
    for task in STACK_TASKS:
        for modality in drawer.modalities:
            plans = drawer.spread(modality)
            turns = cycle(plans if task == STACK_TASKS[0] else plans[::-1])
            for plane in PLANES:
                drawer.stack(islice(turns, len(plans)), plane, task)
    for place, (dimension, plane, task) in enumerate(kinds_in_turn()):
        axes = dict(relation_kinds(dimension, plane))[task]
        for number, modality in enumerate(drawer.modalities):
            first = (place // 2 + drawer.offset + number) % len(axes)
            for axis in axes[first:] + axes[:first]:
                if drawer.relation(Stratum(modality, dimension, plane, task, axis), place + number):
                    break


def _paper(drawer: Drawer) -> None:
    """Exactly 33,864 questions if the cases allow it, of each modality in proportion to its cases."""
    directions, relations = paper_counts(len(drawer.plans))
    limit = drawer.settings.max_questions
    if limit is not None and limit < PAPER_QUESTIONS:  # the same proportions of a smaller total
        share = max(len(PLANES), PAPER_DIRECTIONS * limit // PAPER_QUESTIONS)
        directions = min(len(drawer.plans), share) // len(PLANES) * len(PLANES)
    _slice_directions(drawer, directions)
    places = {stratum: place for own in drawer.strata.values() for place, stratum in enumerate(own)}
    waiting = {modality: deque(own) for modality, own in drawer.strata.items()}
    shares = modality_shares(Counter(plan.facts.modality for plan in drawer.plans))
    cost = drawer.settings.relation_cost
    while waiting and relations > 0:
        modality = min(waiting, key=lambda m: (2 * drawer.questions[m] + cost) / shares[m])
        stratum = waiting[modality].popleft()
        if drawer.relation(stratum, places[stratum]):
            waiting[modality].append(stratum)
            relations -= 1
        elif not waiting[modality]:
            del waiting[modality]


def modality_shares(cases: Mapping[Modality, int]) -> dict[Modality, Fraction]:
    """The share of each modality in `paper`: that of its cases, but at least a tenth."""
    few = {modality for modality, count in cases.items() if count < LEAST_SHARE * sum(cases.values())}
    rest = sum(count for modality, count in cases.items() if modality not in few)
    return {
        modality: LEAST_SHARE if modality in few else (1 - LEAST_SHARE * len(few)) * Fraction(count, rest)
        for modality, count in cases.items()
    }


def _slice_directions(drawer: Drawer, count: int) -> None:
    """`count` slice_direction items, one per case, planes in turn, preferably in a case's own plane."""
    left = {m: drawer.spread(m) for m in drawer.modalities}
    cases = {m: len(own) for m, own in left.items()}
    own_plane = {
        plan.facts.case_id: volume_plane(plan, turn)
        for modality in drawer.modalities
        for turn, plan in enumerate(p for p in drawer.plans if p.facts.modality == modality)
    }
    for _ in range(count // len(PLANES)):  # all three planes of one modality, so that they are balanced in it
        modality = max(drawer.modalities, key=lambda m: len(left[m]) / cases[m])
        for plane in PLANES if len(left[modality]) >= len(PLANES) else ():
            by_fit = sorted(left[modality], key=lambda plan: own_plane[plan.facts.case_id] != plane)
            chosen = drawer.stack(by_fit, plane, "slice_direction")
            if chosen is not None:
                left[modality].remove(chosen)


def _pool(drawer: Drawer) -> None:
    """Up to the paper's average number of questions per case, in rounds over the cases."""
    cost, per_case = drawer.settings.relation_cost, drawer.settings.per_case
    quota = {m: min(POOL_PER_CASE[m], per_case or POOL_PER_CASE[m]) for m in drawer.modalities}
    rounds = {m: quota[m] // cost for m in drawer.modalities}
    small = {m: (quota[m] - rounds[m] * cost) // STACK_QUESTIONS for m in drawer.modalities}
    plans = drawer.spread_evenly()
    _pool_stacks(drawer, plans, small)
    for turn in range(max(rounds.values(), default=0)):
        for plan in plans:
            if turn < rounds[plan.facts.modality]:
                _relation_of_case(drawer, plan)


def _pool_stacks(drawer: Drawer, plans: list[CasePlan], small: dict[Modality, int]) -> None:
    """The stack items of a pool; in a limited pool, the same proportion, but at least a few."""
    kinds = [task for _ in PLANES for task in STACK_TASKS]
    most = sum(min(small[plan.facts.modality], len(kinds)) for plan in plans)
    limit = drawer.settings.max_questions
    if limit is not None:
        whole = sum(POOL_PER_CASE[plan.facts.modality] for plan in plans)
        most = min(most, max(len(kinds) * len(drawer.modalities), most * limit // whole))
    for turn, task in enumerate(kinds):
        orders = [
            _round_of_stacks(drawer, drawer.spread(m), task, turn // len(STACK_TASKS))
            for m in drawer.modalities
            if turn < small[m]
        ]
        for plan, plane in evenly_merged(orders):
            if most > 0 and drawer.stack([plan], plane, task) is not None:
                most -= 1


def _round_of_stacks(
    drawer: Drawer, plans: list[CasePlan], task: Task, turn: int
) -> list[tuple[CasePlan, Plane]]:
    """Each case with its plane of this turn, the rarest plane first, so that any first part is balanced.

    Over three turns, each case has each plane once.
    """
    waiting: dict[Plane, list[CasePlan]] = {plane: [] for plane in PLANES}
    for place, plan in enumerate(plans):
        waiting[PLANES[(place + turn) % len(PLANES)]].append(plan)
    used = Counter({plane: drawer.planes[plans[0].facts.modality, task, plane] for plane in PLANES})
    order: list[tuple[CasePlan, Plane]] = []
    while any(waiting.values()):
        plane = min((plane for plane in PLANES if waiting[plane]), key=lambda plane: used[plane])
        used[plane] += 1
        order.append((waiting[plane].pop(0), plane))
    return order


def _relation_of_case(drawer: Drawer, plan: CasePlan) -> None:
    """A relation item of one case, from the stratum that is rarest so far."""
    own = drawer.strata[plan.facts.modality]
    for place in sorted(range(len(own)), key=lambda place: drawer.drawn[own[place]]):
        if drawer.relation(own[place], place, [plan.facts.case_id]):
            return


def _item_order(item: Item) -> tuple[object, ...]:
    task = TASKS.index(item.task)
    return (item.case_id, item.dimension, PLANES.index(item.plane), task, item.axis or "", item.item_id)
