"""The processor for SGLang, driven as its sampler does (`apply_custom_logit_processor`), without SGLang."""

import json
import math
import pickletools
from types import SimpleNamespace

import dill
import pytest
import torch

from semsam import NeighborTable, SemanticSampling, rescore
from semsam.controls import control
from semsam.engines import request as request_module
from semsam.engines import sglang
from semsam.engines.sglang import SemanticLogitProcessor, processor_string

VOCAB = 12
ON = {"semsam": True, "semsam_top_p": 1.0, "semsam_top_m": 4}
DRAWING = {"semsam": True, "semsam_mode": "proportional", "semsam_top_p": 0.9}


def request(rule, temperature=1.0, top_k=1 << 30):
    """Parameters as SGLang hands them over: with the request; a greedy one has temperature 1, top_k 1."""
    if rule is None:
        return None
    return {
        **rule,
        "__req__": SimpleNamespace(sampling_params=SimpleNamespace(temperature=temperature, top_k=top_k)),
    }


def run(logits, requests, users=None, rows_each=1):
    """A step: SGLang makes an instance a batch and gives it the rows of the requests that carry it."""
    users = torch.ones(len(requests), dtype=torch.bool) if users is None else torch.tensor(users)
    processor = dill.loads(bytes.fromhex(json.loads(processor_string())["callable"]))()  # noqa: S301
    mask = torch.repeat_interleave(users, rows_each)
    logits[mask] = processor(logits[mask], [requests[i] for i in users.nonzero(as_tuple=True)[0]])
    return logits


@pytest.fixture
def table(tmp_path, monkeypatch):
    generator = torch.Generator().manual_seed(0)
    ids = torch.stack([(torch.arange(3) * 5 + token) % VOCAB for token in range(VOCAB)])
    weights = torch.rand(VOCAB, 3, generator=generator).sort(1, descending=True).values
    weights[:, 0] = 1
    table = NeighborTable(ids, weights, torch.ones(VOCAB, dtype=torch.bool))
    table.save(tmp_path / "table.safetensors")
    monkeypatch.setenv("SEMSAM_TABLE", str(tmp_path / "table.safetensors"))
    return table


@pytest.fixture(autouse=True)
def said(monkeypatch):
    """What is logged; nothing is kept from one test to the next."""
    sglang._tables.cache_clear()
    sglang._batch.cache_clear()
    sglang._logged.clear()
    lines = []
    monkeypatch.setattr(sglang.logger, "error", lambda text, *words: lines.append(text % words))
    return lines


@pytest.fixture
def logits():
    return torch.randn(4, VOCAB, generator=torch.Generator().manual_seed(1))


def ruled(row, table, rule, temperature=1.0):
    settings = SemanticSampling(
        **{
            key.removeprefix("semsam_"): v
            for key, v in rule.items()
            if key != "semsam" and not key.startswith("semsam_control")
        }
    )
    return rescore(row[None], table, settings, engine_temperature=temperature)[0]


def test_the_processor_travels_by_reference_in_a_few_bytes():
    payload = bytes.fromhex(json.loads(processor_string())["callable"])
    assert len(payload) < 60
    assert [code.name for code, _, _ in pickletools.genops(payload)] == ["GLOBAL", "STOP"]
    assert dill.loads(payload) is SemanticLogitProcessor  # noqa: S301
    assert SemanticLogitProcessor.to_str() == processor_string()


def test_rows_get_what_their_request_asks_for(table, logits, said):
    before = logits.clone()
    requests = [request(ON), request(None), request(DRAWING, 0.7), request({"other": 1})]
    out = run(logits, requests)
    assert torch.equal(out[0], ruled(before[0], table, ON))
    assert torch.equal(out[1], before[1])
    assert torch.equal(out[2], ruled(before[2], table, DRAWING, 0.7))
    assert torch.equal(out[3], before[3])
    assert not said


CONTROLLED = [
    {**ON, "semsam_control": "identity"},
    {**ON, "semsam_control": "shuffled", "semsam_control_seed": 3},
    {**ON, "semsam_control": "shuffled", "semsam_control_seed": 4},
    {**ON, "semsam_control": "random", "semsam_control_seed": 3},
    {**ON, "semsam_control": "flipped"},
    {**ON, "semsam_control": "none"},
]


