import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from misground.sources.phantom.dice import Dice


@given(st.integers(0, 2**32 - 1), st.integers(0, 10**5), st.integers(-500, 500), st.integers(0, 500))
def test_a_draw_lies_between_its_ends_on_a_grid_of_a_hundredth(seed: int, index: int, low: int, width: int):
    value = Dice(seed, "torso", index).between(low / 100, (low + width) / 100)
    assert low / 100 <= value <= (low + width) / 100
    assert round(value * 100) == pytest.approx(value * 100, abs=1e-9)


def test_streams_of_other_seeds_kinds_cases_and_purposes_differ():
    streams = [
        Dice(0, "torso", 0, "liver"),
        Dice(1, "torso", 0, "liver"),
        Dice(0, "knee", 0, "liver"),
        Dice(0, "torso", 1, "liver"),
        Dice(0, "torso", 0, "heart"),
    ]
    assert len({tuple(dice.whole(0, 10**6) for _ in range(3)) for dice in streams}) == len(streams)


def test_a_stream_can_be_drawn_again():
    first, second = (Dice(3, "knee", 7, "grid") for _ in range(2))
    assert [first.about(9) for _ in range(20)] == [second.about(9) for _ in range(20)]


def test_the_stream_is_the_documented_one():
    # PCG64 promises this stream for good; another value means that phantoms changed.
    assert Dice(0, "torso", 0, "body").whole(0, 999) == 341


def test_chance_keeps_its_percentage():
    dice = Dice(0, "torso", 0)
    hits = sum(dice.chance(15) for _ in range(4000))
    assert 500 < hits < 700


def test_a_choice_reaches_every_option():
    dice = Dice(0, "torso", 0)
    assert {dice.choice("abc") for _ in range(100)} == set("abc")


@pytest.mark.parametrize("sigma", [12, 22, 100])
@pytest.mark.parametrize("shape", [(40, 50, 60), (7, 11, 13)])
def test_noise_has_mean_zero_and_the_given_deviation(sigma: int, shape: tuple[int, int, int]):
    noise = Dice(0, "torso", 0, "noise").noise(shape, sigma)
    assert noise.shape == shape
    assert noise.dtype == np.int16
    error = sigma / np.sqrt(noise.size)
    assert abs(float(noise.mean())) < 5 * error + 0.1
    assert float(noise.std()) == pytest.approx(sigma, rel=0.1)
