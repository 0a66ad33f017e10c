"""The rule against the reference in plain Python, on rows and tables of every kind."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from semsam import NeighborTable, SemanticSampling, Status, reference, rescore_with_info

INF = float("inf")


def exact_parts(draw, vocab, k, weight, share):
    """A table of `vocab` tokens with weights from `weight`; one in `share` + 1 no content (None: none)."""
    kinds = [True] if share is None else [True] * share + [False]
    content = draw(st.lists(st.sampled_from(kinds), min_size=vocab, max_size=vocab))
    known = [token for token in range(vocab) if content[token]]
    ids, weights = np.full((vocab, k), -1), np.zeros((vocab, k))
    for token in known:
        others = [other for other in known if other != token]
        near = draw(st.lists(st.sampled_from(others), max_size=k - 1, unique=True)) if others else []
        values = sorted((draw(weight) for _ in near), reverse=True)
        ids[token, : 1 + len(near)] = [token, *near]
        weights[token, : 1 + len(near)] = [1, *values]
    return NeighborTable(ids, weights, content)


@st.composite
def tables(draw, weight, share=6, smallest=1):
    size = draw(st.integers(smallest, 24))
    return exact_parts(draw, size, draw(st.integers(1, 6)), weight, share)


SETTINGS = st.builds(
    SemanticSampling,
    top_m=st.integers(1, 30),
    top_p=st.one_of(st.floats(0.01, 1), st.just(1.0)),
    temperature=st.floats(0.05, 4),
    mode=st.sampled_from(["argmax", "softmax", "proportional"]),
    tau=st.floats(0.02, 2),
)
LOGIT = st.one_of(st.floats(-30, 30, width=32), st.sampled_from([0.0, -0.0, 1.0, -INF, -3e38]))
WILD = st.one_of(LOGIT, st.sampled_from([INF, float("nan")]))


def lists(table):
    return table.ids.tolist(), table.weights.tolist(), table.content.tolist()


def near(row, settings, table, noise, info):
    """Whether the outcome of a row is the reference's, or lies within rounding of it."""
    ids, weights, content = lists(table)
    status, choice = Status(int(info.status)), int(info.choice)
    outcomes = []
    for shift in (0.0, -1e-5, 1e-5):  # a prefix that ends within rounding of top_p may end a token off
        top_p = settings.top_p if settings.top_p == 1 else min(max(settings.top_p + shift, 1e-9), 1.0)
        moved = replace(settings, top_p=top_p)
        found = reference.candidates(row, moved)
        if found is None:
            return status == Status.INVALID
        chosen, p = found
        if not all(content[c] for c in chosen):
            outcomes.append(status == Status.DEFERRED)
        elif status != Status.FIRED or choice not in chosen:
            outcomes.append(False)
        else:
            score = reference.scores(chosen, p, ids, weights, settings.sign)
            if settings.mode == "argmax":
                outcomes.append(score[chosen.index(choice)] >= max(score) - 1e-5)
            else:
                edges = np.concatenate([[0.0], np.cumsum(reference.shares(score, moved))])
                place = chosen.index(choice)
                outcomes.append(edges[place] - 1e-4 <= noise <= edges[place + 1] + 1e-4)
    return any(outcomes)


@examples(max_examples=300)
@given(st.data(), SETTINGS)
def test_agrees_with_the_reference_within_rounding(data, settings):
    table = data.draw(tables(st.floats(-1, 1, width=32)))
    rows = data.draw(
        st.lists(st.lists(WILD, min_size=table.vocab_size, max_size=table.vocab_size), min_size=1, max_size=4)
    )
    noise = torch.tensor(data.draw(st.lists(st.floats(0, 0.99), min_size=len(rows), max_size=len(rows))))
    logits = torch.tensor(rows, dtype=torch.float32)
    out, info = rescore_with_info(logits, table, settings, noise)
    for index, row in enumerate(logits.tolist()):
        of_row = type(info)(*(getattr(info, name)[index] for name in info.__slots__))
        assert near(row, settings, table, float(noise[index]), of_row)
        if of_row.status != Status.FIRED:
            assert torch.equal(out[index].view(torch.int32), logits[index].view(torch.int32))
        else:
            expected = torch.full_like(out[index], -INF)
            expected[of_row.choice] = 0
            assert torch.equal(out[index], expected)


