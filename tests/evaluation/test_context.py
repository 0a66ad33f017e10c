"""How long replies may be: by the family of the model, corrected by the first replies and by refusals."""

from typing import Any

import anyio
import pytest
from inspect_ai.model import ModelOutput, ModelUsage

from misground.errors import WorkError
from misground.evaluation.context import Context, context_of
from misground.evaluation.length_words import SMALLEST_REPLY, Smaller, smaller_limit
from misground.evaluation.picture_tokens import UNKNOWN, family_of
from misground.evaluation.samples import ViewSize

SIZES = {"slice": ViewSize(1, 512, 512), "stack": ViewSize(32, 256, 256), "thin": ViewSize(32, 256, 128)}
GEMMA = family_of(["google/gemma-3-4b-it"])
WANTED = 8912


def question(number: int, view_id: str | None, dimension: str = "2d") -> dict[str, Any]:
    return {
        "question_id": f"q{number}",
        "item_id": "i",
        "task": "in_plane",
        "modality": "ct",
        "plane": "axial",
        "condition": "text_only" if view_id is None else "image",
        "dimension": dimension,
        "view_id": view_id,
        "text": "x" * 300,
        "options": ["left", "right"],
    }


TEXT, SLICE = question(0, None), question(1, "slice")
STACK, THIN = question(2, "stack", "3d"), question(3, "thin", "3d")
ALL = [TEXT, SLICE, STACK]


class Server:
    """Counts so many tokens a picture, and refuses what does not fit."""

    def __init__(self, each: float, length: int, words: str | None = None) -> None:
        self.each, self.length, self.words = each, length, words
        self.asked: list[tuple[str, int]] = []

    def prompt(self, asked: dict[str, Any]) -> int:
        size = SIZES.get(asked["view_id"])
        return 150 + (0 if size is None else round(size.frames * (self.each + 7)))

    def call(self, asked: dict[str, Any]) -> Any:
        async def call(limit: int | None) -> ModelOutput:
            limit = limit or WANTED
            self.asked.append((asked["question_id"], limit))
            prompt = self.prompt(asked)
            await anyio.sleep(0)
            if prompt + limit > self.length:
                raise WorkError(
                    self.words
                    or f"maximum context length is {self.length} tokens. However, you requested "
                    f"{prompt + limit} tokens ({prompt} in the messages, {limit} in the completion)."
                )
            output = ModelOutput.from_content("m", "Answer: left")
            output.usage = ModelUsage(input_tokens=prompt)
            return output

        return call


def made(length: int | None, family: Any = UNKNOWN, **more: Any) -> tuple[Context, list[str]]:
    said: list[str] = []
    return context_of(ALL, SIZES, family, length=length, wanted=WANTED, say=said.append, **more), said


def ask(context: Context, server: Server, *questions: dict[str, Any]) -> list[Any]:
    async def one(place: int, asked: dict[str, Any], into: list[Any]) -> None:
        try:
            into[place] = await context.reply(asked, server.call(asked))
        except WorkError as error:
            into[place] = error

    async def all_at_once() -> list[Any]:
        found: list[Any] = [None] * len(questions)
        async with anyio.create_task_group() as group:
            for place, asked in enumerate(questions):
                group.start_soon(one, place, asked, found)
        return found

    return anyio.run(all_at_once)


def test_a_known_family_fits_from_the_start() -> None:
    context, said = made(16_384, GEMMA)
    server = Server(256, 16_384)
    assert not any(isinstance(found, Exception) for found in ask(context, server, *ALL * 3))
    assert len(server.asked) == 9
    assert {limit for _, limit in server.asked} == {context.limit}
    assert WANTED - 1500 < context.limit < WANTED
    assert said == []
    assert context.notes("m") == (
        f"the context of the model holds 16,384 tokens: replies get at most {context.limit:,} instead of "
        "8,912",
    )


