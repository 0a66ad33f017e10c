"""Pairs: difference, four outcomes, and how sure it is that B is better."""

import numpy as np
import pytest
from scipy import stats

from misground.analysis.paired import bootstrap, compare, discordant_posterior


def test_with_one_reply_each_the_four_outcomes_are_counts() -> None:
    a = np.array([1, 1, 1, 0, 0, 0, 0], dtype=float)
    b = np.array([1, 0, 1, 1, 1, 1, 0], dtype=float)
    found = compare(a, b, np.arange(7))
    table = found.table
    assert (table.both, table.only_a, table.only_b, table.neither) == (2, 1, 3, 1)
    assert found.difference == pytest.approx(2 / 7)
    assert (found.n, found.method) == (7, "discordant")
    assert found.better == pytest.approx(stats.beta.sf(0.5, 4, 2))


def test_with_epochs_the_four_outcomes_keep_their_margins() -> None:
    a, b = np.random.default_rng(1).random((2, 50))
    table = compare(a, b, np.arange(50)).table
    assert table.both + table.only_a == pytest.approx(a.sum())
    assert table.both + table.only_b == pytest.approx(b.sum())
    assert table.both + table.only_a + table.only_b + table.neither == pytest.approx(50)


def test_nothing_that_differs_is_an_even_chance() -> None:
    same = np.ones(40)
    for clusters in (np.arange(40), np.zeros(40, dtype=int)):
        assert compare(same, same, clusters).better == 0.5
    assert discordant_posterior(np.zeros(3)) == 0.5


def test_the_bootstrap_is_the_posterior_of_a_mean_of_independent_cases() -> None:
    # Two kinds of case, +1 (b of them) and -1 (c): the weight of the first is Beta(b, c).
    b, c = 14, 9
    difference = np.array([1.0] * b + [-1.0] * c)
    found = bootstrap(difference, np.arange(b + c), seed=3)
    exact = stats.beta.sf(0.5, b, c)
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 10_000))


def test_the_bootstrap_weighs_cases_not_questions() -> None:
    # Ten questions of one case say no more than one case: the others decide as well.
    difference = np.array([1.0] * 30 + [-1.0] * 10)
    clusters = np.array([0] * 30 + list(range(1, 11)))
    assert bootstrap(difference, clusters, seed=0) < bootstrap(difference, np.arange(40), seed=0)


def test_the_same_seed_draws_the_same() -> None:
    difference = np.random.default_rng(0).normal(0.02, 1, 60)
    clusters = np.arange(60) // 3
    assert bootstrap(difference, clusters, seed=1) == bootstrap(difference, clusters, seed=1)
    assert bootstrap(difference, clusters, seed=1) != bootstrap(difference, clusters, seed=2)


def test_fewer_than_ten_cases_go_by_the_discordant_pairs() -> None:
    a, b = np.zeros(90), np.ones(90)
    assert compare(a, b, np.arange(90) % 9).method == "discordant"
    assert compare(a, b, np.arange(90) % 10).method == "bootstrap"
    assert compare(a, b, np.arange(90), cases=9).method == "discordant"
    assert compare(a, b, np.arange(90), cases=10).method == "bootstrap"


def test_a_pair_counts_by_how_far_its_sides_differ() -> None:
    assert discordant_posterior(np.array([1.0, 1.0, -1.0, 0.0])) == pytest.approx(stats.beta.sf(0.5, 3, 2))
    assert discordant_posterior(np.array([0.5, 0.5, -0.25])) == pytest.approx(stats.beta.sf(0.5, 2, 1.25))


def test_four_pairs_that_all_favour_one_side_are_not_enough() -> None:
    difference = np.array([1.0] * 4 + [0.0] * 14)
    assert bootstrap(difference, np.arange(18), seed=0) > 0.98
    assert discordant_posterior(difference) < 0.975
