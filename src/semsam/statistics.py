"""Statistics of the rule over many steps, counted on the device of the logits and read once at the end."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from semsam.rule import RowInfo, Status

COUNTS = ("steps", "fired", "deferred", "invalid", "off", "singleton", "flipped", "undecided", "mass_moved")
KEPT = 256


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of one sequence or of several. steps = fired + deferred + invalid + off.

    Attributes:
        sequences: Number of sequences counted.
        steps: Decoding steps, without those after the end of a sequence.
        fired: Steps that the rule decided.
        deferred: Steps left to the declared sampler because a candidate was not a content token.
        invalid: Steps whose logits held NaN or +inf, or nothing finite.
        off: Steps of rows that do not use the rule.
        singleton: Fired steps with a single candidate, in which nothing could change.
        flipped: Fired steps whose token is not the one with the highest logit; None if an engine drew tokens
            that it did not report to the rule.
        mass_moved: Sum of `RowInfo.mass_moved` over the fired steps.

    Examples:
        >>> one = Summary(sequences=1, steps=3, fired=2, deferred=1)
        >>> other = Summary(sequences=1, steps=1, off=1)
        >>> (one + other).steps, one.share("deferred")
        (4, 0.3333333333333333)
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
        """Mean mass moved per fired step; None if no step fired."""
        return self.mass_moved / self.fired if self.fired else None

    def share(self, name: str) -> float | None:
        """Return the share of steps counted as `name`, such as "deferred"; None if it is unknown."""
        count = getattr(self, name)
        return None if count is None or not self.steps else count / self.steps

    def __add__(self, other: "Summary") -> "Summary":
        """Return the counts of both, which must be of different sequences."""
        unknown = self.flipped is None or other.flipped is None
        total = {
            name: count + getattr(other, name) for name, count in asdict(self).items() if name != "flipped"
        }
        return Summary(**total, flipped=None if unknown else (self.flipped or 0) + (other.flipped or 0))

    def as_dict(self) -> dict[str, int | float | None]:
        """Return numbers that JSON can hold, including the mean mass moved."""
        return {**asdict(self), "mean_mass_moved": self.mean_mass_moved}


class Statistics:
    """Counts per sequence, over one batch after another; adding a step does not wait for the device.

    Steps are collected and counted many at a time, so that no step costs a dozen small kernels.

    Examples:
        >>> from semsam import NeighborTable, SemanticSampling, Statistics, rescore_with_info
        >>> table = NeighborTable([[0, -1], [1, 2], [2, 1]], [[1, 0], [1, 0.8], [1, 0.8]], [True] * 3)
        >>> logits = torch.tensor([[0.4, 0.35, 0.25]]).log()
        >>> statistics = Statistics()
        >>> for _ in range(2):
        ...     _, info = rescore_with_info(logits, table, SemanticSampling())
        ...     statistics.add(info)
        >>> summary = statistics.summary()
        >>> summary.steps, summary.fired, summary.flipped
        (2, 2, 2)
    """

    def __init__(self) -> None:
        self._batches: list[Tensor] = []  # (B, len(COUNTS)) each, on the device of its logits
        self._open: Tensor | None = None  # the last of these, which steps are added to
        self._steps: list[tuple[RowInfo, Tensor, Tensor]] = []

    def begin(self, rows: int, device: torch.device | str = "cpu") -> None:
        """Start a batch of new sequences.

        Args:
            rows: Number of sequences.
            device: Device of their logits.
        """
        self._count()
        dtype = torch.float32 if torch.device(device).type == "mps" else torch.float64
        self._open = torch.zeros(rows, len(COUNTS), dtype=dtype, device=device)
        self._batches.append(self._open)

    def add(self, info: RowInfo, active: Tensor | None = None, *, token: Tensor | None = None) -> None:
        """Count one step of the current batch; the first step starts a batch if none has been started.

        Args:
            info: Result of the step, with a row for each sequence of the batch, in its order.
            active: (B,) bool, False for sequences that ended before this step; None counts all as active.
            token: (B,) int64, the tokens that an engine drew in rows where `info.choice` is -1.

        Raises:
            ValueError: The step has another number of rows than the batch.
        """
        rows = info.status.shape[0]
        if self._open is None:
            self.begin(rows, info.status.device)
        elif self._open.shape[0] != rows:
            raise ValueError(
                f"a step has {rows} rows, its batch has {self._open.shape[0]}: call begin() for a new batch"
            )
        if active is None:
            active = torch.ones_like(info.status, dtype=torch.bool)
        choice = info.choice if token is None else torch.where(info.choice < 0, token, info.choice)
        self._steps.append((info, active, choice))
        if len(self._steps) == KEPT:
            self._count()

    def merge(self, *others: "Statistics") -> None:
        """Add a copy of what others counted, as separate sequences."""
        self._count()
        for other in others:
            other._count()
            self._batches.extend([batch.clone() for batch in other._batches])
        self._open = None

    def sequences(self) -> list[Summary]:
        """Return the counts of each sequence, by batch and row; waits for the device once."""
        self._count()
        if not self._batches:
            return []
        device = self._batches[-1].device
        rows = torch.cat([batch.to(device) for batch in self._batches]).tolist()
        return [_summary(dict(zip(COUNTS, row, strict=True))) for row in rows]

    def summary(self) -> Summary:
        """Return the counts of all sequences together; waits for the device once."""
        return sum(self.sequences(), Summary())

    def _count(self) -> None:
        """Add the collected steps to the current batch."""
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
