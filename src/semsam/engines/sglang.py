"""The rule in SGLang, as a custom logit processor of its own.

A request carries the processor as text. `processor_string` names the class instead of packing its code, so
that client and server need not have the same Python, and the server runs what is installed there. The table
is named on the server, by the environment variable SEMSAM_TABLE. Written against the interface of SGLang 0.5;
it was never run on a real SGLang server, which needs a GPU.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from semsam.engines.request import Request, RequestBatch, parse_request
from semsam.engines.served_table import table_name
from semsam.errors import SettingsError
from semsam.table import NeighborTable

if TYPE_CHECKING:

    class CustomLogitProcessor:
        """`sglang.srt.sampling.custom_logit_processor.CustomLogitProcessor`."""
else:
    try:
        from sglang.srt.sampling.custom_logit_processor import CustomLogitProcessor
    except ImportError:  # a client's machine
        CustomLogitProcessor = object

logger = logging.getLogger(__name__)


def processor_string() -> str:
    """What a request gives as `custom_logit_processor`. SGLang need not be installed where it is made."""
    reference = f"c{SemanticLogitProcessor.__module__}\n{SemanticLogitProcessor.__name__}\n."
    return json.dumps({"callable": reference.encode().hex()})


class SemanticLogitProcessor(CustomLogitProcessor):
    """Semantic sampling for the requests whose `custom_params` ask for it, say {"semsam": true}.

    SGLang has no way to refuse a request here, and an exception would end the server: a row whose parameters
    are wrong passes, as all rows do where the table is missing or not of this model; the first time, this is
    logged.
    """

    def __call__(
        self, logits: Tensor, custom_param_list: Sequence[Mapping[str, Any] | None] | None = None
    ) -> Tensor:
        """One step.

        Args:
            logits: (rows, V), those of the requests that carry this processor, after penalties, logit bias
                and grammars, and before the temperature.
            custom_param_list: of each request; with several rows a request (speculation), those follow each
                other.

        Returns:
            A tensor of the same shape; the logits are left as they are.
        """
        try:
            requests = tuple(_request(parameters) for parameters in custom_param_list or ())
            if not any(requests):
                return logits
            each = logits.shape[0] // len(requests)
            device = str(logits.device)
            batch = _batch(tuple(request for request in requests for _ in range(each)), device)
            return batch.rescore(logits, _table(device))
        except Exception as error:
            _tell_once("Semantic sampling failed, and left a step to the sampler", error)
            return logits

    @classmethod
    def to_str(cls) -> str:
        """The same as `processor_string`."""
        return processor_string()


def _request(parameters: Mapping[str, Any] | None) -> Request | None:
    """What a request asks; its temperature is read from the request, which SGLang adds under "__req__"."""
    try:
        sampling: Any = getattr((parameters or {}).get("__req__"), "sampling_params", None)
        # A greedy request has temperature 1 and top_k 1 by now. Where nothing is known, only argmax is safe.
        greedy = sampling is None or getattr(sampling, "top_k", 1) == 1
        return parse_request(parameters, temperature=0.0 if greedy else float(sampling.temperature))
    except SettingsError as error:
        _tell_once("Semantic sampling left a request alone, whose parameters are wrong", error)
        return None


# SGLang makes a new instance for each batch: what lasts is kept here.
@lru_cache(maxsize=8)
def _table(device: str) -> NeighborTable:
    return NeighborTable.load(table_name()).to(device)


@lru_cache(maxsize=32)
def _batch(requests: tuple[Request | None, ...], device: str) -> RequestBatch:
    return RequestBatch.of(requests, torch.device(device))


_told: set[str] = set()


def _tell_once(what: str, error: Exception) -> None:
    if what not in _told:
        _told.add(what)
        logger.error("%s: %s", what, error)
