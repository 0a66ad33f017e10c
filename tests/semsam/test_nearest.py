"""The coarse passes: their bounds hold, and what they leave open is settled exactly."""

import pytest
import torch

from semsam import LazyNeighbors, build_table
from semsam.blocks import FEW, in_blocks, power_of_two
from semsam.cosines import Cosines
from semsam.nearest import Coarse, nearest
from semsam.search import NeighborSearch


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def every(rows):
    return torch.ones(rows.shape[0], dtype=torch.bool)


def by_sorting(rows, m):
    """The m nearest other rows of each by all cosines in float64, rounded to float32."""
    unit = rows.double() / rows.double().norm(dim=1, keepdim=True)
    cosines = (unit.unsqueeze(1) * unit).sum(2).float().clamp(-1, 1).fill_diagonal_(-2)
    order = cosines.sort(dim=1, descending=True, stable=True)
    return order.values[:, :m], order.indices[:, :m]


MATRICES = {
    "normal": normal(300, 48),
    "of little spread": normal(300, 48) * 1e-3 + 1,
    "of all magnitudes": normal(300, 48) * 10.0 ** torch.arange(-30, 30, 0.2).unsqueeze(1),
    "of opposites": torch.cat([normal(150, 48), -normal(150, 48)]),
    "sparse": normal(300, 48) * (normal(300, 48, seed=1) > 1.5) + torch.eye(300, 48) * 0.1 + 1e-9,
}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_no_score_differs_from_its_cosine_by_more_than_the_bound(name, dtype):
    cosines = Cosines(MATRICES[name])
    coarse = Coarse(cosines, dtype)
    rows = torch.arange(300)
    scores = coarse.scores(rows)[:, :300].clone()
    columns = rows.expand(300, -1)
    exact = cosines(columns.T.flatten(), columns.flatten()).view(300, 300)
    off = ~torch.eye(300, dtype=torch.bool)
    error = (scores.double() - exact.double()).abs()[off]
    assert (error <= coarse.bound(rows, scores, columns)[off]).all()
    assert (error <= coarse.bound(rows, scores)[off]).all()
    if dtype == torch.bfloat16 and name == "normal":
        assert error.max() > 1e-4  # or the bound would be put to no test


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("m", [1, 7, 299])
@pytest.mark.parametrize("limit", [40, None])
def test_certified_rows_are_exact(name, dtype, m, limit):
    cosines = Cosines(MATRICES[name])
    weights, neighbors, certified = nearest(cosines, Coarse(cosines, dtype), torch.arange(300), m, limit)
    expected_weights, expected = by_sorting(MATRICES[name], m)
    assert torch.equal(weights[certified], expected_weights[certified])
    assert torch.equal(neighbors[certified], expected[certified])
    assert limit is not None or certified.all()


def test_a_row_with_more_candidates_than_the_limit_is_left_open():
    rows = torch.cat([normal(200, 32), normal(1, 32, seed=1) + 1e-5 * normal(100, 32, seed=2)])
    cosines = Cosines(rows)
    _, _, certified = nearest(cosines, Coarse(cosines, torch.bfloat16), torch.arange(300), 3, 50)
    assert certified[:200].float().mean() > 0.9
    assert not certified[200:].any()


def test_what_bfloat16_leaves_open_is_done_again():
    rows = torch.cat([normal(200, 32), normal(1, 32, seed=1) + 1e-5 * normal(100, 32, seed=2)])
    search = NeighborSearch(rows, every(rows), 4, method="bfloat16")
    ids, weights = search.find(torch.arange(300))
    assert search.asked == 300
    assert 180 < search.certified <= 200
    expected_weights, expected = by_sorting(rows, 3)
    assert torch.equal(weights[:, 1:], expected_weights)
    assert torch.equal(ids[:, 1:].long(), expected)


@pytest.mark.parametrize("method", ["bfloat16", "float32"])
def test_of_many_equal_rows_the_lowest_ids_come_first(method):
    rows = normal(3, 16).repeat(200, 1)
    rows[300:] *= 2  # another length is no other direction
    table = build_table(rows, every(rows), 5, method=method)
    table.check()
    for token in (0, 4, 599):
        same = [t for t in range(token % 3, 600, 3) if t != token]
        assert table.ids[token].tolist() == [token, *same[:4]]
    assert (table.weights == 1).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_the_largest_and_smallest_numbers_of_a_type_do_no_harm(dtype):
    rows = normal(60, 16).sign().to(dtype)
    expected = build_table(rows, every(rows), 6)
    rows[:20] *= torch.finfo(dtype).max
    rows[20:40] *= torch.finfo(dtype).tiny
    rows[40:] *= torch.finfo(dtype).smallest_normal / 8
    assert build_table(rows, every(rows), 6).equals(expected)


def test_blocks_shared_among_threads_give_the_same_table():
    rows = normal(FEW + 100, 8)
    threads = torch.get_num_threads()
    told = []
    try:
        torch.set_num_threads(1)
        alone = build_table(rows, every(rows), 4)
        torch.set_num_threads(3)
        together = build_table(
            rows, every(rows), 4, block=300, progress=lambda done, total: told.append((done, total))
        )
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)
    assert together.equals(alone)
    assert told == sorted(told)
    assert told[-1] == (FEW + 100, FEW + 100)


def test_an_error_in_a_thread_is_raised_and_the_threads_are_put_back():
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(ZeroDivisionError):
            list(in_blocks(lambda part: 1 / (part.start - 64), FEW + 1, 128, torch.device("cpu")))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize(("number", "power"), [(0, 1), (1, 1), (3, 2), (4, 4), (1000, 512)])
def test_powers_of_two(number, power):
    assert power_of_two(number) == power


def test_a_row_that_centring_makes_zero_is_no_content():
    rows = (normal(9, 4) * 8).round()
    rows = torch.cat([rows, -rows, torch.zeros(1, 4)]) + 100
    table = build_table(rows, every(rows), 3, center=True)
    assert table.content.tolist() == [True] * 18 + [False]
    assert build_table(rows, every(rows), 3).content.all()


def test_numbers_that_are_not_finite_in_rows_that_are_no_content_do_no_harm():
    rows = normal(20, 4)
    rows[7] = torch.nan
    content = torch.arange(20) != 7
    assert build_table(rows, content, 3).content.tolist() == content.tolist()


def test_lazy_rows_are_the_same_whatever_is_asked_for_first_and_by_either_method():
    rows = torch.cat([normal(300, 8), normal(1, 8) + 1e-6 * normal(50, 8)])
    rows[17] = 0
    table = build_table(rows, every(rows), 6)
    for order in (torch.arange(350), torch.randperm(350, generator=torch.Generator().manual_seed(1))):
        for method in ("bfloat16", "float32"):
            lazy = LazyNeighbors(rows, every(rows), 6, method=method)
            assert torch.equal(lazy.content, table.content)
            for part in order.split(37):
                ids, weights = lazy.rows(part)
                assert torch.equal(ids, table.ids[part])
                assert torch.equal(weights, table.weights[part])
            assert lazy.computed == 349
