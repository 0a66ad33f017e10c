"""`misground-volume/FAMILY/MODEL`: a local model that takes a stack as one volume, for inspect_ai."""

from collections.abc import Sequence
from typing import Any, Literal

from anyio import to_thread
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from misground.errors import UsageError, WorkError
from misground.evaluation.providers.local.arguments import KNOWN, parse_arguments, refuse_unknown
from misground.evaluation.providers.local.batching import Batcher, Traits
from misground.evaluation.providers.local.conversation import conversation_of
from misground.evaluation.providers.local.generation import Reply
from misground.evaluation.providers.local.identity import described
from misground.evaluation.providers.local.loading import Loaded, load
from misground.evaluation.providers.local.outputs import output_of
from misground.evaluation.providers.local.settings import sampler_of
from misground.evaluation.providers.local.splitting import Splitter
from misground.evaluation.providers.local.waiting import reply_of
from misground.evaluation.providers.volume.answering import Question, answer
from misground.evaluation.providers.volume.families import FAMILIES, split_name

MAX_TOKENS = 2048
AT_ONCE = 4  # decode the next pictures while one question is answered


class VolumeAPI(ModelAPI):
    """A volume model. It answers one question at a time, since its code takes no batches of mixed prompts.

    These models come with their own code, and need trust_remote_code. The module `grid` says how a stack
    becomes a volume, and what becomes of coloured marks.

    Args:
        model_name: FAMILY/MODEL; see `families`.
        base_url: Must be None.
        api_key: Not used.
        config: Settings of all calls.
        model_args: The fields of `LocalArguments` except batch_size.

    Raises:
        UsageError: An argument is wrong, there is no such family or model, or its code is not trusted.
        WorkError: The model cannot be loaded.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # as in ModelAPI
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        if base_url is not None:
            raise UsageError(
                "a base URL is given, and misground-volume runs the model on this machine: leave --base-url "
                "out"
            )
        known = tuple(name for name in KNOWN if name != "batch_size")
        refuse_unknown(
            {name: value for name, value in model_args.items() if value is not None},
            known,
            "misground-volume",
        )
        arguments = parse_arguments({**model_args, "batch_size": 1})
        self._family, name = split_name(model_name)
        self._adapter = FAMILIES[self._family]
        loaded = load(name, arguments)
        self._adapter.finish(loaded.model, loaded.source)
        self._loaded: Loaded | None = loaded
        self.takes = frozenset({"3d"})
        self.stack_input: Literal["volume"] = "volume"
        self.context_length = loaded.context_length
        self._description = {
            **described(loaded, arguments),
            "family": self._family,
            "grid": list(self._adapter.grid(loaded.model.config)),
        }
        self._splitter = Splitter()
        self._batcher: Batcher[Question, Reply] = Batcher(self._answer, 1)

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Generate one reply.

        Raises:
            UsageError: The question does not show one stack, or a setting is not supported.
            WorkError: The model failed, memory ran out, or the prompt is too long.
        """
        if tools:
            raise UsageError("tools are given, and misground-volume does not support them: leave them out")
        sampler = sampler_of(config)
        shown = await to_thread.run_sync(lambda: conversation_of(input, stacks_are_videos=True))
        if len(shown.videos) != 1 or shown.images:
            raise UsageError(
                f"{self.model_name} takes one stack per question, and the question shows "
                f"{_what(shown.kind)}: add --filter dimension=3d"
            )
        texts = [part["text"] for message in shown.messages for part in message["content"] if "text" in part]
        question = Question(
            frames=shown.videos[0],
            text="\n".join(texts),
            seed=config.seed or 0,
            sampler=sampler,
            max_tokens=MAX_TOKENS if config.max_tokens is None else config.max_tokens,
        )
        reply = await reply_of(self._batcher.submit(question, Traits(None, len(question.text))))
        return output_of(reply, self.model_name, sampler, question.seed, question.max_tokens)

    def describe(self) -> dict[str, Any]:
        """Return facts for the run record; see `local.identity.described`."""
        return dict(self._description)

    def max_tokens(self) -> int | None:
        """Return the default maximum of tokens per reply."""
        return MAX_TOKENS

    def max_connections(self) -> int:
        """Return a few calls at a time."""
        return AT_ONCE

    def connection_key(self) -> str:
        """Return the name of the model: its calls share a limit."""
        return self.model_name

    def close(self) -> None:
        """Stop the thread, and free the memory of the model."""
        self._batcher.close()
        self._loaded = None

    def _answer(self, questions: list[Question]) -> Sequence[Reply | Exception]:
        loaded = self._loaded
        if loaded is None:
            raise WorkError("the model was closed: load it again")
        return self._splitter.answer(
            lambda batch: [answer(loaded, self._adapter, question) for question in batch], questions
        )


def _what(kind: str) -> str:
    return {"text": "no picture", "2d": "one picture", "3d": "several pictures"}[kind]
