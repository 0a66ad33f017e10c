"""The rule on hand-made rows, with exact expected tensors."""

import math

import pytest
import torch

from semsam import (
    NeighborTable,
    SemanticSampling,
    SettingsError,
    Status,
    TableError,
    rescore,
    rescore_with_info,
)

INF = math.inf


def table_of(neighbors, vocab_size, content=None):
    """A table from {token: {neighbour: weight}}; every token is its own first neighbour."""
    k = 1 + max((len(near) for near in neighbors.values()), default=0)
    ids = torch.full((vocab_size, k), -1)
    weights = torch.zeros(vocab_size, k)
    known = torch.ones(vocab_size, dtype=torch.bool) if content is None else torch.tensor(content)
    for token in range(vocab_size):
        if known[token]:
            near = {token: 1.0} | neighbors.get(token, {})
            ids[token, : len(near)] = torch.tensor(list(near))
            weights[token, : len(near)] = torch.tensor(list(near.values()))
    return NeighborTable(ids, weights, known)


def logits_of(*rows):
    return torch.tensor(rows).log()


# Three spellings of one word share 0.6 of the mass; the single likeliest token is another word.
SPELLINGS = table_of({1: {2: 0.9, 3: 0.8}, 2: {1: 0.9, 3: 0.85}, 3: {2: 0.85, 1: 0.8}}, 4)
FLIPS = logits_of([0.4, 0.25, 0.2, 0.15])


def decided(choice, size):
    row = torch.full((1, size), -INF)
    row[0, choice] = 0.0
    return row


def test_mass_of_neighbours_overturns_the_likeliest_token():
    out, info = rescore_with_info(FLIPS, SPELLINGS, SemanticSampling(top_p=1))
    # 0: 0.4; 1: 0.25 + 0.18 + 0.12 = 0.55; 2: 0.2 + 0.225 + 0.1275 = 0.5525; 3: 0.15 + 0.17 + 0.2 = 0.52
    assert torch.equal(out, decided(2, 4))
    assert (info.status.item(), info.choice.item(), info.greedy.item(), info.candidates.item()) == (
        1,
        2,
        0,
        4,
    )


def test_what_was_done_is_told_a_row():
    rows = SemanticSampling.stack([SemanticSampling(top_p=1), SemanticSampling(top_m=1), None])
    _, info = rescore_with_info(FLIPS.repeat(3, 1), SPELLINGS, rows)
    told = {name: getattr(info, name).tolist() for name in ("fired", "deferred", "invalid", "off", "flipped")}
    assert told == {
        "fired": [True, True, False],
        "deferred": [False] * 3,
        "invalid": [False] * 3,
        "off": [False, False, True],
        "flipped": [True, False, False],
    }


def test_the_mass_moved_is_the_distance_between_probabilities_and_scores():
    _, info = rescore_with_info(FLIPS, SPELLINGS, SemanticSampling(top_p=1))
    scores = torch.tensor([0.4, 0.55, 0.5525, 0.52])
    expected = (scores / scores.sum() - FLIPS[0].exp()).abs().sum() / 2
    torch.testing.assert_close(info.mass_moved[0], expected)


def test_only_the_prefix_that_reaches_top_p_is_scored():
    # 0.4 + 0.25 reaches 0.6: of tokens 0 and 1, 1 has the better score.
    out, info = rescore_with_info(FLIPS, SPELLINGS, SemanticSampling(top_p=0.6))
    assert torch.equal(out, decided(1, 4))
    assert info.candidates.item() == 2


def test_a_prefix_that_reaches_top_p_exactly_is_long_enough():
    assert rescore_with_info(logits_of([0.5, 0.25, 0.25]), table_of({}, 3), SemanticSampling(top_p=0.75))[
        1
    ].candidates.tolist() == [2]


def test_neighbours_outside_the_candidates_lend_their_mass_too():
    out = rescore(FLIPS, SPELLINGS, SemanticSampling(top_m=2, top_p=1))
    assert torch.equal(out, decided(1, 4))


def test_temperature_sharpens_the_probabilities_before_scoring():
    assert torch.equal(rescore(FLIPS, SPELLINGS, SemanticSampling(top_p=1, temperature=0.25)), decided(0, 4))


def test_a_negative_cosine_counts_as_none():
    table = table_of({0: {1: -0.9}, 1: {0: -0.9}}, 3)
    assert torch.equal(rescore(logits_of([0.4, 0.35, 0.25]), table, SemanticSampling(top_p=1)), decided(0, 3))


