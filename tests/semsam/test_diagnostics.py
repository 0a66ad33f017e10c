"""What a table looks like, on tables small enough to count by hand, and against plain loops."""

import json
import math
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from semsam.antonyms import PAIRS, AntonymRank, antonym_ranks, forms
from semsam.diagnostics import Duplicate, Hub, Neighbor, RankWeights, Token, neighbors_of, table_report
from semsam.edges import QUANTILES, heavy_pairs, quantiles, skewness
from semsam.errors import UsageError
from semsam.table import NeighborTable

WORDS = [" left", " right", "Left", "Right", "\x1b[2J", " up", "<s>"]


class Words:
    """A tokenizer whose tokens are whole words."""

    def __init__(self, words: list[str] = WORDS) -> None:
        self.words = words

    def __len__(self) -> int:
        return len(self.words)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return [self.words[token] for token in ids]

    def convert_tokens_to_ids(self, token: str) -> int | None:
        return self.words.index(token) if token in self.words else None

    def decode(self, ids: list[int]) -> str:
        return "".join(self.words[token] for token in ids)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        return [self.words.index(text)] if text in self.words else [0, 0]


def table_of(rows: dict[int, dict[int, float]], vocab_size: int, k: int, **metadata: str) -> NeighborTable:
    """A table of the neighbours of content tokens, each token put first."""
    ids = torch.full((vocab_size, k), -1)
    weights = torch.zeros(vocab_size, k)
    for token, near in rows.items():
        row = {token: 1.0, **near}
        ids[token, : len(row)] = torch.tensor(list(row))
        weights[token, : len(row)] = torch.tensor(list(row.values()))
    content = torch.tensor([token in rows for token in range(vocab_size)])
    return NeighborTable(ids, weights, content, metadata)


def small() -> NeighborTable:
    """Tokens 0 to 5 are content; 0-1, 0-2 and 2-3 are mutual; 0 is the hub; 5 stands alone."""
    table = table_of(
        {
            0: {1: 0.5, 2: 0.25},
            1: {2: 0.75, 0: 0.5},
            2: {3: 0.995, 0: 0.125},
            3: {2: 0.995, 0: 0.25},
            4: {0: -0.5},
            5: {},
        },
        7,
        3,
        model="tiny",
    )
    table.check()
    return table


def test_neighbours_come_in_order_without_the_token_itself() -> None:
    assert neighbors_of(small(), 0) == [Neighbor(1, 0.5, mutual=True), Neighbor(2, 0.25, mutual=True)]
    assert neighbors_of(small(), 1) == [Neighbor(2, 0.75, mutual=False), Neighbor(0, 0.5, mutual=True)]
    assert neighbors_of(small(), 4) == [Neighbor(0, -0.5, mutual=False)]
    assert neighbors_of(small(), 5) == []
    assert neighbors_of(small(), 6) == []  # no content


@pytest.mark.parametrize("token", [-1, 7])
def test_a_token_that_the_table_lacks_is_refused(token: int) -> None:
    with pytest.raises(UsageError, match=f"^the table has no token {token}: its ids run from 0 to 6$"):
        neighbors_of(small(), token)


def test_a_report_counts_edges() -> None:
    report = table_report(small())
    assert (report.vocab_size, report.content, report.k) == (7, 6, 3)
    assert (report.edges, report.mutual) == (9, 6)  # 0-1, 0-2, 2-3, both ways
    assert report.mutual_share == 6 / 9
    assert (report.isolated, report.isolated_examples) == (1, (Token(5, None),))
    assert report.metadata == {"model": "tiny"}
    assert (report.antonyms, report.antonyms_missing) == ((), ())


def test_hubs_are_those_that_most_tokens_count_among_their_neighbours() -> None:
    found = table_report(small()).in_degree
    # In-degrees of tokens 0 to 5: 4, 1, 3, 1, 0, 0.
    assert found.hubs == (
        Hub(Token(0, None), 4),
        Hub(Token(2, None), 3),
        Hub(Token(1, None), 1),
        Hub(Token(3, None), 1),
    )
    assert (found.mean, found.largest, found.never) == (1.5, 4, 2)
    centred = [degree - 1.5 for degree in (4, 1, 3, 1, 0, 0)]
    expected = sum(c**3 for c in centred) / 6 / (sum(c**2 for c in centred) / 6) ** 1.5
    assert found.skewness == pytest.approx(expected, rel=1e-12)
    assert found.quantiles[0] == 0
    assert found.quantiles[3] == 1
    assert found.quantiles[-1] == 4


def test_only_so_many_hubs_are_named_as_asked_for() -> None:
    assert [hub.token.id for hub in table_report(small(), top=2).in_degree.hubs] == [0, 2]


def test_near_duplicates_count_once_a_pair() -> None:
    report = table_report(small(), Words())
    assert report.near_duplicates == 1
    (pair,) = report.duplicate_examples
    assert pair == Duplicate(Token(2, "Left"), Token(3, "Right"), pytest.approx(0.995))


