"""What a reading says besides the option: its rule, the part that decided, and what a cut leaves."""

import pytest

from misground.dialogue import RULES, read_answer
from misground.dialogue.extraction import extract
from misground.dialogue.extraction.rules import rank

SI = ("superior", "inferior")
NAMES = ("heart", "urinary bladder")


@pytest.mark.parametrize(
    ("completion", "rule", "part"),
    [
        ("The heart is high.\n**Answer:** **Superior** (cranial)", "answer line", "Superior"),
        ("So $\\boxed{\\text{superior}}$.", "boxed", r"\text{superior}"),
        ("It is <|begin_of_box|>superior<|end_of_box|>", "boxed", "superior"),
        ("<answer> superior </answer>", "answer tag", "superior"),
        ("**Superior**", "bare option", "Superior"),
        ("I looked.\nThe answer is superior, as the heart is in the chest.", "the answer is", "superior"),
        ("Look.\n\nSo the heart is superior.\nThank you!", "last sentence", "So the heart is superior."),
        ("<think>Inferior?</think>\n\nＡｎｓｗｅｒ： ｓｕｐｅｒｉｏｒ", "answer line", "ｓｕｐｅｒｉｏｒ"),
        ("👍\u200b Answer: \u200bsuperior👍", "answer line", "superior"),
        ("Answer: not superior", "ruled out", "not superior"),
        ("Answer: superior or inferior", "two options", "superior or inferior"),
    ],
)
def test_a_reading_names_its_rule_and_the_part_that_decided(completion: str, rule: str, part: str) -> None:
    found = extract(completion, SI, names=NAMES)
    assert found.rule == rule
    assert found.span is not None
    assert completion[slice(*found.span)].strip("*\u200b👍 ") == part


def test_rules_are_ordered_within_answers_and_described() -> None:
    assert rank("answer line") < rank("the answer is") < rank("last sentence") < rank("earlier sentence")
    for name, rule in RULES.items():
        assert name == rule.name
        assert rule.description[0].isupper()
        assert rule.description.endswith(".")


COMPLETE = [
    "1. The answer is superior.\n\nThe answer is superior.\n\nThe answer is sup",
    "Answer: superior\n",
    "The heart is in the chest.\n**Answer: superior**\n\nThis is because the heart",
    "<answer>superior</answer>",
    "So \\boxed{superior}",
    "\\boxed{\\text{superior}} is what I",
    "<|begin_of_box|>superior<|end_of_box|>",
    '{"answer": "superior", "explanation": "The heart is in the',
    '{"answer": "superior"}',
    "Answer: superior<|im_end|>",
    "<think>inferior?</think>Answer: superior\nThe",
]
INCOMPLETE = [
    "",
    "superior",
    "Answer: superior",
    "Answer: superior.",
    "The heart is superior.",
    "The answer is superior.\n",
    "<answer>superior",
    "\\boxed{superior",
    '{"answer": "superior"',
    "Answer: superior\n\nBut wait, let me verify",
    "`Answer: superior`. But wait, let me verify ...",
    "Answer: superior\nHmm, is the bladder not above",
    "Answer: superior\nAnswer:",
    "Answer: superior\n\nAnswer: inf",
    "In this plane the structure is inferior",
    "<think>Answer: superior\n",
    "Answer: superior\n\nActually, that is wrong. The",
    "Answer: <option>\n",
    "Answer: not superior\n",
    "The answer is superior.\nThe answer is inferior.\nThe ans",
    "The answer is superior.\n\nThe answer is superior.\n\nHm",
]


@pytest.mark.parametrize("completion", COMPLETE)
def test_a_cut_reply_keeps_an_answer_that_was_complete(completion: str) -> None:
    assert extract(completion, SI, names=NAMES, truncated=True).option == "superior"


@pytest.mark.parametrize("completion", INCOMPLETE)
def test_a_cut_reply_has_no_other_answer(completion: str) -> None:
    found = extract(completion, SI, names=NAMES, truncated=True)
    assert found.kind == "no_answer"
    assert found.rule in {"cut off", "taken back", "thinking cut off", "empty"}


def test_a_cut_reply_is_read_as_the_answer_to_its_question() -> None:
    question = {"text": "what is the position of the heart relative to the urinary bladder?", "options": SI}
    assert read_answer(question, "The heart is superior.").option == "superior"
    assert read_answer(question, "The heart is superior.", truncated=True).rule == "cut off"
    assert read_answer(question, "Answer: superior\nThe", truncated=True).option == "superior"
