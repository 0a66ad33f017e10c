"""`misground/one-mark`: the baseline that sees mark A, and nothing else of a picture."""

from typing import Any

from misground.evaluation.asking import Asking
from misground.evaluation.one_mark import VIEW_COLUMNS, one_mark_reply
from misground.evaluation.providers.baseline import ExplainingAPI
from misground.prior.reply import Reply


class OneMarkAPI(ExplainingAPI):
    """Answers from the half of the picture, or of the stack, in which mark A lies, else from a coin flip."""

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
