"""Settings of semantic sampling, for all rows of a batch or per row."""

import math
import reprlib
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
SMALLEST, LARGEST = 1e-30, 1e30  # keep a float32 above zero and finite: 0 / 0 would make a row invalid
MOST_TOKENS = 2**31  # no vocabulary is as large; keeps top_m within an int64


@dataclass(frozen=True, slots=True)
class SemanticSampling:
    """Settings of the rule.

    The rule is from arXiv 2603.14579, section on semantic sampling; the defaults are ours where it gives
    none.

    Args:
        top_m: Maximum number of candidates, at least 1: the highest logits.
        top_p: Probability mass of the candidate set, in (0, 1]: the candidates are the shortest prefix of the
            highest logits that reaches it. 1 keeps all `top_m`.
        temperature: Divisor of the logits before the softmax, above 0. It belongs to the rule: an engine's
            sampling temperature does not affect it.
        mode: "argmax" takes the best score, "softmax" draws with shares softmax(score / tau), and
            "proportional" (ours) draws with shares in proportion to score ** (1 / tau).
        tau: Temperature of the stochastic modes, above 0. None is 0.03 for "softmax" and 1 for
            "proportional".
        sign: 1 adds the neighbours' mass to a candidate's own. -1, a control, subtracts it and so penalises
            crowding.

    Raises:
        SettingsError: A value is out of range or has the wrong type.

    Examples:
        >>> SemanticSampling(temperature=0.5, mode="softmax")
        SemanticSampling(top_m=20, top_p=0.8, temperature=0.5, mode='softmax', tau=0.03, sign=1)
        >>> SemanticSampling(top_p=1.5)
        Traceback (most recent call last):
        semsam.errors.SettingsError: top_p is 1.5, expected a number above 0 and at most 1
    """

    top_m: int = 20
    top_p: float = 0.8
    temperature: float = 1.0
    mode: Mode = "argmax"
    tau: float | None = None
    sign: int = 1

    def __post_init__(self) -> None:
        """Check every value, and fill in `tau`."""
        _check("top_m", self.top_m, Integral, "a whole number of at least 1", lambda v: v >= 1)
        _check("top_p", self.top_p, Real, "a number above 0 and at most 1", lambda v: 0 < v <= 1)
        _check("temperature", self.temperature, Real, "a finite number above 0", _positive)
        if self.mode not in MODES:
            raise SettingsError(f"mode is {brief(self.mode)}, expected one of {', '.join(MODES)}")
        if self.tau is None:
            object.__setattr__(self, "tau", DEFAULT_TAU[self.mode])
        _check("tau", self.tau, Real, "a finite number above 0", _positive)
        _check("sign", self.sign, Integral, "1 or -1", lambda v: v in {1, -1})
        if self.sign == -1 and self.mode == "proportional":
            raise SettingsError(
                "sign -1 can make scores negative, but mode 'proportional' needs positive ones: "
                "use argmax or softmax"
            )

    @staticmethod
    def stack(
        rows: "Sequence[SemanticSampling | None]", device: torch.device | str | None = None
    ) -> "SettingsBatch":
        """Combine settings for a batch in which each row has its own.

        Args:
            rows: Settings per row; a row of None is left unchanged by the rule.
            device: Device of the tensors; None is the CPU.

        Returns:
            Settings for len(rows) rows.

        Raises:
            SettingsError: A row is neither settings nor None.

        Examples:
            >>> SemanticSampling.stack([SemanticSampling(), None]).rows
            2
        """
        return SettingsBatch.of(rows, device)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the settings, in order.

        Examples:
            >>> SemanticSampling.names()
            ('top_m', 'top_p', 'temperature', 'mode', 'tau', 'sign')
        """
        return tuple(field.name for field in fields(cls))


@dataclass(frozen=True, slots=True, eq=False)
class SettingsBatch:
    """Settings of B rows as tensors of shape (B, 1), so that no row needs a branch.

    `SemanticSampling.stack` makes one.

    Attributes:
        on: bool, whether the row uses the rule.
        top_m: int64, maximum number of candidates.
        enough: float32, probability mass at which the candidate set is complete.
        temperature: float32.
        tau: float32.
        sign: float32.
        mode: int64, index into `MODES`.
        max_m: Largest `top_m`; known on the host, because it determines shapes.
        modes: Modes that occur; known on the host.

    Examples:
        >>> settings = [SemanticSampling(top_m=5), None, SemanticSampling(mode="softmax")]
        >>> batch = SemanticSampling.stack(settings)
        >>> batch.on.flatten().tolist(), batch.max_m, batch.modes
        ([True, False, True], 20, ('argmax', 'softmax'))
        >>> batch.take(torch.tensor([2, 2])).rows
        2
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
        """Combine the settings of each row, as `SemanticSampling.stack` does.

        Args:
            rows: Settings per row; a row of None is left unchanged by the rule.
            device: Device of the tensors; None is the CPU.

        Raises:
            SettingsError: A row is neither settings nor None.
        """
        for row in rows:
            if row is not None and not isinstance(row, SemanticSampling):
                raise SettingsError(f"a row's settings are {brief(row)}, expected SemanticSampling or None")
        given = [row or SemanticSampling(top_m=1) for row in rows]
        active = [row for row in rows if row is not None]

        def column(values: Sequence[float], dtype: torch.dtype) -> Tensor:
            return torch.tensor(values, dtype=dtype, device=device).reshape(-1, 1)

        return cls(
            on=column([row is not None for row in rows], torch.bool),
            top_m=column([min(row.top_m, MOST_TOKENS) for row in given], torch.int64),
            enough=column([enough_mass(row.top_p) for row in given], torch.float32),
            temperature=column([_divisor(row.temperature) for row in given], torch.float32),
            tau=column([_divisor(row.tau) for row in given], torch.float32),
            sign=column([row.sign for row in given], torch.float32),
            mode=column([MODES.index(row.mode) for row in given], torch.int64),
            max_m=max((min(row.top_m, MOST_TOKENS) for row in active), default=1),
            modes=tuple(mode for mode in MODES if any(row.mode == mode for row in active)) or ("argmax",),
        )

    @property
    def rows(self) -> int:
        """B, the number of rows."""
        return int(self.on.shape[0])

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> "SettingsBatch":
        """Return the same settings on another device."""
        return self._map(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> "SettingsBatch":
        """Return the same settings in pinned memory, which can be copied to a GPU without waiting."""
        return self._map(torch.Tensor.pin_memory)

    def take(self, index: Tensor) -> "SettingsBatch":
        """Return the settings of rows `index` (R,), int64, without host synchronisation."""
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
    """Settings as the rule computes with them: plain numbers if all rows share them, else (B, 1) tensors.

    For shared settings, `on`, `top_m`, `mode` and `sign` are None if they need no work: the rule is on,
    `top_m` is `max_m`, the mode is the one of `modes`, the sign is 1.
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
    """Bring both kinds of settings into one form, and check the number of rows.

    Args:
        settings: Settings for all rows, or per row.
        rows: B, the number of rows of the logits.
        device: Device of the logits.

    Raises:
        SettingsError: The settings are for another number of rows.
    """
    if isinstance(settings, SemanticSampling):
        return Resolved(
            on=None,
            top_m=None,
            enough=enough_mass(settings.top_p),
            temperature=_divisor(settings.temperature),
            tau=_divisor(settings.tau),
            sign=None if settings.sign == 1 else settings.sign,
            mode=None,
            max_m=min(settings.top_m, MOST_TOKENS),
            modes=(settings.mode,),
        )
    if settings.rows != rows:
        raise SettingsError(
            f"settings are for {settings.rows} rows, the logits have {rows}: pass settings for each row"
        )
    s = settings if settings.on.device == device else settings.to(device)
    return Resolved(s.on, s.top_m, s.enough, s.temperature, s.tau, s.sign, s.mode, s.max_m, s.modes)


def enough_mass(top_p: float) -> float:
    """Return the mass at which the candidate set is complete: top_p less a tolerance.

    Examples:
        >>> enough_mass(0.5), enough_mass(1.0)  # 1 is never reached, so that all candidates stay
        (0.499999, inf)
    """
    return math.inf if top_p == 1 else top_p - MASS_TOLERANCE


def brief(value: object) -> str:
    """Show a value of any kind and size in a message.

    Examples:
        >>> brief(1.5), brief("x" * 100), brief(10**5000)
        ('1.5', "'xxxxxxxxxxxx...xxxxxxxxxxxxx'", 'an int that is too large to show')
    """
    try:
        return reprlib.repr(value)
    except Exception:  # such as an int of more digits than Python turns into text
        return f"an {type(value).__name__} that is too large to show"


def _positive(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _divisor(value: float | None) -> float:
    return min(max(float(value or 0.0), SMALLEST), LARGEST)


def _check(name: str, value: object, kind: type, wanted: str, holds: Callable[[float], bool]) -> None:
    try:
        right = isinstance(value, kind) and not isinstance(value, bool) and holds(value)  # type: ignore[arg-type]
    except (ArithmeticError, TypeError, ValueError):  # such as an int that no float can hold
        right = False
    if not right:
        raise SettingsError(f"{name} is {brief(value)}, expected {wanted}")
