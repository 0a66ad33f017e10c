"""When a run gives up, and which failures mean that no server answers."""

import json

import pytest

from misground.errors import WorkError
from misground.evaluation.health import HOPELESS, UNANSWERED, Health, Requests, is_silence


class StatusError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__()
        self.status_code = status


class APIConnectionError(Exception):
    pass


def caused(cause: Exception) -> Exception:
    error = APIConnectionError("Connection error.")
    error.__cause__ = cause
    return error


def test_a_run_that_is_given_up_ends_with_the_last_question_in_flight() -> None:
    stops: list[None] = []
    health = Health("http://host/v1", stop=lambda: stops.append(None))
    with health.asking():
        with health.asking():
            for _ in range(UNANSWERED):
                health.silence()
            health.error("Connection error.")
        assert not stops
        health.error("Connection error.")
    assert len(stops) == 1
    told = f"http://host/v1 did not answer {UNANSWERED} requests in a row"
    with pytest.raises(WorkError, match=told), health.asking():
        pass


def test_an_answer_begins_the_count_anew() -> None:
    health = Health()
    for _ in range(UNANSWERED - 1):
        health.silence()
    health.answer()
    health.silence()
    health.error("Connection error.")
    assert health.given_up is None


def test_a_server_that_answers_with_errors_is_asked_for_longer() -> None:
    health = Health("m")
    for _ in range(HOPELESS - 1):
        health.error("broken")
    health.reply()
    for _ in range(HOPELESS):
        assert health.given_up is None
        health.error("broken")
    assert health.given_up == f"given up, as {HOPELESS} questions in a row ended in an error at m (broken)"


@pytest.mark.parametrize(
    ("error", "silent"),
    [
        (ConnectionRefusedError(), True),
        (APIConnectionError(), True),
        (TimeoutError(), True),
        (caused(ConnectionResetError()), True),
        (StatusError(502), True),
        (StatusError(503), True),
        (StatusError(500), False),
        (StatusError(429), False),
        (StatusError(400), False),
        (caused(WorkError("the server reports an error")), False),
        (json.JSONDecodeError("half", "{", 1), False),
        (ValueError(), False),
    ],
)
def test_what_means_that_no_server_answers(error: Exception, silent: bool) -> None:
    assert is_silence(error) is silent


def test_requests_are_counted_against_a_limit() -> None:
    assert Requests().left
    assert Requests(most=2, made=1).left
    assert not Requests(most=2, made=2).left
