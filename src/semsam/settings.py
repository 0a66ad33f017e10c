"""The settings of semantic sampling: one for all rows, or one a row."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

from semsam.errors import SettingsError

Mode = Literal["argmax", "softmax", "proportional"]
MODES: tuple[Mode, ...] = get_args(Mode)
DEFAULT_TAU = {"argmax": 1.0, "softmax": 0.03, "proportional": 1.0}
MASS_TOLERANCE = 1e-6
SMALLEST = 1e-30  # a float32 may not fall to zero: 0 / 0 would make a row invalid


@dataclass(frozen=True, slots=True)
class SemanticSampling:
    """Settings of the rule (arXiv 2603.14579, section on semantic sampling; values ours where it is silent).

    Args:
        top_m: how many of the highest logits may become candidates, at least 1.
        top_p: candidates are the shortest prefix of these whose probability reaches top_p, in (0, 1];
            1 keeps all top_m.
        temperature: divides the logits before the softmax, above 0. The rule's own: an engine's sampling
            temperature plays no part in it.
        mode: "argmax" takes the best score; "softmax" shares softmax(score / tau); "proportional" (ours)
            shares in proportion to score ** (1 / tau).
        tau: of the stochastic modes, above 0; None: 0.03 for softmax, 1 for proportional.
        sign: +1 adds the neighbours' mass to a candidate's own; -1, a control, subtracts it (a penalty on
            crowding).

    Raises:
        SettingsError: a value is out of range or of the wrong type.
    """

    top_m: int = 20
    top_p: float = 0.8
    temperature: float = 1.0
    mode: Mode = "argmax"
    tau: float | None = None
    sign: int = 1

    def __post_init__(self) -> None:
        """Check every value, and fill in tau."""
        _check("top_m", self.top_m, Integral, "a whole number of at least 1", lambda v: v >= 1)
        _check("top_p", self.top_p, Real, "a number above 0 and at most 1", lambda v: 0 < v <= 1)
        _check("temperature", self.temperature, Real, "a finite number above 0", _positive)
        if self.mode not in MODES:
            raise SettingsError(f"mode is {self.mode!r}, expected one of {', '.join(MODES)}")
        if self.tau is None:
            object.__setattr__(self, "tau", DEFAULT_TAU[self.mode])
        _check("tau", self.tau, Real, "a finite number above 0", _positive)
        _check("sign", self.sign, Integral, "1 or -1", lambda v: v in {1, -1})
        if self.sign == -1 and self.mode == "proportional":
            raise SettingsError(
                "sign -1 makes scores negative, of which mode 'proportional' takes no shares: "
                "use argmax or softmax"
            )

    @staticmethod
    def stack(
        rows: "Sequence[SemanticSampling | None]", device: torch.device | str | None = None
    ) -> "SettingsBatch":
        """Settings a row, for a batch in which each sequence has its own; a row of None passes through."""
        return SettingsBatch.of(rows, device)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the settings, in order."""
        return tuple(field.name for field in fields(cls))


@dataclass(frozen=True, slots=True, eq=False)
class SettingsBatch:
    """Settings of B rows as tensors of shape (B, 1), so that no row costs a branch.

    `max_m` is the largest top_m and `modes` the modes that occur: they fix shapes, and are known on the host.
    """

    on: Tensor
    top_m: Tensor
    enough: Tensor
    temperature: Tensor
    tau: Tensor
    sign: Tensor
    mode: Tensor
    max_m: int
    modes: tuple[Mode, ...]

    @classmethod
    def of(
        cls, rows: Sequence[SemanticSampling | None], device: torch.device | str | None = None
    ) -> "SettingsBatch":
        """Tensors from the settings of each row (None: the row is left alone)."""
        for row in rows:
            if row is not None and not isinstance(row, SemanticSampling):
                raise SettingsError(f"a row's settings are {row!r}, expected SemanticSampling or None")
        given = [row or SemanticSampling(top_m=1) for row in rows]
        active = [row for row in rows if row is not None]

        def column(values: Sequence[float], dtype: torch.dtype) -> Tensor:
            return torch.tensor(values, dtype=dtype, device=device).reshape(-1, 1)

        return cls(
            on=column([row is not None for row in rows], torch.bool),
            top_m=column([row.top_m for row in given], torch.int64),
            enough=column([enough_mass(row.top_p) for row in given], torch.float32),
            temperature=column([max(row.temperature, SMALLEST) for row in given], torch.float32),
            tau=column([max(row.tau or 0.0, SMALLEST) for row in given], torch.float32),
            sign=column([row.sign for row in given], torch.float32),
            mode=column([MODES.index(row.mode) for row in given], torch.int64),
            max_m=max((row.top_m for row in active), default=1),
            modes=tuple(mode for mode in MODES if any(row.mode == mode for row in active)) or ("argmax",),
        )

    @property
    def rows(self) -> int:
        """How many rows these settings are for."""
        return int(self.on.shape[0])

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> "SettingsBatch":
        """The same settings on another device."""
        return self._map(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> "SettingsBatch":
        """The same settings in pinned memory, from which a copy to a device need not be waited for."""
        return self._map(torch.Tensor.pin_memory)

    def take(self, index: Tensor) -> "SettingsBatch":
        """The settings of rows `index` (int64, (R,)), gathered where they lie: no host synchronisation."""
        return self._map(lambda tensor: tensor.index_select(0, index))

    def _map(self, function: Callable[[Tensor], Tensor]) -> "SettingsBatch":
        return SettingsBatch(
            function(self.on),
            function(self.top_m),
            function(self.enough),
            function(self.temperature),
            function(self.tau),
            function(self.sign),
            function(self.mode),
            self.max_m,
            self.modes,
        )


class Resolved(NamedTuple):
    """What the rule computes with: plain numbers for one setting, (B, 1) tensors for settings a row.

    For one setting `on`, `mode` and `sign` are None for what needs no work: on, the one of `modes`, +1; so is
    `top_m`, which is `max_m`.
    """

    on: Tensor | None
    top_m: Tensor | None
    enough: float | Tensor
    temperature: float | Tensor
    tau: float | Tensor
    sign: int | Tensor | None
    mode: Tensor | None
    max_m: int
    modes: tuple[Mode, ...]


def resolve(settings: SemanticSampling | SettingsBatch, rows: int, device: torch.device) -> Resolved:
    """One form for both kinds of settings, checked against the number of rows."""
    if isinstance(settings, SemanticSampling):
        return Resolved(
            on=None,
            top_m=None,
            enough=enough_mass(settings.top_p),
            temperature=max(settings.temperature, SMALLEST),
            tau=max(settings.tau or 0.0, SMALLEST),
            sign=None if settings.sign == 1 else settings.sign,
            mode=None,
            max_m=settings.top_m,
            modes=(settings.mode,),
        )
    if settings.rows != rows:
        raise SettingsError(f"settings are for {settings.rows} rows, the logits have {rows}: give one a row")
    s = settings if settings.on.device == device else settings.to(device)
    return Resolved(s.on, s.top_m, s.enough, s.temperature, s.tau, s.sign, s.mode, s.max_m, s.modes)


def enough_mass(top_p: float) -> float:
    """The mass at which a prefix is long enough: top_p less a tolerance; for 1, none is, so all are kept."""
    return math.inf if top_p == 1 else top_p - MASS_TOLERANCE


def _positive(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _check(name: str, value: object, kind: type, wanted: str, holds: Callable[[float], bool]) -> None:
    if isinstance(value, bool) or not isinstance(value, kind) or not holds(value):  # type: ignore[arg-type]
        raise SettingsError(f"{name} is {value!r}, expected {wanted}")