def test_a_wrong_estimate_is_corrected_by_the_first_reply_and_nothing_is_lost() -> None:
    context, said = made(16_384)
    server = Server(256, 16_384)
    found = ask(context, server, *[STACK] * 20, *[SLICE] * 5, *[TEXT] * 5)
    assert not any(isinstance(one, Exception) for one in found)
    assert len(server.asked) <= 30 + 2
    assert context.limit <= 16_384 - server.prompt(STACK)
    told = [line for line in said if "stack" in line]
    assert len(told) == 1
    assert "tokens, not 84 (a guess: 28 x 28 pixels per token): corrected for the rest of the run" in told[0]
    measured = context.record()["measured"]["3d"]
    assert measured["estimated"] == 84
    assert measured["measured"] == pytest.approx(260, abs=8)


def test_an_estimate_that_is_too_high_is_corrected_too() -> None:
    context, _ = made(16_384, family_of(["gemini-3-pro"]))  # 1,120 a picture
    server = Server(256, 16_384)
    before = context.limit_of(STACK)
    assert not any(isinstance(one, Exception) for one in ask(context, server, STACK, *ALL))
    assert before == 16_384 // 4 < context.limit_of(STACK) == context.limit


@pytest.mark.parametrize("words", [None, "The request does not fit into the context window."])
def test_a_refused_question_is_asked_again_with_less(words: str | None) -> None:
    context, _ = made(16_384)
    server = Server(400, 16_384, words)
    found = ask(context, server, *[STACK] * 10)
    assert not any(isinstance(one, Exception) for one in found)
    limits = [limit for _, limit in server.asked]
    assert limits[0] > limits[1]
    assert len(limits) <= 12


def test_a_prompt_that_does_not_fit_is_an_error_in_the_servers_words_and_costs_one_call() -> None:
    context, _ = made(8_192, GEMMA)
    server = Server(256, 8_192)
    found = ask(context, server, *[STACK] * 4, SLICE, TEXT)
    assert [isinstance(one, WorkError) for one in found] == [True] * 4 + [False] * 2
    assert "maximum context length is 8192 tokens" in str(found[0])
    assert len(server.asked) == 6
    assert dict(server.asked)["q1"] > 8_192 // 2


def test_without_numbers_a_hopeless_question_is_tried_with_less_only_once() -> None:
    context, _ = made(8_192, GEMMA)
    server = Server(256, 8_192, "too long for the context")
    assert all(isinstance(one, WorkError) for one in ask(context, server, *[STACK] * 20))
    assert len(server.asked) < 20 + 10


def test_a_server_that_does_not_tell_its_context_teaches_it_by_refusing() -> None:
    context, _ = made(None)
    server = Server(256, 16_384)
    assert not any(isinstance(one, Exception) for one in ask(context, server, STACK))
    assert server.asked[1][1] < WANTED
    assert not any(isinstance(one, Exception) for one in ask(context, server, STACK, TEXT))
    assert len(server.asked) == 4


def test_other_errors_are_errors_at_once() -> None:
    context, _ = made(16_384, GEMMA)

    async def refused(_: int | None) -> ModelOutput:
        raise WorkError("BadRequestError (400): At most 8 image(s) may be provided in one prompt.")

    with pytest.raises(WorkError, match="At most 8"):
        anyio.run(context.reply, STACK, refused)


def test_a_dead_server_does_not_make_questions_wait_for_each_other() -> None:
    context, _ = made(16_384)
    flying = most = 0

    async def dead(_: int | None) -> ModelOutput:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await anyio.sleep(0.01)
        flying -= 1
        raise WorkError("Connection error.")

    async def all_at_once() -> None:
        async def one() -> None:
            with pytest.raises(WorkError):
                await context.reply(STACK, dead)

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(one)

    anyio.run(all_at_once)
    assert most > 5


def test_a_wide_or_unknown_context_limits_nothing() -> None:
    for length in (None, 1_000_000):
        context, _ = made(length)
        server = Server(84, 10**9)
        ask(context, server, *ALL)
        assert {limit for _, limit in server.asked} == {WANTED}
        assert context.notes("m") == ()


def test_a_local_model_shortens_by_itself_and_it_says_so() -> None:
    context, _ = made(8_192, local=True)
    assert context.limit == context.limit_of(STACK) == WANTED
    assert context.notes("m") == (
        "the context of the model holds 8,192 tokens: a reply gets what its prompt leaves, at most 8,912",
    )
    assert made(100_000, local=True)[0].notes("m") == ()


