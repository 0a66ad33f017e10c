"""What a model can be asked, how long its replies may be, and what a run would cost."""

from typing import Any

import pytest

from misground.errors import UsageError
from misground.evaluation.dry_run import Gpus, Prices, dry_run, parse_gpus, parse_prices
from misground.evaluation.fitting import check_takes, picture_tokens, prompt_tokens
from misground.evaluation.picture_tokens import family_of
from misground.evaluation.samples import ViewSize

SIZES = {"slice": ViewSize(1, 512, 400), "stack": ViewSize(32, 256, 200)}


def question(number: int, view_id: str | None, dimension: str = "2d") -> dict[str, Any]:
    return {
        "question_id": f"q{number}",
        "item_id": f"i{number // 2}",
        "task": "in_plane",
        "modality": "ct",
        "plane": "axial",
        "condition": "text_only" if view_id is None else "image",
        "dimension": dimension,
        "view_id": view_id,
        "text": "x" * 300,
        "options": ["left", "right"],
    }


TEXT, SLICE, STACK = question(0, None), question(1, "slice"), question(2, "stack", "3d")


@pytest.mark.parametrize("takes", [None, frozenset({"text", "2d", "3d"})])
def test_a_model_that_takes_all_or_is_unknown_is_asked_all(takes: frozenset[str] | None) -> None:
    check_takes(takes, [TEXT, SLICE, STACK], "m")


def test_a_language_model_on_pictures_is_told_the_filter() -> None:
    with pytest.raises(UsageError, match=r"m takes only text, and 2 of 3 .*--filter condition=text_only"):
        check_takes(frozenset({"text"}), [TEXT, SLICE, STACK], "m")


def test_a_volume_model_on_slices_is_told_the_filter() -> None:
    with pytest.raises(
        UsageError, match=r"m takes only stacks, and 2 of 3 .*--filter dimension=3d,condition="
    ):
        check_takes(frozenset({"3d"}), [TEXT, SLICE, STACK], "m")


def test_a_language_model_on_text_alone_is_fine() -> None:
    check_takes(frozenset({"text"}), [TEXT], "m")


def test_a_picture_takes_a_token_for_each_patch() -> None:
    large, small = ({"slice": ViewSize(1, side, side)} for side in (280, 28))
    assert prompt_tokens(SLICE, large) - prompt_tokens(SLICE, small) == 100 - 1


def test_a_stack_takes_the_tokens_of_all_its_pictures() -> None:
    many, one = ({"stack": ViewSize(frames, 280, 280)} for frames in (32, 30))
    assert picture_tokens(STACK, many) - picture_tokens(STACK, one) == 200


def test_a_dry_run_counts_over_epochs() -> None:
    found = dry_run(
        [TEXT, SLICE, STACK], SIZES, epochs=5, reply_tokens=100, connections=2, tokens_a_second=50
    )
    assert (found.questions, found.items, found.calls) == (3, 2, 15)
    assert found.pictures == 5 * 33
    assert found.by_kind == {"text": 1, "2d": 1, "3d": 1}
    assert found.prompt_tokens == 5 * sum(prompt_tokens(row, SIZES) for row in (TEXT, SLICE, STACK))
    assert found.seconds == 15 * 100 / 50 / 2
    assert found.cost is None


def test_a_dry_run_follows_the_family_of_the_model() -> None:
    asked = {"epochs": 2, "reply_tokens": 100, "connections": 2}
    guess = dry_run([TEXT, SLICE, STACK], SIZES, **asked)
    gemma = dry_run([TEXT, SLICE, STACK], SIZES, **asked, family=family_of(["google/medgemma-4b-it"]))
    assert (guess.family.known, gemma.family.known) == (False, True)
    assert gemma.picture_tokens == 2 * 33 * 260
    assert gemma.prompt_tokens - gemma.picture_tokens == guess.prompt_tokens - guess.picture_tokens


def test_a_dry_run_counts_the_requests_that_score_the_options() -> None:
    asked = {"epochs": 3, "reply_tokens": 100, "connections": 1}
    plain, scored = (dry_run([TEXT, SLICE], SIZES, **asked, scored=scored) for scored in (False, True))
    assert (plain.option_calls, scored.option_calls, scored.calls) == (0, 3 * 2 * 2, 6)
    assert scored.pictures == 3 * plain.pictures == 9
    assert scored.prompt_tokens == 3 * plain.prompt_tokens + 12 * 100
    assert scored.reply_tokens == plain.reply_tokens


def test_a_dry_run_with_prices_has_a_cost() -> None:
    found = dry_run([TEXT], SIZES, epochs=1, reply_tokens=1000, connections=1, prices=Prices(2.0, 10.0))
    assert found.cost == pytest.approx(2.0 * found.prompt_tokens / 1e6 + 0.01)


def test_prices_are_two_numbers() -> None:
    assert parse_prices("2.5, 10") == Prices(2.5, 10.0)


@pytest.mark.parametrize("text", ["2.5", "a,b", "1,2,3", "-1,2", "nan,1", "inf,1", ""])
def test_other_prices_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected two numbers"):
        parse_prices(text)


def test_a_dry_run_with_gpus_goes_by_their_rate() -> None:
    asked = {"epochs": 5, "reply_tokens": 360, "connections": 3}
    found = dry_run([TEXT, TEXT], SIZES, **asked, gpus=Gpus(4, 10.0, 2.5))
    assert found.seconds == 5 * 2 * 360 / 10
    assert found.gpu_hours == pytest.approx(4 * 360 / 3600)
    assert found.gpu_cost == pytest.approx(1.0)


def test_gpus_without_a_price_have_hours_and_no_cost() -> None:
    asked = {"epochs": 1, "reply_tokens": 10, "connections": 1}
    found = dry_run([TEXT], SIZES, **asked, gpus=Gpus(1, 10.0))
    assert (found.gpu_hours is None, found.gpu_cost) == (False, None)
    assert dry_run([TEXT], SIZES, **asked).gpu_hours is None


@pytest.mark.parametrize(
    ("text", "gpus"), [("2,1500", Gpus(2, 1500.0)), ("2, 1500, 2.5", Gpus(2, 1500.0, 2.5))]
)
def test_gpus_are_their_number_their_rate_and_perhaps_a_price(text: str, gpus: Gpus) -> None:
    assert parse_gpus(text) == gpus


@pytest.mark.parametrize(
    "text",
    ["2", "0,10", "2.5,10", "1,0", "1,-5", "1,nan", "1,inf", "1,10,-1", "1,10,nan", "1,10,2,3", "a,b", ""],
)
def test_other_gpus_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected the number of GPUs"):
        parse_gpus(text)