@examples(max_examples=300)
@given(st.data(), st.integers(1, 30), st.integers(1, 1024))
def test_agrees_to_the_bit_where_the_arithmetic_is_exact(data, top_m, top_p):
    """Probabilities in multiples of 2^-10 and weights of 2^-4, against fractions."""
    table = data.draw(tables(st.integers(-16, 16).map(lambda n: n / 16)))
    vocab = table.vocab_size
    cuts = sorted(data.draw(st.lists(st.integers(0, 1024), min_size=vocab - 1, max_size=vocab - 1)))
    counts = [b - a for a, b in zip([0, *cuts], [*cuts, 1024], strict=True)]
    logits = torch.tensor(counts, dtype=torch.float64).log().float().unsqueeze(0)
    _, info = rescore_with_info(logits, table, SemanticSampling(top_m=top_m, top_p=top_p / 1024))

    ordered = sorted((t for t in range(vocab) if counts[t]), key=lambda t: (-counts[t], t))[:top_m]
    size = next(
        (n for n in range(1, len(ordered)) if sum(counts[t] for t in ordered[:n]) >= top_p), len(ordered)
    )
    chosen = ordered if top_p == 1024 else ordered[:size]
    assert int(info.candidates) == len(chosen)
    if not all(table.content[c] for c in chosen):
        assert int(info.status) == Status.DEFERRED
        return
    ids, weights, _ = lists(table)
    score = {
        c: sum(
            max(Fraction(w), Fraction(0)) * counts[i]
            for i, w in zip(ids[c], weights[c], strict=True)
            if i >= 0
        )
        for c in chosen
    }
    assert int(info.choice) == max(chosen, key=lambda c: (score[c], counts[c], -c))


@examples(max_examples=300)
@given(st.data(), SETTINGS)
def test_a_batch_equals_its_rows_alone(data, settings):
    table = data.draw(tables(st.floats(-1, 1, width=32)))
    rows = data.draw(
        st.lists(st.lists(WILD, min_size=table.vocab_size, max_size=table.vocab_size), min_size=2, max_size=5)
    )
    each = [data.draw(st.sampled_from([settings, None, replace(settings, top_m=2)])) for _ in rows]
    logits = torch.tensor(rows, dtype=torch.float32)
    out, _ = rescore_with_info(logits, table, SemanticSampling.stack(each))
    for index, one in enumerate(each):
        row = logits[index : index + 1]
        solo = row if one is None else rescore_with_info(row, table, one)[0]
        assert torch.equal(out[index].view(torch.int32), solo[0].view(torch.int32))


@pytest.mark.parametrize("vocab", [1024, 32000, 32001, 49152, 151936])
@pytest.mark.parametrize("batch", [3, 64])
def test_a_batch_of_real_width_equals_its_rows_alone(vocab, batch):
    generator = torch.Generator().manual_seed(vocab)
    logits = torch.randn(batch, vocab, generator=generator) * 3
    ids = torch.randint(0, vocab, (vocab, 8), generator=generator)
    weights = torch.rand(vocab, 8, generator=generator).sort(1, descending=True).values
    ids[:, 0], weights[:, 0] = torch.arange(vocab), 1.0
    table = NeighborTable(ids, weights, torch.ones(vocab))
    for mode in ("argmax", "proportional"):
        settings = SemanticSampling(temperature=0.5, mode=mode)
        out, info = rescore_with_info(logits, table, settings)
        for index in (0, 1, batch - 1):
            solo, solo_info = rescore_with_info(logits[index : index + 1], table, settings)
            assert torch.equal(out[index], solo[0])
            assert info.mass_moved[index] == solo_info.mass_moved[0]


