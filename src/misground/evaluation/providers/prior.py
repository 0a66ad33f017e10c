"""`misground/anatomy-prior`: the baseline that knows where structures usually lie and looks at no picture."""

import hashlib
from typing import Any, Final

from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput
from inspect_ai.tool import ToolChoice, ToolInfo

from misground.evaluation.asking import Asking, asked
from misground.evaluation.prior.belief import Table, check_table
from misground.evaluation.prior.positions import PHANTOMS, SEED, positions_text, shipped_positions
from misground.evaluation.prior.reply import Reply, reply
from misground.evaluation.prior.votes import VotesOfBenchmarks
from misground.evaluation.providers.baseline import BaselineAPI

_votes: Final = VotesOfBenchmarks()

_CASES: Final = (
    "cases: the answers in the patient's frame of all other cases of the same benchmark, the asked case left "
    "out, one vote a case; the word of most is taken, and none where they tie"
)
_PHANTOMS: Final = (
    f"phantoms: mean places of the structures in {PHANTOMS} phantom torsos and {PHANTOMS} phantom knees of "
    f"seed {SEED}; benchmarks of phantoms are made by the same formulas, so there this table knows bodies "
    "better than any table of patients could"
)
_SCREEN: Final = (
    "every picture is taken to be a radiological display; a coin of the question's own seed for the way that "
    "a stack runs, for a knee along x on the screen, for a blank canvas, and where no table says anything"
)


class PriorAPI(BaselineAPI):
    """Answers from other cases of the benchmark, else from phantoms, else by a coin.

    Args:
        table: "cases", "phantoms", or "both" (the cases first).

    Raises:
        UsageError: for another table, or another argument.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),
        table: Table = "both",
        **model_args: Any,
    ) -> None:
        self.table = check_table(table)
        super().__init__(model_name, base_url, api_key, config, **model_args)

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """The answer, and before it a sentence that says where it comes from."""
        return ModelOutput.from_content(self.model_name, self.reply(asked()).text())

    def option(self, asking: Asking) -> str:
        """The option that is taken."""
        return self.reply(asking).option

    def reply(self, asking: Asking) -> Reply:
        """The option that is taken, and why."""
        votes = None if self.table == "phantoms" else _votes.of(asking.benchmark)
        positions = {} if self.table == "cases" else shipped_positions()
        return reply(asking.question, asking.seed, votes, positions)

    def describe(self) -> dict[str, Any]:
        """How the tables are made, for the run record.

        The revision tells replies of one table from those of another, which have the same model's name.
        """
        made: dict[str, Any] = {"revision": self.table, "table": self.table, "screen": _SCREEN}
        if self.table != "phantoms":
            made["cases"] = _CASES
        if self.table != "cases":
            made["phantoms"] = _PHANTOMS
            made["phantoms_number"], made["phantoms_seed"] = PHANTOMS, SEED
            made["positions_sha256"] = hashlib.sha256(positions_text().encode("utf-8")).hexdigest()
            made["revision"] += "-" + made["positions_sha256"][:12]
        return {"model_parameters": None, **made}