def test_a_penalty_on_crowding_takes_the_neighbours_mass_away():
    table = table_of({0: {1: 0.5}, 1: {0: 0.5}}, 3)
    row = logits_of([0.4, 0.35, 0.25])  # 0.4 - 0.175, 0.35 - 0.2, 0.25
    assert torch.equal(rescore(row, table, SemanticSampling(top_p=1, sign=-1)), decided(2, 3))
    assert torch.equal(rescore(row, table, SemanticSampling(top_p=1)), decided(0, 3))


def test_scores_that_tie_go_to_the_likelier_token_then_to_the_lower_id():
    table = table_of({1: {0: 0.5}}, 3)  # 0.5 and 0.25 + 0.5 0.5
    assert torch.equal(rescore(logits_of([0.5, 0.25, 0.25]), table, SemanticSampling(top_p=1)), decided(0, 3))
    even = torch.zeros(1, 5)
    assert torch.equal(rescore(even, table_of({}, 5), SemanticSampling(top_p=1)), decided(0, 5))


def test_a_candidate_that_is_no_content_defers_the_row_bit_for_bit():
    table = table_of({}, 3, content=[True, False, True])
    row = torch.tensor([[1.0, 0.9, -0.0]])
    out, info = rescore_with_info(row, table, SemanticSampling(top_p=0.6))
    assert torch.equal(out.view(torch.int32), row.view(torch.int32))
    assert out.data_ptr() != row.data_ptr()
    assert (info.status.item(), info.choice.item(), info.greedy.item()) == (Status.DEFERRED, -1, 0)
    assert info.mass_moved.item() == 0


def test_no_content_outside_the_candidates_does_not_defer():
    table = table_of({}, 3, content=[True, False, True])
    assert torch.equal(rescore(torch.tensor([[9.0, 0.0, 0.0]]), table, SemanticSampling()), decided(0, 3))


@pytest.mark.parametrize("row", [
    [0.0, math.nan, 1.0], [0.0, -math.nan, 1.0], [0.0, INF, 1.0], [-INF, -INF, -INF], [math.nan] * 3,
    [INF, -INF, 0.0],
])  # fmt: skip
def test_a_row_without_a_distribution_passes_through_and_counts_as_invalid(row):
    logits = torch.tensor([row, [1.0, 0.0, 0.0]])
    out, info = rescore_with_info(logits, table_of({}, 3), SemanticSampling())
    assert torch.equal(out[0].view(torch.int32), logits[0].view(torch.int32))
    assert info.status.tolist() == [Status.INVALID, Status.FIRED]
    assert info.greedy.tolist() == [-1, 0]
    assert torch.equal(out[1:], decided(0, 3))


def test_an_excluded_token_is_never_revived():
    table = table_of({0: {1: 1.0}, 1: {0: 1.0}}, 3)
    for mode in ("argmax", "softmax", "proportional"):
        out = rescore(torch.tensor([[0.0, -INF, 0.0]]), table, SemanticSampling(top_p=1, mode=mode))
        assert out[0, 1] == -INF


def test_the_lowest_finite_logit_is_a_candidate_whatever_the_temperature():
    lowest = torch.finfo(torch.float32).min
    for temperature in (0.01, 1.0):
        settings = SemanticSampling(top_p=1, temperature=temperature)
        _, info = rescore_with_info(torch.tensor([[0.0, lowest, -INF]]), table_of({}, 3), settings)
        assert info.candidates.item() == 2


def test_softmax_shares_are_the_softmax_of_scores_over_tau():
    out = rescore(FLIPS, SPELLINGS, SemanticSampling(top_p=0.6, mode="softmax", tau=0.1))
    expected = torch.tensor([[0.4 / 0.1, 0.55 / 0.1]]).log_softmax(1)
    torch.testing.assert_close(out[:, :2], expected)
    assert out[0, 2:].tolist() == [-INF, -INF]


def test_proportional_shares_are_in_proportion_to_the_score():
    out = rescore(FLIPS, SPELLINGS, SemanticSampling(top_p=0.6, mode="proportional"))
    torch.testing.assert_close(out[0, :2].exp(), torch.tensor([0.4, 0.55]) / 0.95)
    out = rescore(FLIPS, SPELLINGS, SemanticSampling(top_p=0.6, mode="proportional", tau=0.5))
    torch.testing.assert_close(out[0, :2].exp(), torch.tensor([0.16, 0.3025]) / 0.4625)


