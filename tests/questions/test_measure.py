import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from misground.anatomy import AXES, axis_index
from misground.questions.measure import mean_index, measure

SPACING = (1.0, 2.0, 3.0)
label_maps = arrays(np.uint8, st.tuples(*[st.integers(1, 7)] * 3), elements=st.integers(0, 4))


@given(label_maps)
def test_projections_count_every_voxel_of_every_structure(labels):
    measured = measure(labels, 4, SPACING)
    for structure in range(4):
        voxels = labels == structure + 1
        assert np.array_equal(measured.xy[structure], voxels.sum(axis=2))
        assert np.array_equal(measured.xz[structure], voxels.sum(axis=1))
        assert np.array_equal(measured.yz[structure], voxels.sum(axis=0))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("flips", list(itertools.product((1, -1), repeat=3)))
def test_the_memory_layout_of_a_label_map_does_not_matter(order, flips):
    labels = np.random.default_rng(0).integers(0, 4, (5, 6, 7)).astype(np.uint8)
    stored = np.ascontiguousarray(labels.transpose(order)[tuple(slice(None, None, f) for f in flips)])
    seen = stored[tuple(slice(None, None, f) for f in flips)].transpose(np.argsort(order))
    assert np.array_equal(seen, labels)
    expected, found = measure(labels, 3, SPACING), measure(seen, 3, SPACING)
    assert all(np.array_equal(getattr(expected, n), getattr(found, n)) for n in ("xy", "xz", "yz"))


@given(label_maps)
def test_slice_histograms_and_extents_agree_with_the_slices_themselves(labels):
    measured = measure(labels, 4, SPACING)
    for axis, across in itertools.permutations(AXES, 2):
        slices = np.moveaxis(labels, (axis_index(axis), axis_index(across)), (0, 1))
        first, last = measured.extents(axis, across)
        histograms = measured.slice_histograms(axis, across)
        for structure in range(4):
            for k in range(slices.shape[1]):
                counts = (slices[:, k] == structure + 1).sum(axis=1)
                assert np.array_equal(histograms[structure, :, k], counts)
                where = np.flatnonzero(counts)
                assert (first[structure, k], last[structure, k]) == (
                    (where[0], where[-1]) if where.size else (-1, -1)
                )


def test_centroids_are_in_millimetres_and_nan_for_an_absent_structure():
    labels = np.zeros((3, 4, 5), np.uint8)
    labels[1, 2, 3:5] = 1
    centroids = measure(labels, 2, SPACING).centroids_mm()
    assert centroids[0].tolist() == [1.0, 4.0, 10.5]
    assert np.isnan(centroids[1]).all()


def test_mean_index_of_counts():
    assert mean_index(np.array([[0, 1, 3]])).tolist() == [1.75]


def test_axes_longer_than_16_bits_are_counted_without_overflow():
    labels = np.ones((1, 2, 70_000), np.uint8)
    assert measure(labels, 1, SPACING).xy.tolist() == [[[70_000, 70_000]]]
