"""Semantic sampling for language models (MIS-SemSam, arXiv 2603.14579).

At each decoding step the most likely tokens are scored again by the probability mass of their nearest
neighbours in the embedding space; `docs/semantic-sampling.md` explains the rule.
"""

from semsam import _installed  # noqa: F401  # first: it says what is missing
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
