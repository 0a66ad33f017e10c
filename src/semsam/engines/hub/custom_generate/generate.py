"""`model.generate` with semantic sampling, for the argument `custom_generate` of transformers."""

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
    """Generate as `model.generate` does, with the rule deciding the steps that it does not defer.

    Args:
        model: The model; transformers passes it.
        tokenizer: Tokenizer of the model, to build its table with; not needed with `table`.
        semantic_sampling: Settings of the rule, or a dictionary of them; None uses the defaults.
        table: File of a table that `semsam build` wrote.
        seed: Seed of the stochastic modes.
        statistics: Object to add the statistics of this run to.
        **arguments: Arguments of `generate`.

    Returns:
        The result of `generate`.

    Raises:
        ValueError: Neither `tokenizer` nor `table` is given.
    """
    if not isinstance(semantic_sampling, SemanticSampling):
        semantic_sampling = SemanticSampling(**(semantic_sampling or {}))
    if table is None and tokenizer is None:
        raise ValueError("semantic sampling needs tokenizer=, or table= with a file that semsam build wrote")
    known = _TABLES.setdefault(model, {})
    key = table or ""
    if key not in known:
        known[key] = attach(model, tokenizer, table=table).table
    attached = Attached(model, SemanticLogitsProcessor(known[key], semantic_sampling, seed=seed))
    if tokenizer is not None:
        arguments["tokenizer"] = tokenizer
    # Call the class's method: an instance loaded from a folder like this one has replaced its own.
    result = type(model).generate(model, **attached.arguments(**arguments))
    if statistics is not None:
        statistics.merge(attached.statistics)
    return result
