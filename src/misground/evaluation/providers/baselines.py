"""The baselines and simulated models by their names."""

from collections.abc import Callable
from typing import Any

from inspect_ai.model import GenerateConfig

from misground.errors import UsageError
from misground.evaluation.providers.baseline import BaselineAPI, OracleAPI, RandomAPI
from misground.evaluation.providers.one_mark import OneMarkAPI
from misground.evaluation.providers.prior import PriorAPI
from misground.evaluation.providers.simulated import SimulatedAPI
from misground.evaluation.simulated.faults import NAME


def baseline(
    model_name: str,
    base_url: str | None = None,
    api_key: str | None = None,
    config: GenerateConfig = GenerateConfig(),
    **model_args: Any,
) -> BaselineAPI:
    """Make the baseline `misground/NAME`; the arguments are those of `ModelAPI`.

    Raises:
        UsageError: No baseline has this name, or it does not take an argument.
    """
    classes: dict[str, Callable[..., BaselineAPI]] = {
        "oracle": OracleAPI,
        "random": RandomAPI,
        "anatomy-prior": PriorAPI,
        "one-mark": OneMarkAPI,
        NAME: SimulatedAPI,
    }
    kind = model_name.partition("?")[0]
    if kind not in classes or kind not in (NAME, model_name):
        raise UsageError(
            f"there is no model misground/{model_name}, expected one of "
            f"{', '.join(f'misground/{n}' for n in classes)}"
        )
    return classes[kind](model_name, base_url, api_key, config, **model_args)
