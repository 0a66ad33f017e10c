"""`misground/anatomy-prior`: the baseline that knows where structures usually lie, and sees no picture."""

import hashlib
from typing import Any, Final

from inspect_ai.model import GenerateConfig

from misground.evaluation.asking import Asking
from misground.evaluation.benchmark_votes import VotesOfBenchmarks
from misground.evaluation.providers.baseline import ExplainingAPI
from misground.prior.belief import Table, check_table
from misground.prior.positions import PHANTOMS, SEED, positions_text, shipped_positions
from misground.prior.reply import Reply, reply

_votes: Final = VotesOfBenchmarks()

_CASES: Final = (
    "cases: answers in the patient's frame of all other cases of the same benchmark, one vote per case, "
    "without the case that is asked about; the majority decides, and a tie decides nothing"
)
_PHANTOMS: Final = (
    f"phantoms: mean positions of the structures in {PHANTOMS} phantom torsos and {PHANTOMS} phantom knees "
    f"with seed {SEED}; phantom benchmarks come from the same formulas, so there this table knows more than "
    "any table could know about patients"
)
_SCREEN: Final = (
    "every picture is taken to be a radiological display; a coin with the question's own seed decides the "
    "direction of a stack, the side of a knee along x on the screen, a blank canvas, which structure is "
    "marked, and what no table covers"
)


class PriorAPI(ExplainingAPI):
    """Answers from other cases of the benchmark, else from phantoms, else from a coin flip.

    Args:
        table: "cases", "phantoms", or "both" (cases first). The other arguments are those of `ModelAPI`.

    Raises:
        UsageError: There is no such table, or the baseline does not take an argument.
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

    def reply(self, asking: Asking) -> Reply:
        """Choose an option, and say why."""
        votes = None if self.table == "phantoms" else _votes.of(asking.benchmark)
        positions = {} if self.table == "cases" else shipped_positions()
        return reply(asking.question, asking.seed, votes, positions)

    def describe(self) -> dict[str, Any]:
        """Return how the tables are made, for the run record.

        The revision tells apart replies of different tables, which share the name of the model.
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
