"""The faults of a simulated model, and the name that states them."""

import math
from dataclasses import dataclass, fields
from typing import Final

from misground.errors import UsageError

NAME: Final = "simulated"
LARGEST_SEED: Final = 2**31 - 1


@dataclass(frozen=True)
class Faults:
    """What a simulated model can do, and by which faults it errs. Without arguments it has no fault.

    Attributes:
        sees: Share of facts (case, structures, axis) that it perceives; it guesses the others, once a fact.
        names: Share of structures (of a case) that it recognises without being told.
        prior: Share of facts in which it follows the anatomy prior instead of the picture.
        mirror: Share of facts in which it takes the left of the picture for the patient's left.
        flip: Probability of stating the opposite, drawn anew for each reply.
        first: Share of questions to which it states the first option, whatever is asked.
        silent: Probability of giving no answer, drawn anew for each reply.
        seed: Chooses the facts, structures and questions that the shares meet.
    """

    sees: float = 1.0
    names: float = 1.0
    prior: float = 0.0
    mirror: float = 0.0
    flip: float = 0.0
    first: float = 0.0
    silent: float = 0.0
    seed: int = 0


SHARES: Final = tuple(field.name for field in fields(Faults) if field.name != "seed")
"""The settings that are shares or probabilities, in their order."""


def parse_faults(model_name: str) -> Faults:
    """Parse the name of a simulated model, such as "simulated?sees=0.8&flip=0.1".

    Args:
        model_name: The name, without its provider.

    Raises:
        UsageError: A setting is unknown, given twice, without a value, or outside its range.

    Examples:
        >>> parse_faults("simulated?mirror=0.5").mirror
        0.5
    """
    _, _, query = model_name.partition("?")
    found: dict[str, float] = {}
    for part in query.split("&") if query else ():
        name, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"misground/{NAME} has {part!r}, expected NAME=VALUE, such as sees=0.8")
        if name not in (*SHARES, "seed"):
            raise UsageError(
                f"misground/{NAME} has no setting {name!r}, expected {', '.join(SHARES)} or seed"
            )
        if name in found:
            raise UsageError(f"misground/{NAME} states {name} twice: state it once")
        found[name] = _seed(value) if name == "seed" else _share(name, value)
    return Faults(**found)  # type: ignore[arg-type]


def _share(name: str, value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise UsageError(f"misground/{NAME}: {name} is {value!r}, expected a number from 0 to 1")
    return share


def _seed(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and int(value) <= LARGEST_SEED):
        raise UsageError(
            f"misground/{NAME}: seed is {value!r}, expected a whole number from 0 to {LARGEST_SEED}"
        )
    return int(value)
