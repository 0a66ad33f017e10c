"""What the prior believes of two structures along an axis, the asked case left out, and on what grounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from misground.errors import UsageError
from misground.evaluation.prior.positions import Position, lean
from misground.evaluation.prior.votes import Pair, Votes

Table = Literal["cases", "phantoms", "both"]
TABLES: Final[tuple[Table, ...]] = get_args(Table)


@dataclass(frozen=True)
class Belief:
    """`word`: of the patient's frame. `grounds`: a sentence without its full stop, for readers of a reply."""

    word: str
    grounds: str


def check_table(table: object) -> Table:
    """Raises UsageError for a word that names no table."""
    for known in TABLES:
        if table == known:
            return known
    raise UsageError(f"misground/anatomy-prior: found table={table!r}, expected {', '.join(TABLES)}")


def believe(
    pair: Pair, names: tuple[str, str], case_id: str, votes: Votes | None, positions: Mapping[str, Position]
) -> Belief | None:
    """What the other cases say, or else the phantoms; None where neither says anything.

    names: of A and B, for the sentence. votes: None where they shall not be asked; so no positions, {}.
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
    where = f"In phantoms the {a} lies on the mean {found.mm:.0f} mm"
    return Belief(found.word, f"{where} {_than(found.word)} the {b}")


def _than(word: str) -> str:
    return f"to the {word} of" if word in {"left", "right"} else f"{word} to"
