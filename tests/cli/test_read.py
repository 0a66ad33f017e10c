"""`misground read` prints how one reply is read."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from misground.cli import cli
from misground.errors import UsageError


def told(*arguments: str, given: str | bytes = "") -> str:
    found = CliRunner().invoke(cli, ["read", *arguments], input=given, catch_exceptions=False)
    assert found.exit_code == 0
    return found.output


OPTIONS = ("--options", "superior,inferior", "--names", "liver,spleen")


def test_answer_rule_and_part_are_printed() -> None:
    lines = told("It is high up.\nAnswer: superior", *OPTIONS).splitlines()
    assert lines[0] == "answer: superior"
    assert lines[1].startswith("rule: answer line (")
    assert "Answer: superior" in lines[3]


def test_json_says_the_same_with_the_text_of_the_span() -> None:
    reply = "It is high up.\nAnswer: superior"
    found = json.loads(told(reply, *OPTIONS, "--json"))
    assert (found["outcome"], found["answer"], found["rule"]) == ("answer", "superior", "answer line")
    start, end = found["span"]
    assert reply[start:end] == found["text"]
    assert "superior" in found["text"]


def test_a_reply_without_an_answer_says_why() -> None:
    assert told("It is superior or inferior.", *OPTIONS).splitlines()[0] == "no answer"
    found = json.loads(told("I cannot help with medical images.", *OPTIONS, "--json"))
    assert (found["outcome"], found["answer"]) == ("refused", None)


def test_a_cut_reply_and_letters_are_read_as_such() -> None:
    assert told("Answer: superior", *OPTIONS, "--cut").startswith("no answer")
    assert told("B", *OPTIONS).startswith("no answer")
    assert told("B", *OPTIONS, "--lettered").startswith("answer: inferior")


def test_the_question_says_whose_left_is_asked() -> None:
    asks = "what is the position of the liver relative to the spleen?"
    patient = f"In the patient's frame (directions are the patient's own), {asks}"
    picture = f"As seen in the picture (directions are the picture's own), {asks}"
    reply = "The liver is on the left side of the image."
    assert told(reply, "--options", "left,right", "--question", patient).startswith("no answer")
    assert told(reply, "--options", "left,right", "--question", picture).startswith("answer: left")


def test_the_reply_may_come_from_standard_input_in_any_encoding() -> None:
    assert told("-", *OPTIONS, given="Answer: inferior").startswith("answer: inferior")
    assert told("-", *OPTIONS, given=b"\xff\xfe\nAnswer: inferior").startswith("answer: inferior")


def test_control_codes_of_a_reply_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in told("\x1b]0;title\x07 Answer: superior", *OPTIONS)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--options", "left"), "two or three different options"),
        (("--options", "left,left"), "two or three different options"),
        (("--options", "left,"), "two or three different options"),
        (("--options", "a,b,c,d"), "two or three different options"),
        (("--options", "left,right", "--names", "liver"), "expected two names"),
        (("--options", "left,right", "--names", "a,b", "--question", "x"), "leave --names out"),
    ],
)
def test_what_is_no_question_is_one_line(arguments, expected) -> None:
    found = CliRunner().invoke(cli, ["read", "left", *arguments])
    assert isinstance(found.exception, UsageError)
    assert expected in str(found.exception)


def test_a_reply_without_end_is_refused() -> None:
    command = [sys.executable, "-m", "misground", "read", "-", *OPTIONS]
    found = subprocess.run(command, input=b"x" * 10_000_001, capture_output=True, timeout=120, check=False)
    assert found.returncode == 2
    assert b"expected one reply" in found.stderr