@given(st.data(), SETTINGS.map(lambda s: replace(s, mode="argmax")))
def test_without_neighbours_or_with_one_candidate_it_is_greedy(data, settings):
    table = data.draw(tables(st.floats(-1, 1, width=32), share=None))
    row = data.draw(st.lists(LOGIT, min_size=table.vocab_size, max_size=table.vocab_size))
    logits = torch.tensor([row])
    identity = NeighborTable(table.ids[:, :1], table.weights[:, :1], table.content)
    for neighbors, how in ((identity, settings), (table, replace(settings, top_m=1))):
        _, info = rescore_with_info(logits, neighbors, how)
        assert info.status.item() == Status.INVALID or info.choice.item() == info.greedy.item()
        assert info.mass_moved.item() <= 1e-6


@given(st.data())
def test_a_confident_step_is_greedy(data):
    """p_max above 1 / (2 - w_max), with w_max the largest weight off the diagonal, overturns nothing."""
    table = data.draw(tables(st.floats(0, 0.95), share=None, smallest=2))
    largest = float(table.weights[:, 1:].max()) if table.k > 1 else 0.0
    p_max = min(1 / (2 - largest) + 1e-3, 0.999)
    rest = torch.tensor(
        data.draw(st.lists(st.floats(0.01, 1), min_size=table.vocab_size - 1, max_size=table.vocab_size - 1))
    )
    p = torch.cat([torch.tensor([p_max]), rest / rest.sum() * (1 - p_max)])
    order = torch.tensor(data.draw(st.permutations(range(table.vocab_size))))
    _, info = rescore_with_info(p[order].log().unsqueeze(0), table, SemanticSampling(top_p=1))
    assert info.choice.item() == info.greedy.item()


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.01, 1))
def test_one_mutual_pair_alone_never_flips(a, b, weight):
    weight = float(np.float32(weight))
    table = NeighborTable([[0, 1], [1, 0]], [[1, weight], [1, weight]], [True, True])
    _, info = rescore_with_info(torch.tensor([[a, b]]).log(), table, SemanticSampling(top_p=1))
    assert info.choice.item() == info.greedy.item()


@st.composite
def distinct_rows(draw):
    """A table and a row on a grid of sixteenths without ties."""
    table = draw(tables(st.floats(-1, 1, width=32), share=8, smallest=2))
    steps = draw(st.permutations(range(-64, 64)))[: table.vocab_size]
    return table, torch.tensor([steps]).float() / 16


@given(distinct_rows(), st.integers(-64, 64))
def test_a_shift_of_all_logits_changes_nothing(case, shift):
    table, logits = case
    _, plain = rescore_with_info(logits, table, SemanticSampling())
    _, moved = rescore_with_info(logits + shift / 4, table, SemanticSampling())
    assert plain.choice.item() == moved.choice.item()
    assert plain.status.item() == moved.status.item()


@given(distinct_rows(), st.data())
def test_renaming_the_tokens_renames_the_choice(case, data):
    table, logits = case
    new_id = torch.tensor(data.draw(st.permutations(range(table.vocab_size))))
    old_id = new_id.argsort()
    ids = torch.where(table.ids >= 0, new_id[table.ids.clamp(min=0).long()], -1)
    renamed = NeighborTable(ids[old_id], table.weights[old_id], table.content[old_id])
    _, plain = rescore_with_info(logits, table, SemanticSampling())
    _, moved = rescore_with_info(logits[:, old_id], renamed, SemanticSampling())
    assert plain.status.item() == moved.status.item()
    if plain.choice.item() >= 0:
        chosen, p = reference.candidates(logits[0].tolist(), SemanticSampling())
        ids, weights, _ = lists(table)
        score = sorted(reference.scores(chosen, p, ids, weights), reverse=True)
        if len(score) == 1 or score[0] - score[1] > 1e-5:
            assert int(new_id[plain.choice.item()]) == moved.choice.item()
