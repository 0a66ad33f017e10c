"""`misground/simulated?FAULT=SHARE&...`: a model that knows the truth, and errs by stated faults."""

from dataclasses import asdict
from typing import Any, Final

from inspect_ai.model import GenerateConfig

from misground.evaluation.asking import Asking
from misground.evaluation.benchmark_votes import VotesOfBenchmarks
from misground.evaluation.providers.baseline import BaselineAPI
from misground.evaluation.simulated.answering import answer, prior_option, reply
from misground.evaluation.simulated.faults import parse_faults
from misground.prior.positions import shipped_positions

_votes: Final = VotesOfBenchmarks()


class SimulatedAPI(BaselineAPI):
    """Answers from the stored question, with the faults that its name states.

    Raises:
        UsageError: The name states an unknown fault or an impossible share, or there is an argument.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),
        **model_args: Any,
    ) -> None:
        self.faults = parse_faults(model_name)
        super().__init__(model_name, base_url, api_key, config, **model_args)

    def text(self, asking: Asking) -> str:
        """Write a sentence that says why, then the answer; or that there is none."""
        prior = None
        if self.faults.prior:
            prior = prior_option(asking.question, _votes.of(asking.benchmark), shipped_positions())
        held = answer(asking.question, self.faults, prior)
        return reply(asking.question, self.faults, held, asking.seed)

    def describe(self) -> dict[str, Any]:
        """Return the faults, for the run record."""
        return {"model_parameters": None, "revision": None, "simulated": asdict(self.faults)}
