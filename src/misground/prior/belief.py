"""What the prior believes about two structures along an axis, and its grounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from misground.errors import UsageError
from misground.prior.positions import Position, lean
from misground.prior.votes import Pair, Votes

Table = Literal["cases", "phantoms", "both"]
TABLES: Final[tuple[Table, ...]] = get_args(Table)


@dataclass(frozen=True)
class Belief:
    """A belief about where structure A lies from structure B.

    Attributes:
        word: A word of the patient's frame, such as "superior".
        grounds: A sentence, without its full stop, that says why.
    """

    word: str
    grounds: str


def check_table(table: object) -> Table:
    """Check the name of a table.

    Raises:
        UsageError: No table has this name.
    """
    for known in TABLES:
        if table == known:
            return known
    raise UsageError(
        f"-M table is {table!r}, expected one of {', '.join(TABLES)} with misground/anatomy-prior"
    )


def believe(
    pair: Pair, names: tuple[str, str], case_id: str, votes: Votes | None, positions: Mapping[str, Position]
) -> Belief | None:
    """Derive a belief from the other cases, or else from the phantoms; None if neither decides.

    Args:
        pair: The two structures and the axis.
        names: Names of A and B, for the grounds.
        case_id: Case that is asked about; its own answers do not count.
        votes: Answers of all cases; None to leave them out.
        positions: Positions in phantoms; empty to leave them out.
    """
    a, b = names
    poll = votes.poll(pair, without=case_id) if votes is not None else None
    if poll is not None:
        cases = "case" if poll.cases == 1 else "cases"
        where = f"In {poll.agreeing} of {poll.cases} other {cases} of this benchmark"
        return Belief(poll.word, f"{where} the {a} lies {_than(poll.word)} the {b}")
    found = lean(positions, pair.structure_a, pair.structure_b, pair.axis)
    if found is None:
        return None
    where = f"In phantoms the {a} lies on average {found.mm:.0f} mm"
    return Belief(found.word, f"{where} {_than(found.word)} the {b}")


def _than(word: str) -> str:
    return f"to the {word} of" if word in {"left", "right"} else f"{word} to"
