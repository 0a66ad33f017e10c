"""Properties of a neighbour table: hubs, mutual edges, near-duplicates, antonyms. Nothing here prints."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from semsam.antonyms import AntonymRank, antonym_ranks
from semsam.edges import QUANTILES, has_reverse, heavy_pairs, quantiles, skewness, weights_by_rank
from semsam.errors import UsageError
from semsam.table import NeighborTable
from semsam.tokens import Tokenizer, printable, size, texts

NEAR = 0.99  # cosine above which two tokens are near-duplicates
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A neighbour of a token.

    Attributes:
        id: Id of the neighbour.
        weight: Cosine of the two tokens.
        mutual: Whether the token is also among the neighbour's neighbours.
    """

    id: int
    weight: float
    mutual: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A token as a report names it.

    Attributes:
        id: Id of the token.
        text: Its text; None without a tokenizer.
    """

    id: int
    text: str | None

    def __str__(self) -> str:
        """The text in quotes, safe to print, or #ID."""
        return f"#{self.id}" if self.text is None else printable(self.text)


@dataclass(frozen=True, slots=True)
class Hub:
    """A token that is a neighbour of many others.

    Attributes:
        token: The token.
        in_degree: Number of tokens that have it among their neighbours.
    """

    token: Token
    in_degree: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two tokens whose embeddings have almost the same direction.

    Attributes:
        one: The token with the lower id.
        other: The token with the higher id.
        weight: Their cosine.
    """

    one: Token
    other: Token
    weight: float


@dataclass(frozen=True, slots=True)
class RankWeights:
    """Weights of the neighbours of one rank, over all tokens that have one.

    Attributes:
        rank: 1 for the nearest neighbour.
        tokens: Number of tokens that have a neighbour of this rank.
        quantiles: Quantiles of the weights, at `semsam.edges.QUANTILES`.
    """

    rank: int
    tokens: int
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class InDegree:
    """How often content tokens are neighbours of others.

    Attributes:
        mean: Mean over all content tokens.
        skewness: Skewness of the population, not corrected for a sample.
        largest: Largest in-degree.
        quantiles: Quantiles at `semsam.edges.QUANTILES`.
        never: Number of content tokens that are neighbours of no other.
        hubs: Tokens with the largest in-degrees, ties to the lower id.
    """

    mean: float
    skewness: float
    largest: int
    quantiles: tuple[float, ...]
    never: int
    hubs: tuple[Hub, ...]


@dataclass(frozen=True, slots=True)
class TableReport:
    """Properties of a table. An edge leads from a token to a neighbour other than itself.

    Attributes:
        vocab_size: V, the number of tokens.
        content: Number of content tokens.
        k: Maximum number of neighbours per token, counting the token itself.
        edges: Number of edges.
        mutual: Number of edges that have an edge in the opposite direction.
        in_degree: How often tokens are neighbours of others.
        weights: Weights of the neighbours, by rank.
        isolated: Number of content tokens that have no neighbour but themselves.
        isolated_examples: The first of these.
        near_duplicates: Number of pairs with a weight above `NEAR`, among all pairs that the table holds.
        duplicate_examples: The pairs with the largest weights among these.
        antonyms: Ranks of directional terms' opposites; empty without a tokenizer.
        antonyms_missing: Pairs of which no form is a single content token for both words.
        metadata: Metadata of the table.
    """

    vocab_size: int
    content: int
    k: int
    edges: int
    mutual: int
    in_degree: InDegree
    weights: tuple[RankWeights, ...]
    isolated: int
    isolated_examples: tuple[Token, ...]
    near_duplicates: int
    duplicate_examples: tuple[Duplicate, ...]
    antonyms: tuple[AntonymRank, ...]
    antonyms_missing: tuple[tuple[str, str], ...]
    metadata: dict[str, str]

    @property
    def mutual_share(self) -> float:
        """Share of edges that are mutual; 0 if there are no edges."""
        return self.mutual / self.edges if self.edges else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON can hold it.

        Texts are as the tokenizer gives them: escape them before you show them.
        """
        return {**asdict(self), "mutual_share": self.mutual_share, "quantiles": list(QUANTILES)}


