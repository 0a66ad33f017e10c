"""What settings of a call mean for a local model."""

import pytest

inspect_model = pytest.importorskip("inspect_ai.model")
pytest.importorskip("torch")

from misground.errors import UsageError  # noqa: E402
from misground.evaluation.providers.local.draws import Sampler  # noqa: E402
from misground.evaluation.providers.local.settings import sampler_of  # noqa: E402


def test_nothing_given_leaves_the_distribution_as_it_is() -> None:
    assert sampler_of(inspect_model.GenerateConfig()) == Sampler(1.0, 1.0)


def test_temperature_and_top_p_are_taken() -> None:
    assert sampler_of(inspect_model.GenerateConfig(temperature=0.5, top_p=0.8)) == Sampler(0.5, 0.8)
    assert sampler_of(inspect_model.GenerateConfig(temperature=0)) == Sampler(0.0, 1.0)


def test_a_top_k_that_is_off_is_no_matter() -> None:
    assert sampler_of(inspect_model.GenerateConfig(top_k=0)) == Sampler()
    assert sampler_of(inspect_model.GenerateConfig(top_k=-1)) == Sampler()


@pytest.mark.parametrize(
    "given",
    [
        {"temperature": -1.0},
        {"top_p": 0.0},
        {"top_p": 1.5},
        {"top_k": 5},
        {"num_choices": 2},
        {"stop_seqs": ["\n"]},
        {"frequency_penalty": 0.5},
        {"logprobs": True},
    ],
)
def test_what_cannot_be_done_is_refused_by_name(given: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(given))} is .*"):
        sampler_of(inspect_model.GenerateConfig(**given))
