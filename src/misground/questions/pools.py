"""Choosing candidates: spread over cases and structures, with name hints that cancel out."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from misground.questions.balance import scramble, seed_number
from misground.questions.items import CasePlan
from misground.questions.strata import Stratum, rows_by_stratum, tiers
from misground.records import Modality


@dataclass
class _CasePool:
    """The remaining candidates of one case; `lowest` is the lowest tier in each stratum."""

    plan: CasePlan
    tier: NDArray[np.int64]
    chance: NDArray[np.uint64]
    pointing: NDArray[np.int64]
    rows: dict[Stratum, NDArray[np.intp]]
    lowest: dict[Stratum, int]
    order: int
    questions: int = 0
    drawn: Counter[Stratum] = field(default_factory=Counter)


class Pools:
    """All candidates of all cases; each choice is the least used one, with ties broken by a hash."""

    def __init__(self, plans: Sequence[CasePlan], seed: int) -> None:
        turns: Counter[Modality] = Counter()
        self.cases: dict[str, _CasePool] = {}
        for plan in plans:
            turn = turns[plan.facts.modality]
            turns[plan.facts.modality] += 1
            number = seed_number("case", seed, plan.facts.case_id)
            rows = plan.candidates
            tier, by_stratum = tiers(plan, turn), rows_by_stratum(plan)
            self.cases[plan.facts.case_id] = _CasePool(
                plan=plan,
                tier=tier,
                chance=scramble(number, len(rows)),
                # +1: the direction words in the names suggest the correct answer, -1: the wrong one.
                pointing=rows["hint_guess"].astype(np.int64) * rows["sign"],
                rows=by_stratum,
                lowest={stratum: int(tier[own].min()) for stratum, own in by_stratum.items()},
                order=number,
            )
        self._by_stratum: dict[Stratum, list[str]] = defaultdict(list)
        for case_id, pool in self.cases.items():
            for stratum in pool.rows:
                self._by_stratum[stratum].append(case_id)
        self._structures: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._pointing: Counter[tuple[str, str, str]] = Counter()

    def take(
        self, stratum: Stratum, cost: int, case_limit: int | None, only: Collection[str] | None = None
    ) -> tuple[CasePlan, np.void] | None:
        """The next candidate of a stratum, from the least used case.

        Args:
            stratum: the stratum.
            cost: number of questions that the candidate becomes.
            case_limit: most questions per case; None for no limit.
            only: ids of the cases to choose from; None for all.

        Returns:
            The case and the candidate; None if none is left.
        """
        names = self._by_stratum[stratum] if only is None else [c for c in only if c in self.cases]
        waiting = [
            (pool.lowest[stratum], pool.drawn[stratum], pool.questions, pool.order, name)
            for name in names
            if stratum in (pool := self.cases[name]).lowest and self.affordable(name, cost, case_limit)
        ]
        heapq.heapify(waiting)
        while waiting:
            pool = self.cases[heapq.heappop(waiting)[-1]]
            row = self._best_row(pool, stratum)
            if row is not None:
                return self._use(pool, stratum, row, cost)
        return None

    def _best_row(self, pool: _CasePool, stratum: Stratum) -> int | None:
        rows = pool.rows[stratum]
        tally = self._pointing[_words_key(stratum)]
        rows = rows[pool.pointing[rows] * tally <= 0]
        if not rows.size:
            return None
        rows = rows[pool.tier[rows] == pool.tier[rows].min()]
        keys = pool.plan.facts.structures

        def used(row: int) -> tuple[bool, int, int, int]:
            candidate = pool.plan.candidates[row]
            a, b = (keys[candidate[name]] for name in ("a", "b"))
            return (
                not candidate["halves"],
                self._pairs[a, b],
                self._structures[a] + self._structures[b],
                int(pool.chance[row]),
            )

        best: int = min(rows.tolist(), key=used)
        return best

    def _use(self, pool: _CasePool, stratum: Stratum, row: int, cost: int) -> tuple[CasePlan, np.void]:
        left = pool.rows[stratum][pool.rows[stratum] != row]
        pool.rows[stratum] = left
        if left.size:
            pool.lowest[stratum] = int(pool.tier[left].min())
        else:
            del pool.lowest[stratum]
        pool.drawn[stratum] += 1
        pool.questions += cost
        candidate = pool.plan.candidates[row]
        a, b = (pool.plan.facts.structures[candidate[name]] for name in ("a", "b"))
        self._pairs[a, b] += 1
        self._structures.update((a, b))
        self._pointing[_words_key(stratum)] += int(pool.pointing[row])
        return pool.plan, candidate

    def spend(self, case_id: str, questions: int) -> None:
        """Count questions of a case that do not come from its candidates."""
        self.cases[case_id].questions += questions

    def affordable(self, case_id: str, cost: int, case_limit: int | None) -> bool:
        """Whether a case may have `cost` more questions."""
        return case_limit is None or self.cases[case_id].questions + cost <= case_limit


def _words_key(stratum: Stratum) -> tuple[str, str, str]:
    return stratum.modality, stratum.task, stratum.axis
