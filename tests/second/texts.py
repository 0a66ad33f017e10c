"""What a question's text may say, and what it must not give away."""

import re
from collections import defaultdict
from collections.abc import Iterator

from second.bodies import structures
from second.folder import Folder
from second.words import PLANES

BANNED = re.compile(
    r"radiolog|storage|viewing|\bRAS\b|\bLPS\b|revers|ascending|descending|flipped", re.IGNORECASE
)


def faults(folder: Folder) -> list[str]:
    found = []
    for item_id, questions in folder.items.items():
        found += [f"item {item_id}: {fault}" for fault in item(questions)]
    return found


def item(questions: list[dict]) -> Iterator[str]:
    texts = defaultdict(set)
    for question in questions:
        key = question["condition"], question["prompt"], question["terms"]
        texts[key].add(question["text"].encode())
        yield from one(question)
    for (condition, prompt, terms), versions in texts.items():
        if terms != "colloquial" and len(versions) != 1:
            yield f"{(condition, prompt, terms)} is worded in {len(versions)} ways"
    for question in questions:
        if question["condition"] == "text_only":
            same = [
                other["text"]
                for other in questions
                if other["condition"] == "image"
                and (other["coordinates"], other["prompt"], other["terms"])
                == ("viewing", "none", question["terms"])
            ]
            if same != [question["text"]]:
                yield f"without the picture: {question['text']!r}, with it: {same}"


def one(question: dict) -> Iterator[str]:
    text = question["text"]
    if BANNED.search(text):
        yield f"gives away {BANNED.search(text)[0]!r}: {text!r}"
    planes = {plane for plane in PLANES if plane in text.lower()}
    if question["task"] == "slice_direction":
        # The three options may stand in the text, all of them or none.
        if planes not in (set(), PLANES):
            yield f"names the plane: {text!r}"
    elif planes != {question["plane"]}:
        yield f"names the planes {planes}: {text!r}"
    if question["structure_a"]:
        yield from of_pair(question)
        yield from whose_left(question)


def of_pair(question: dict) -> Iterator[str]:
    """A is asked about, B is what it lies from: names in that order, with their letters where marked."""
    text = question["text"]
    names = [structures()[question[which]]["name"] for which in ("structure_a", "structure_b")]
    marked = question["prompt"] != "none"
    if question["condition"] == "blank":
        for key, structure in structures().items():
            if re.search(rf"\b{re.escape(structure['name'])}\b", text, re.IGNORECASE):
                yield f"names {key} on a blank canvas: {text!r}"
        if not re.search(r"\bA\b.*\bB\b", text):
            yield f"does not ask of A from B: {text!r}"
        return
    a, b = (f"{name} (marked {letter})" if marked else name for name, letter in zip(names, "AB", strict=True))
    if not re.search(rf"\b{re.escape(a)}.*\b{re.escape(b)}", text):
        yield f"does not ask of {a!r} from {b!r}: {text!r}"
    if not marked and "marked" in text:
        yield f"speaks of marks that are not there: {text!r}"


def whose_left(question: dict) -> Iterator[str]:
    """The patient's frame or the picture's, never both; the order of pictures needs neither."""
    text = question["text"].lower()
    patient, picture = "in the patient's frame" in text, "the picture's own" in text
    if (patient, picture) != {
        "anatomical": (True, False),
        "lay": (True, False),
        "colloquial": (False, question["task"] == "in_plane"),
    }[question["terms"]]:
        yield f"does not say whose left: {text!r}"
