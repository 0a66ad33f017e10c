"""What the local provider takes beside a model's name."""

from pathlib import Path

import pytest

from misground.errors import UsageError
from misground.evaluation.providers.local.arguments import KNOWN, LocalArguments, parse_arguments


def test_nothing_given_is_the_default_decoding_in_batches_of_eight() -> None:
    assert parse_arguments({}) == LocalArguments(rule={}, makings={})
    assert LocalArguments().decoding == "default"
    assert LocalArguments().batch_size == 8
    assert LocalArguments().trust_remote_code is False


def test_none_stands_for_an_argument_that_was_not_given() -> None:
    assert parse_arguments(dict.fromkeys(KNOWN)) == parse_arguments({})


def test_the_rule_and_its_table_get_the_names_that_semsam_knows() -> None:
    args = parse_arguments(
        {
            "decoding": "semantic",
            "top_m": 5,
            "top_p": 0.9,
            "rule_temperature": 0.5,
            "mode": "softmax",
            "tau": 0.1,
            "k": 8,
            "matrix": "output",
            "content": "strict",
        }
    )
    assert args.rule == {"top_m": 5, "top_p": 0.9, "temperature": 0.5, "mode": "softmax", "tau": 0.1}
    assert args.makings == {"k": 8, "matrix": "output", "policy": "strict"}


def test_a_table_is_a_path() -> None:
    assert parse_arguments({"decoding": "semantic", "table": "t.safetensors"}).table == Path("t.safetensors")


def test_an_unknown_argument_is_named_with_those_that_are_known() -> None:
    with pytest.raises(
        UsageError, match=r"takes no argument top_q, expected one of decoding, batch_size, .*top_m"
    ):
        parse_arguments({"top_q": 1})


@pytest.mark.parametrize("name", ["table", "top_m", "rule_temperature", "k", "matrix"])
def test_settings_of_the_rule_contradict_the_default_decoding(name: str) -> None:
    value = "input" if name == "matrix" else 1
    with pytest.raises(UsageError, match=f"{name} is a setting of the rule.*set decoding=semantic"):
        parse_arguments({name: value})


def test_a_table_contradicts_how_to_build_one() -> None:
    with pytest.raises(UsageError, match="k is for building a table, and table is given too"):
        parse_arguments({"decoding": "semantic", "table": "t", "k": 8})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decoding", "beam"),
        ("dtype", "int8"),
        ("batch_size", 0),
        ("batch_size", True),
        ("batch_size", "8"),
        ("trust_remote_code", "false"),
    ],
)
def test_a_wrong_value_is_repeated(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"{name} is {value!r}, expected"):
        parse_arguments({name: value})


@pytest.mark.parametrize(("name", "value"), [("matrix", "both"), ("content", "all"), ("k", 0)])
def test_a_wrong_making_of_a_table_is_repeated(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"{name} is {value!r}, expected"):
        parse_arguments({"decoding": "semantic", name: value})