def test_log_shares_survive_the_division_by_the_engines_temperature():
    settings = SemanticSampling(top_p=0.6, mode="proportional")
    plain = rescore(FLIPS, SPELLINGS, settings)
    for temperature in (0.5, torch.tensor([0.5])):
        scaled = rescore(FLIPS, SPELLINGS, settings, engine_temperature=temperature)
        torch.testing.assert_close((scaled / 0.5).softmax(1), plain.softmax(1))


@pytest.mark.parametrize(("noise", "choice"), [(0.0, 0), (0.42, 0), (0.43, 1), (0.999999, 1)])
def test_noise_draws_by_inverse_distribution_in_the_order_of_candidates(noise, choice):
    settings = SemanticSampling(top_p=0.6, mode="proportional")  # shares 0.4211 and 0.5789
    out, info = rescore_with_info(FLIPS, SPELLINGS, settings, noise=torch.tensor([noise]))
    assert torch.equal(out, decided(choice, 4))
    assert info.choice.item() == choice


def test_without_noise_the_choice_of_a_stochastic_row_is_left_open():
    _, info = rescore_with_info(FLIPS, SPELLINGS, SemanticSampling(mode="softmax"))
    assert (info.status.item(), info.choice.item()) == (Status.FIRED, -1)


def test_each_row_may_have_settings_of_its_own():
    rows = [SemanticSampling(top_p=1), None, SemanticSampling(top_p=0.6), SemanticSampling(top_m=1),
            SemanticSampling(top_p=0.6, mode="proportional")]  # fmt: skip
    logits = FLIPS.repeat(len(rows), 1)
    out, info = rescore_with_info(logits, SPELLINGS, SemanticSampling.stack(rows))
    for index, settings in enumerate(rows):
        solo = FLIPS if settings is None else rescore(FLIPS, SPELLINGS, settings)
        assert torch.equal(out[index : index + 1], solo)
    assert info.status.tolist() == [1, 0, 1, 1, 1]
    assert info.choice.tolist() == [2, -1, 1, 0, -1]


def test_a_row_that_is_off_passes_through_even_where_it_is_no_distribution():
    logits = torch.tensor([[math.nan, 1.0], [1.0, 0.0]])
    out, info = rescore_with_info(logits, table_of({}, 2), SemanticSampling.stack([None, None]))
    assert torch.equal(out.view(torch.int32), logits.view(torch.int32))
    assert info.status.tolist() == [Status.OFF, Status.OFF]


def test_the_input_is_untouched():
    logits = FLIPS.clone()
    rescore(logits, SPELLINGS, SemanticSampling())
    assert torch.equal(logits, FLIPS)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_any_float_type_comes_back_as_it_came(dtype):
    out = rescore(FLIPS.to(dtype), SPELLINGS, SemanticSampling(top_p=1))
    assert torch.equal(out, decided(2, 4).to(dtype))


def test_a_table_wider_than_the_logits_is_cut_to_them():
    wide = table_of({1: {2: 0.9, 3: 0.8}, 2: {1: 0.9, 3: 0.85}, 3: {2: 0.85, 1: 0.8}, 0: {5: 1.0}}, 6)
    assert torch.equal(rescore(FLIPS, wide, SemanticSampling(top_p=1)), decided(2, 4))


def test_a_narrower_table_is_refused_with_both_numbers():
    with pytest.raises(TableError, match=r"holds 4 tokens, the logits 5"):
        rescore(torch.zeros(1, 5), SPELLINGS, SemanticSampling())


def test_other_calls_that_cannot_work_are_refused():
    with pytest.raises(TypeError, match=r"torch\.int64"):
        rescore(torch.zeros(1, 4, dtype=torch.int64), SPELLINGS, SemanticSampling())
    with pytest.raises(ValueError, match=r"\(4,\), expected \(batch_size, vocab_size\)"):
        rescore(torch.zeros(4), SPELLINGS, SemanticSampling())
    with pytest.raises(SettingsError, match="for 2 rows, the logits have 1"):
        rescore(FLIPS, SPELLINGS, SemanticSampling.stack([None, None]))
    with pytest.raises(SettingsError, match="noise has shape"):
        rescore(FLIPS, SPELLINGS, SemanticSampling(mode="softmax"), noise=torch.zeros(2))
    with pytest.raises(TableError, match="lies on cpu, the logits on meta"):
        rescore(FLIPS.to("meta"), SPELLINGS, SemanticSampling())


def test_an_empty_batch_comes_back_empty():
    out, info = rescore_with_info(torch.zeros(0, 4), SPELLINGS, SemanticSampling())
    assert out.shape == (0, 4)
    assert info.status.shape == (0,)
