"""Answers of servers that differ from OpenAI's: errors with status 200, messages in parts, other endings."""

import json
from typing import Any

import pytest

from misground.evaluation.providers.answers import ServerToldError, plain_answer, told_error


def answer(content: Any = "Answer: left", reason: Any = "stop", **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": reason}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    return {"object": "chat.completion", "model": "m", "choices": [choice], "usage": usage, **more}


def read(body: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plain_answer(json.dumps(body).encode(), chat=True))
    return found


def content(body: Any) -> str:
    return str(read(body)["choices"][0]["message"]["content"])


def told(body: Any) -> ServerToldError:
    with pytest.raises(ServerToldError) as raised:
        read(body)
    return raised.value


def test_an_answer_of_the_protocol_stays_byte_for_byte() -> None:
    body = json.dumps(answer(), indent=3).encode()
    assert plain_answer(body, chat=True) is body


@pytest.mark.parametrize(
    "body", [b"", b'{"choices": [{"mess', b"<html>", b'"hello"', b"[]", b"null", b"\xff"]
)
def test_what_is_no_object_is_left_to_the_client(body: bytes) -> None:
    assert plain_answer(body, chat=True) == body


@pytest.mark.parametrize(
    ("body", "words", "transient"),
    [
        ({"error": {"message": "out of\nmemory"}}, "out of memory", True),
        ({"error": {"message": "slow down", "code": 429}}, "slow down", True),
        ({"error": {"message": "Provider returned error", "code": 502}}, "Provider returned error", True),
        ({"error": {"message": "too long", "type": "BadRequestError", "code": 400}}, "too long", False),
        ({"error": {"message": "no such model", "code": "model_not_found"}}, "no such model", False),
        ({"error": {"message": "who?", "type": "authentication_error"}}, "who?", False),
        ({"error": {"type": "overloaded_error", "message": "Overloaded"}}, "Overloaded", True),
        ({"error": {"message": "Rate limit reached: too many requests"}}, "Rate limit reached", True),
        ({"error": "CUDA error"}, "CUDA error", True),
        ({"error": "Model not found"}, "Model not found", False),
        ({"error": {"code": "500"}}, "500", True),
        ({"error": True, "message": "engine died"}, "True", True),
        ({"object": "error", "message": "engine died", "code": 500}, "engine died", True),
        ({"type": "error", "message": "no key", "code": 401}, "no key", False),
        ({"errors": [{"code": 7003, "message": "try again"}], "success": False}, "try again", True),
        ({"detail": "Service unavailable"}, "Service unavailable", True),
        ({"message": "context length exceeded"}, "context length exceeded", False),
        (answer("", error={"message": "engine died", "code": 500}), "engine died", True),
        (answer(choices=None, error={"message": "engine died"}), "engine died", True),
    ],
)
def test_an_error_with_status_200_is_an_error_in_the_servers_words(
    body: Any, words: str, transient: bool
) -> None:
    error = told(body)
    assert words in str(error)
    assert str(error).startswith("the server reports an error: ")
    assert "\n" not in str(error)
    assert error.transient is transient


@pytest.mark.parametrize("choices", [None, [], {}, "left", [None]])
def test_an_answer_without_a_choice_is_an_error_that_is_tried_again(choices: Any) -> None:
    error = told(answer(choices=choices))
    assert str(error) == "the reply contains no message (no choices)"
    assert error.transient


@pytest.mark.parametrize("error", [None, "", {}, []])
def test_an_empty_error_is_none(error: Any) -> None:
    assert content(answer(error=error)) == "Answer: left"


@pytest.mark.parametrize("message", [None, [], 3])
def test_a_choice_without_a_message_is_an_error(message: Any) -> None:
    body = answer()
    body["choices"][0]["message"] = message
    assert str(told(body)) == "the reply contains no message"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([{"type": "text", "text": "Answer: left"}], "Answer: left"),
        ([{"type": "text", "text": "It lies there."}, {"type": "text", "text": "Answer: left"}],
         "It lies there.\nAnswer: left"),
        ([{"type": "text", "text": "Answer: "}, {"type": "text", "text": "left"}], "Answer: left"),
        ([{"type": "output_text", "text": "Answer: left"}], "Answer: left"),
        ([{"text": "Answer: left"}], "Answer: left"),
        ([{"type": "text", "text": {"value": "Answer: left", "annotations": []}}], "Answer: left"),
        ([{"type": "text", "content": "Answer: left"}], "Answer: left"),
        (["It lies there.\n", "Answer: left"], "It lies there.\nAnswer: left"),
        ({"type": "text", "text": "Answer: left"}, "Answer: left"),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "right?"}]},
          {"type": "text", "text": "Answer: left"}], "Answer: left"),
        ([{"type": "image_url", "image_url": {"url": "data:"}}, {"type": "text", "text": "left"}], "left"),
        ([{"type": "refusal", "refusal": "I cannot."}], "I cannot."),
        ([], ""),
        ([{"type": "text", "text": None}], ""),
    ],
)  # fmt: skip
def test_a_message_in_parts_is_read(parts: Any, text: str) -> None:
    assert content(answer(parts)) == text


