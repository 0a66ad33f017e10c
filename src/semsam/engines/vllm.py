"""The rule in vLLM: `--logits-processors semsam.engines.vllm:SemanticLogitsProcessor` loads it.

One class for both of vLLM's interfaces, which refuse each other's classes: that of the V1 model runner, which
keys requests by their row in the batch, and that of Model Runner V2 (from 0.31), which keys them by a slot.
Written against vLLM 0.32.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from vllm.logger import init_logger
from vllm.v1.sample.logits_processor.builtin import process_dict_updates

from semsam.engines.request import Request, RequestBatch, parse_request
from semsam.engines.served_table import served_table, table_name
from semsam.errors import SettingsError

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

logger = init_logger("vllm.semsam")  # below vllm, whose handlers print it


class SemanticLogitsProcessor(V1Interface, V2Interface):
    """Semantic sampling for the requests that ask for it by `vllm_xargs`; other rows are left alone.

    The table is named by the environment variable SEMSAM_TABLE, or by
    `--additional-config '{"semsam": {"table": PATH}}'`.

    Raises:
        TableError: the server must not start: no table, a damaged one, or another model's.
    """

    def __init__(self, vllm_config: "VllmConfig", place: Any, is_pin_memory: bool = False) -> None:  # noqa: ARG002
        """V1 hands over the device and whether memory can be pinned; V2 its request states, which name it."""
        self._device = torch.device(getattr(place, "device", place))
        extra = vllm_config.additional_config
        path = table_name(extra.get("semsam") if isinstance(extra, dict) else None)
        config = vllm_config.model_config
        self._table = served_table(
            path, vocab_size=config.get_vocab_size(), model=config.model, device=self._device
        )
        self._requests: dict[int, Request] = {}  # by row (V1) or slot (V2)
        self._batch: RequestBatch | None = None
        self._batch_of: tuple[int, frozenset[int]] | None = None
        self._told: set[str] = set()
        logger.info(
            "Semantic sampling is ready: %s, %d tokens, k = %d", path, self._table.vocab_size, self._table.k
        )

    @classmethod
    def validate_params(cls, sampling_params: "SamplingParams") -> None:
        """Refuse what cannot be done (SettingsError, a ValueError): the server answers 400."""
        parse_request(sampling_params.extra_args, temperature=sampling_params.temperature)

    def is_argmax_invariant(self) -> bool:
        """False: the rule decides greedy requests too (V1)."""
        return False

    def update_state(self, batch_update: "BatchUpdate | None") -> None:
        """Follow the batch (V1): requests that came, went, or moved to another row."""
        if process_dict_updates(self._requests, batch_update, lambda params, *_: self._parse(params)):
            self._batch_of = None

    def add_request(self, req_idx: int, sampling_params: "SamplingParams") -> bool:
        """Take over a slot (V2); says whether the request uses the rule."""
        request = self._parse(sampling_params)
        self._requests.pop(req_idx, None)
        if request is not None:
            self._requests[req_idx] = request
        self._batch_of = None
        return request is not None

    def apply(self, logits: Tensor, ctx: "LogitsContext | None" = None) -> Tensor:
        """One step: (rows, V) float32, a new tensor where the rule is asked for.

        An exception here would end the engine for everyone: what goes wrong is logged, once, and the logits
        pass.
        """
        try:
            if ctx is None:
                return self._rescore(logits, range(logits.shape[0]), None)
            return self._rescore(logits, ctx.idx_mapping_np.tolist(), ctx.expanded_idx_mapping)
        except Exception as error:
            self._tell_once("Semantic sampling failed, and left a step to the sampler", error)
            return logits

    def _rescore(self, logits: Tensor, present: "range | list[int]", rows: Tensor | None) -> Tensor:
        """The rule on the requests present; `rows` names the slot of each row of the logits (V2)."""
        active = frozenset(at for at in present if at in self._requests)
        if not active:
            return logits
        batch_of = max(present) + 1, active
        if self._batch is None or batch_of != self._batch_of:
            # V2 never says that a request has ended: slots that are not present count as empty.
            requests = [self._requests[at] if at in active else None for at in range(batch_of[0])]
            self._batch, self._batch_of = RequestBatch.of(requests, self._device), batch_of
        return self._batch.rescore(logits, self._table, rows)

    def _parse(self, params: "SamplingParams") -> Request | None:
        try:
            return parse_request(params.extra_args, temperature=params.temperature)
        except SettingsError as error:  # validate_params let it pass: not to be raised in the engine
            self._tell_once("Semantic sampling got a request that was not validated", error)
            return None

    def _tell_once(self, what: str, error: Exception) -> None:
        if what not in self._told:
            self._told.add(what)
            logger.error("%s: %s", what, error, exc_info=error)
