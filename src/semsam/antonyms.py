"""Directional terms of anatomy and their opposites.

An embedding may put words close together that must not be confused; this module measures how close.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from semsam.table import NeighborTable
from semsam.tokens import Tokenizer, printable, single_token

PAIRS: tuple[tuple[str, str], ...] = (
    ("superior", "inferior"),
    ("anterior", "posterior"),
    ("left", "right"),
    ("medial", "lateral"),
    ("proximal", "distal"),
    ("cranial", "caudal"),
    ("cephalic", "caudal"),
    ("rostral", "caudal"),
    ("dorsal", "ventral"),
    ("superficial", "deep"),
    ("internal", "external"),
    ("inner", "outer"),
    ("ipsilateral", "contralateral"),
    ("above", "below"),
    ("over", "under"),
    ("front", "back"),
    ("up", "down"),
    ("top", "bottom"),
    ("upper", "lower"),
    ("earlier", "later"),
    ("before", "after"),
)


@dataclass(frozen=True, slots=True)
class AntonymRank:
    """Rank of a term's opposite among the term's neighbours.

    Attributes:
        term: Text of the term's token.
        antonym: Text of the opposite's token, in the same form (leading space, capital).
        term_id: Id of the term's token.
        antonym_id: Id of the opposite's token.
        rank: 1 for the nearest neighbour, not counting the token itself; None if the antonym is not among
            them.
        weight: Cosine of the two tokens; None if `rank` is None.
    """

    term: str
    antonym: str
    term_id: int
    antonym_id: int
    rank: int | None
    weight: float | None

    def __str__(self) -> str:
        """One line, such as "' left' -> ' right': rank 5, cosine 0.510"."""
        place = (
            "not among the neighbours" if self.rank is None else f"rank {self.rank}, cosine {self.weight:.3f}"
        )
        return f"{printable(self.term)} -> {printable(self.antonym)}: {place}"


def forms(word: str) -> tuple[str, ...]:
    """Return the forms in which tokenizers store a word: with and without a leading space, and capitalised.

    Examples:
        >>> forms("left")
        (' left', 'left', ' Left', 'Left')
    """
    return (f" {word}", word, f" {word.capitalize()}", word.capitalize())


def antonym_ranks(
    table: NeighborTable, tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]] = PAIRS
) -> tuple[tuple[AntonymRank, ...], tuple[tuple[str, str], ...]]:
    """Rank each opposite among the neighbours of its term, in both directions.

    Every form counts in which both words are single content tokens.

    Args:
        table: Neighbours of V tokens.
        tokenizer: Tokenizer of the table's model.
        pairs: Words and their opposites.

    Returns:
        The ranks, pair by pair, and the pairs of which no form is a single token for both words.
    """
    ranks: list[AntonymRank] = []
    missing = []
    for pair in pairs:
        before = len(ranks)
        for one, other in zip(forms(pair[0]), forms(pair[1]), strict=True):
            a, b = content_token(table, tokenizer, one), content_token(table, tokenizer, other)
            if a is not None and b is not None:
                ranks += [_rank(table, one, other, a, b), _rank(table, other, one, b, a)]
        if len(ranks) == before:
            missing.append(pair)
    return tuple(ranks), tuple(missing)


def content_token(table: NeighborTable, tokenizer: Tokenizer, text: str) -> int | None:
    """Return the single token of a text if the table counts it as content, else None."""
    token = single_token(tokenizer, text)
    return token if token is not None and token < table.vocab_size and bool(table.content[token]) else None


def _rank(table: NeighborTable, term: str, antonym: str, a: int, b: int) -> AntonymRank:
    others = [place for place, token in enumerate(table.ids[a].tolist()) if token not in {a, -1}]
    found = [place for place in others if int(table.ids[a, place]) == b]
    if not found:
        return AntonymRank(term, antonym, a, b, None, None)
    return AntonymRank(term, antonym, a, b, others.index(found[0]) + 1, float(table.weights[a, found[0]]))
