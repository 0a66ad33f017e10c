"""The option that a completion chooses: from its last stated answer, or else from its last sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from misground.dialogue.extraction.naming import STANDINS, with_standins
from misground.dialogue.extraction.places import WORD
from misground.dialogue.extraction.reader import Reader
from misground.dialogue.extraction.refusals import refuses
from misground.dialogue.extraction.rewriting import Rewriting
from misground.dialogue.extraction.rules import RULES, Kind
from misground.dialogue.extraction.text import one_form, plain, spoken
from misground.questions.names import Asked


@dataclass(frozen=True)
class Extracted:
    """What a completion answers.

    Attributes:
        kind: answer, no_answer or refused.
        option: the chosen option as offered; None unless it is an answer.
        rule: the name of the rule that decided, one of `RULES`.
        span: start and end, in characters of the completion, of the part that decided; None if no part did.
    """

    kind: Kind
    option: str | None
    rule: str
    span: tuple[int, int] | None = None

    @property
    def reason(self) -> str:
        """The rule, as a sentence."""
        return RULES[self.rule].description


def extract(
    completion: str,
    options: Sequence[str],
    *,
    names: Sequence[str] = (),
    lettered: bool = False,
    truncated: bool = False,
    asked: Asked | None = None,
) -> Extracted:
    """Read a completion; never raises, and takes time proportional to its length.

    Args:
        completion: the model's output.
        options: the two or three options as shown.
        names: the English names of structures A and B, in this order.
        lettered: whether the options were shown as A, B, C and the marks were called 1 and 2; otherwise A and
            B are the marks, and a bare letter is not an answer.
        truncated: whether the output was cut, for instance by the token limit. It then has no answer unless
            the line, box or tag of its last answer was complete before the cut and nothing takes it back.
        asked: what the question asks; None if unknown. It decides in which frame "left" holds, and whether
            "from left to right" names an answer.
    """
    text = Rewriting(completion)
    one_form(text)
    thought = bool(WORD.search(text.text))
    if spoken(text):
        return Extracted("no_answer", None, "thinking cut off")
    unthought = bool(WORD.search(text.text))
    plain(text)
    if not WORD.search(text.text):
        return Extracted("no_answer", None, "only thinking" if thought and not unthought else "empty")
    shown = with_standins(text, options) if asked == "name" and len(options) == len(STANDINS) else options
    reader = Reader(tuple(shown), tuple(names), lettered, asked)
    found = reader.cut(text.text) if truncated else reader.whole(text.text)
    span = None if found.span is None else text.origin(*found.span)
    if found.option is None and refuses(text.text):
        return Extracted("refused", None, "refusal")
    return Extracted(
        RULES[found.rule].kind, None if found.option is None else options[found.option], found.rule, span
    )
