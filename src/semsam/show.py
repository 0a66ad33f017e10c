"""Reports as tables for a terminal. Tokens are untrusted text, so everything shown is escaped."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from semsam.diagnostics import Neighbor, TableReport, Token
from semsam.edges import QUANTILES
from semsam.statistics import Summary
from semsam.tokens import Tokenizer, printable, texts

MADE_FROM = ("model", "tensor", "matrix", "content", "centered", "control", "embedding_hash")


def neighbors(tokenizer: Tokenizer, token: int, found: Sequence[Neighbor]) -> RenderableType:
    """Show the neighbours of one token, nearest first.

    Args:
        tokenizer: Tokenizer of the table's model.
        token: Id of the token.
        found: Its neighbours.
    """
    (name,) = texts(tokenizer, [token])
    shown = _table(f"neighbours of {printable(name)} (#{token})", "id", "token", "weight", "mutual")
    names = texts(tokenizer, [near.id for near in found])
    for near, text in zip(found, names, strict=True):
        shown.add_row(
            str(near.id), escape(printable(text)), f"{near.weight:.4f}", "yes" if near.mutual else "no"
        )
    return shown if found else Text(f"{printable(name)} (#{token}) has no neighbours")


def report(report: TableReport) -> RenderableType:
    """Show the properties of a table: edges, hubs, near-duplicates, antonyms."""
    made = [f"{key} {report.metadata[key]}" for key in MADE_FROM if key in report.metadata]
    degree = report.in_degree
    facts = _table(None, "property", "value")
    for name, value in (
        ("built from", ", ".join(made) or "unknown"),
        ("tokens", f"{report.vocab_size}, of which {report.content} are content; k = {report.k}"),
        ("edges", f"{report.edges}, of which {report.mutual_share:.1%} are mutual"),
        ("in-degree", f"mean {degree.mean:.1f}, largest {degree.largest}, skewness {degree.skewness:.1f}"),
        ("neighbours of no token", str(degree.never)),
        ("without neighbours", str(report.isolated)),
        ("near-duplicates", f"{report.near_duplicates} pairs with a cosine above 0.99"),
    ):
        facts.add_row(name, escape(value))
    parts: list[RenderableType] = [facts]
    ranks = _table("weight by rank of the neighbour", "rank", *(f"{q:.0%}" for q in QUANTILES))
    for row in report.weights:
        if row.rank & (row.rank - 1) == 0 or row is report.weights[-1]:  # 1, 2, 4, 8 ... and the last
            ranks.add_row(str(row.rank), *(f"{value:.3f}" for value in row.quantiles))
    parts.append(ranks)
    hubs = _table("hubs: the most frequent neighbours", "token", "in-degree")
    for hub in degree.hubs:
        hubs.add_row(_named(hub.token), str(hub.in_degree))
    parts.append(hubs)
    if report.duplicate_examples:
        pairs = _table("near-duplicates", "token", "token", "cosine")
        for pair in report.duplicate_examples:
            pairs.add_row(_named(pair.one), _named(pair.other), f"{pair.weight:.4f}")
        parts.append(pairs)
    if report.antonyms:
        antonyms = _table("antonyms of directional terms", "term", "antonym", "rank", "cosine")
        for one in report.antonyms:
            rank = "not among the neighbours" if one.rank is None else str(one.rank)
            weight = "" if one.weight is None else f"{one.weight:.3f}"
            antonyms.add_row(escape(printable(one.term)), escape(printable(one.antonym)), rank, weight)
        parts.append(antonyms)
    if report.antonyms_missing:
        missing = ", ".join("/".join(pair) for pair in report.antonyms_missing)
        parts.append(Text(f"antonyms without single tokens: {missing}"))
    return Group(*parts)


def statistics(summary: Summary) -> str:
    """Describe in one line how many steps there were, and what the rule did in them.

    Examples:
        >>> statistics(Summary(steps=8, fired=6, deferred=2, singleton=3, flipped=1, mass_moved=0.3))
        '8 steps, fired 75.0%, deferred 25.0%, singleton 37.5%, flipped 12.5%, mean mass moved 0.0500'
    """
    if not summary.steps:
        return "no steps"
    shares = [f"{summary.steps} steps"]
    for name in ("fired", "deferred", "singleton", "flipped", "invalid"):
        share = summary.share(name)
        if share is not None and (share or name != "invalid"):
            shares.append(f"{name} {share:.1%}")
    if summary.mean_mass_moved is not None:
        shares.append(f"mean mass moved {summary.mean_mass_moved:.4f}")
    return ", ".join(shares)


def _named(token: Token) -> str:
    return escape(f"{token} (#{token.id})" if token.text is not None else str(token))


def _table(title: str | None, *columns: str) -> Table:
    table = Table(title=title and escape(title), title_justify="left", show_edge=False, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, overflow="fold", justify="left" if index < 2 else "right")
    return table
