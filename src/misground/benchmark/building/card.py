"""The dataset card: README.md of a benchmark folder, with the YAML header that Hugging Face reads."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import yaml

from misground.benchmark.escaping import markdown_code, markdown_text
from misground.benchmark.unfinished import CARD_TITLE
from misground.records import PROBE_WORDS, Attribution

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_HUB_LICENCES = {"CC-BY-4.0": "cc-by-4.0", "Apache-2.0": "apache-2.0", "CC-BY-NC-SA-2.0": "cc-by-nc-sa-2.0"}

_URL: Final = re.compile(r"https?://[A-Za-z0-9./_~%?&=+#:@-]+")


def dataset_card(
    manifest: dict[str, Any],
    attributions: Sequence[Attribution],
    *,
    never_2d: Iterable[str],
    extensions: Iterable[str],
    notes: Iterable[str],
    audit: str = "",
    labels: str = "",
) -> str:
    """The text of the card.

    Args:
        manifest: the content of manifest.json.
        attributions: licence and citation of each source.
        never_2d: structures that no 2D question can be asked about.
        extensions: keys of structures outside the 67 for CT and 10 for MRI.
        notes: sentences about this build and its sources.
        audit: a section in Markdown, with its heading; "" for none.
        labels: a section on the names of labels, likewise.
    """
    counts = manifest["counts"]
    header = yaml.safe_dump(
        _header(counts["questions"], counts["skipped"], attributions), sort_keys=False, allow_unicode=True
    )
    settings = manifest["settings"]
    fate = "skipped (`skipped.parquet` lists them with the reason)"
    if settings["keep_contradicting"]:
        fate = "kept here (`keep_contradicting`)"
    lines = [
        f"---\n{header}---",
        CARD_TITLE,
        "Questions about where anatomical structures lie in CT and MRI, with unambiguous answers, crossed "
        "with slice plane, coordinates, visual prompt and terms. Built with misground "
        f"{manifest['version']} after *Medical Image Spatial Grounding with Semantic Sampling* "
        "(Yu, Hariri, Nakamura, Yang, Li, Chaudhary; arXiv 2603.14579).",
        "**Not for clinical use.** The answers are computed from label maps; no radiologist has confirmed "
        "them.",
        "## Contents",
        _table(
            ("", "count"),
            [(name.replace("_", " "), f"{counts[name]:,}") for name in _COUNTED if name in counts],
        ),
        f"Preset {markdown_code(manifest['preset'])}, seed {manifest['seed']}, settings "
        + ", ".join(markdown_code(f"{key}={_setting(value)}") for key, value in settings.items())
        + f". Content hash `{manifest['content_hash']}`.",
        *_probes(settings["probes"]),
        "```python\nfrom datasets import load_dataset  # pip install datasets\n\n"
        'questions = load_dataset("path/to/this/folder", "questions", split="test")\n'
        'views = load_dataset("path/to/this/folder", "views", split="test")\n```',
        "Each question names its view by `view_id`; `frames` holds one picture (2D) or an ordered stack "
        '(3D). Pictures without marks are greyscale, others are in colour: `.convert("RGB")` gives all the '
        "same mode. `text_only` questions have no view.",
        "## Where the scans come from",
        *[_attribution(a) for a in attributions],
        *[f"> {markdown_text(note)}" for note in notes],
        *([labels] if labels else []),
        *([audit] if audit else []),
        "## Limits",
        _bullets(
            [
                "An answer is only as good as its labels. Cases whose labels contradict basic anatomy are "
                f"{fate}; single wrong labels may remain.",
                "Questions about one case are not independent: cluster by case when you compare models.",
                "Positions are measured along the axes of the RAS+ array; in oblique scans, these are within "
                f"{settings['max_oblique_degrees']:g} degrees of the patient's axes.",
                "A fact is not asked along an axis where the end of the scan cuts one of its structures on "
                "the side that faces the other.",
                "Across the slices of a stack, one mark alone tells more than chance where scans end close "
                "to the structures.",
                "Left-right questions are not asked about pairs whose names give the answer away, so paired "
                "organs are rarer on that axis than in clinical practice.",
                "Never asked in 2D, because no slice shows them in one sufficiently large piece next to a "
                f"structure whose position relative to them is certain: {_listed(never_2d)}.",
                "Outside the 67 CT and 10 MRI structures of the benchmark (extensions): "
                f"{_listed(extensions)}.",
            ]
        ),
    ]
    return "\n\n".join(lines) + "\n"


_COUNTED = ("cases", "skipped", "items", "questions", "probes", "views", "frames")


def _header(questions: int, skipped: int, attributions: Sequence[Attribution]) -> dict[str, Any]:
    licences = sorted({_HUB_LICENCES.get(a.licence, "other") for a in attributions})
    header: dict[str, Any] = {"pretty_name": "MIS-Ground", "language": ["en"]}
    header["license"] = licences[0] if len(licences) == 1 else licences
    if "other" in licences:
        header["license_name"] = "see-sources"
        header["license_link"] = "README.md"
    return header | {
        "task_categories": ["visual-question-answering", "multiple-choice"],
        "tags": ["medical", "radiology", "CT", "MRI", "spatial-reasoning"],
        "size_categories": [next((name for most, name in _SIZES if questions < most), "1M<n<10M")],
        "configs": [
            {
                "config_name": name,
                "data_files": [{"split": "test", "path": path}],
                **({"default": True} if name == "questions" else {}),
            }
            for name, path in (
                ("questions", "questions/*.parquet"),
                ("views", "views/*.parquet"),
                ("cases", "cases.parquet"),
                *([("skipped", "skipped.parquet")] if skipped else []),  # datasets cannot read an empty table
            )
        ],
    }


def _setting(value: Any) -> str:
    return (",".join(value) or "none") if isinstance(value, list) else str(value)


def _probes(probes: Sequence[str]) -> list[str]:
    """A paragraph on the probes; none if there are none."""
    if not probes:
        return []
    meanings = "; ".join(f"`{name}`: {words}" for name, words in PROBE_WORDS.items() if name in probes)
    return [
        "The count of questions includes the probes: further questions about each relation, with `probe` set "
        f"({meanings}). Never pool them with the others. In a view with `mirrored` true, the scan "
        "is mirrored along the asked axis, or its stack runs the other way: never ask anything else about it."
    ]


def _attribution(attribution: Attribution) -> str:
    title, licence = markdown_text(attribution.title), markdown_text(attribution.licence)
    named = f"**{title}** ({markdown_code(attribution.source)})"
    if attribution.licence == attribution.citation:  # a user's own data, without a stated licence
        return f"{named}: licence and citation {licence}."
    link = f" {_link(attribution.url)}" if attribution.url else ""
    return f"{named}, licence: {licence}. {markdown_text(attribution.citation)}{link}"


def _link(url: str) -> str:
    return f"<{url}>" if _URL.fullmatch(url) else markdown_text(url)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(map(markdown_code, keys)) or "none"
