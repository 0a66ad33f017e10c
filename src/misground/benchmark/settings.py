"""What decides the content of a benchmark beside its cases."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from misground.questions import DrawSettings, Preset
from misground.questions.items import stable_hash

WindowPreset = Literal["soft", "lung", "bone"]
FORMAT: Final = 1
"""Version of the folder's layout and of the rules that fill it."""


@dataclass(frozen=True)
class BuildSettings:
    """Settings of `misground build`; equal settings, cases and seed give byte-identical files.

    max_questions, per_case: bounds on the whole and on each case, None for the preset's own. lay: ask also
    in everyday words. max_oblique_degrees: a case that is further from its patient's axes is skipped.
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

    def draw_settings(self) -> DrawSettings:
        """The part that decides which items are drawn."""
        return DrawSettings(
            preset=self.preset,
            seed=self.seed,
            max_questions=self.max_questions,
            per_case=self.per_case,
            lay=self.lay,
        )

    def planning(self) -> dict[str, Any]:
        """The part that decides what a case can be asked."""
        return {
            "allow_name_hints": self.allow_name_hints,
            "keep_contradicting": self.keep_contradicting,
            "max_oblique_degrees": self.max_oblique_degrees,
        }

    def as_dict(self) -> dict[str, Any]:
        """All settings by name, for the manifest."""
        return asdict(self)


def hash_case_id(case_id: str) -> str:
    """What replaces a source's own case id with --hash-case-ids."""
    return stable_hash("case", case_id)[:12]
