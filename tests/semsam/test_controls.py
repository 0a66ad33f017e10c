"""Neighbours that mean nothing."""

import pytest
import torch

from semsam import SemanticSampling, SettingsError, build_table, rescore_with_info
from semsam.controls import CONTROLS, control


@pytest.fixture(scope="module")
def table():
    generator = torch.Generator().manual_seed(0)
    content = torch.rand(300, generator=generator) < 0.9
    return build_table(torch.randn(300, 16, generator=generator), content, 8, metadata={"model": "m"})


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_is_a_table_of_the_same_tokens_that_says_what_it_is(table, name):
    changed = control(table, name, seed=1)
    changed.check()
    assert torch.equal(changed.content, table.content)
    assert changed.metadata["model"] == "m"
    assert changed.metadata.get("control", "none") == name


def test_identity_leaves_each_token_alone_and_so_decodes_greedily(table):
    alone = control(table, "identity")
    assert not (alone.ids[:, 1:] >= 0).any()
    logits = torch.randn(64, 300, generator=torch.Generator().manual_seed(2)).masked_fill(~table.content, -9)
    _, info = rescore_with_info(logits, alone, SemanticSampling(top_p=1, top_m=5))
    assert torch.equal(info.choice, info.greedy)


def test_shuffled_gives_each_token_the_weights_and_neighbours_of_another(table):
    changed = control(table, "shuffled", seed=1)
    known = table.content.nonzero().squeeze(1).tolist()
    rows = {tuple(table.weights[t].tolist()): t for t in known}
    assert len(rows) == len(known)
    givers = [rows[tuple(changed.weights[t].tolist())] for t in known]
    assert sorted(givers) == known
    for token, giver in zip(known, givers, strict=True):
        assert token != giver
        expected = [giver if t == token else t for t in table.ids[giver, 1:].tolist()]
        assert changed.ids[token, 1:].tolist() == expected


def test_random_keeps_the_weights_and_draws_other_content_tokens(table):
    changed = control(table, "random", seed=1)
    assert torch.equal(changed.weights, table.weights)
    kept = (changed.ids[:, 1:, None] == table.ids[:, None, 1:]).any(2) & (changed.ids[:, 1:] >= 0)
    assert kept.float().mean() < 0.1


@pytest.mark.parametrize("name", ["shuffled", "random"])
def test_a_seed_gives_the_same_again(table, name):
    assert control(table, name, seed=5).equals(control(table, name, seed=5))
    assert not control(table, name, seed=5).equals(control(table, name, seed=6))


def test_random_works_where_all_content_is_drawn():
    table = build_table(torch.eye(4), torch.ones(4, dtype=torch.bool), 4)
    changed = control(table, "random")
    changed.check()
    assert changed.ids.sort(1).values.tolist() == [[0, 1, 2, 3]] * 4


def test_flipped_is_a_setting_and_another_name_is_refused(table):
    with pytest.raises(SettingsError, match=r"SemanticSampling\(sign=-1\)"):
        control(table, "flipped")
    with pytest.raises(SettingsError, match="control is 'chance'"):
        control(table, "chance")
