"""Baselines that need no model: the right answer, and a random one.

`misground/oracle` shows that questions, answer reading and scoring agree; `misground/random` shows the level
of chance. `misground/anatomy-prior` is in `prior`, `misground/one-mark` in `one_mark`; `baselines` finds each
by its name.
"""

from random import Random
from typing import Any, Final, Literal

from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from misground.errors import UsageError
from misground.evaluation.asking import Asking, asked
from misground.prior.reply import Reply

TAKES: Final[frozenset[Literal["text", "2d", "3d"]]] = frozenset({"text", "2d", "3d"})


class BaselineAPI(ModelAPI):
    """A model that answers from the stored question, and reads neither prompt nor picture.

    Raises:
        UsageError: The baseline does not take an argument.
    """

    takes = TAKES
    stack_input = "images"
    context_length = None

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),
        **model_args: Any,
    ) -> None:
        if model_args:
            name = min(model_args)
            raise UsageError(f"misground/{model_name} takes no argument {name!r}: leave -M {name} out")
        super().__init__(model_name, base_url, api_key, [], config)

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Return the answer in the form that the prompt asks for."""
        return ModelOutput.from_content(self.model_name, self.text(asked()))

    def text(self, asking: Asking) -> str:
        """Write the reply to a question."""
        return f"Answer: {self.option(asking)}"

    def option(self, asking: Asking) -> str:
        """Choose an option."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """Return no facts for the run record: there is no model."""
        return {"model_parameters": None, "revision": None}

    def max_connections(self) -> int:
        """Return a high number, since answers cost nothing."""
        return 32


class ExplainingAPI(BaselineAPI):
    """A baseline that says in a sentence why it chooses an option."""

    def text(self, asking: Asking) -> str:
        """Write the sentence, then the answer."""
        return self.reply(asking).text()

    def option(self, asking: Asking) -> str:
        """Choose an option."""
        return self.reply(asking).option

    def reply(self, asking: Asking) -> Reply:
        """Choose an option, and say why."""
        raise NotImplementedError


class OracleAPI(BaselineAPI):
    """Always right."""

    def option(self, asking: Asking) -> str:
        """Return the right option."""
        return str(asking.question["answer"])


class RandomAPI(BaselineAPI):
    """Each option with the same probability, drawn with the question's own seed."""

    def option(self, asking: Asking) -> str:
        """Draw an option."""
        return str(Random(asking.seed).choice(asking.question["options"]))
