"""The declared sampler, held to transformers' own warpers; draws a row."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from misground.evaluation.providers.local.draws import Noise, Sampler, draw  # noqa: E402

DECLARED = Sampler(0.5, 0.8)


def logits_of(rows: int, vocab: int, spread: float = 3.0, seed: int = 0) -> "torch.Tensor":
    return torch.randn(rows, vocab, generator=torch.Generator().manual_seed(seed)) * spread


def shares(logits: "torch.Tensor", sampler: Sampler) -> "torch.Tensor":
    """Of one row, by transformers."""
    ids = torch.zeros(1, 1, dtype=torch.long)
    warped = transformers.TemperatureLogitsWarper(sampler.temperature)(ids, logits)
    if sampler.min_p:
        warped = transformers.MinPLogitsWarper(sampler.min_p)(ids, warped)
    return transformers.TopPLogitsWarper(sampler.top_p)(ids, warped).softmax(1)[0]


@pytest.mark.parametrize("vocab", [7, 100, 3000])
@pytest.mark.parametrize("sampler", [DECLARED, Sampler(1.0, 0.95), Sampler(2.0, 1.0), Sampler(0.5, 1.0, 0.1)])
@pytest.mark.parametrize("spread", [0.1, 3.0])
def test_even_noise_gives_the_shares_of_transformers_warpers(
    vocab: int, sampler: Sampler, spread: float
) -> None:
    logits = logits_of(1, vocab, spread)
    steps = 4000
    noise = (torch.arange(steps, dtype=torch.float64) + 0.5) / steps
    tokens, valid = draw(logits.expand(steps, -1), sampler, noise)
    drawn = torch.bincount(tokens, minlength=vocab) / steps
    assert valid.all()
    assert float((drawn - shares(logits, sampler)).abs().max()) <= 1.01 / steps


def test_the_order_of_the_draw_is_by_logit_then_by_lower_id() -> None:
    logits = torch.tensor([[0.0, 1.0, 0.0, 1.0]])
    noise = torch.linspace(0, 0.999, 50, dtype=torch.float64)
    tokens, _ = draw(logits.expand(50, -1), Sampler(), noise)
    assert list(dict.fromkeys(tokens.tolist())) == [1, 3, 0, 2]


def test_temperature_zero_takes_the_highest_logit_ties_to_the_lower_id() -> None:
    logits = torch.tensor([[0.0, 2.0, 2.0], [5.0, 2.0, 1.0]])
    assert draw(logits, Sampler(0, 0.8), torch.tensor([0.9, 0.9]))[0].tolist() == [1, 0]


def test_a_row_draws_alone_as_among_others() -> None:
    logits = torch.cat([logits_of(5, 2000), logits_of(1, 2000, 0.01)])  # the last takes the whole vocabulary
    noise = torch.rand(6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    together, _ = draw(logits, DECLARED, noise)
    alone = [int(draw(logits[at : at + 1], DECLARED, noise[at : at + 1])[0]) for at in range(6)]
    assert together.tolist() == alone


def test_a_token_ruled_out_is_never_drawn_and_the_logits_are_not_changed() -> None:
    logits = torch.full((100, 50), -torch.inf)
    logits[:, 7] = 3.0
    before = logits.clone()
    tokens, valid = draw(logits, Sampler(5.0, 1.0), torch.linspace(0, 1 - 1e-9, 100, dtype=torch.float64))
    assert set(tokens.tolist()) == {7}
    assert valid.all()
    assert torch.equal(logits, before)


def test_rows_without_a_distribution_are_told() -> None:
    logits = torch.zeros(4, 9)
    logits[0, 3], logits[1, 3] = torch.nan, torch.inf
    logits[2] = -torch.inf
    tokens, valid = draw(logits, DECLARED, torch.full((4,), 0.5))
    assert valid.tolist() == [False, False, False, True]
    assert all(0 <= token < 9 for token in tokens.tolist())


def test_numbers_of_a_row_hinge_on_its_seed_alone() -> None:
    device = torch.device("cpu")
    one, many = Noise([7]), Noise([3, 7, 7])
    steps = [(float(one.next(device)[0]), many.next(device).tolist()) for _ in range(150)]
    assert all(of_many[1] == of_many[2] == of_one for of_one, of_many in steps)
    assert all(of_many[0] != of_one for of_one, of_many in steps)
    expected = np.random.Generator(np.random.Philox(key=7)).random(150)
    assert [of_one for of_one, _ in steps] == expected.tolist()
