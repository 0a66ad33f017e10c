"""The rule in SGLang, as a custom logit processor.

A request carries the processor as text. `processor_string` names the class instead of packing its code, so
that client and server need not run the same Python, and the server runs the version installed there. The
environment variable SEMSAM_TABLE names the table on the server. Written for the interface of SGLang 0.5; it
has never run on a real SGLang server, which needs a GPU.
"""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from semsam.engines.control_tables import ControlTables
from semsam.engines.request import Batches, Request, parse_request
from semsam.engines.served_table import table_name
from semsam.errors import SettingsError
from semsam.table import NeighborTable

if TYPE_CHECKING:

    class CustomLogitProcessor:
        """`sglang.srt.sampling.custom_logit_processor.CustomLogitProcessor`."""
else:
    try:
        from sglang.srt.sampling.custom_logit_processor import CustomLogitProcessor
    except ImportError:  # on a client
        CustomLogitProcessor = object

logger = logging.getLogger(__name__)
LONGEST = 300  # characters of an error that are logged


def processor_string() -> str:
    r"""Return what a request passes as `custom_logit_processor`. SGLang need not be installed on the client.

    Examples:
        >>> bytes.fromhex(json.loads(processor_string())["callable"])
        b'csemsam.engines.sglang\nSemanticLogitProcessor\n.'
    """
    reference = f"c{SemanticLogitProcessor.__module__}\n{SemanticLogitProcessor.__name__}\n."
    return json.dumps({"callable": reference.encode().hex()})


class SemanticLogitProcessor(CustomLogitProcessor):
    """Semantic sampling for requests whose `custom_params` ask for it, such as {"semsam": true}.

    SGLang cannot refuse a request here, and an exception would end the server. So a row with wrong parameters
    passes unchanged, without an effect on the others of its batch, and so do all rows if the table is missing
    or belongs to another model. This is logged with its number of times: the 1st, the 10th, the 100th.
    """

    def __call__(
        self, logits: Tensor, custom_param_list: Sequence[Mapping[str, Any] | None] | None = None
    ) -> Tensor:
        """Apply one step.

        Args:
            logits: (rows, V) floats of the requests that carry this processor, after penalties, logit bias
                and grammars, and before the temperature; not modified.
            custom_param_list: Parameters of each request; with several rows per request (speculation), these
                are consecutive.

        Returns:
            A tensor of the same shape.
        """
        try:
            requests = tuple(_request(parameters) for parameters in custom_param_list or ())
            if not any(requests):
                return logits
            each, left = divmod(logits.shape[0], len(requests))
            if left or not each:
                raise SettingsError(
                    f"there are {logits.shape[0]} rows of logits for {len(requests)} requests, expected the "
                    "same number of rows for each"
                )
            tables = _tables(str(logits.device))
            return _rescored(logits, tuple(request for request in requests for _ in range(each)), tables)
        except Exception as error:
            _log("Semantic sampling failed and left a step to the sampler", error)
            return logits

    @classmethod
    def to_str(cls) -> str:
        """Return the same as `processor_string`."""
        return processor_string()


def _rescored(logits: Tensor, requests: tuple[Request | None, ...], tables: ControlTables) -> Tensor:
    """Apply the rule to all rows at once or, if that fails, to each by itself."""
    device = str(logits.device)
    try:
        return _batch(requests, device).rescore(logits, tables)
    except Exception:
        if sum(request is not None for request in requests) == 1:
            raise
    out = logits.clone()
    for at, request in enumerate(requests):
        if request is None:
            continue
        try:
            out[at] = Batches.of([request], logits.device).rescore(logits[at : at + 1], tables)[0]
        except Exception as error:
            _log("Semantic sampling failed and left a row to the sampler", error)
    return out


def _request(parameters: Mapping[str, Any] | None) -> Request | None:
    """Read a request; SGLang adds it under "__req__", which gives its temperature."""
    try:
        sampling: Any = getattr((parameters or {}).get("__req__"), "sampling_params", None)
        # By now a greedy request has temperature 1 and top_k 1. If nothing is known, only argmax is safe.
        greedy = sampling is None or getattr(sampling, "top_k", 1) == 1
        return parse_request(parameters, temperature=0.0 if greedy else float(sampling.temperature))
    except Exception as error:  # of any kind: a stranger chooses what is in here
        _log("Semantic sampling ignored a request with wrong parameters", error)
        return None


# SGLang makes a new instance for each batch, so lasting state lives in the module.
@lru_cache(maxsize=8)
def _tables(device: str) -> ControlTables:
    return ControlTables(NeighborTable.load(table_name()).to(device))


@lru_cache(maxsize=32)
def _batch(requests: tuple[Request | None, ...], device: str) -> Batches:
    return Batches.of(requests, torch.device(device))


_logged: Counter[str] = Counter()


def _log(what: str, error: Exception) -> None:
    """Log the 1st, 10th, 100th ... time of an event, so that no request can fill the disk."""
    _logged[what] += 1
    if str(_logged[what]).strip("0") == "1":
        logger.error("%s (%d so far): %s", what, _logged[what], str(error)[:LONGEST])
