"""What a neighbour table looks like: hubs, mutual edges, near-duplicates, antonyms. Nothing here prints."""

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
    """A token among another's neighbours: its id, its weight, and whether the other is among its own too."""

    id: int
    weight: float
    mutual: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A token as a report names it; `text` is None where no tokenizer was given."""

    id: int
    text: str | None

    def __str__(self) -> str:
        """Its text in quotes, safe to print, or #ID."""
        return f"#{self.id}" if self.text is None else printable(self.text)


@dataclass(frozen=True, slots=True)
class Hub:
    """A token and how many others count it among their neighbours."""

    token: Token
    in_degree: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two tokens of almost the same direction, the lower id first, and their cosine."""

    one: Token
    other: Token
    weight: float


@dataclass(frozen=True, slots=True)
class RankWeights:
    """The weights of the neighbours of one rank (1: the nearest) over all tokens that have it."""

    rank: int
    tokens: int
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class InDegree:
    """How often content tokens are others' neighbours. Skewness is the population's, not corrected.

    Attributes:
        mean, skewness, largest: over all content tokens.
        quantiles: at `QUANTILES`.
        never: how many are no one's neighbour.
        hubs: those counted most often, ties to the lower id.
    """

    mean: float
    skewness: float
    largest: int
    quantiles: tuple[float, ...]
    never: int
    hubs: tuple[Hub, ...]


@dataclass(frozen=True, slots=True)
class TableReport:
    """What a table looks like. An edge leads from a token to a neighbour other than itself.

    Attributes:
        vocab_size, content, k: tokens, content tokens, neighbours a token at most (itself counted).
        edges: how many there are.
        mutual: how many of them have an edge the other way.
        in_degree: see `InDegree`.
        weights: see `RankWeights`, rank by rank.
        isolated: how many content tokens have no neighbour but themselves, and isolated_examples the first.
        near_duplicates: how many pairs have a weight above `NEAR`, among all pairs that the table holds, and
            duplicate_examples the first of them by weight.
        antonyms: see `AntonymRank`; empty where no tokenizer was given.
        antonyms_missing: pairs of which no form is a single content token for both words.
        metadata: of the table.
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
        """The share of edges that are mutual; 0 where there are none."""
        return self.mutual / self.edges if self.edges else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it. Texts are as the tokenizer gives them: escape them where shown."""
        return {**asdict(self), "mutual_share": self.mutual_share, "quantiles": list(QUANTILES)}


def neighbors_of(table: NeighborTable, token_id: int) -> list[Neighbor]:
    """The neighbours of a token, nearest first, itself left out; none where it is no content token.

    Raises:
        UsageError: the table has no such token.
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
    """The report of a table; with a tokenizer also texts and antonyms.

    Args:
        table: of V tokens. 151,936 x 32 takes seconds.
        tokenizer: of the table's model.
        top: how many hubs, near-duplicates and isolated tokens to name.
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
    """Tokens with their texts, decoded at once; without, where the tokenizer has no such id."""
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
