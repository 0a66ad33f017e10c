"""What a request asks of the rule, in the flat parameters that servers pass on; batches of such requests."""

import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from semsam.errors import SettingsError
from semsam.rule import Neighbors, rescore
from semsam.settings import SemanticSampling, SettingsBatch

SWITCH = "semsam"
PARAMETERS = {f"{SWITCH}_{name}": name for name in SemanticSampling.names()}
MOST_CANDIDATES = 1000  # all rows of a batch are as wide as its widest request


@dataclass(frozen=True, slots=True)
class Request:
    """One request: the rule's settings, and the temperature by which the engine will divide its row."""

    settings: SemanticSampling
    temperature: float = 1.0


def parse_request(parameters: Mapping[str, Any] | None, *, temperature: float) -> Request | None:
    """The settings that a request's parameters name; None where it does not turn the rule on.

    Args:
        parameters: "semsam": true turns the rule on; semsam_top_m, semsam_top_p and so on are settings of
            `SemanticSampling`. Keys that do not begin with semsam belong to others, and are left alone.
        temperature: of the request, 0 where it is greedy.

    Raises:
        SettingsError: a key is unknown, a value out of range or of the wrong type, settings are given without
            the rule, or what is asked cannot be had: a draw by a greedy request.
    """
    ours = {key: value for key, value in (parameters or {}).items() if key.lower().startswith(SWITCH)}
    unknown = sorted(set(ours) - {SWITCH, *PARAMETERS})
    if unknown:
        raise SettingsError(
            f"unknown parameter {reprlib.repr(unknown[0])}, expected one of {SWITCH}, {', '.join(PARAMETERS)}"
        )
    on = ours.pop(SWITCH, False)
    if on not in (0, 1) or not isinstance(on, bool | int | float):
        raise SettingsError(f"{SWITCH} is {reprlib.repr(on)}, expected true or false")
    if not on:
        if ours:
            raise SettingsError(f"{min(ours)} is given without {SWITCH}: add {SWITCH}: true, or take it out")
        return None
    long = [key for key, value in ours.items() if isinstance(value, str) and len(value) > 40]
    if long:
        raise SettingsError(f"{long[0]} is {reprlib.repr(ours[long[0]])}, which is no value of it")
    try:
        settings = SemanticSampling(**{PARAMETERS[key]: value for key, value in ours.items()})
    except SettingsError as error:
        raise SettingsError(f"{SWITCH}: {error}") from error
    if settings.top_m > MOST_CANDIDATES:
        raise SettingsError(
            f"{SWITCH}_top_m is {settings.top_m}, expected at most {MOST_CANDIDATES} on a server: "
            "it sets the cost of every request in the batch"
        )
    if settings.mode != "argmax" and temperature <= 0:
        raise SettingsError(
            f"{SWITCH}_mode {settings.mode!r} draws, and the request is greedy (temperature 0): "
            f"give a temperature above 0, or take {SWITCH}_mode argmax"
        )
    return Request(settings, temperature if temperature > 0 else 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class RequestBatch:
    """Several requests as tensors, one row each; a row without a request passes through."""

    settings: SettingsBatch
    temperature: Tensor

    @classmethod
    def of(cls, requests: Sequence[Request | None], device: torch.device) -> "RequestBatch":
        """The requests on a device; the copy does not wait for it."""
        settings = SemanticSampling.stack([None if one is None else one.settings for one in requests])
        temperature = torch.tensor([1.0 if one is None else one.temperature for one in requests])
        if device.type == "cpu":
            return cls(settings, temperature)
        if device.type == "cuda":
            settings, temperature = settings.pin_memory(), temperature.pin_memory()
        return cls(settings.to(device, non_blocking=True), temperature.to(device, non_blocking=True))

    def rescore(self, logits: Tensor, table: Neighbors, rows: Tensor | None = None) -> Tensor:
        """One step of the rule on logits (B, V).

        Args:
            logits: as `semsam.rescore` takes them.
            table: on the device of the logits.
            rows: (B,) whole numbers, the request that each row of the logits belongs to; None: the rows are
                the requests, in order.
        """
        settings, temperature = self.settings, self.temperature
        if rows is not None:
            settings, temperature = settings.take(rows), temperature.index_select(0, rows)
        return rescore(logits, table, settings, engine_temperature=temperature)
