"""The clustered interval is that of statsmodels, and says where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

statsmodels = pytest.importorskip("statsmodels.api")

from misground.analysis.clusters import clustered_interval  # noqa: E402


@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(2, 12))
def test_it_is_the_cluster_robust_interval_of_a_regression_on_a_constant(seed, questions, cases) -> None:
    random = np.random.default_rng(seed)
    clusters = random.integers(0, cases, questions)
    values = random.random(questions)
    found = clustered_interval(values, clusters, bounds=(-9.0, 9.0))
    assert found.clusters == len(np.unique(clusters))
    if found.clusters == 1:
        assert (found.low, found.high, found.reason) == (None, None, "one cluster")
        return
    fit = statsmodels.OLS(values, np.ones(questions)).fit(
        cov_type="cluster",
        cov_kwds={"groups": np.unique(clusters, return_inverse=True)[1], "df_correction": True},
        use_t=True,
    )
    # With one regressor the small-sample factor (n-1)/(n-k) is one.
    assert (found.low, found.high) == pytest.approx(tuple(fit.conf_int()[0]), rel=1e-9, abs=1e-9)


def test_it_ends_at_the_bounds() -> None:
    found = clustered_interval(np.array([1.0, 1.0, 1.0, 0.0]), np.arange(4), bounds=(0.0, 1.0))
    assert (found.high, found.reason) == (1.0, None)
    assert 0.0 <= found.low < 0.75


@pytest.mark.parametrize(
    ("values", "clusters", "reason"),
    [
        ([], [], "no questions"),
        ([1.0, 0.0], [3, 3], "one cluster"),
        ([1.0, 1.0, 1.0], [0, 1, 2], "all alike"),
    ],
)
def test_without_clusters_or_variance_there_is_none_and_a_reason(values, clusters, reason) -> None:
    found = clustered_interval(np.array(values), np.array(clusters, dtype=int), bounds=(0.0, 1.0))
    assert (found.low, found.high, found.reason) == (None, None, reason)
