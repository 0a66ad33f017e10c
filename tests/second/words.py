"""The right answer of every question, from the sign of its fact and from where things show on the screen."""

from second.facts import SLICE_AXIS
from second.screen import screen_direction

PATIENT = {"x": ("right", "left"), "y": ("anterior", "posterior"), "z": ("superior", "inferior")}
LAY = {
    "x": ("towards the patient's right", "towards the patient's left"),
    "y": ("towards the front", "towards the back"),
    "z": ("towards the head", "towards the feet"),
}
OPPOSITE = {"above": "below", "below": "above", "left": "right", "right": "left"}
PLANES = {"axial", "coronal", "sagittal"}


def patient_words(axis: str, side: str | None) -> tuple[str, str]:
    """The words for plus and minus along an axis of the patient; a knee's x is named by its side."""
    if axis == "x" and side == "right":
        return "lateral", "medial"
    if axis == "x" and side == "left":
        return "medial", "lateral"
    return PATIENT[axis]


def lay_words(axis: str, side: str | None) -> tuple[str, str]:
    if axis == "x" and side is not None:
        sides = {"lateral": "outer", "medial": "inner"}
        plus, minus = patient_words("x", side)
        return f"towards the {sides[plus]} side of the knee", f"towards the {sides[minus]} side of the knee"
    return LAY[axis]


def answer_and_options(question: dict, sign: int, side: str | None) -> tuple[str, set[str]]:
    """What the question must answer, and between which words. sign: of A minus B, or of the stack's run."""
    task = question["task"]
    if task == "slice_direction":
        return question["plane"], PLANES
    if task == "stack_order":
        words = patient_words(SLICE_AXIS[question["plane"]], side)
    elif question["terms"] == "anatomical":
        words = patient_words(question["axis"], side)
    elif question["terms"] == "lay":
        words = lay_words(question["axis"], side)
    elif task == "cross_slice":
        # Through a stack that runs upwards in the index, what lies further along comes later.
        words = ("earlier", "later") if question["stack_reversed"] else ("later", "earlier")
    else:
        plus = screen_direction(question["plane"], question["coordinates"], question["axis"])
        words = (plus, OPPOSITE[plus])
    return words[0 if sign > 0 else 1], set(words)
