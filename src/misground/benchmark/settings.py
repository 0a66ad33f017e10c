"""The settings that, with the cases, determine the content of a benchmark."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from misground.errors import UsageError
from misground.questions import DrawSettings, Preset, probe_cost
from misground.questions.draw_settings import STACK_QUESTIONS
from misground.questions.items import Item, stable_hash
from misground.records import PROBES, Probe

WindowPreset = Literal["soft", "lung", "bone"]
FORMAT: Final = 4
"""Version of the folder's layout and of the rules that determine its content."""


@dataclass(frozen=True)
class BuildSettings:
    """Settings of `misground build`; equal settings, cases and seed give byte-identical files.

    Attributes:
        preset: how many items are drawn from which strata.
        seed: random seed of the draw.
        max_questions: most questions in total; None for the preset's limit.
        per_case: most items per case; None for the preset's limit.
        lay: also ask in everyday words.
        allow_name_hints: also ask left-right questions whose structure names give the answer away.
        window: intensity window of CT scans.
        keep_contradicting: keep cases that fail the anatomical self-check.
        hash_case_ids: replace case ids by hashes.
        max_oblique_degrees: skip cases whose array axes are further from the patient's axes.
        probes: further questions about each relation item, in the order of `records.PROBES`. They count
            towards neither max_questions nor per_case.
    """

    preset: Preset = "mini"
    seed: int = 0
    max_questions: int | None = None
    per_case: int | None = None
    lay: bool = False
    allow_name_hints: bool = False
    window: WindowPreset = "soft"
    keep_contradicting: bool = False
    hash_case_ids: bool = False
    max_oblique_degrees: float = 15.0
    probes: tuple[Probe, ...] = ()

    def draw_settings(self) -> DrawSettings:
        """The settings that determine which items are drawn."""
        return DrawSettings(
            preset=self.preset,
            seed=self.seed,
            max_questions=self.max_questions,
            per_case=self.per_case,
            lay=self.lay,
        )

    def planning(self) -> dict[str, Any]:
        """The settings that determine what can be asked about a case."""
        return {
            "allow_name_hints": self.allow_name_hints,
            "keep_contradicting": self.keep_contradicting,
            "max_oblique_degrees": self.max_oblique_degrees,
        }

    def as_dict(self) -> dict[str, Any]:
        """All settings by name, for the manifest."""
        return asdict(self) | {"probes": list(self.probes)}

    def questions_of(self, item: Item) -> int:
        """The number of questions about an item, with its probes."""
        return (
            STACK_QUESTIONS
            if not item.is_relation
            else self.draw_settings().relation_cost + self.probes_of(item)
        )

    def probes_of(self, item: Item) -> int:
        """The number of probes of an item."""
        return probe_cost(self.probes) if item.is_relation else 0


def parse_probes(text: str | None) -> tuple[Probe, ...]:
    """The probes that --probes names: `all`, or names with commas between them; None for none.

    Raises:
        UsageError: a name is not one of a probe.
    """
    if text is None:
        return ()
    named = {name.strip() for name in text.split(",")}
    unknown = sorted(named - {"all", *PROBES})
    if unknown:
        raise UsageError(
            f"--probes names {unknown[0]!r}, expected all, or some of {', '.join(PROBES)} with commas between"
        )
    return tuple(probe for probe in PROBES if "all" in named or probe in named)


def hash_case_id(case_id: str) -> str:
    """The hash that replaces a source's own case id with --hash-case-ids."""
    return stable_hash("case", case_id)[:12]