def test_what_was_measured_holds_when_the_run_is_resumed() -> None:
    context, _ = made(16_384)
    ask(context, Server(256, 16_384), *ALL)
    again, said = made(16_384, recorded=context.record())
    assert (again.limit, again.record()) == (context.limit, context.record())
    ask(again, Server(256, 16_384), *ALL)
    assert said == []
    other, _ = made(16_384, GEMMA, recorded=context.record())
    assert other.measured == {}


@pytest.mark.parametrize(
    "recorded", [None, 3, {}, {"rule": UNKNOWN.source, "measured": {"3d": {"measured": "x"}}}]
)
def test_a_record_that_says_nothing_readable_is_left_alone(recorded: Any) -> None:
    assert made(16_384, recorded=recorded)[0].measured == {}


def test_a_server_that_does_not_count_its_pictures_teaches_nothing() -> None:
    context, said = made(16_384)
    ask(context, Server(-7, 16_384), *ALL)
    assert (context.measured, said) == ({}, [])


def test_a_guess_is_said_to_be_one() -> None:
    context, _ = made(10_000)
    assert "guessing what a picture takes: the family of m is unknown" in context.notes("m")[0]


def test_pictures_of_any_size_take_what_one_takes_where_the_rule_is_wrong() -> None:
    context, _ = made(16_384)
    ask(context, Server(256, 16_384), SLICE, THIN)
    assert context.limit == pytest.approx(16_384 - 32 * 265 - 400, abs=400)


VLLM = "This model's maximum context length is 16384 tokens."


@pytest.mark.parametrize(
    ("words", "length", "found"),
    [
        (f"BadRequestError (400): {VLLM} However, you requested 17200 tokens (8288 in the messages, 8912 in "
         "the completion).", 16_384, Smaller(8095, 8288)),
        (f"'max_tokens' is too large: 8912. {VLLM[:-1]} and your request has 8400 input tokens "
         "(8912 > 16384 - 8400).", 16_384, Smaller(7983, 8400)),
        ("Requested token count exceeds the model's maximum context length of 16384 tokens. You requested a "
         "total of 17200 tokens: 8288 tokens from the input messages and 8912 tokens for completion.", None,
         Smaller(8095, 8288)),
        ("`inputs` tokens + `max_new_tokens` must be <= 16384. Given: 8288 `inputs` tokens and 8912 "
         "`max_new_tokens`", None, Smaller(8095, 8288)),
        ("input length and `max_tokens` exceed context limit: 190000 + 8912 > 198000", None,
         Smaller(7999, 190_000)),
        ("maximum context length is 16,384 tokens. However, you requested about 17,200 tokens (8,288 of it, "
         "8,912 in the output).", None, Smaller(8095, 8288)),
        ("max_tokens is too large: 8912. This model supports at most 4096 completion tokens, whereas you "
         "provided 8912.", None, Smaller(4096)),
        ("max_tokens: 8912 > 8192, which is the maximum allowed number of output tokens for claude-3-5", None,
         Smaller(8192)),
        ("the request exceeds the available context size", None, Smaller(4456)),
        ("The decoder prompt (length 20000) is longer than the maximum model length of 16384.", 16_384, None),
        ("The input (20000 tokens) is longer than the model's context length (16384 tokens).", None, None),
        ("Prompt is too long: 210000 tokens > 200000 maximum", None, None),
        ("At most 8 image(s) may be provided in one prompt.", 16_384, None),
        ("Unsupported parameter: 'max_tokens' is not supported with this model.", None, None),
        ("Request timed out.", 16_384, None),
    ],
)  # fmt: skip
def test_the_servers_words_tell_what_fits(words: str, length: int | None, found: Smaller | None) -> None:
    assert smaller_limit(words, 8912, length) == found


def test_no_reply_gets_less_than_the_smallest() -> None:
    assert smaller_limit("too long for the context", 2 * SMALLEST_REPLY - 1, None) is None
