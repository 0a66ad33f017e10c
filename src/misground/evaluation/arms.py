"""The arms of one evaluation: their names on the command line, and the settings of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, cast

from misground.errors import UsageError
from misground.evaluation.declared import TEMPERATURE, TOP_P
from misground.evaluation.settings import EvalSettings, Sampler
from misground.records.arms import ARMS, CONTROLS, DEFAULT_CUTS, FOREIGN, SEMANTIC, Control, kind_of

_STOCHASTIC: Final[Mapping[str, str]] = {
    "semantic-softmax": "softmax",
    "semantic-proportional": "proportional",
}


def parse_arms(text: str) -> list[str]:
    """Read a list of arms such as "default,greedy,semantic,min-p=0.1".

    Returns:
        The arms in their order, each once, with the value of its cut.

    Raises:
        UsageError: An arm is unknown or named twice, or its value is no number above 0.
    """
    found: list[str] = []
    for given in (part.strip() for part in text.split(",")):
        name, equals, value = given.partition("=")
        if name not in ARMS or (equals and name not in FOREIGN):
            raise UsageError(
                f"--arms names {given!r}, expected a list of {', '.join(ARMS)}, such as "
                "default,greedy,semantic,min-p=0.1"
            )
        arm = f"{name}={_value(name, value or str(DEFAULT_CUTS[name])):g}" if name in FOREIGN else name
        if arm in found:
            raise UsageError(f"--arms names {arm} twice: leave one out")
        found.append(arm)
    return found


def with_arm(settings: EvalSettings, arm: str) -> EvalSettings:
    """The settings of an arm.

    The arms that draw by the rule use the temperature and the nucleus of the declared sampler, so that they
    differ from the default arm by the rule alone.

    Args:
        settings: What the arms share: the model, the questions, the rule and its table.
        arm: An arm as `parse_arms` returns it.

    Raises:
        UsageError: The arm contradicts the settings.
    """
    kind = kind_of(arm)
    if kind in SEMANTIC or kind in CONTROLS:
        rule: dict[str, Any] = dict(settings.rule)
        if kind in _STOCHASTIC:
            rule |= {"mode": _STOCHASTIC[kind], "temperature": TEMPERATURE, "top_p": TOP_P}
        control: Literal["none"] | Control = kind if kind in CONTROLS else "none"
        return replace(settings, decoding="semantic", rule=rule, sampler="declared", control=control)
    sampler = cast("Sampler", "declared" if kind == "default" else kind)
    cut = float(arm.partition("=")[2]) if kind in FOREIGN else None
    return replace(
        settings,
        decoding="default",
        rule={},
        table=None,
        sampler=sampler,
        cut=cut,
        control="none",
        trace="none",
    )


def told_arm(settings: EvalSettings, described: Mapping[str, Any]) -> str:
    """The arm of a run: a table that was made for a control makes it that control's, whatever was asked.

    Args:
        settings: Settings of the run.
        described: What the model is described by, with the metadata of its table under "table".

    Raises:
        UsageError: A control is asked of a table that is already one.
    """
    table = described.get("table")
    made_for = str(table.get("control", "none")) if isinstance(table, Mapping) else "none"
    if settings.decoding == "default" or made_for in ("none", settings.arm):
        return settings.arm
    if settings.control != "none":
        raise UsageError(
            f"arm {settings.control} needs the model's own table, and --table is one of control "
            f"{made_for!r}: name a table that was built without --control"
        )
    return made_for


def folder_names(arms: Sequence[str]) -> list[str]:
    """The names of the folders of arms, one each."""
    return [arm.replace("=", "-") for arm in arms]


def _value(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise UsageError(f"--arms gives {name} the value {text!r}, expected a number above 0, as {name}=0.1")
    return value
