"""The highest entries of a row, against a sort by (value, position)."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semsam.selection import BLOCK, top_entries


def by_sorting(row, m):
    return sorted(range(len(row)), key=lambda i: (-row[i], i))[:m]


@pytest.mark.parametrize("n", [1, 2, 31, BLOCK, BLOCK + 1, 20 * BLOCK, 20 * BLOCK + 1, 32001])
@pytest.mark.parametrize("m", [1, 7, 20])
def test_agrees_with_a_sort_where_most_entries_tie(n, m):
    rows = torch.randint(-3, 4, (5, n), generator=torch.Generator().manual_seed(n)).float()
    values, positions = top_entries(rows, m)
    for row, value, position in zip(rows.tolist(), values.tolist(), positions.tolist(), strict=True):
        assert position == by_sorting(row, m)
        assert value == [row[i] for i in position]


AWKWARD = [-torch.inf, -1.5, -0.0, 0.0, 1e-40, 2.0, torch.inf]


@given(st.lists(st.sampled_from(AWKWARD), min_size=1, max_size=400), st.integers(1, 3))
def test_orders_infinities_denormals_and_both_zeros(row, m):
    _, positions = top_entries(torch.tensor([row]), m)
    assert positions[0].tolist() == by_sorting(row, m)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_takes_any_float_type(dtype):
    rows = torch.randn(3, 3000, generator=torch.Generator().manual_seed(1)).to(dtype)
    values, positions = top_entries(rows, 5)
    assert values.dtype == torch.float32
    for row, position in zip(rows.float().tolist(), positions.tolist(), strict=True):
        assert position == by_sorting(row, 5)


def test_a_block_that_holds_many_of_the_highest_is_not_cut():
    rows = torch.zeros(1, 40 * BLOCK)
    rows[0, 17 * BLOCK : 17 * BLOCK + 20] = torch.arange(20, 0, -1).float()
    assert top_entries(rows, 20)[1][0].tolist() == list(range(17 * BLOCK, 17 * BLOCK + 20))


def test_reads_rows_that_lie_apart_in_memory():
    whole = torch.randn(4, 2, 3000, generator=torch.Generator().manual_seed(2))
    rows = whole[:, -1]
    assert torch.equal(top_entries(rows, 9)[1], top_entries(rows.contiguous(), 9)[1])


def test_an_empty_batch_gives_empty_results():
    values, positions = top_entries(torch.zeros(0, 3000), 5)
    assert values.shape == positions.shape == (0, 5)
