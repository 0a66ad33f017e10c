"""Controls that a request asks of a server: the tables are made there, each row uses its own."""

import pytest
import torch

from semsam import NeighborTable, SemanticSampling, SettingsError, rescore
from semsam.controls import control
from semsam.engines.control_tables import MOST, ControlTables, refuse_unwanted
from semsam.engines.request import Batches, Request, parse_request

VOCAB = 40


@pytest.fixture
def table() -> NeighborTable:
    dice = torch.Generator().manual_seed(1)
    ids = torch.stack([(torch.arange(4) * 7 + token) % VOCAB for token in range(VOCAB)])
    weights = torch.rand(VOCAB, 4, generator=dice).sort(1, descending=True).values
    weights[:, 0] = 1
    content = torch.ones(VOCAB, dtype=torch.bool)
    content[3] = False
    ids[3], weights[3] = -1, 0
    weights[(ids == 3)] = 0
    ids[ids == 3] = -1
    return NeighborTable(ids, weights, content)


def parsed(**parameters) -> Request:
    found = parse_request({"semsam": True, **parameters}, temperature=1.0)
    assert found is not None
    return found


def test_each_row_uses_the_table_of_its_control(table) -> None:
    settings = SemanticSampling(top_p=1.0, top_m=12)
    asked = [
        parsed(semsam_top_p=1.0, semsam_top_m=12, semsam_control=name)
        for name in ("none", "identity", "shuffled", "random", "flipped")
    ]
    logits = torch.randn(6, VOCAB, generator=torch.Generator().manual_seed(2))
    found = Batches.of([*asked, None], torch.device("cpu")).rescore(logits, ControlTables(table))
    for at, name in enumerate(("none", "identity", "shuffled", "random")):
        own = rescore(logits[at : at + 1], control(table, name), settings)
        assert torch.equal(found[at : at + 1], own), name
    flipped = SemanticSampling(top_p=1.0, top_m=12, sign=-1)
    assert torch.equal(found[4:5], rescore(logits[4:5], table, flipped))
    assert torch.equal(found[5], logits[5])
    assert len({tuple(row.tolist()) for row in found[:5]}) > 1


def test_identity_is_greedy(table) -> None:
    logits = torch.randn(50, VOCAB, generator=torch.Generator().manual_seed(3))
    logits[:, 3] = -20.0
    asked = parsed(semsam_control="identity")
    found = Batches.of([asked] * 50, torch.device("cpu")).rescore(logits, ControlTables(table))
    assert torch.equal(found.argmax(1), logits.argmax(1))


def test_a_seed_chooses_the_permutation(table) -> None:
    tables = ControlTables(table)
    assert not torch.equal(tables.of("shuffled", 0).ids, tables.of("shuffled", 1).ids)
    assert torch.equal(tables.of("shuffled", 1).ids, control(table, "shuffled", 1).ids)
    assert parsed(semsam_control="random", semsam_control_seed=5.0).control_seed == 5


def test_few_tables_are_kept(table) -> None:
    tables = ControlTables(table)
    first = tables.of("random", 0)
    assert tables.of("random", 0) is first
    for seed in range(1, MOST + 1):
        tables.of("random", seed)
    assert tables.of("random", 0) is not first


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"semsam_control": "permuted"}, "expected one of none, identity, shuffled, random, flipped"),
        ({"semsam_control": "identity", "semsam_control_seed": 1}, "draws nothing"),
        ({"semsam_control_seed": 1}, "draws nothing"),
        ({"semsam_control": "random", "semsam_control_seed": -1}, "expected a whole number from 0"),
        ({"semsam_control": "random", "semsam_control_seed": 0.5}, "expected a whole number from 0"),
        ({"semsam_control": "flipped", "semsam_mode": "proportional"}, "sign -1"),
    ],
)
def test_wrong_controls_are_refused_in_words(parameters, words) -> None:
    with pytest.raises(SettingsError, match=words):
        parsed(**parameters)


@pytest.mark.parametrize("said", ["off", "0", "No"])
def test_a_server_may_be_told_to_make_no_second_table(table, monkeypatch, said) -> None:
    monkeypatch.setenv("SEMSAM_CONTROLS", said)
    tables = ControlTables(table)
    for name in ("shuffled", "random"):
        with pytest.raises(SettingsError, match="was told not to make one"):
            tables.of(name)
        with pytest.raises(SettingsError, match="was told not to make one"):
            refuse_unwanted(name)
    refuse_unwanted("identity")
    assert tables.of("identity").k == 1
