"""What a request asks of the rule, in the flat parameters that servers accept; and batches of requests."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from semsam.controls import CONTROLS, SEEDED
from semsam.engines.control_tables import ControlTables
from semsam.errors import SettingsError
from semsam.rule import Neighbors, rescore
from semsam.settings import LARGEST, SemanticSampling, SettingsBatch, brief

SWITCH = "semsam"
PARAMETERS = {f"{SWITCH}_{name}": name for name in SemanticSampling.names()}
CONTROL, CONTROL_SEED = f"{SWITCH}_control", f"{SWITCH}_control_seed"
LARGEST_SEED = 2**31 - 1
MOST_CANDIDATES = 1000  # the widest request sets the width of all rows of a batch


@dataclass(frozen=True, slots=True)
class Request:
    """What one request asks of the rule.

    Attributes:
        settings: Settings of the rule.
        temperature: Temperature by which the engine will divide the request's row.
        control: Control of `semsam.controls` whose table is used; "none" for the table itself. The control
            "flipped" needs no table: it is `sign` -1 of the settings.
        control_seed: Seed of the control.
    """

    settings: SemanticSampling
    temperature: float = 1.0
    control: str = "none"
    control_seed: int = 0


def parse_request(parameters: Mapping[str, Any] | None, *, temperature: float) -> Request | None:
    """Read the rule's settings from the parameters of a request.

    Args:
        parameters: "semsam": true turns the rule on; semsam_top_m, semsam_top_p and so on are settings of
            `SemanticSampling`; semsam_control and semsam_control_seed choose a control. Keys that do not
            begin with semsam are ignored.
        temperature: Sampling temperature of the request, 0 if it is greedy.

    Returns:
        The request; None if it does not turn the rule on.

    Raises:
        SettingsError: A key is unknown, a value is out of range or has the wrong type, settings are given
            without the rule, or a greedy request asks for a mode that draws.

    Examples:
        >>> request = parse_request({"semsam": True, "semsam_top_m": 5, "seed": 1}, temperature=0.5)
        >>> request.settings.top_m, request.temperature
        (5, 0.5)
        >>> parse_request({"semsam": True, "semsam_top_m": -1}, temperature=0.5)
        Traceback (most recent call last):
        semsam.errors.SettingsError: semsam: top_m is -1, expected a whole number of at least 1
    """
    if parameters is not None and not isinstance(parameters, Mapping):
        raise SettingsError(f"the parameters are {brief(parameters)}, expected names and values")
    ours = {
        key: value
        for key, value in (parameters or {}).items()
        if isinstance(key, str) and key.lower().startswith(SWITCH)
    }
    known = (SWITCH, *PARAMETERS, CONTROL, CONTROL_SEED)
    unknown = sorted(set(ours) - set(known))
    if unknown:
        raise SettingsError(f"unknown parameter {brief(unknown[0])}, expected one of {', '.join(known)}")
    on = ours.pop(SWITCH, False)
    if on not in (0, 1) or not isinstance(on, bool | int | float):
        raise SettingsError(f"{SWITCH} is {brief(on)}, expected true or false")
    if not on:
        if ours:
            raise SettingsError(f"{min(ours)} is given without {SWITCH}: add {SWITCH}: true, or leave it out")
        return None
    long = [key for key, value in ours.items() if isinstance(value, str) and len(value) > 40]
    if long:
        raise SettingsError(f"{long[0]} is {brief(ours[long[0]])}, expected a number or one short word")
    control, seed = _control(ours)
    try:
        settings = SemanticSampling(**{PARAMETERS[key]: value for key, value in ours.items()})
        settings = replace(settings, sign=-1) if control == "flipped" else settings
    except SettingsError as error:
        raise SettingsError(f"{SWITCH}: {error}") from error
    if settings.top_m > MOST_CANDIDATES:
        raise SettingsError(
            f"{SWITCH}_top_m is {brief(settings.top_m)}, expected at most {MOST_CANDIDATES} on a server: "
            "it determines the cost of every request in the batch"
        )
    if not math.isfinite(temperature):
        raise SettingsError(f"the temperature of the request is {temperature}, expected a finite number")
    if settings.mode != "argmax" and temperature <= 0:
        raise SettingsError(
            f"{SWITCH}_mode is {settings.mode!r}, which draws, but the request is greedy (temperature 0): "
            f"set a temperature above 0, or {SWITCH}_mode to argmax"
        )
    used = "none" if control == "flipped" else control
    return Request(settings, min(temperature, LARGEST) if temperature > 0 else 1.0, used, seed)


def _control(ours: dict[str, Any]) -> tuple[str, int]:
    """Take the control and its seed out of the parameters of a request.

    Raises:
        SettingsError: There is no such control, the seed is out of range, or it is given without a control.
    """
    control, seed = ours.pop(CONTROL, "none"), ours.pop(CONTROL_SEED, None)
    known = (*CONTROLS, "flipped")
    if control not in known:
        raise SettingsError(f"{CONTROL} is {brief(control)}, expected one of {', '.join(known)}")
    if seed is None:
        return control, 0
    if control not in SEEDED:
        raise SettingsError(
            f"{CONTROL_SEED} is given, and control {control!r} draws nothing: leave it out, or set {CONTROL} "
            f"to {' or '.join(SEEDED)}"
        )
    whole = isinstance(seed, int | float) and not isinstance(seed, bool) and seed == seed // 1
    if not whole or not 0 <= seed <= LARGEST_SEED:
        raise SettingsError(
            f"{CONTROL_SEED} is {brief(seed)}, expected a whole number from 0 to {LARGEST_SEED}"
        )
    return control, int(seed)


@dataclass(frozen=True, slots=True, eq=False)
class RequestBatch:
    """Several requests as tensors, one row each; a row without a request is left unchanged.

    Attributes:
        settings: Settings per row.
        temperature: (B,) float32, temperature by which the engine will divide each row.
    """

    settings: SettingsBatch
    temperature: Tensor

    @classmethod
    def of(cls, requests: Sequence[Request | None], device: torch.device) -> "RequestBatch":
        """Put requests on a device, without waiting for the copy."""
        settings = SemanticSampling.stack([None if one is None else one.settings for one in requests])
        temperature = torch.tensor([1.0 if one is None else one.temperature for one in requests])
        if device.type == "cpu":
            return cls(settings, temperature)
        if device.type == "cuda":
            settings, temperature = settings.pin_memory(), temperature.pin_memory()
        return cls(settings.to(device, non_blocking=True), temperature.to(device, non_blocking=True))

    def rescore(self, logits: Tensor, table: Neighbors, rows: Tensor | None = None) -> Tensor:
        """Apply one step of the rule.

        Args:
            logits: (B, V) floats, as for `semsam.rescore`.
            table: Neighbours on the device of the logits.
            rows: (B,) whole numbers, the request that each row of the logits belongs to; None if the rows are
                the requests, in order.

        Returns:
            A new (B, V) tensor.
        """
        settings, temperature = self.settings, self.temperature
        if rows is not None:
            settings, temperature = settings.take(rows), temperature.index_select(0, rows)
        return rescore(logits, table, settings, engine_temperature=temperature)


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """Several requests, those of each control in a batch of their own.

    Attributes:
        parts: (control, its seed) and the batch of the requests that use it.
    """

    parts: tuple[tuple[tuple[str, int], RequestBatch], ...]

    @classmethod
    def of(cls, requests: Sequence[Request | None], device: torch.device) -> "Batches":
        """Put requests on a device; a row without a request belongs to no part."""
        keys = dict.fromkeys((one.control, one.control_seed) for one in requests if one is not None)
        return cls(
            tuple(
                (
                    key,
                    RequestBatch.of(
                        [one if one and (one.control, one.control_seed) == key else None for one in requests],
                        device,
                    ),
                )
                for key in keys
            )
        )

    def rescore(self, logits: Tensor, tables: ControlTables, rows: Tensor | None = None) -> Tensor:
        """Apply one step of the rule, each row with the table of its control; see `RequestBatch.rescore`."""
        for (control, seed), batch in self.parts:
            logits = batch.rescore(logits, tables.of(control, seed), rows)
        return logits
