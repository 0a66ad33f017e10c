"""Simulated models: each fault does what its name says, and nothing else."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from misground.analysis.results import Run
from misground.dialogue import read_answer
from misground.errors import UsageError
from misground.evaluation.asking import sample_seed
from misground.evaluation.settings import EvalSettings
from misground.evaluation.simulated.answering import answer, prior_option, reply, spoken
from misground.evaluation.simulated.faults import SHARES, Faults, parse_faults
from misground.prior.positions import shipped_positions
from misground.questions import Item, cross

NAMES = {"liver": "liver", "urinary_bladder": "urinary bladder", "spleen": "spleen"}


def item(number: int, axis: str = "x", sign: int = 1) -> Item:
    """A relation on an axial slice, x or y."""
    return Item(
        case_id=f"c{number}", modality="ct", knee_side=None, dimension="2d", plane="axial", task="in_plane",
        axis=axis, slices=(number,), stack_reversed=None, sign=sign,
        option_order=((0, 1), (1, 0))[number % 2],
        structure_a="liver", structure_b="spleen", p_a_greater=1.0, delta_mm=20.0 * sign,
    )  # fmt: skip


def rows(count: int = 60) -> Iterator[dict[str, Any]]:
    """The 24 questions of each of some items."""
    for number in range(count):
        one = item(number, "xy"[number % 2], (1, -1)[number // 2 % 2])
        for place, question in enumerate(cross(one, NAMES)):
            row = {name: getattr(one, name) for name in ("item_id", "case_id", "modality", "plane", "task")}
            row |= {name: getattr(one, name) for name in ("axis", "structure_a", "structure_b")}
            row |= {name: getattr(question, name) for name in ("coordinates", "prompt", "terms", "condition")}
            row |= {"text": question.text, "options": list(question.options), "answer": question.answer}
            yield {**row, "question_id": f"{number}-{place}", "probe": None}


ROWS = list(rows())


def said(row: dict[str, Any], faults: Faults, epoch: int = 1, prior: str | None = None) -> str | None:
    return spoken(row, faults, answer(row, faults, prior), sample_seed(0, row["question_id"], epoch))


def wrong(faults: Faults, **levels: Any) -> list[bool]:
    mine = [row for row in ROWS if all(row[name] == level for name, level in levels.items())]
    assert mine
    return [said(row, faults) != row["answer"] for row in mine]


def test_without_faults_every_question_with_a_picture_is_right() -> None:
    assert not any(wrong(Faults(), condition="image") + wrong(Faults(), condition="blank"))


def test_without_a_picture_or_a_prior_a_fact_is_guessed_alike_in_both_terms() -> None:
    guesses = {terms: wrong(Faults(), condition="text_only", terms=terms) for terms in
               ("anatomical", "colloquial")}  # fmt: skip
    assert guesses["anatomical"] == guesses["colloquial"]
    assert 15 < sum(guesses["anatomical"]) < 45


def test_a_fact_that_is_not_seen_is_guessed_alike_in_all_wordings_with_marks() -> None:
    found = [
        wrong(Faults(sees=0.5), condition=condition, terms=terms, coordinates=coordinates, prompt="box")
        for condition, terms, coordinates in (
            ("image", "anatomical", "viewing"), ("image", "colloquial", "storage"),
            ("blank", "colloquial", "viewing"),
        )
    ]  # fmt: skip
    assert found[0] == found[1] == found[2]
    assert 5 < sum(found[0]) < 25


def test_names_matter_only_where_nothing_is_marked() -> None:
    faults = Faults(names=0.3)
    assert not any(wrong(faults, condition="image", prompt="mask") + wrong(faults, condition="blank"))
    assert any(wrong(faults, condition="image", prompt="none"))


def test_mirror_turns_only_anatomical_left_and_right_as_viewed() -> None:
    faults = Faults(mirror=1.0)
    turned = {"condition": "image", "coordinates": "viewing", "terms": "anatomical", "axis": "x"}
    assert all(wrong(faults, **turned))
    for name, other in (("coordinates", "storage"), ("terms", "colloquial"), ("axis", "y")):
        assert not any(wrong(faults, **{**turned, name: other}))


def test_the_prior_is_followed_with_the_picture_and_alone_is_all_there_is_without() -> None:
    row = next(row for row in ROWS if row["condition"] == "text_only")
    against = next(option for option in row["options"] if option != row["answer"])
    assert said(row, Faults(prior=0.01), prior=against) == against
    shown = next(row for row in ROWS if row["condition"] == "image")
    against = next(option for option in shown["options"] if option != shown["answer"])
    assert said(shown, Faults(prior=1.0), prior=against) == against
    assert said(shown, Faults(prior=1.0), prior=None) == shown["answer"]


def test_the_prior_of_a_reversed_question_is_the_opposite() -> None:
    row = next(row for row in ROWS if row["condition"] == "text_only" and row["terms"] == "anatomical")
    usual = prior_option(row, None, shipped_positions())
    turned = prior_option({**row, "probe": "reversed"}, None, shipped_positions())
    assert {usual, turned} == set(row["options"])


def test_flip_and_silence_are_drawn_anew_and_a_first_option_is_not() -> None:
    def varying(faults: Faults) -> int:
        return sum(len({said(row, faults, epoch) for epoch in range(1, 6)}) > 1 for row in ROWS)

    assert varying(Faults(flip=0.5)) > len(ROWS) / 2
    assert varying(Faults(silent=0.5)) > len(ROWS) / 2
    assert varying(Faults(first=0.5, sees=0.5, mirror=0.5)) == 0
    assert all(said(row, Faults(first=1.0)) == row["options"][0] for row in ROWS)


def test_a_probe_of_the_name_is_answered_by_recognition() -> None:
    asked = [
        {**row, "probe": "naming", "task": "naming", "axis": None, "options": ["liver", "spleen"],
         "answer": "liver"}
        for row in ROWS if row["condition"] == "image" and row["prompt"] == "box"
    ]  # fmt: skip
    assert all(said(row, Faults(mirror=1.0, flip=1.0)) == "liver" for row in asked)
    names = {row["case_id"]: said(row, Faults(names=0.0)) for row in asked}
    assert set(names.values()) == {"liver", "spleen"}
    assert all(said(row, Faults(names=0.0)) == names[row["case_id"]] for row in asked)


@pytest.mark.parametrize("condition", ["image", "text_only", "blank"])
def test_every_reply_is_read_as_what_it_states(condition: str) -> None:
    mine = [row for row in ROWS[:48] if row["condition"] == condition]
    none, all_of = {"sees": 0.0, "names": 0.0}, ("first", "prior", "mirror", "silent", "flip")
    kinds = [Faults(), *(Faults(**{name: none.get(name, 1.0)}) for name in (*none, *all_of))]
    for row, faults in product(mine, kinds):
        held = answer(row, faults, row["answer"])
        read = read_answer(row, reply(row, faults, held, 1))
        assert read.option == spoken(row, faults, held, 1)


def test_another_seed_is_another_model_and_the_same_seed_the_same() -> None:
    def wrongs(seed: int) -> list[bool]:
        return wrong(Faults(sees=0.5, seed=seed), condition="blank")

    assert wrongs(1) == wrongs(1)
    assert wrongs(1) != wrongs(2)


def test_a_name_states_the_faults() -> None:
    assert parse_faults("simulated") == Faults()
    assert parse_faults("simulated?sees=0.8&names=.95&flip=1&seed=3") == Faults(0.8, 0.95, flip=1, seed=3)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("simulated?sess=1", r"has no setting 'sess', expected sees, names, .* or seed$"),
        ("simulated?sees=1.5", r"sees is '1.5', expected a number from 0 to 1$"),
        ("simulated?flip=-0.1", r"flip is '-0.1', expected a number from 0 to 1$"),
        ("simulated?flip=nan", r"flip is 'nan', expected a number from 0 to 1$"),
        ("simulated?flip=", r"flip is '', expected a number from 0 to 1$"),
        ("simulated?flip", r"has 'flip', expected NAME=VALUE, such as sees=0.8$"),
        ("simulated?flip=0&flip=0", r"states flip twice: state it once$"),
        ("simulated?seed=x", r"seed is 'x', expected a whole number from 0 to 2147483647$"),
    ],
)
def test_a_wrong_name_is_refused_in_one_line(name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        parse_faults(name)
    assert "\n" not in str(raised.value)


def test_a_simulated_model_is_asked_as_often_as_a_model_and_counts_as_one() -> None:
    assert EvalSettings("misground/simulated?flip=0.1").times == EvalSettings("openai/gpt-4o").times > 1
    assert EvalSettings("misground/oracle").times == 1
    about = dict.fromkeys(("name", "run_id", "benchmark_hash", "model_parameters", "source", "record"))
    about |= dict.fromkeys(("questions", "replies")) | {"decoding": "default", "decoding_settings": "{}"}
    kinds = {
        name: Run(model=f"misground/{name}", **about).baseline for name in ("oracle", "simulated?flip=1")
    }
    assert kinds == {"oracle": True, "simulated?flip=1": False}
    assert set(SHARES) < set(Faults.__dataclass_fields__)
