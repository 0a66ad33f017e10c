"""Baselines that need no model: the right answer, and a coin.

`misground/oracle` shows that questions, extraction and scoring fit each other; `misground/random` what chance
gives. A third, `misground/anatomy-prior`, is in `prior`; `baselines` finds each by its name.
"""

from random import Random
from typing import Any, Final, Literal

from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from misground.errors import UsageError
from misground.evaluation.asking import Asking, asked

TAKES: Final[frozenset[Literal["text", "2d", "3d"]]] = frozenset({"text", "2d", "3d"})


class BaselineAPI(ModelAPI):
    """A model that answers from the question itself, and reads neither prompt nor picture."""

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
            raise UsageError(f"misground/{model_name} takes no argument {min(model_args)!r}")
        super().__init__(model_name, base_url, api_key, [], config)

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """The answer as a reply, in the form that the prompt asks for."""
        return ModelOutput.from_content(self.model_name, f"Answer: {self.option(asked())}")

    def option(self, asking: Asking) -> str:
        """The option that is taken."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """Nothing that a run record needs."""
        return {"model_parameters": None, "revision": None}

    def max_connections(self) -> int:
        """Answers cost nothing."""
        return 32


class OracleAPI(BaselineAPI):
    """Always right."""

    def option(self, asking: Asking) -> str:
        """The right option."""
        return str(asking.question["answer"])


class RandomAPI(BaselineAPI):
    """Each option equally often, drawn by the question's own seed: the same seed draws the same."""

    def option(self, asking: Asking) -> str:
        """A random option."""
        return str(Random(asking.seed).choice(asking.question["options"]))
