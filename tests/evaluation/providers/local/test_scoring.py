"""The options after a reply of a local model: their log probabilities, as a plain forward pass gives them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("inspect_ai.model")

from inspect_ai.model import (  # noqa: E402
    ChatCompletionChoice,
    ChatMessageAssistant,
    ChatMessageUser,
    ContentImage,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelOutput,
)

from misground.errors import WorkError  # noqa: E402
from misground.evaluation.option_scores import score_options, scored, written  # noqa: E402
from misground.evaluation.providers.local.arguments import parse_arguments  # noqa: E402
from misground.evaluation.providers.local.conversation import conversation_of  # noqa: E402
from misground.evaluation.providers.local.loading import load  # noqa: E402
from misground.evaluation.providers.local.scoring import ScoreRequest, score  # noqa: E402

# inspect_ai 0.3.285 calls a newer tenacity than it knows.
pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")

OPTIONS = ["superior", "inferior", "towards the patient's head"]
PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def replied(content: Any) -> ModelOutput:
    message = ChatMessageAssistant(content=content)
    return ModelOutput(model="m", choices=[ChatCompletionChoice(message=message)])


def scores(model: Any, question: ChatMessageUser, reply: Any, options: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asyncio.run(
        score_options(model, question, replied(reply), options, cache=False)
    )
    return found


def by_hand(model: Any, text: str, option: str) -> list[float]:
    """The log probability of each token of an option, from the logits of all places."""
    loaded = model.api._loaded
    tokenizer = loaded.encoder.tokenizer
    start = tokenizer(text, add_special_tokens=False)["input_ids"]
    whole = tokenizer(f"{text} {option}", add_special_tokens=False)["input_ids"]
    assert whole[: len(start)] == start
    with torch.no_grad():
        likely = loaded.model(torch.tensor([whole])).logits[0].float().log_softmax(-1)
    return [float(likely[at - 1, whole[at]]) for at in range(len(start), len(whole))]


def test_each_option_is_scored_after_the_reasoning_alone(open_model: Any, smollm2_dir: Path) -> None:
    model = open_model(smollm2_dir, dtype="float32")
    question = ChatMessageUser(content="Where does the liver lie relative to the spleen?")
    found = scores(model, question, "The liver is on top.\nAnswer: inferior", OPTIONS)
    start = model.api._loaded.encoder.text(conversation_of([question], stacks_are_videos=False))
    for one, option in zip(found, OPTIONS, strict=True):
        wanted = by_hand(model, f"{start}The liver is on top.\nAnswer:", option)
        assert (one["option"], one["tokens"]) == (option, len(wanted))
        assert one["raw"] == pytest.approx(sum(wanted), abs=1e-3)
        assert one["normalised"] == pytest.approx(sum(wanted) / len(wanted), abs=1e-3)
    assert found[2]["tokens"] > 1
    again = scores(model, question, "The liver is on top.\nAnswer: superior", OPTIONS)
    assert again == found  # what the reply answered itself plays no part


def test_the_rule_and_the_sampler_play_no_part(open_model: Any, tiny_llama_dir: Path) -> None:
    question = ChatMessageUser(content="w1 w2 w3")
    plain = scores(open_model(tiny_llama_dir), question, "w4 w5", ["w6", "w7 w8"])
    rule = {"decoding": "semantic", "top_m": 8, "top_p": 0.99, "rule_temperature": 2.0}
    assert scores(open_model(tiny_llama_dir, **rule), question, "w4 w5", ["w6", "w7 w8"]) == plain
    assert [one["tokens"] for one in plain] == [1, 2]


def test_pictures_and_stacks_are_seen(open_model: Any, qwen3vl_dir: Path) -> None:
    model = open_model(qwen3vl_dir, dtype="float32")
    text = ContentText(text="Is A above B?")
    found = [
        scores(model, ChatMessageUser(content=[*[ContentImage(image=PIXEL)] * count, text]), "So.", OPTIONS)
        for count in (1, 2, 4)
    ]
    assert all([one["option"] for one in some] == OPTIONS for some in found)
    raw = [tuple(round(one["raw"], 3) for one in some) for some in found]
    assert len(set(raw)) == 3


def test_a_reply_that_filled_the_context_makes_room_for_the_options(
    open_model: Any, tiny_llama_dir: Path
) -> None:
    model = open_model(tiny_llama_dir)
    found = scores(model, ChatMessageUser(content="w1 w2"), "w3 " * 300, ["w6", "w7"])
    assert [one["tokens"] for one in found] == [1, 1]


def test_a_prompt_without_room_is_one_line(tiny_llama_dir: Path) -> None:
    loaded = load(str(tiny_llama_dir), parse_arguments({"device": "cpu"}))
    long = conversation_of([ChatMessageUser(content="w1 " * 300)], stacks_are_videos=False)
    with pytest.raises(WorkError, match="leaves no room for an option in the model's context of 256 tokens"):
        score(loaded, ScoreRequest(long, "w2", ["w6", "w7"]))


def test_an_option_that_the_tokenizer_does_not_spell_is_one_line(tiny_llama_dir: Path) -> None:
    loaded = load(str(tiny_llama_dir), parse_arguments({"device": "cpu"}))
    short = conversation_of([ChatMessageUser(content="w1")], stacks_are_videos=False)
    with pytest.raises(WorkError, match="does not spell the options"):
        score(loaded, ScoreRequest(short, "w2", ["w6", "superior"]))


def test_thinking_that_the_provider_separated_comes_before_the_reply() -> None:
    parts = [ContentReasoning(reasoning="It is high.\n"), ContentText(text="It lies there.")]
    assert written(replied(parts)) == "<think>\nIt is high.\n</think>\n\nIt lies there."
    assert written(replied("It lies there.")) == "It lies there."


@pytest.mark.parametrize("logprobs", [[], [float("nan")], [float("-inf")], [-1.0, 0.5]])
def test_what_is_no_log_probability_is_refused(logprobs: list[float]) -> None:
    with pytest.raises(WorkError, match="the log probabilities of the option 'left'"):
        scored("left", logprobs)


def test_replies_and_options_of_one_model_do_not_disturb_each_other(
    open_model: Any, tiny_llama_dir: Path
) -> None:
    model = open_model(tiny_llama_dir)
    question = ChatMessageUser(content="w1 w2 w3")
    config = GenerateConfig(seed=3, max_tokens=12, temperature=1.0, top_p=0.95)

    async def together() -> tuple[list[str], list[Any]]:
        asked = [model.generate([question], config=config) for _ in range(4)]
        reading = [score_options(model, question, replied("w4"), ["w6", "w7"], False) for _ in range(4)]
        found = await asyncio.gather(*asked, *reading)
        return [one.completion for one in found[:4]], list(found[4:])

    replies, options = asyncio.run(together())
    assert len(set(replies)) == 1
    assert all(one == scores(model, question, "w4", ["w6", "w7"]) for one in options)
