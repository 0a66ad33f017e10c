import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from misground.sources.oai.intensity import GREY, intensity_from_labels

SPACING = (2.0, 2.0, 2.0)


@pytest.fixture
def knee(make_knee, value_sets):
    return make_knee(value_sets["oai"])


@pytest.fixture
def greys(value_sets):
    return {value: GREY[key] for key, value in value_sets["oai"].items()}


def test_every_knee_structure_has_a_grey(value_sets):
    assert GREY.keys() == value_sets["oai"].keys()


def test_a_structure_shows_its_grey_within_the_noise(knee, greys, value_sets):
    picture = intensity_from_labels(knee, SPACING, greys, "a")
    for key in ("femur", "tibia", "femoral_cartilage", "lateral_meniscus"):
        inside = picture[knee == value_sets["oai"][key]]
        assert abs(inside.mean() - GREY[key]) < 15, key
    assert picture[knee == 1].mean() > 2 * picture[knee == 5].mean()


def test_the_picture_is_the_same_each_time_and_another_for_another_case(knee, greys):
    first = intensity_from_labels(knee, SPACING, greys, "a")
    np.testing.assert_array_equal(first, intensity_from_labels(knee, SPACING, greys, "a"))
    assert (first != intensity_from_labels(knee, SPACING, greys, "b")).mean() > 0.5


def test_the_picture_does_not_depend_on_the_memory_order_or_number_type(knee, greys):
    first = intensity_from_labels(knee, SPACING, greys, "a")
    other = np.asfortranarray(knee[::-1]).astype(np.float32)[::-1]
    np.testing.assert_array_equal(first, intensity_from_labels(other, SPACING, greys, "a"))


def test_the_labels_given_are_not_changed(knee, greys):
    before = knee.copy()
    intensity_from_labels(knee, SPACING, greys, "a")
    np.testing.assert_array_equal(knee, before)


def test_soft_tissue_surrounds_the_labels_and_fades_into_air(greys):
    labels = np.zeros((60, 60, 60), np.uint8)
    labels[26:34, 26:34, 20:40] = 5
    picture = intensity_from_labels(labels, (3.0, 3.0, 3.0), greys, "a")
    assert picture[24, 30, 30:34].mean() > 60
    assert picture[:4, :4, :4].mean() < 20
    assert picture.min() >= 0


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.integers(1, 9)] * 3),
    st.tuples(*[st.floats(0.3, 6)] * 3),
)
def test_any_small_volume_gets_a_picture(shape, spacing):
    labels = np.zeros(shape, np.uint8)
    labels[0] = 5
    picture = intensity_from_labels(labels, spacing, {5: 60.0}, "größe")
    assert picture.shape == shape
    assert picture.dtype == np.int16


def test_an_empty_label_map_gets_a_picture_of_air():
    assert intensity_from_labels(np.zeros((8, 8, 8)), SPACING, {}, "a").mean() < 20