def test_one_table_serves_all_controls_in_one_batch(table, said):
    before = torch.randn(len(CONTROLLED), VOCAB, generator=torch.Generator().manual_seed(2)) / 4
    out = run(before.clone(), [request(rule) for rule in CONTROLLED])
    for row, rule, got in zip(before, CONTROLLED, out, strict=True):
        name, seed = rule["semsam_control"], rule.get("semsam_control_seed", 0)
        own = table if name == "flipped" else control(table, name, seed)
        sign = {"semsam_sign": -1} if name == "flipped" else {}
        assert torch.equal(got, ruled(row, own, {**ON, **sign})), name
    assert int(out[0].argmax()) == int(before[0].argmax())  # identity: the likeliest token
    assert not said


@pytest.mark.usefixtures("table")
def test_a_control_changes_the_choice_on_the_same_logits():
    before = torch.randn(1, VOCAB, generator=torch.Generator().manual_seed(0)).expand(6, VOCAB) / 4
    chosen = run(before.clone(), [request(rule) for rule in CONTROLLED]).argmax(1).tolist()
    assert len(set(chosen)) > 2


def test_a_server_that_makes_no_second_table_leaves_these_rows_and_logs_why(table, said, monkeypatch):
    monkeypatch.setenv("SEMSAM_CONTROLS", "off")
    before = torch.randn(len(CONTROLLED), VOCAB, generator=torch.Generator().manual_seed(2)) / 4
    out = run(before.clone(), [request(rule) for rule in CONTROLLED])
    assert torch.equal(out[1:4], before[1:4])  # shuffled and random
    assert torch.equal(out[5], ruled(before[5], table, ON))
    assert torch.equal(out[0], ruled(before[0], control(table, "identity"), ON))
    assert [line.count("was told not to make one") for line in said] == [1]


def test_requests_that_carry_no_processor_are_not_touched(table, logits):
    before = logits.clone()
    out = run(logits, [request(ON)] * 4, users=[True, False, True, False])
    assert torch.equal(out[[1, 3]], before[[1, 3]])
    assert torch.equal(out[2], ruled(before[2], table, ON))


def test_a_greedy_request_is_decided(table, logits):
    before = logits.clone()
    assert torch.equal(run(logits[:1], [request(ON, top_k=1)])[0], ruled(before[0], table, ON))


def test_several_rows_a_request_are_all_its_own(table, logits):
    before = logits.clone()
    out = run(logits, [request(None), request(ON)], rows_each=2)
    assert torch.equal(out[:2], before[:2])
    assert torch.equal(out[3], ruled(before[3], table, ON))


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (request({"semsam": True, "semsam_top_m": -1}), "top_m is -1"),
        (request({"semsam": True, "semsam_topm": 1}), "unknown parameter"),
        (request(DRAWING, top_k=1), "greedy"),
        (DRAWING, "greedy"),
    ],
    ids=["range", "unknown", "greedy", "temperature unknown"],
)
def test_a_row_with_wrong_parameters_passes_and_is_logged_once(table, logits, said, parameters, told):
    before = logits.clone()
    for _ in range(2):
        out = run(logits.clone(), [parameters, request(ON), request(None), request(None)])
        assert torch.equal(out[0], before[0])
        assert torch.equal(out[1], ruled(before[1], table, ON))
    assert len(said) == 1
    assert told in said[0]


def test_without_a_table_all_rows_pass_and_it_is_logged_once(logits, said, monkeypatch):
    monkeypatch.delenv("SEMSAM_TABLE", raising=False)
    before = logits.clone()
    for _ in range(2):
        assert torch.equal(run(logits, [request(ON)] * 4), before)
    assert len(said) == 1
    assert "no table is named: set SEMSAM_TABLE" in said[0]


@pytest.mark.usefixtures("table")
def test_the_table_of_a_smaller_model_leaves_all_rows(said):
    wide = torch.randn(2, VOCAB + 1)
    assert torch.equal(run(wide.clone(), [request(ON)] * 2), wide)
    assert f"the table holds {VOCAB} tokens, the logits {VOCAB + 1}" in said[0]


