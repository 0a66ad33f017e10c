"""The rule in vLLM, loaded by `--logits-processors semsam.engines.vllm:SemanticLogitsProcessor`.

One class implements both of vLLM's interfaces, each of which refuses classes of the other: the V1 model
runner identifies requests by their row in the batch, Model Runner V2 (from 0.31) by a slot. Written for vLLM
0.32.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from vllm.logger import init_logger
from vllm.v1.sample.logits_processor.builtin import process_dict_updates

from semsam.engines.control_tables import ControlTables, refuse_unwanted
from semsam.engines.request import Batches, Request, parse_request
from semsam.engines.served_table import served_table, table_name

if TYPE_CHECKING:
    from vllm import SamplingParams
    from vllm.config import VllmConfig
    from vllm.v1.sample.logits_processor import BatchUpdate
    from vllm.v1.worker.gpu.sample.logits_processor import LogitsContext

    class V1Interface:
        """`vllm.v1.sample.logits_processor.LogitsProcessor`."""

    class V2Interface:
        """`vllm.v1.worker.gpu.sample.logits_processor.LogitsProcessor`."""
else:
    from vllm.v1.sample.logits_processor import LogitsProcessor as V1Interface

    try:
        from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor as V2Interface
    except ImportError:
        V2Interface = object

logger = init_logger("vllm.semsam")  # a child of the logger vllm, whose handlers print it


class SemanticLogitsProcessor(V1Interface, V2Interface):
    """Semantic sampling for requests that ask for it in `vllm_xargs`; other rows are left unchanged.

    The environment variable SEMSAM_TABLE names the table, or `--additional-config '{"semsam": {"table":
    PATH}}'`.

    Raises:
        TableError: The table is missing or damaged, or belongs to another model, so the server must not
            start.
    """

    def __init__(self, vllm_config: "VllmConfig", place: Any, is_pin_memory: bool = False) -> None:  # noqa: ARG002
        """Read the table.

        Args:
            vllm_config: Configuration of the server.
            place: The device (V1), or the request states, which name it (V2).
            is_pin_memory: Whether memory can be pinned (V1); unused.
        """
        self._device = torch.device(getattr(place, "device", place))
        extra = vllm_config.additional_config
        path = table_name(extra.get("semsam") if isinstance(extra, dict) else None)
        config = vllm_config.model_config
        table = served_table(
            path, vocab_size=config.get_vocab_size(), model=config.model, device=self._device
        )
        self._tables = ControlTables(table)
        self._requests: dict[int, Request] = {}  # by row (V1) or slot (V2)
        self._batch: Batches | None = None
        self._batch_of: tuple[int, frozenset[int]] | None = None
        self._logged: set[str] = set()
        logger.info("Semantic sampling is ready: %s, %d tokens, k = %d", path, table.vocab_size, table.k)

    @classmethod
    def validate_params(cls, sampling_params: "SamplingParams") -> None:
        """Refuse wrong parameters, so that the server answers 400.

        Raises:
            SettingsError: A parameter is unknown or wrong; a ValueError, as vLLM expects.
        """
        found = parse_request(sampling_params.extra_args, temperature=sampling_params.temperature)
        if found is not None:
            refuse_unwanted(found.control)

    def is_argmax_invariant(self) -> bool:
        """Return False: the rule decides greedy requests too (V1)."""
        return False

    def update_state(self, batch_update: "BatchUpdate | None") -> None:
        """Follow the batch (V1): requests that arrive, leave or move to another row."""
        if process_dict_updates(self._requests, batch_update, lambda params, *_: self._parse(params)):
            self._batch_of = None

    def add_request(self, req_idx: int, sampling_params: "SamplingParams") -> bool:
        """Take over a slot (V2), and return whether the request uses the rule."""
        request = self._parse(sampling_params)
        self._requests.pop(req_idx, None)
        if request is not None:
            self._requests[req_idx] = request
        self._batch_of = None
        return request is not None

    def apply(self, logits: Tensor, ctx: "LogitsContext | None" = None) -> Tensor:
        """Apply one step.

        An exception here would end the engine for everyone, so an error is logged once and the logits pass
        unchanged.

        Args:
            logits: (rows, V) float32.
            ctx: The requests of the rows (V2); None for V1.

        Returns:
            (rows, V) float32, a new tensor if a row uses the rule.
        """
        try:
            if ctx is None:
                return self._rescore(logits, range(logits.shape[0]), None)
            return self._rescore(logits, ctx.idx_mapping_np.tolist(), ctx.expanded_idx_mapping)
        except Exception as error:
            self._log_once("Semantic sampling failed and left a step to the sampler", error)
            return logits

    def _rescore(self, logits: Tensor, present: "range | list[int]", rows: Tensor | None) -> Tensor:
        """Apply the rule to the requests present; `rows` names the slot of each row of the logits (V2)."""
        active = frozenset(at for at in present if at in self._requests)
        if not active:
            return logits
        batch_of = max(present) + 1, active
        if self._batch is None or batch_of != self._batch_of:
            # V2 does not report the end of a request, so absent slots count as empty.
            requests = [self._requests[at] if at in active else None for at in range(batch_of[0])]
            self._batch, self._batch_of = Batches.of(requests, self._device), batch_of
        return self._batch.rescore(logits, self._tables, rows)

    def _parse(self, params: "SamplingParams") -> Request | None:
        try:
            return parse_request(params.extra_args, temperature=params.temperature)
        except Exception as error:  # not validated, and must not be raised in the engine
            self._log_once("Semantic sampling got a request that was not validated", error)
            return None

    def _log_once(self, what: str, error: Exception) -> None:
        if what not in self._logged:
            self._logged.add(what)
            logger.error("%s: %s", what, error, exc_info=error)
