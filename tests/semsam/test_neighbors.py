"""Exact neighbours: against every cosine in float64, whatever the block and the method."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semsam import LazyNeighbors, SettingsError, TableError, build_table, embedding_hash
from semsam.neighbors import NeighborSearch


def by_all_cosines(embedding, content, k):
    """Ids and weights of every row by all cosines in float64, rounded to float32; itself first."""
    rows = np.asarray(embedding, dtype=np.float64)
    known = [t for t in range(len(rows)) if content[t] and rows[t].any()]
    ids, weights = np.full((len(rows), k), -1), np.zeros((len(rows), k), dtype=np.float32)
    for token in known:
        cosines = {}
        for other in known:
            dot = (rows[token] * rows[other]).sum() / (
                np.linalg.norm(rows[token]) * np.linalg.norm(rows[other])
            )
            cosines[other] = np.float32(np.clip(dot, -1, 1))
        near = sorted((t for t in known if t != token), key=lambda t: (-cosines[t], t))[: k - 1]
        ids[token, : 1 + len(near)] = [token, *near]
        weights[token, : 1 + len(near)] = [1, *(cosines[t] for t in near)]
    return ids, weights


# Small whole numbers: cosines tie often, some rows are multiples of others, some are zero.
MATRICES = st.integers(1, 4).flatmap(
    lambda d: st.lists(st.lists(st.integers(-2, 2), min_size=d, max_size=d), min_size=1, max_size=30)
)


@given(MATRICES, st.data())
def test_equals_all_cosines_where_ties_abound(rows, data):
    content = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    directed = sum(known and any(row) for known, row in zip(content, rows, strict=True))
    if not directed:
        with pytest.raises(SettingsError, match="only 0 tokens are content"):
            build_table(torch.tensor(rows).float(), torch.tensor(content), 1)
        return
    k = data.draw(st.integers(1, directed))
    ids, weights = by_all_cosines(rows, content, k)
    for method in ("bfloat16", "float32"):
        block = data.draw(st.integers(1, 40))
        table = build_table(torch.tensor(rows).float(), torch.tensor(content), k, method=method, block=block)
        table.check()
        assert table.ids.tolist() == ids.tolist()
        np.testing.assert_array_equal(table.weights.numpy(), weights)


@pytest.mark.parametrize(("vocab", "width"), [(400, 8), (3000, 64)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_equals_all_cosines_on_random_rows_for_any_block_and_method(vocab, width, dtype):
    generator = torch.Generator().manual_seed(vocab)
    embedding = torch.randn(vocab, width, generator=generator, dtype=torch.float64).to(dtype)
    content = torch.rand(vocab, generator=generator) < 0.9
    table = build_table(embedding, content, 16)
    table.check()
    unit = embedding.double() / embedding.double().norm(dim=1, keepdim=True)
    cosines = (unit @ unit.T).masked_fill_(~content, -2).fill_diagonal_(2)
    best = cosines.topk(16, dim=1)
    some = content.nonzero().squeeze(1)
    torch.testing.assert_close(
        table.weights[some].double(), best.values.clamp(max=1)[some], rtol=0, atol=1e-6
    )
    near = cosines.gather(1, table.ids.clamp(min=0).long())
    torch.testing.assert_close(near[some], best.values[some], rtol=0, atol=1e-6)
    for makings in ({"method": "float32"}, {"block": 7}, {"block": 64}, {"method": "float32", "block": 500}):
        if vocab < 1000 or makings.get("block") != 7:
            assert build_table(embedding, content, 16, **makings).equals(table)


def test_a_hand_made_table():
    rows = torch.tensor([[2.0, 0.0], [3.0, 4.0], [0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 5.0]])
    table = build_table(rows, torch.tensor([True, True, True, True, True, False]), 3)
    assert table.ids.tolist() == [[0, 3, 1], [1, 0, 3], [-1] * 3, [3, 0, 1], [4, 1, 0], [-1] * 3]
    expected = [[1, 1, 0.6], [1, 0.6, 0.6], [0] * 3, [1, 1, 0.6], [1, -0.6, -1], [0] * 3]
    assert torch.equal(table.weights, torch.tensor(expected))
    assert table.content.tolist() == [True, True, False, True, True, False]


def crowded(copies):
    """Many rows of nearly one direction, closer than any coarse product can tell, among others."""
    generator = torch.Generator().manual_seed(3)
    base = torch.randn(1, 32, generator=generator)
    near = base + 1e-6 * torch.randn(copies, 32, generator=generator)
    return torch.cat([torch.randn(300, 32, generator=generator), near])


@pytest.mark.parametrize("method", ["bfloat16", "float32"])
def test_rows_that_no_coarse_product_can_certify_are_exact_all_the_same(method):
    embedding = crowded(300)
    content = torch.ones(600, dtype=torch.bool)
    search = NeighborSearch(embedding, content, 5, method=method)
    ids, weights = search.find(torch.arange(600))
    assert search.asked == 600
    assert search.certified < 600 if method == "bfloat16" else search.certified == 600
    expected_ids, expected_weights = by_all_cosines(embedding.numpy(), content, 5)
    assert ids.tolist() == expected_ids.tolist()
    np.testing.assert_array_equal(weights.numpy(), expected_weights)


def test_most_rows_of_an_ordinary_matrix_are_certified_at_once():
    generator = torch.Generator().manual_seed(0)
    search = NeighborSearch(torch.randn(2000, 64, generator=generator), torch.ones(2000, dtype=torch.bool), 8)
    search.find(torch.arange(2000))
    assert search.certified > 0.9 * search.asked


def test_centring_takes_the_mean_of_the_content_off_every_row():
    generator = torch.Generator().manual_seed(1)
    embedding = torch.randn(200, 8, generator=generator) + 3
    content = torch.arange(200) < 150
    centred = embedding - embedding[content].double().mean(0).float()
    table = build_table(embedding, content, 6, center=True)
    expected = build_table(centred, content, 6)
    assert torch.equal(table.ids, expected.ids)
    torch.testing.assert_close(table.weights, expected.weights, rtol=0, atol=1e-6)
    assert not torch.equal(table.ids, build_table(embedding, content, 6).ids)
    assert table.metadata["centered"] == "yes"


def test_rows_found_as_they_are_met_are_those_of_the_table():
    generator = torch.Generator().manual_seed(2)
    embedding = torch.randn(500, 16, generator=generator)
    content = torch.rand(500, generator=generator) < 0.9
    table, lazy = build_table(embedding, content, 7), LazyNeighbors(embedding, content, 7)
    assert lazy.computed == 0
    for _ in range(5):
        tokens = torch.randint(0, 500, (3, 4), generator=generator)
        ids, weights = lazy.rows(tokens)
        assert torch.equal(ids, table.ids[tokens])
        assert torch.equal(weights, table.weights[tokens])
    assert 0 < lazy.computed <= 60


def test_progress_and_metadata_are_told():
    told = []
    embedding = torch.randn(50, 4, generator=torch.Generator().manual_seed(4))
    table = build_table(
        embedding,
        torch.ones(50, dtype=torch.bool),
        3,
        block=20,
        metadata={"model": "m"},
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(20, 50), (40, 50), (50, 50)]
    assert table.metadata == {
        "model": "m", "embedding_hash": embedding_hash(embedding), "centered": "no", "k": "3",
    }  # fmt: skip


def test_the_input_is_untouched_and_may_ask_for_gradients():
    embedding = torch.randn(20, 4, generator=torch.Generator().manual_seed(5))
    before = embedding.clone()
    build_table(torch.nn.Parameter(embedding), torch.ones(20, dtype=torch.bool), 3, center=True)
    assert torch.equal(embedding, before)


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"k": 0}, SettingsError, "k is 0"),
    ({"k": 2.0}, SettingsError, "k is 2.0"),
    ({"k": 11}, SettingsError, "k is 11, but only 10 tokens are content"),
    ({"method": "int8"}, SettingsError, "method is 'int8'"),
    ({"block": 0}, SettingsError, "block is 0"),
    ({"embedding": torch.zeros(10)}, TableError, r"expected floats \(V, d\)"),
    ({"embedding": torch.zeros(10, 2, dtype=torch.int64)}, TableError, "torch.int64"),
    ({"content": torch.ones(9, dtype=torch.bool)}, TableError, r"shape \(9,\), expected .* 10 rows"),
    ({"embedding": torch.full((10, 2), torch.nan)}, TableError, "not finite"),
    ({"embedding": torch.full((10, 2), torch.inf)}, TableError, "not finite"),
])  # fmt: skip
def test_calls_that_cannot_work_are_refused(changes, error, message):
    call = {"embedding": torch.ones(10, 2), "content": torch.ones(10, dtype=torch.bool), "k": 3} | changes
    with pytest.raises(error, match=message):
        build_table(**call)


def test_a_hash_is_that_of_the_numbers_and_the_shape():
    embedding = torch.randn(30, 8, generator=torch.Generator().manual_seed(6)).bfloat16()
    known = embedding_hash(embedding)
    assert embedding_hash(embedding.float()) == known
    assert embedding_hash(embedding.T.contiguous().T) == known
    assert embedding_hash(embedding.reshape(15, 16)) != known
    changed = embedding.clone()
    changed[29, 7] += 1
    assert embedding_hash(changed) != known


def test_the_settings_of_matrix_products_are_put_back():
    torch.set_float32_matmul_precision("medium")
    try:
        build_table(torch.eye(8), torch.ones(8, dtype=torch.bool), 2)
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")