def neighbors_of(table: NeighborTable, token_id: int) -> list[Neighbor]:
    """List the neighbours of a token.

    Args:
        table: Neighbours of V tokens.
        token_id: Id of the token.

    Returns:
        The neighbours, nearest first, without the token itself; empty for a token that is not content.

    Raises:
        UsageError: The table has no such token.

    Examples:
        >>> table = NeighborTable([[0, 1], [1, 2], [2, 1]], [[1, 0.25], [1, 0.75], [1, 0.75]], [True] * 3)
        >>> neighbors_of(table, 0)
        [Neighbor(id=1, weight=0.25, mutual=False)]
    """
    if not 0 <= token_id < table.vocab_size:
        raise UsageError(f"the table has no token {token_id}: its ids run from 0 to {table.vocab_size - 1}")
    ids, weights = table.ids[token_id], table.weights[token_id]
    others = (ids >= 0) & (ids != token_id)
    mutual = (table.ids[ids.clamp(min=0).long()] == token_id).any(1)
    rows = zip(ids[others].tolist(), weights[others].tolist(), mutual[others].tolist(), strict=True)
    return [Neighbor(*row) for row in rows]


def table_report(
    table: NeighborTable, tokenizer: Tokenizer | None = None, *, top: int = EXAMPLES
) -> TableReport:
    """Describe a table; with a tokenizer, also by texts and antonyms.

    Args:
        table: Neighbours of V tokens. A table of 151,936 x 32 takes seconds.
        tokenizer: Tokenizer of the table's model.
        top: Number of hubs, near-duplicates and isolated tokens to name.

    Returns:
        The properties of the table.

    Examples:
        >>> table = NeighborTable([[0, 1], [1, 2], [2, 1]], [[1, 0.25], [1, 0.75], [1, 0.75]], [True] * 3)
        >>> report = table_report(table)
        >>> report.edges, report.mutual, report.in_degree.hubs[0]
        (3, 2, Hub(token=Token(id=1, text=None), in_degree=2))
    """
    table = table.to("cpu")
    content = table.content
    tokens = torch.arange(table.vocab_size)
    used = (table.ids >= 0) & (table.ids != tokens.unsqueeze(1))
    source = tokens.unsqueeze(1).expand_as(table.ids)[used]
    target = table.ids[used].to(torch.int64)
    weight = table.weights[used]
    mutual = has_reverse(source, target, table.vocab_size)
    lonely = (content & ~used.any(1)).nonzero().flatten()
    pairs, cosines = heavy_pairs(source, target, weight, table.vocab_size, NEAR)
    degrees = target.bincount(minlength=table.vocab_size)
    hubs = _hubs(degrees, content, top)
    named = _named(tokenizer, [*hubs, *lonely[:top].tolist(), *pairs[:top].flatten().tolist()])
    ranks, missing = ((), ()) if tokenizer is None else antonym_ranks(table, tokenizer)
    return TableReport(
        vocab_size=table.vocab_size,
        content=int(content.sum()),
        k=table.k,
        edges=int(used.sum()),
        mutual=int(mutual.sum()),
        in_degree=_in_degree(degrees[content], tuple(Hub(named[one], int(degrees[one])) for one in hubs)),
        weights=tuple(
            RankWeights(rank, int(values.numel()), quantiles(values))
            for rank, values in enumerate(weights_by_rank(table.weights, used), start=1)
        ),
        isolated=int(lonely.numel()),
        isolated_examples=tuple(named[one] for one in lonely[:top].tolist()),
        near_duplicates=int(pairs.shape[0]),
        duplicate_examples=tuple(
            Duplicate(named[one], named[other], cosine)
            for (one, other), cosine in zip(pairs[:top].tolist(), cosines[:top].tolist(), strict=True)
        ),
        antonyms=ranks,
        antonyms_missing=missing,
        metadata=dict(table.metadata),
    )


def _named(tokenizer: Tokenizer | None, ids: Sequence[int]) -> dict[int, Token]:
    """Return tokens by id, with texts where the tokenizer has such an id; all texts are decoded at once."""
    known = [] if tokenizer is None else [one for one in ids if one < size(tokenizer)]
    read = {} if tokenizer is None else dict(zip(known, texts(tokenizer, known), strict=True))
    return {one: Token(one, read.get(one)) for one in ids}


def _hubs(degrees: Tensor, content: Tensor, top: int) -> list[int]:
    ranked = torch.where(content, degrees, -1).argsort(descending=True, stable=True)[:top]
    return [int(token) for token in ranked if int(degrees[token]) > 0]


def _in_degree(degrees: Tensor, hubs: tuple[Hub, ...]) -> InDegree:
    return InDegree(
        mean=float(degrees.double().mean()) if degrees.numel() else 0.0,
        skewness=skewness(degrees),
        largest=int(degrees.max()) if degrees.numel() else 0,
        quantiles=quantiles(degrees),
        never=int((degrees == 0).sum()),
        hubs=hubs,
    )
