"""The trace keeps what the rule flipped and deferred, changes no token, and stays within its room."""

import pytest

torch = pytest.importorskip("torch")

from semsam import NeighborTable, SemanticSampling, rescore_with_info  # noqa: E402
from semsam.rule import Status  # noqa: E402
from semsam.trace import Trace, rescore_with_candidates  # noqa: E402

VOCAB, ROWS, STEPS = 60, 5, 150
SETTINGS = SemanticSampling(top_m=6, top_p=0.9)


def made_table() -> NeighborTable:
    dice = torch.Generator().manual_seed(1)
    ids = torch.stack([(torch.arange(5) * 7 + token) % VOCAB for token in range(VOCAB)])
    weights = torch.rand(VOCAB, 5, generator=dice).sort(1, descending=True).values
    weights[:, 0] = 1
    content = torch.ones(VOCAB, dtype=torch.bool)
    content[::20] = False
    return NeighborTable(ids, weights, content)


def logits_of(step: int) -> "torch.Tensor":
    return torch.randn(ROWS, VOCAB, generator=torch.Generator().manual_seed(step))


@pytest.mark.parametrize("mode", ["argmax", "softmax", "proportional"])
def test_the_rule_is_the_same_with_candidates(mode: str) -> None:
    table, settings = made_table(), SemanticSampling(top_m=6, top_p=0.9, mode=mode)
    noise = torch.rand(ROWS, generator=torch.Generator().manual_seed(2))
    for step in range(20):
        plain, info = rescore_with_info(logits_of(step), table, settings, noise)
        out, same, candidates = rescore_with_candidates(logits_of(step), table, settings, noise)
        assert torch.equal(plain, out)
        for name in ("status", "choice", "greedy", "candidates", "mass_moved"):
            assert torch.equal(getattr(info, name), getattr(same, name)), name
        assert torch.equal(candidates.chosen_from.sum(1), info.candidates)
        assert torch.equal(candidates.ids[:, 0], info.greedy)


def expected(row: int, ends: int) -> list[tuple[int, bool, int, int]]:
    """The flipped and deferred steps of a row, found step by step; a deferred step takes token 3."""
    found = []
    for step in range(ends):
        _, info = rescore_with_info(logits_of(step), made_table(), SETTINGS)
        deferred = int(info.status[row]) == Status.DEFERRED
        if deferred or bool(info.flipped[row]):
            choice = 3 if deferred else int(info.choice[row])
            found.append((step, deferred, choice, int(info.greedy[row])))
    return found


def traced(trace: Trace, ends: list[int]) -> Trace:
    table = made_table()
    for step in range(STEPS):
        _, info, candidates = rescore_with_candidates(logits_of(step), table, SETTINGS)
        token = torch.where(info.choice >= 0, info.choice, 3)
        trace.add(info, candidates, torch.tensor(ends) > step, token=token)
    return trace


def test_flipped_and_deferred_steps_are_kept_and_no_others() -> None:
    ends = [STEPS, 100, 1, 0, 64]
    found = traced(Trace(), ends).sequences()
    for row, end in enumerate(ends):
        told = [(one.position, one.deferred, one.choice, one.greedy) for one in found[row].steps]
        assert told == expected(row, end)
        assert found[row].left_out == 0
    assert {one.deferred for one in found[0].steps} == {True, False}
    assert found[3].steps == ()


def test_a_kept_step_holds_its_candidates() -> None:
    found = traced(Trace(), [STEPS] * ROWS).sequences()
    for row in range(ROWS):
        for one in found[row].steps:
            _, info, candidates = rescore_with_candidates(logits_of(one.position), made_table(), SETTINGS)
            count = int(info.candidates[row])
            assert [each.token for each in one.candidates] == candidates.ids[row, :count].tolist()
            assert [each.p for each in one.candidates] == candidates.p[row, :count].tolist()
            scores = candidates.score[row, :count].tolist()
            assert [each.score for each in one.candidates] == ([None] * count if one.deferred else scores)
            if not one.deferred:
                assert max(one.candidates, key=lambda each: each.score or 0).token == one.choice


def test_beyond_the_room_the_last_steps_of_each_kind_are_kept_and_the_others_counted() -> None:
    every = expected(0, STEPS)
    found = traced(Trace(most_flipped=7, most_deferred=2), [STEPS] * ROWS).sequences()[0]
    last = [one for one in every if not one[1]][-7:] + [one for one in every if one[1]][-2:]
    told = [(one.position, one.deferred, one.choice, one.greedy) for one in found.steps]
    assert told == sorted(last)
    assert found.left_out == len(every) - 9 > 0


def test_without_steps_there_are_no_sequences() -> None:
    assert Trace().sequences() == []


def test_keeping_steps_never_waits_for_the_device() -> None:
    class Away:
        """Neighbours on a device whose tensors have shapes and no values."""

        content = torch.ones(VOCAB, dtype=torch.bool, device="meta")
        vocab_size = VOCAB

        def rows(self, tokens: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
            shape = (*tokens.shape, 5)
            return torch.empty(shape, dtype=torch.int32, device="meta"), torch.empty(shape, device="meta")

    trace = Trace()
    for _ in range(STEPS):
        logits = torch.empty(ROWS, VOCAB, device="meta")
        _, info, candidates = rescore_with_candidates(logits, Away(), SETTINGS)
        trace.add(info, candidates, torch.ones(ROWS, dtype=torch.bool, device="meta"))
    with pytest.raises((NotImplementedError, RuntimeError), match=r"[Mm]eta"):
        trace.sequences()
