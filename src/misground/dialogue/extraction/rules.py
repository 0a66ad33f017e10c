"""The rules by which a completion is read: a closed list, from the most certain to the least.

Every reading carries the name of one rule. The order is our judgement of how often a person would disagree;
it decides which readings to look at first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["answer", "no_answer", "refused"]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        name: its short, stable name.
        kind: what a reading by this rule is.
        description: what the completion does, as one sentence.
    """

    name: str
    kind: Kind
    description: str


_ALL: Final = (
    # Answers
    Rule("likeliest option", "answer", "The model gives this option the largest probability."),
    Rule("answer line", "answer", "The last `Answer:` line names one option."),
    Rule("boxed", "answer", "The last answer stands in a box (`\\boxed{...}`, `<|begin_of_box|>`)."),
    Rule("answer tag", "answer", "The last answer stands in a tag (`<answer>...</answer>`)."),
    Rule("bare option", "answer", "The reply consists of an option and nothing else."),
    Rule("letter", "answer", "The answer is the letter of an option that was shown with letters."),
    Rule("the answer is", "answer", 'A sentence says "the answer is" and names one option.'),
    Rule("ticked box", "answer", "Of a list of the options, one is ticked."),
    Rule("last sentence", "answer", "The last sentence with content names one option."),
    Rule("second thought", "answer", "The reply takes an answer back and then gives another or confirms it."),
    Rule("from to", "answer", "The question asks where a stack runs, and it names both ends in order."),
    Rule("earlier sentence", "answer", "A sentence before the last ones names one option."),
    # No answers
    Rule("empty", "no_answer", "The reply has no words."),
    Rule("only thinking", "no_answer", "Nothing follows the reasoning between thinking tags."),
    Rule("thinking cut off", "no_answer", "The reasoning between thinking tags never ends."),
    Rule("empty answer line", "no_answer", "Nothing follows the last `Answer:`."),
    Rule("cut off", "no_answer", "The reply ends before its answer is complete."),
    Rule("cannot tell", "no_answer", "It says that it cannot tell, or that no option fits."),
    Rule("bare letter", "no_answer", "It answers with a letter, but the options had none."),
    Rule("letter not offered", "no_answer", "It answers with a letter that no option has."),
    Rule("letters differ", "no_answer", "It names several letters, or a letter and another option."),
    Rule("no option", "no_answer", "It names none of the options."),
    Rule("names a structure", "no_answer", "It names a structure and none of the options."),
    Rule("option list", "no_answer", "It repeats the options."),
    Rule("two options", "no_answer", "It names several options and does not choose between them."),
    Rule("unticked box", "no_answer", "It ends with a box that is not ticked."),
    Rule("question", "no_answer", "It ends in a question."),
    Rule("too long", "no_answer", "The line or sentence that would decide is too long for an answer."),
    Rule("hedged", "no_answer", "It names an option only as a possibility or under a condition."),
    Rule("other frame", "no_answer", "It names a side in another frame of reference than was asked."),
    Rule("taken back", "no_answer", "It takes its answer back and gives no other."),
    Rule("ruled out", "no_answer", "It names an option only to rule it out."),
    Rule("other subject", "no_answer", "It says where another structure lies, or B relative to A."),
    # Refusals
    Rule("withheld", "refused", "The provider's content filter withheld the reply."),
    Rule("refusal", "refused", "The model says that it will not answer."),
)  # fmt: skip

RULES: Final[Mapping[str, Rule]] = {rule.name: rule for rule in _ALL}
"""Name -> rule. Within each kind, the rules are ordered from the most certain to the least."""


def rank(name: str) -> int:
    """The position of a rule in the list; 0 is the most certain answer."""
    return list(RULES).index(name)
