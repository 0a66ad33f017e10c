"""`misground/one-mark`: the baseline that sees mark A, and nothing else of a picture."""

from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from misground.evaluation.asking import Asking, asked
from misground.evaluation.one_mark import VIEW_COLUMNS, one_mark_reply
from misground.evaluation.prior.reply import Reply
from misground.evaluation.providers.baseline import BaselineAPI


class OneMarkAPI(BaselineAPI):
    """Answers from the half of the picture, or of the stack, in which mark A lies, else from a coin flip."""

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Return a sentence on where mark A lies, then the answer."""
        return ModelOutput.from_content(self.model_name, self.reply(asked()).text())

    def option(self, asking: Asking) -> str:
        """Choose an option."""
        return self.reply(asking).option

    def reply(self, asking: Asking) -> Reply:
        """Choose an option, and say why."""
        question = asking.question
        drawn = question["view_id"] is not None and question["prompt"] != "none"
        view = next(asking.benchmark.views([question["view_id"]], VIEW_COLUMNS)) if drawn else None
        return one_mark_reply(question, view, asking.seed)

    def describe(self) -> dict[str, Any]:
        """Return how it answers, for the run record."""
        return {
            "model_parameters": None,
            "revision": None,
            "rule": "the half of the picture or of the stack in which mark A lies; a coin with the "
            "question's own seed where no mark is drawn, or where the half does not tell",
        }
