"""`model.generate` with semantic sampling, for transformers' argument `custom_generate`."""

from typing import Any
from weakref import WeakKeyDictionary

from semsam import SemanticSampling
from semsam.engines.transformers import Attached, SemanticLogitsProcessor, attach
from semsam.rule import Neighbors
from semsam.statistics import Statistics

_TABLES: WeakKeyDictionary[Any, dict[str, Neighbors]] = WeakKeyDictionary()


def generate(
    model: Any,
    tokenizer: Any = None,
    semantic_sampling: SemanticSampling | dict[str, Any] | None = None,
    table: str | None = None,
    seed: int | None = None,
    statistics: Statistics | None = None,
    **arguments: Any,
) -> Any:
    """What `model.generate` gives with these arguments, each step that the rule decides being its choice.

    Args:
        model: given by transformers.
        tokenizer: of the model, to build its table with; not needed where `table` is given.
        semantic_sampling: settings of the rule, or a dictionary of them; None: its defaults.
        table: a file that `semsam build` wrote.
        seed: of the stochastic modes.
        statistics: counts what the rule did, where it is given.
        arguments: of `generate`.
    """
    if not isinstance(semantic_sampling, SemanticSampling):
        semantic_sampling = SemanticSampling(**(semantic_sampling or {}))
    if table is None and tokenizer is None:
        raise ValueError("semantic sampling takes a tokenizer=, or a table= that semsam build wrote")
    known = _TABLES.setdefault(model, {})
    key = table or ""
    if key not in known:
        known[key] = attach(model, tokenizer, table=table).table
    attached = Attached(model, SemanticLogitsProcessor(known[key], semantic_sampling, seed=seed))
    if tokenizer is not None:
        arguments["tokenizer"] = tokenizer
    # The class's own: an instance that was loaded from a folder like this one has replaced it.
    result = type(model).generate(model, **attached.arguments(**arguments))
    if statistics is not None:
        statistics.merge(attached.statistics)
    return result
