"""The server's own sentence, whatever the form of its answer and of the client's error."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from inspect_ai.model import ModelOutput

from misground.cli.progress import REASONS_TOLD, EvalProgress
from misground.cli.terminal import Terminal
from misground.errors import WorkError
from misground.evaluation.replies import check_reply, reason
from misground.evaluation.results import Tally
from misground.evaluation.server_words import LONGEST, sentence

WORDS = "At most 8 image(s) may be provided in one prompt."
PAGE = (
    "<!DOCTYPE html><html><head><title>413 Request Entity Too Large</title></head><body>nginx</body></html>"
)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": WORDS, "type": "BadRequestError", "param": None, "code": 400}},
        {"object": "error", "message": WORDS, "type": "BadRequestError", "code": 400},
        {"error": WORDS},
        {"error": WORDS, "error_type": "validation"},
        {"message": WORDS},
        {"Message": WORDS},
        {"detail": WORDS},
        {"detail": {"error": {"message": WORDS}}},
        {"title": "Bad Request", "status": 400, "detail": WORDS},
        {"statusCode": 400, "message": [WORDS], "error": "Bad Request"},
        {"success": False, "errors": [{"code": 5006, "message": WORDS}], "result": {}},
        {"type": "error", "error": {"type": "invalid_request_error", "message": WORDS}},
        [{"error": {"code": 400, "message": WORDS, "status": "INVALID_ARGUMENT"}}],
        {"fault": {"faultstring": WORDS}},
        {"error": True, "message": WORDS},
        {"error": {"message": "Provider returned error", "metadata": {"raw": f'{{"message": "{WORDS}"}}'}}},
        {"error": {"message": f'litellm.BadRequestError: OpenAIException - {{"error": "{WORDS}"}}'}},
        f'{{"error": {{"message": "{WORDS}"}}}}',
        f"Error code: 400 - {{'error': {{'message': '{WORDS}'}}}}",
        f"400 INVALID_ARGUMENT. {{'error': {{'code': 400, 'message': '{WORDS}'}}}}",
        f"Error code: 400 - {WORDS}",
        f"  {WORDS}\n",
        WORDS.encode(),
        f"<html><body><h1>{WORDS}</h1></body></html>",
        f"<html><style>p {{}}</style><body><p>{WORDS}</p></body></html>",
    ],
)
def test_the_sentence_is_found(body: Any) -> None:
    assert sentence(body) == WORDS


@pytest.mark.parametrize(
    "body", [None, "", " \n", "{}", "[]", "null", '""', {"error": {}}, {"error": {"message": ""}}]
)
def test_an_empty_body_says_nothing(body: Any) -> None:
    assert sentence(body) is None


def test_an_object_of_another_form_is_kept_as_it_is() -> None:
    assert sentence({"what": "full"}) == '{"what": "full"}'
    assert sentence('no {"temperature": 0.5}') == 'no {"temperature": 0.5}'


def test_the_faults_of_a_request_are_named_without_the_request() -> None:
    faults = [
        {"loc": ["body", name], "msg": "Extra inputs", "input": "x" * 999} for name in ("seed", "top_k")
    ]
    assert sentence({"detail": faults}) == "body.seed: Extra inputs; body.top_k: Extra inputs"


def test_pictures_are_left_out_and_a_long_sentence_keeps_both_ends() -> None:
    assert sentence(f"data:image/png;base64,{'iVBO' * 500} is too large") == "[...] is too large"
    found = sentence(f"Invalid request: {'word ' * 500} only 8 pictures are allowed")
    assert found is not None
    assert len(found) <= LONGEST
    assert found.startswith("Invalid request: word")
    assert found.endswith("word only 8 pictures are allowed")


def client_error(name: str, message: str = "", **attributes: Any) -> Exception:
    error: Exception = type(name, (Exception,), {})(message)
    for attribute, value in attributes.items():
        setattr(error, attribute, value)
    return error


REQUEST = SimpleNamespace(content=b'"data:image/png;base64,..."' * 32 + b"x" * 1_500_000)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        # openai, whose body is the inner object, or text
        (client_error("BadRequestError", "Error code: 400", status_code=400, body={"message": WORDS}),
         f"BadRequestError (400): {WORDS}"),
        (client_error("APIStatusError", "Error code: 413", status_code=413, body=PAGE),
         "APIStatusError (413): 413 Request Entity Too Large"),
        (client_error("APIStatusError", "Error code: 413", status_code=413, body="", request=REQUEST),
         "APIStatusError (413): the server gave no reason: the request had 32 pictures, 1.5 MB"),
        # anthropic, whose message holds the whole body
        (client_error("BadRequestError", "Error code: 400 - {'error': {'message': 'x'}}", status_code=400,
                      body={"type": "error", "error": {"type": "invalid_request_error", "message": WORDS}}),
         f"BadRequestError (400): {WORDS}"),
        # google, whose code is a number and whose details are the body
        (client_error("ClientError", "400 INVALID_ARGUMENT. {}", code=400, status="INVALID_ARGUMENT",
                      details={"error": {"code": 400, "message": WORDS}}),
         f"ClientError (400): {WORDS}"),
        # httpx and mistral, which keep the answer
        (client_error("SDKError", "failed", response=SimpleNamespace(status_code=422, text=WORDS)),
         f"SDKError (422): {WORDS}"),
        (client_error("NotFoundError", "no model", status_code=404), "NotFoundError (404): no model"),
        (client_error("ApiError", "", status_code=400), "ApiError (400): the server gave no reason"),
    ],
)  # fmt: skip
def test_each_client_keeps_the_sentence_elsewhere(error: Exception, told: str) -> None:
    assert reason(error) == told


def test_the_request_that_inspect_puts_into_its_error_is_left_out() -> None:
    cause = client_error("BadRequestError", "x", status_code=400, body={"message": WORDS})
    wrapped = client_error("ModelGenerateError", "\nRequest:\n{the whole request}", status_code=400)
    wrapped.__cause__ = cause
    assert reason(wrapped) == f"BadRequestError (400): {WORDS}"


def test_secrets_and_control_codes_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "sk-very-secret")
    error = client_error(
        "BadRequestError", "", status_code=400, body={"message": "\x1b[31mno sk-very-secret"}
    )
    assert reason(error) == "BadRequestError (400): ␛[31mno ***"


def test_a_complaint_in_the_place_of_a_reply_is_told_in_the_servers_words() -> None:
    text = f"Error code: 413 - {{'error': {{'message': '{WORDS}'}}}}"
    with pytest.raises(WorkError, match="too long for the model: At most 8 image"):
        check_reply(ModelOutput.from_content("m", text, stop_reason="model_length"))


def test_reasons_that_differ_in_numbers_are_counted_together() -> None:
    tally = Tally()
    for tokens in (900, 901, 902):
        tally.add("error", f"BadRequestError (400): {tokens} tokens are too many (req-{tokens}ab)")
    tally.add("error", "APITimeoutError: Request timed out.")
    assert tally.reasons == Counter(
        {
            "BadRequestError (400): 900 tokens are too many (req-900ab)": 3,
            "APITimeoutError: Request timed out.": 1,
        }
    )


def test_each_reason_is_told_once_and_not_a_thousand_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    progress = EvalProgress(Terminal(stderr=True))
    progress.begin(1000, Counter())
    for number in range(50):
        progress.outcome("error", f"BadRequestError (400): {number} is too many")
    said = capsys.readouterr().err
    assert said.count("error: BadRequestError (400): 0 is too many") == 1
    assert said.count("too many") == 1
    for number in range(50):
        progress.outcome("error", f"reason {'x' * number}")
    said = capsys.readouterr().err
    assert said.count("error: reason") == REASONS_TOLD - 1
    assert said.count("error: further reasons are in results.parquet") == 1