def test_thinking_among_the_parts_is_reasoning() -> None:
    parts = [{"type": "thinking", "thinking": "right?"}, {"type": "text", "text": "Answer: left"}]
    assert read(answer(parts))["choices"][0]["message"]["reasoning_content"] == "right?"


def test_a_message_of_the_older_protocol_is_read() -> None:
    body = answer()
    body["choices"] = [{"text": "Answer: left", "finish_reason": "eos_token"}]
    assert content(body) == "Answer: left"


@pytest.mark.parametrize(
    ("reason", "plain"),
    [
        ("stop", "stop"), ("eos_token", "stop"), ("end_turn", "stop"), ("STOP", "stop"), (None, None),
        ("", None), ("length", "length"), ("max_tokens", "length"), ("MAX_TOKENS", "length"),
        ("model_length", "model_length"), ("content_filter", "content_filter"),
        ("SAFETY", "content_filter"), ("tool_calls", "tool_calls"),
        ({"type": "length", "length": 9}, "length"),
    ],
)  # fmt: skip
def test_an_ending_has_the_protocols_word(reason: Any, plain: str | None) -> None:
    assert read(answer(reason=reason))["choices"][0]["finish_reason"] == plain


@pytest.mark.parametrize(
    "reason", ["abort", "error", "cancelled", "insufficient_system_resource", "network_error", "whatever"]
)
def test_a_reply_that_was_broken_off_is_an_error_that_is_tried_again(reason: str) -> None:
    error = told(answer(reason=reason))
    assert str(error) == f"the server broke the reply off (finish_reason {reason!r})"
    assert error.transient


def test_the_servers_words_for_a_reply_that_was_broken_off_are_told() -> None:
    body = answer(reason="error")
    body["choices"][0]["error"] = {"message": "upstream died", "code": 502}
    assert str(told(body)).endswith("(finish_reason 'error'): upstream died")
    ended = {"type": "abort", "message": "Aborted by the scheduler"}
    assert str(told(answer(reason=ended))).endswith("(finish_reason 'abort'): Aborted by the scheduler")


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": 5}, {"total_tokens": 7}, "7", []])
def test_tokens_that_are_not_counted_are_no_error(usage: Any) -> None:
    assert read(answer(usage=usage))["usage"] is None


def test_a_response_keeps_its_own_error() -> None:
    body = json.dumps({"object": "response", "error": {"code": "server_error"}, "status": "failed"}).encode()
    assert plain_answer(body, chat=False) is body


def test_the_error_is_found_beneath_the_clients_own() -> None:
    inner = ServerToldError("out of memory", transient=True)
    outer = ConnectionError("Connection error.")
    outer.__cause__ = inner
    assert told_error(outer) is inner
    assert told_error(ValueError()) is None
