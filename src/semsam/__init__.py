"""Semantic sampling for language models (MIS-SemSam, arXiv 2603.14579).

At each decoding step the most likely tokens are scored again by the probability mass of their nearest
neighbours in the embedding space; `docs/semantic-sampling.md` explains the rule.
"""

from semsam.errors import ModelError, SemsamError, SettingsError, TableError
from semsam.rule import RowInfo, Status, rescore, rescore_with_info
from semsam.settings import SemanticSampling, SettingsBatch
from semsam.table import NeighborTable

__all__ = [
    "ModelError",
    "NeighborTable",
    "RowInfo",
    "SemanticSampling",
    "SemsamError",
    "SettingsBatch",
    "SettingsError",
    "Status",
    "TableError",
    "rescore",
    "rescore_with_info",
]
