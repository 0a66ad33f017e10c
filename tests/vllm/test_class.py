"""The class by itself, driven as vLLM's two model runners drive it, and what it refuses to start with."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from vllm import SamplingParams
from vllm.v1.sample.logits_processor import BatchUpdate, LogitsProcessor, MoveDirectionality
from vllm.v1.sample.logits_processor import _load_logitsprocs_by_fqcns as load_v1
from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor as LogitsProcessorV2
from vllm.v1.worker.gpu.sample.logits_processor.loader import _load_v2_logitsprocs as load_v2

from semsam import NeighborTable, SemanticSampling, TableError, rescore
from semsam.engines.vllm import SemanticLogitsProcessor

NAME = "semsam.engines.vllm:SemanticLogitsProcessor"
VOCAB, K = 40, 4
ON = {"semsam": True, "semsam_top_p": 1.0, "semsam_top_m": 6}
DRAWING = {"semsam": True, "semsam_mode": "proportional", "semsam_top_p": 0.9}


def settings_of(rule):
    return SemanticSampling(**{key.removeprefix("semsam_"): v for key, v in rule.items() if key != "semsam"})


def params(rule=None, temperature=0.0):
    return SamplingParams(temperature=temperature, extra_args=rule)


def config(vocab_size=VOCAB, table=None, **extra):
    """What the class reads of a server's configuration."""
    model = SimpleNamespace(get_vocab_size=lambda: vocab_size, model="owner/name")
    semsam = {} if table is None else {"semsam": {"table": str(table)}}
    return SimpleNamespace(model_config=model, additional_config={**semsam, **extra})