def test_near_duplicates_come_by_weight_then_by_id() -> None:
    source, target = torch.tensor([5, 1, 3, 4, 0, 9]), torch.tensor([4, 5, 2, 5, 8, 1])
    weight = torch.tensor([0.992, 1.0, 0.995, 0.992, 0.995, 0.5])
    pairs, weights = heavy_pairs(source, target, weight, 10, 0.99)
    assert pairs.tolist() == [[1, 5], [0, 8], [2, 3], [4, 5]]
    assert weights.tolist() == pytest.approx([1.0, 0.995, 0.995, 0.992])


def test_a_weight_of_exactly_the_bound_is_no_near_duplicate() -> None:
    bound = float(torch.tensor(0.99))
    assert table_report(table_of({0: {1: bound - 1e-7}, 1: {}}, 2, 2)).near_duplicates == 0
    assert table_report(table_of({0: {1: bound + 1e-6}, 1: {}}, 2, 2)).near_duplicates == 1


def test_weights_are_told_rank_by_rank() -> None:
    first, second = table_report(small()).weights
    assert (first.rank, first.tokens, second.rank, second.tokens) == (1, 5, 2, 4)
    # Rank 2: 0.125, 0.25, 0.25, 0.5.
    assert second.quantiles == pytest.approx((0.125, 0.14375, 0.21875, 0.25, 0.3125, 0.4625, 0.5))
    assert first.quantiles[0] == -0.5
    assert first.quantiles[3] == 0.75


def test_a_rank_is_that_of_the_edge_wherever_the_token_itself_stands() -> None:
    table = NeighborTable(
        ids=torch.tensor([[1, 0, 2], [1, -1, 0], [2, -1, -1]]),
        weights=torch.tensor([[0.5, 1.0, 0.25], [1.0, 0.0, 0.75], [1.0, 0.0, 0.0]]),
        content=torch.ones(3, dtype=torch.bool),
    )
    low = quantiles(torch.tensor([0.5, 0.75]))
    assert table_report(table).weights == (RankWeights(1, 2, low), RankWeights(2, 1, (0.25,) * 7))


def test_a_table_without_edges_has_a_report() -> None:
    for rows, content in (({0: {}, 1: {}}, 2), ({}, 0)):
        report = table_report(table_of(rows, 3, 2), Words())
        assert (report.content, report.edges, report.mutual, report.mutual_share) == (content, 0, 0, 0.0)
        assert (report.isolated, report.weights, report.near_duplicates) == (content, (), 0)
        assert (report.in_degree.hubs, report.in_degree.skewness, report.in_degree.largest) == ((), 0.0, 0)
        assert not any(math.isnan(value) for value in report.in_degree.quantiles)


def test_a_report_names_tokens_by_their_texts_and_prints_them_safely() -> None:
    table = table_of({0: {4: 0.5}, 1: {4: 0.5}, 4: {}, 6: {}}, 7, 2)
    report = table_report(table, Words())
    assert report.in_degree.hubs[0] == Hub(Token(4, "\x1b[2J"), 2)
    assert str(report.in_degree.hubs[0].token) == "'\\x1b[2J'"
    assert str(Token(4, None)) == "#4"


def test_a_token_past_the_tokenizers_length_has_no_text() -> None:
    table = table_of({0: {8: 0.5}, 8: {0: 0.5}}, 9, 2)
    assert table_report(table, Words()).in_degree.hubs == (Hub(Token(0, " left"), 1), Hub(Token(8, None), 1))


def test_a_report_goes_to_json_and_back() -> None:
    report = table_report(small(), Words())
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert found["mutual_share"] == 6 / 9
    assert found["quantiles"] == list(QUANTILES)
    assert found["in_degree"]["hubs"][0] == {"token": {"id": 0, "text": " left"}, "in_degree": 4}
    assert found["antonyms"][0]["rank"] == 1


def test_antonyms_stand_at_their_ranks_both_ways_and_in_each_form() -> None:
    ranks, missing = antonym_ranks(small(), Words(), [("left", "right"), ("up", "down")])
    assert ranks == (
        AntonymRank(" left", " right", 0, 1, 1, 0.5),
        AntonymRank(" right", " left", 1, 0, 2, 0.5),
        AntonymRank("Left", "Right", 2, 3, 1, pytest.approx(0.995)),
        AntonymRank("Right", "Left", 3, 2, 1, pytest.approx(0.995)),
    )
    assert missing == (("up", "down"),)
    assert str(ranks[1]) == "' right' -> ' left': rank 2, cosine 0.500"


def test_an_antonym_may_stand_among_no_neighbours() -> None:
    table = table_of({0: {2: 0.5}, 1: {}, 2: {}}, 7, 2)
    (there, back), _ = antonym_ranks(table, Words(), [("left", "right")])
    assert (there.rank, there.weight, back.rank) == (None, None, None)
    assert str(there) == "' left' -> ' right': not among the neighbours"


