"""Semantic sampling, a decoding rule for language models (MIS-SemSam, arXiv 2603.14579).

At each decoding step the rule scores the most likely tokens again, by the probability mass of their nearest
neighbours in the embedding space; `docs/semantic-sampling.md` explains it.

Examples:
    Token 0 is the likeliest, but tokens 1 and 2 are two spellings of one word, which together are likelier:

    >>> import torch
    >>> from semsam import SemanticSampling, build_table, rescore
    >>> embedding = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    >>> table = build_table(embedding, torch.ones(3, dtype=torch.bool), k=2)
    >>> logits = torch.tensor([[0.4, 0.35, 0.25]]).log()
    >>> rescore(logits, table, SemanticSampling(temperature=1.0, top_p=1.0))
    tensor([[-inf, 0., -inf]])
"""

from semsam import _installed  # noqa: F401  # first, because it says what is missing
from semsam.content import ContentReport, content_mask, content_report
from semsam.errors import ModelError, SemsamError, SettingsError, TableError
from semsam.lazy import LazyNeighbors
from semsam.neighbors import build_table, embedding_hash
from semsam.rule import RowInfo, Status, rescore, rescore_with_info
from semsam.settings import SemanticSampling, SettingsBatch
from semsam.statistics import Statistics, Summary
from semsam.table import NeighborTable

__all__ = [
    "ContentReport",
    "LazyNeighbors",
    "ModelError",
    "NeighborTable",
    "RowInfo",
    "SemanticSampling",
    "SemsamError",
    "SettingsBatch",
    "SettingsError",
    "Statistics",
    "Status",
    "Summary",
    "TableError",
    "build_table",
    "content_mask",
    "content_report",
    "embedding_hash",
    "rescore",
    "rescore_with_info",
]
