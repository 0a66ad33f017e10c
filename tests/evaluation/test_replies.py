"""Replies that are none become errors before they are stored, and errors become one line."""

import json
from typing import Any

import anyio
import pytest
from inspect_ai.model import GenerateConfig, Model, ModelAPI, ModelOutput, ModelUsage
from tenacity import RetryError, retry, stop_after_attempt

from misground.errors import WorkError
from misground.evaluation.health import Health
from misground.evaluation.replies import check_reply, guard, reason


class Canned(ModelAPI):
    """Replies with what it is given."""

    def __init__(self, output: ModelOutput) -> None:
        super().__init__("canned")
        self.output = output

    async def generate(self, *_: Any, **__: Any) -> ModelOutput:
        return self.output


def replied(output: ModelOutput) -> Any:
    model = Model(Canned(output), GenerateConfig())
    guard(model, Health())
    guard(model, Health())  # once is enough
    return anyio.run(model.api.generate, [], [], "none", GenerateConfig())


def test_a_reply_passes_as_it_is() -> None:
    output = ModelOutput.from_content("m", "Answer: left")
    assert replied(output) is output


def test_an_empty_text_is_a_reply() -> None:
    check_reply(ModelOutput.from_content("m", ""))


def test_a_reply_without_choices_is_an_error() -> None:
    with pytest.raises(WorkError, match="no choices"):
        replied(ModelOutput(model="m", choices=[]))


def test_a_complaint_about_the_length_of_the_prompt_is_an_error() -> None:
    output = ModelOutput.from_content("m", "maximum context length is 2048", stop_reason="model_length")
    with pytest.raises(
        WorkError, match="the prompt is too long for the model: maximum context length is 2048"
    ):
        replied(output)


def test_a_reply_that_the_context_cut_is_a_reply() -> None:
    output = ModelOutput.from_content("m", "It lies", stop_reason="model_length")
    output.usage = ModelUsage(output_tokens=2)
    check_reply(output)


def test_a_refusal_by_the_providers_filter_is_a_reply() -> None:
    check_reply(ModelOutput.from_content("m", "no", stop_reason="content_filter", error="filtered"))


def test_the_servers_own_word_is_an_error() -> None:
    with pytest.raises(WorkError, match="the server reports an error: out of memory"):
        check_reply(ModelOutput.from_content("m", "", error="out of\nmemory"))


def test_half_a_body_is_tried_again() -> None:
    model = Model(Canned(ModelOutput.from_content("m", "")), GenerateConfig())
    guard(model, Health())
    assert model.api.should_retry(json.JSONDecodeError("half", "{", 1))
    assert not model.api.should_retry(WorkError("the reply contains no message"))


def given_up() -> RetryError:
    @retry(stop=stop_after_attempt(1))
    def fail() -> None:
        raise ConnectionError("refused\nby peer")

    with pytest.raises(RetryError) as raised:
        fail()
    return raised.value


def test_a_call_that_was_given_up_tells_the_last_error() -> None:
    assert reason(given_up()) == "ConnectionError: refused by peer"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (WorkError("out of memory"), "out of memory"),
        (TimeoutError(), "TimeoutError"),
        (json.JSONDecodeError("half", "{", 1), "the reply is not valid JSON: half: line 1 column 2 (char 1)"),
        (ValueError("x" * 1000), "ValueError: " + "x" * 300),
    ],
)
def test_an_error_is_one_line(error: Exception, told: str) -> None:
    assert reason(error) == told


def test_a_status_is_told() -> None:
    error = ValueError("busy")
    error.status_code = 429  # type: ignore[attr-defined]
    assert reason(error) == "ValueError (429): busy"