def test_an_antonym_that_is_no_content_or_has_no_row_is_missing() -> None:
    pair = ("left", "right")
    assert antonym_ranks(table_of({0: {}}, 7, 2), Words(), [pair]) == ((), (pair,))
    assert antonym_ranks(table_of({0: {}}, 1, 2), Words(), [pair]) == ((), (pair,))


def test_the_pairs_are_words_and_each_is_named_once() -> None:
    assert len({frozenset(pair) for pair in PAIRS}) == len(PAIRS)
    assert all(word.isalpha() and word.islower() for pair in PAIRS for word in pair)
    assert {("superior", "inferior"), ("left", "right"), ("medial", "lateral"), ("above", "below")} <= set(
        PAIRS
    )
    assert forms("left") == (" left", "left", " Left", "Left")


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], 0.0), ([3], 0.0), ([2, 2, 2], 0.0), ([1, 2, 3], 0.0), ([0, 0, 0, 4], 2 / math.sqrt(3))],
)
def test_skewness_is_the_populations(values: list[int], expected: float) -> None:
    assert skewness(torch.tensor(values)) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_quantiles_are_those_of_torch(values: list[float]) -> None:
    tensor = torch.tensor(values, dtype=torch.float64)
    expected = tensor.quantile(torch.tensor(QUANTILES, dtype=torch.float64))
    assert quantiles(tensor) == pytest.approx(expected.tolist(), abs=1e-12)


@st.composite
def tables(draw: st.DrawFn) -> NeighborTable:
    vocab_size = draw(st.integers(1, 8))
    content = [token for token in range(vocab_size) if draw(st.booleans())]
    weight = st.sampled_from([-0.5, 0.0, 0.25, 0.5, 0.9921875, 1.0])
    rows = {}
    for token in content:
        others = draw(st.lists(st.sampled_from(content), unique=True, max_size=4))
        rows[token] = {other: draw(weight) for other in others if other != token}
    return table_of(rows, vocab_size, 5)


@given(tables())
def test_a_report_agrees_with_plain_loops(table: NeighborTable) -> None:
    near = {token: neighbors_of(table, token) for token in range(table.vocab_size)}
    edges = {(token, one.id): one.weight for token, found in near.items() for one in found}
    report = table_report(table, top=100)
    assert report.edges == len(edges)
    assert report.mutual == sum((other, token) in edges for token, other in edges)
    assert report.mutual == sum(one.mutual for found in near.values() for one in found)
    degrees = Counter(other for _, other in edges)
    ranked = sorted(degrees.items(), key=lambda item: (-item[1], item[0]))
    assert [(hub.token.id, hub.in_degree) for hub in report.in_degree.hubs] == ranked
    assert report.in_degree.never == report.content - len(degrees)
    lonely = [token for token, found in near.items() if table.content[token] and not found]
    assert [token.id for token in report.isolated_examples] == lonely
    pairs = {frozenset(edge) for edge, weight in edges.items() if weight > 0.99}
    assert {frozenset((one.one.id, one.other.id)) for one in report.duplicate_examples} == pairs
    assert report.near_duplicates == len(pairs)
    assert sum(rank.tokens for rank in report.weights) == report.edges
    assert [rank.rank for rank in report.weights] == list(range(1, 1 + max(map(len, near.values()))))


def test_smollm2_puts_opposites_beside_each_other(smollm2_dir: Path) -> None:
    """The rows of two words alone, by plain cosines: the whole table is the business of others."""
    transformers = pytest.importorskip("transformers")
    safetensors = pytest.importorskip("safetensors")
    tokenizer = transformers.AutoTokenizer.from_pretrained(smollm2_dir)
    with safetensors.safe_open(smollm2_dir / "model.safetensors", framework="pt") as file:
        embedding = file.get_tensor("model.embed_tokens.weight").float()
    unit = torch.nn.functional.normalize(embedding)
    vocab_size = unit.shape[0]
    words = [word for pair in (("superior", "inferior"), ("left", "right")) for word in pair]
    rows = [tokenizer.encode(f" {word}", add_special_tokens=False)[0] for word in words]
    cosine = unit[rows] @ unit.T
    cosine[:, :17] = -2  # special and added tokens
    weights, ids = cosine.topk(16, dim=1)
    near = {
        token: dict(zip(ids[i, 1:].tolist(), weights[i, 1:].tolist(), strict=True))
        for i, token in enumerate(rows)
    }
    table = table_of({token: near.get(token, {}) for token in range(17, vocab_size)}, vocab_size, 16)
    ranks, _ = antonym_ranks(table, tokenizer, PAIRS[:3])
    found = {one.term: (one.antonym, one.rank, round(one.weight or 0, 2)) for one in ranks if one.rank}
    assert found == {
        " superior": (" inferior", 1, 0.77),
        " inferior": (" superior", 1, 0.77),
        " left": (" right", 5, 0.51),
        " right": (" left", 4, 0.51),
    }
