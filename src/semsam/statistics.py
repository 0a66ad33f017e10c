"""What the rule did over many steps: counted where the logits lie, read once at the end."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from semsam.rule import RowInfo, Status

COUNTS = ("steps", "fired", "deferred", "invalid", "off", "singleton", "flipped", "undecided", "mass_moved")
KEPT = 256


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of one sequence, or of all. steps = fired + deferred + invalid + off.

    Attributes:
        sequences: how many sequences these counts are of.
        steps: decoding steps, those of a finished sequence left out.
        fired: steps that the rule decided.
        deferred: steps left to the declared sampler, because a candidate was no content token.
        invalid: steps whose logits held NaN or +inf, or nothing finite.
        off: steps of rows that do not use the rule.
        singleton: fired steps with one candidate, where nothing could change.
        flipped: fired steps whose token is another than the one of the highest logit; None where an engine
            drew tokens of which the rule was not told.
        mass_moved: `RowInfo.mass_moved`, summed over the fired steps.
    """

    sequences: int = 0
    steps: int = 0
    fired: int = 0
    deferred: int = 0
    invalid: int = 0
    off: int = 0
    singleton: int = 0
    flipped: int | None = 0
    mass_moved: float = 0.0

    @property
    def mean_mass_moved(self) -> float | None:
        """Mass moved a fired step; None where none fired."""
        return self.mass_moved / self.fired if self.fired else None

    def share(self, name: str) -> float | None:
        """The share of steps that are `name`, say "deferred"; None where it is unknown or there are none."""
        count = getattr(self, name)
        return None if count is None or not self.steps else count / self.steps

    def __add__(self, other: "Summary") -> "Summary":
        """The counts of both, which are of different sequences."""
        unknown = self.flipped is None or other.flipped is None
        total = {
            name: count + getattr(other, name) for name, count in asdict(self).items() if name != "flipped"
        }
        return Summary(**total, flipped=None if unknown else (self.flipped or 0) + (other.flipped or 0))

    def as_dict(self) -> dict[str, int | float | None]:
        """Numbers that JSON can hold, the mean mass moved among them."""
        return {**asdict(self), "mean_mass_moved": self.mean_mass_moved}


class Statistics:
    """Counts a sequence, over one batch after the other; adding waits for no device.

    A step is only kept; many are counted together, so that none costs a dozen small kernels.
    """

    def __init__(self) -> None:
        self._batches: list[Tensor] = []  # (B, len(COUNTS)) each, where its logits lie
        self._open: Tensor | None = None  # the one of them that steps are added to
        self._steps: list[tuple[RowInfo, Tensor, Tensor]] = []

    def begin(self, rows: int, device: torch.device | str = "cpu") -> None:
        """Start a batch of `rows` new sequences, whose logits lie on `device`."""
        self._count()
        dtype = torch.float32 if torch.device(device).type == "mps" else torch.float64
        self._open = torch.zeros(rows, len(COUNTS), dtype=dtype, device=device)
        self._batches.append(self._open)

    def add(self, info: RowInfo, active: Tensor | None = None, *, token: Tensor | None = None) -> None:
        """Count one step of the batch begun last; the first step begins one by itself.

        Args:
            info: of the step, a row for each sequence of the batch, in its order.
            active: (B,) bool, False in rows whose sequence had ended before this step; None: all are active.
            token: (B,) int64, what an engine drew in the rows where `info.choice` is -1.

        Raises:
            ValueError: the step has another number of rows than the batch.
        """
        rows = info.status.shape[0]
        if self._open is None:
            self.begin(rows, info.status.device)
        elif self._open.shape[0] != rows:
            raise ValueError(
                f"a step has {rows} rows, its batch {self._open.shape[0]}: call begin() for a new batch"
            )
        if active is None:
            active = torch.ones_like(info.status, dtype=torch.bool)
        choice = info.choice if token is None else torch.where(info.choice < 0, token, info.choice)
        self._steps.append((info, active, choice))
        if len(self._steps) == KEPT:
            self._count()

    def merge(self, *others: "Statistics") -> None:
        """Take over a copy of what others counted, as sequences of their own."""
        self._count()
        for other in others:
            other._count()
            self._batches.extend([batch.clone() for batch in other._batches])
        self._open = None

    def sequences(self) -> list[Summary]:
        """The counts of each sequence, in the order of batches and rows; waits for the device, once."""
        self._count()
        if not self._batches:
            return []
        device = self._batches[-1].device
        rows = torch.cat([batch.to(device) for batch in self._batches]).tolist()
        return [_summary(dict(zip(COUNTS, row, strict=True))) for row in rows]

    def summary(self) -> Summary:
        """The counts of all sequences together; waits for the device, once."""
        return sum(self.sequences(), Summary())

    def _count(self) -> None:
        """Add the steps that were kept to the open batch."""
        if not self._steps or self._open is None:
            return
        infos, active, choices = zip(*self._steps, strict=True)
        self._steps.clear()
        on, choice = torch.stack(active), torch.stack(choices)  # (steps, B) each
        status = torch.stack([info.status for info in infos])
        fired = (status == Status.FIRED) & on
        one = torch.stack([info.candidates for info in infos]) == 1
        counted = {
            "steps": on,
            "fired": fired,
            "deferred": (status == Status.DEFERRED) & on,
            "invalid": (status == Status.INVALID) & on,
            "off": (status == Status.OFF) & on,
            "singleton": fired & one,
            "flipped": fired & (choice >= 0) & (choice != torch.stack([info.greedy for info in infos])),
            "undecided": fired & (choice < 0),
            "mass_moved": torch.stack([info.mass_moved for info in infos]) * fired,
        }
        self._open += torch.stack([counted[name].to(self._open.dtype).sum(0) for name in COUNTS], 1)


def _summary(counts: dict[str, float]) -> Summary:
    whole = {name: int(count) for name, count in counts.items()}
    return Summary(
        sequences=1,
        steps=whole["steps"],
        fired=whole["fired"],
        deferred=whole["deferred"],
        invalid=whole["invalid"],
        off=whole["off"],
        singleton=whole["singleton"],
        flipped=None if whole["undecided"] else whole["flipped"],
        mass_moved=counts["mass_moved"],
    )