@pytest.mark.usefixtures("table")
def test_the_table_and_the_settings_are_read_once(logits):
    for _ in range(3):
        run(logits, [request(ON)] * 4)
    assert sglang._tables.cache_info().misses == sglang._batch.cache_info().misses == 1


@pytest.mark.usefixtures("table")
def test_no_parameters_at_all_change_nothing(logits):
    assert SemanticLogitProcessor()(logits, None) is logits


ABSURD = {
    "NaN": {"semsam": True, "semsam_top_p": math.nan},
    "infinity": {"semsam": True, "semsam_tau": math.inf, "semsam_mode": "softmax"},
    "more than a float holds": {"semsam": True, "semsam_top_p": 10**400},
    "more digits than are printed": {"semsam": True, "semsam_top_m": 10**5000},
    "temperature": {"semsam": True, "semsam_temperature": 10**400},
    "nested": {"semsam": True, "semsam_top_p": {"a": [{}] * 1000}},
    "long text": {"semsam": True, "semsam_mode": "x" * 10_000_000},
    "switch": {"semsam": [True]},
    "name": {"semsam": True, 3: 4},
    "long name": {"semsam" * 1_000_000: 1},
    "list": ["semsam"],
    "text": "semsam",
    "number": 7,
    "request": {"semsam": True, "__req__": 3},
    "no sampling": {"semsam": True, "__req__": SimpleNamespace(sampling_params=SimpleNamespace())},
}


@pytest.mark.parametrize("absurd", ABSURD.values(), ids=ABSURD.keys())
def test_an_absurd_request_leaves_the_others_their_rule(table, logits, said, absurd):
    before = logits.clone()
    parameters = request(absurd) if isinstance(absurd, dict) and "__req__" not in absurd else absurd
    out = run(logits, [parameters, request(ON), request(None), request(DRAWING, 0.7)])
    assert torch.equal(out[1], ruled(before[1], table, ON))
    assert torch.equal(out[2], before[2])
    assert torch.equal(out[3], ruled(before[3], table, DRAWING, 0.7))
    assert all(len(line) < 500 for line in said)


@pytest.mark.parametrize(
    "temperature", [None, "hot", "x" * 10_000_000, math.nan, math.inf, -1e308, 1e308, 10**400, [1.0]]
)
def test_an_absurd_temperature_leaves_the_others_their_rule(table, logits, said, temperature):
    before = logits.clone()
    out = run(logits, [request(DRAWING, temperature), request(ON)] * 2)
    assert torch.equal(out[1], ruled(before[1], table, ON))
    assert torch.equal(out[3], ruled(before[3], table, ON))
    assert not out.isnan().any()
    assert all(len(line) < 500 for line in said)


def test_a_row_that_fails_in_the_rule_leaves_the_others_theirs(table, logits, said, monkeypatch):
    real = request_module.RequestBatch.rescore

    def fails(batch, rows, neighbors, *more):
        if (batch.temperature == 0.7).any():
            raise RuntimeError("out of memory")
        return real(batch, rows, neighbors, *more)

    monkeypatch.setattr(request_module.RequestBatch, "rescore", fails)
    before = logits.clone()
    out = run(logits, [request(ON), request(DRAWING, 0.7), request(None), request(ON)])
    assert torch.equal(out[0], ruled(before[0], table, ON))
    assert torch.equal(out[1:3], before[1:3])
    assert torch.equal(out[3], ruled(before[3], table, ON))
    assert "left a row to the sampler (1 so far): out of memory" in said[0]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("count", [3, 5, 9])
def test_rows_that_belong_to_no_request_pass(logits, said, count):
    before = logits.clone()
    assert torch.equal(SemanticLogitProcessor()(logits, [request(ON)] * count), before)
    assert f"4 rows of logits for {count} requests, expected the same number of rows for each" in said[0]


@pytest.mark.usefixtures("table")
def test_what_happens_again_is_logged_with_its_number(logits, said):
    for _ in range(30):
        run(logits[:2].clone(), [request({"semsam": 3}), request(ON)])
    assert [line.partition(" so far")[0][-2:] for line in said] == ["(1", "10"]
