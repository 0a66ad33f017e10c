"""What a model was really sent, read from the request, and said before the run and after the first reply."""

import json
from typing import Any

import pytest
from inspect_ai.model import GenerateConfig, ModelCall, ModelOutput, get_model

from misground.evaluation.foreseen import foreseen, placeholder, requested
from misground.evaluation.sent import differing, keep_sent, left_out, sampler_in, sent_text, sentences
from misground.evaluation.settings import EvalSettings

ASKED = {"temperature": 0.5, "top_p": 0.8, "seed": 7, "max_tokens": 100}


@pytest.mark.parametrize(
    ("request_", "sent"),
    [
        (ASKED | {"model": "m", "messages": [{"temperature": 9}]}, ASKED),
        ({"max_completion_tokens": 100, "seed": 7}, {"max_tokens": 100, "seed": 7}),
        ({"max_output_tokens": 100, "reasoning": {"effort": "low"}},
         {"max_tokens": 100, "reasoning_effort": "low"}),
        ({"generation_config": {"temperature": 0.5, "top_p": None, "maxOutputTokens": 100}},
         {"temperature": 0.5, "max_tokens": 100}),
        ({"extra_body": {"top_k": -1, "min_p": 0.0}}, {"top_k": -1, "min_p": 0.0}),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"thinking_tokens": 1024}),
        ({"inferenceConfig": {"maxTokens": 5, "topP": 0.8}}, {"max_tokens": 5, "top_p": 0.8}),
        ({"random_seed": 7, "temperature": True}, {"seed": 7}),
        ({"options": {"num_predict": 5}}, {"max_tokens": 5}),
        ({}, {}),
    ],
)  # fmt: skip
def test_the_sampler_is_found_in_the_request_of_any_provider(
    request_: dict[str, Any], sent: dict[str, Any]
) -> None:
    assert sampler_in(request_) == sent


def test_what_is_left_out_or_changed_is_told() -> None:
    assert left_out(ASKED, {"max_tokens": 100}) == ["temperature", "top_p", "seed"]
    assert left_out({"temperature": None, "seed": 7}, {"seed": 7}) == []
    assert differing(ASKED, {"temperature": 1.0, "seed": 3, "top_p": 0.800001}) == {"temperature": 1.0}
    assert sentences("openai/o3", ASKED, {"max_tokens": 100}) == [
        "openai/o3 is sent questions without temperature, top_p and seed: its provider drops what it does "
        "not take"
    ]
    assert sentences("m", ASKED, ASKED) == []


def test_what_the_server_states_and_warns_of_is_told() -> None:
    output = ModelOutput.from_content("m", "Answer: left")
    answer = {"temperature": 1.0, "top_p": 0.8, "warnings": ["seed is\nignored"], "choices": [{"seed": 1}]}
    keep_sent(output, ModelCall(request=ASKED, response=answer))
    sent = json.loads(sent_text(output) or "")
    assert sent == ASKED | {"server": {"temperature": 1.0}, "warnings": ["seed is ignored"]}
    assert sentences("m", ASKED, sent) == [
        "m was sent temperature 0.5, and its server states that it used temperature 1.0",
        "the server of m warns: seed is ignored",
    ]


def test_nothing_is_claimed_where_the_provider_does_not_tell() -> None:
    output = ModelOutput.from_content("m", "Answer: left")
    keep_sent(output, None)
    assert sent_text(output) is None


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("openai/o1", ["temperature", "top_p", "seed"]),
        ("openai/o3-mini", ["temperature", "top_p", "seed"]),
        ("openai/gpt-5", ["temperature", "top_p", "seed"]),
        ("openai/gpt-4o", []),
        ("openai-api/any/o9", []),
    ],
)
def test_what_will_be_dropped_is_known_before_the_run(
    name: str, missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANY_BASE_URL", "http://127.0.0.1:9/v1")
    settings = EvalSettings(model=name)
    model = placeholder(settings, served=False)
    assert model is not None
    sent = foreseen(model, settings, 100)
    assert sent is not None
    assert left_out(requested(settings, 100), sent) == missing
    assert sent["max_tokens"] == 100


def test_settings_of_the_model_itself_are_foreseen() -> None:
    model = get_model(
        "openai/gpt-4o", api_key="none", memoize=False, config=GenerateConfig(extra_body={"top_k": -1})
    )
    assert (foreseen(model, EvalSettings(model="openai/gpt-4o"), 100) or {})["top_k"] == -1


def test_a_model_that_cannot_be_made_here_is_not_foreseen() -> None:
    assert placeholder(EvalSettings(model="no-such-provider/m"), served=False) is None
    assert placeholder(EvalSettings(model="misground/oracle"), served=False) is None
