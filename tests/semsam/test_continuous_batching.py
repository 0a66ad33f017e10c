"""Continuous batching of transformers with the rule, on a tiny random Llama."""

from types import SimpleNamespace

import pytest
import torch
from transformers import ContinuousBatchingConfig, GenerationConfig

from semsam import SemanticSampling, SemsamError, SettingsError
from semsam.engines.continuous_batching import (
    BatchedRule,
    add_rule,
    continuous_batching,
    generate_batch,
)
from semsam.engines.transformers import attach
from semsam.loading import load_model, load_tokenizer

WIDE = SemanticSampling(top_m=8, top_p=0.99, temperature=2.0)
PROMPTS = [[5, 6, 7], [11], [15, 44, 9, 12, 13, 6], [34, 35], [20, 21, 22, 23, 24, 25, 26, 27, 28]]
NEW = 16


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def model(tiny_llama_dir):
    return load_model(tiny_llama_dir)


@pytest.fixture(scope="module")
def attached(model, tiny_llama_dir):
    return attach(model, load_tokenizer(tiny_llama_dir), WIDE, k=8, cache=False)


@pytest.fixture
def batching():
    """Two requests at a time: sequences come and go while others are in the middle."""
    return ContinuousBatchingConfig(num_blocks=16, page_size=8, max_batch_tokens=16, max_requests_per_batch=2)


def greedy(**more):
    given = {"max_new_tokens": NEW, "do_sample": False, "eos_token_id": -1, "pad_token_id": 0}
    return GenerationConfig(**{**given, **more})


def alone(attached, prompt, eos_token_id=None):
    """The new tokens of one prompt from `generate`."""
    ids = torch.tensor([prompt])
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "eos_token_id": eos_token_id}
    options = attached.arguments(**given, max_new_tokens=NEW, do_sample=False)
    return attached.model.generate(**options)[0, len(prompt) :].tolist()


@pytest.fixture(scope="module")
def expected(attached):
    attached.model.generation_config.eos_token_id = None
    return [alone(attached, prompt) for prompt in PROMPTS]


def test_rows_of_several_lengths_equal_each_prompt_alone(attached, expected, batching):
    got = generate_batch(attached, PROMPTS, generation_config=greedy(), continuous_batching_config=batching)
    assert got == expected


def test_the_rule_is_what_made_the_tokens(attached, expected, batching):
    plain = attached.model.generate_batch(
        PROMPTS, generation_config=greedy(), continuous_batching_config=batching
    )
    assert [one.generated_tokens for one in plain.values()] != expected


def test_rows_that_end_early_leave_the_others_right(attached, expected, batching):
    end = expected[0][4]
    cut = [row[: row.index(end) + 1] if end in row else row for row in expected]
    assert len({len(row) for row in cut}) > 1
    config = greedy(eos_token_id=end)
    got = generate_batch(attached, PROMPTS, generation_config=config, continuous_batching_config=batching)
    assert got == cut


def test_the_rule_acts_before_the_warpers_of_the_sampler(attached, batching):
    config = greedy(do_sample=True, temperature=3.0, top_k=5)
    with continuous_batching(attached, config, batching) as manager:
        names = [type(one).__name__ for one in manager.logit_processor.logits_processor]
    assert names == ["BatchedRule", "TemperatureLogitsWarper", "TopKLogitsWarper"]


def test_what_continuous_batching_cannot_do_is_refused(attached, model, tiny_llama_dir):
    tokenizer = load_tokenizer(tiny_llama_dir)
    drawing = attach(model, tokenizer, SemanticSampling(mode="softmax"), table=attached.table)
    lazy = attach(model, tokenizer, WIDE, lazy=True)
    for other, message in ((drawing, "expected 'argmax', or use model.generate"), (lazy, "leave out lazy")):
        with pytest.raises(SettingsError, match=message):
            generate_batch(other, PROMPTS, generation_config=greedy())
    with pytest.raises(SettingsError, match="num_return_sequences is above 1"):
        generate_batch(attached, PROMPTS, generation_config=greedy(do_sample=True, num_return_sequences=2))


def test_a_manager_that_runs_takes_no_rule(attached, batching):
    with (
        continuous_batching(attached, greedy(), batching) as manager,
        pytest.raises(SettingsError, match="has started"),
    ):
        add_rule(manager, attached)


def test_another_interface_of_transformers_is_refused(attached):
    manager = SimpleNamespace(batch_processor=None, is_running=lambda: False)
    with pytest.raises(SettingsError, match=r"the continuous batching of transformers \S+ is not known"):
        add_rule(manager, attached)


def test_a_step_that_fails_is_an_error(attached, batching, monkeypatch):
    def broken(*_):
        raise ValueError("no step")

    monkeypatch.setattr(BatchedRule, "__call__", broken)
    with pytest.raises(SemsamError, match=r"continuous batching failed at prompt 0: .*no step"):
        generate_batch(attached, PROMPTS, generation_config=greedy(), continuous_batching_config=batching)
