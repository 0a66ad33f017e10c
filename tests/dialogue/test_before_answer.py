"""What a reply says before its final answer, and that open thinking is closed."""

import pytest

from misground.dialogue.before_answer import before_answer, close_thinking

REASON = "The liver lies above the spleen."


@pytest.mark.parametrize(
    "answer",
    [
        "Answer: superior",
        "**Answer:** superior",
        "**Final Answer**: `superior`",
        "### Answer\nsuperior",
        "- Answer: superior",
        "> Answer: superior\n\nHope this helps!",
        "\\boxed{superior}",
        "$$\\boxed{\\text{superior}}$$",
        "<answer>superior</answer>",
        "The final answer is: superior.",
        "So, the correct answer is superior.",
        '{"answer": "superior"}',
        "答案：superior",
        "Answer:",
    ],
)
def test_the_final_answer_and_its_introduction_are_left_out(answer: str) -> None:
    assert before_answer(f"{REASON}\n{answer}") == REASON
    assert before_answer(f"{REASON}\n\n{answer}\n") == REASON
    assert before_answer(answer) == ""


def test_an_answer_at_the_end_of_a_sentence_leaves_the_sentences_before_it() -> None:
    assert before_answer(f"{REASON} Answer: superior") == REASON
    assert before_answer(f"{REASON} The final answer is: superior.") == REASON


def test_of_several_answers_the_last_one_is_the_final_one() -> None:
    text = "Answer: inferior\nBut wait, it is above.\nAnswer: superior"
    assert before_answer(text) == "Answer: inferior\nBut wait, it is above."


@pytest.mark.parametrize("text", ["", REASON, "I cannot tell.", "Answer: <option>", "word " * 50_000])
def test_without_a_final_answer_the_whole_reply_stays(text: str) -> None:
    assert before_answer(text) == text


def test_an_answer_within_closed_thinking_is_a_thought() -> None:
    thought = f"<think>\nAnswer: inferior?\n</think>\n\n{REASON}"
    assert before_answer(thought) == thought
    assert before_answer(f"{thought}\nAnswer: superior") == thought


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("<think>", "</think>"),
        ("<THINK>", "</THINK>"),
        ("<thinking>", "</thinking>"),
        ("<seed:think>", "</seed:think>"),
        ("[THINK]", "[/THINK]"),
        ("◁think▷", "◁/think▷"),
        ("<unused94>", "<unused95>"),
        ("<|begin_of_thought|>", "<|end_of_thought|>"),
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        ("<|inner_prefix|>", "<|inner_suffix|>"),
        ("<|channel>thought", "<channel|>"),
        ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ],
)
def test_thinking_that_was_cut_is_closed(opened: str, closed: str) -> None:
    text = f"{opened}\n{REASON}\nAnswer: inferior"
    assert before_answer(text) == f"{text}\n{closed}\n\n"
    assert close_thinking(before_answer(text)) == before_answer(text)


def test_thinking_that_is_opened_again_is_closed_again() -> None:
    assert close_thinking("<think>a</think>b<think>c") == "<think>a</think>b<think>c\n</think>\n\n"


def test_a_closing_tag_alone_ends_thinking_that_the_prompt_opened() -> None:
    assert before_answer("Answer: left?\n</think>\nIt is so.\nAnswer: right") == (
        "Answer: left?\n</think>\nIt is so."
    )