@pytest.fixture(scope="module")
def table():
    """Neighbours with random weights; the last token is no content."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.stack([(torch.arange(K) * 7 + token) % (VOCAB - 1) for token in range(VOCAB)])
    weights = torch.rand(VOCAB, K, generator=generator).sort(1, descending=True).values
    weights[:, 0] = 1
    content = torch.arange(VOCAB) < VOCAB - 1
    return NeighborTable(torch.where(content[:, None], ids, -1), weights * content[:, None], content)


@pytest.fixture(scope="module")
def path(table, tmp_path_factory):
    file = tmp_path_factory.mktemp("class") / "table.safetensors"
    table.save(file)
    return file


@pytest.fixture
def v1(path):
    return SemanticLogitsProcessor(config(table=path), torch.device("cpu"), False)


@pytest.fixture
def v2(path):
    return SemanticLogitsProcessor(
        config(table=path), SimpleNamespace(device=torch.device("cpu"), max_num_reqs=8)
    )


@pytest.fixture
def logits():
    """Rows close enough for the rule to matter; the last one is led by the token that is no content."""
    rows = torch.randn(6, VOCAB, generator=torch.Generator().manual_seed(1))
    rows[:, VOCAB - 1] = -9
    rows[5, VOCAB - 1] = 9
    return rows


def update(size, added=(), removed=(), moved=()):
    return BatchUpdate(
        batch_size=size, removed=removed, moved=moved, added=[(at, one, None, []) for at, one in added]
    )


def context(slots, rows=None):
    """A step of Model Runner V2; `rows` names the slot of each row (with drafts, several a request)."""
    return SimpleNamespace(
        idx_mapping_np=np.array(slots, np.intp),
        expanded_idx_mapping=torch.tensor(slots if rows is None else rows, dtype=torch.int32),
    )


def ruled(row, table, rule, temperature=1.0):
    return rescore(row[None], table, settings_of(rule), engine_temperature=temperature)[0]


def test_both_loaders_of_vllm_take_the_class():
    assert load_v1([NAME]) == load_v2([NAME]) == [SemanticLogitsProcessor]
    assert issubclass(SemanticLogitsProcessor, LogitsProcessor)
    assert issubclass(SemanticLogitsProcessor, LogitsProcessorV2)


def test_v1_runs_it_for_greedy_requests_too(v1):
    assert not v1.is_argmax_invariant()


def test_v1_rescores_the_rows_that_ask_and_no_others(v1, table, logits):
    v1.update_state(
        update(4, [(0, params()), (1, params(ON)), (2, params(DRAWING, 0.7)), (3, params({"x": 1}))])
    )
    before = logits[:4].clone()
    out = v1.apply(logits[:4])
    assert torch.equal(logits[:4], before)
    assert torch.equal(out[[0, 3]], before[[0, 3]])
    assert torch.equal(out[1], ruled(before[1], table, ON))
    assert torch.equal(out[2], ruled(before[2], table, DRAWING, 0.7))
    shares = (out[2] / 0.7).softmax(0)
    assert torch.allclose(shares, ruled(before[2], table, DRAWING).exp(), atol=1e-6)


def test_v1_follows_requests_that_move_swap_and_leave(v1, table, logits):
    v1.update_state(update(3, [(0, params(ON)), (1, params()), (2, params(DRAWING, 1.0))]))
    v1.apply(logits[:3])
    v1.update_state(update(3, moved=[(0, 1, MoveDirectionality.SWAP)]))
    out = v1.apply(logits[:3])
    assert torch.equal(out[0], logits[0])
    assert torch.equal(out[1], ruled(logits[1], table, ON))
    v1.update_state(update(2, removed=[1], moved=[(2, 1, MoveDirectionality.UNIDIRECTIONAL)]))
    out = v1.apply(logits[:2])
    assert torch.equal(out[0], logits[0])
    assert torch.equal(out[1], ruled(logits[1], table, DRAWING))
    v1.update_state(update(2, added=[(1, params())]))
    assert v1.apply(logits[:2]) is not None
    assert torch.equal(v1.apply(logits[:2]), logits[:2])


def test_v1_keeps_its_settings_on_the_device_while_the_batch_stays(v1, logits):
    v1.update_state(update(2, [(0, params(ON)), (1, params(ON))]))
    v1.apply(logits[:2])
    kept = v1._batch
    v1.update_state(None)
    v1.apply(logits[:2])
    assert v1._batch is kept


def test_a_deferred_row_comes_back_bit_for_bit(v1, v2, logits):
    v1.update_state(update(1, [(0, params(ON))]))
    assert torch.equal(v1.apply(logits[5:]), logits[5:])
    v2.add_request(3, params(ON))
    assert torch.equal(v2.apply(logits[5:], context([3])), logits[5:])


def test_v2_says_whether_a_request_uses_the_rule(v2):
    assert v2.add_request(0, params(ON))
    assert not v2.add_request(1, params())
    assert not v2.add_request(0, params({"semsam": False}))


def test_v2_maps_rows_to_slots_whatever_their_order(v2, table, logits):
    v2.add_request(5, params(ON))
    v2.add_request(2, params())
    v2.add_request(0, params(DRAWING, 0.5))
    v2.apply_staged_writes()
    for slots in ([0, 2, 5], [5, 0, 2], [2, 5, 0]):
        out = v2.apply(logits[:3], context(slots))
        for row, slot in enumerate(slots):
            rule, temperature = {5: (ON, 1.0), 2: (None, 1.0), 0: (DRAWING, 0.5)}[slot]
            wanted = logits[row] if rule is None else ruled(logits[row], table, rule, temperature)
            assert torch.equal(out[row], wanted)


def test_v2_gives_every_row_of_a_draft_its_request(v2, table, logits):
    v2.add_request(1, params(ON))
    v2.add_request(4, params())
    out = v2.apply(logits[:5], context([4, 1], rows=[4, 4, 1, 1, 1]))
    assert torch.equal(out[:2], logits[:2])
    for row in (2, 3, 4):
        assert torch.equal(out[row], ruled(logits[row], table, ON))


def test_v2_forgets_who_sat_in_a_slot_before(v2, logits):
    v2.add_request(1, params({"semsam": True, "semsam_top_m": 30}))
    v2.apply(logits[:1], context([1]))
    v2.add_request(1, params())
    assert torch.equal(v2.apply(logits[:1], context([1])), logits[:1])


def test_a_finished_request_no_longer_sets_the_cost_in_v2(v2, logits):
    v2.add_request(3, params({"semsam": True, "semsam_top_m": 30}))
    v2.add_request(1, params(ON))
    v2.apply(logits[:2], context([3, 1]))
    v2.apply(logits[:1], context([1]))
    ((_, batch),) = v2._batch.parts
    assert batch.settings.max_m == ON["semsam_top_m"]


def test_what_goes_wrong_in_a_step_is_logged_once_and_the_logits_pass(v1, logits, monkeypatch):
    said = []
    monkeypatch.setattr("semsam.engines.vllm.logger.error", lambda *words, **_: said.append(words))
    v1.update_state(update(1, [(0, params(ON))]))
    wide = torch.randn(1, VOCAB + 1)
    assert v1.apply(wide) is wide
    assert v1.apply(wide) is wide
    assert len(said) == 1
    assert f"the table holds {VOCAB} tokens, the logits {VOCAB + 1}" in str(said[0][2])
    assert torch.equal(v1.apply(logits[:1])[0].isfinite().sum(), torch.tensor(1))


def test_a_request_that_nobody_validated_is_left_alone(v1, logits, monkeypatch):
    monkeypatch.setattr("semsam.engines.vllm.logger.error", lambda *_, **__: None)
    v1.update_state(update(1, [(0, params({"semsam": True, "semsam_top_m": -1}))]))
    assert torch.equal(v1.apply(logits[:1]), logits[:1])


def test_wrong_parameters_are_value_errors():
    with pytest.raises(ValueError, match="top_m is -1"):
        SemanticLogitsProcessor.validate_params(params({"semsam": True, "semsam_top_m": -1}))
    with pytest.raises(ValueError, match="greedy"):
        SemanticLogitsProcessor.validate_params(params({"semsam": True, "semsam_mode": "softmax"}))
    SemanticLogitsProcessor.validate_params(params(DRAWING, 0.5))
    SemanticLogitsProcessor.validate_params(params())


def test_a_server_that_makes_no_second_table_refuses_the_controls_that_need_one(monkeypatch):
    asked = {
        name: params({**ON, "semsam_control": name}) for name in ("identity", "shuffled", "random", "flipped")
    }
    for one in asked.values():
        SemanticLogitsProcessor.validate_params(one)
    monkeypatch.setenv("SEMSAM_CONTROLS", "off")
    for name in ("shuffled", "random"):
        with pytest.raises(
            ValueError, match=f"control '{name}' needs a second table, .* told not to make one"
        ):
            SemanticLogitsProcessor.validate_params(asked[name])
    for name in ("identity", "flipped"):
        SemanticLogitsProcessor.validate_params(asked[name])


def test_no_table_is_no_start(monkeypatch):
    monkeypatch.delenv("SEMSAM_TABLE", raising=False)
    with pytest.raises(TableError, match="no table is named: set SEMSAM_TABLE"):
        SemanticLogitsProcessor(config(), torch.device("cpu"), False)


def test_a_missing_table_is_no_start(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMSAM_TABLE", str(tmp_path / "gone.safetensors"))
    with pytest.raises(TableError, match=r"no table at .*gone\.safetensors"):
        SemanticLogitsProcessor(config(), torch.device("cpu"), False)


def test_the_environment_names_a_table_and_the_configuration_wins(path, tmp_path, monkeypatch):
    monkeypatch.setenv("SEMSAM_TABLE", str(path))
    SemanticLogitsProcessor(config(), torch.device("cpu"), False)
    with pytest.raises(TableError, match=r"other\.safetensors"):
        SemanticLogitsProcessor(config(table=tmp_path / "other.safetensors"), torch.device("cpu"), False)


def test_a_narrow_table_is_no_start(path):
    with pytest.raises(TableError, match=f"the table holds {VOCAB} tokens, the model's logits {VOCAB + 9}"):
        SemanticLogitsProcessor(config(VOCAB + 9, path), torch.device("cpu"), False)


def test_unknown_server_settings_are_no_start(path):
    with pytest.raises(TableError, match="setting semsam is"):
        SemanticLogitsProcessor(config(semsam={"tabel": str(path)}), torch.device("cpu"), False)
