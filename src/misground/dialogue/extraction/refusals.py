"""Detection of refusals: a model says that it will not answer, not merely that it cannot tell."""

import re
from typing import Final

_WILL_NOT: Final = (
    r"(?:can't|cannot|can not|unable to|not able to|won't|won't be|will not|will not be|"
    r"not going to|not allowed to|not permitted to|"
    r"decline to|refuse to|not qualified to|not designed to|not comfortable|not in a position to|"
    r"don't have the ability to|shouldn't|should not)"
)
_DO: Final = (
    r"(?:help|assist|provid|interpret|analy[sz]|diagnos|evaluat|review|comment|offer|give|giving|comply|fulfil|"
    r"process|examin|discuss|answering|answer questions|answer medical|read)\w*"
)
# "I cannot provide a definitive answer" is not a refusal.
_REFUSAL: Final = re.compile(
    rf"\b{_WILL_NOT} (?:\w+ ){{0,3}}{_DO}\b(?! (?:[\w-]+ ){{0,3}}(?:answer|determination)\b)|"
    r"\b(?:against|violates?) (?:\w+ ){0,3}(?:policy|policies|guidelines)\b|"
    r"\bi(?: am|'m|'ll)? ?(?:must|have to|will have to|going to have to|need to) decline\b|"
    r"\bgoing to decline\b|"
    r"\bas an? (?:ai|(?:large )?language|text)[^.\n]{0,60}(?:not able to|unable to|cannot|can't) "
    r"(?:view|see|process|look at) (?:\w+ ){0,2}(?:images?|pictures?|scans?)\b|"
    r"\b(?:don't|do not) feel comfortable (?:\w+ing)\b|"
    r"\bi (?:do not|don't) (?:interpret|analy[sz]e|diagnose|evaluate|read|review|comment on) (?:\w+ ){0,2}"
    r"(?:medical|radiolog\w+|clinical|patient|ct|mri|scans?|images?|x-rays?)\b|"
    r"\bi (?:can't|cannot) do that\b|\b(?:unable|not able|not allowed) to respond to\b|"
    r"\b(?:kann|darf) ich (?:\w+ ){0,3}nicht (?:helfen|beantworten|auswerten|beurteilen|interpretieren)\b|"
    r"\bje ne (?:peux|suis) pas (?:\w+ ){0,4}(?:aider|interpréter|répondre|analyser)\b|"
    r"\bno puedo (?:\w+ ){0,3}(?:ayudar|interpretar|responder|analizar)\w*\b|"
    r"\bwhich i (?:won't|will not|can't|cannot|am not allowed to|may not) do\b",
    re.IGNORECASE,
)
_LOOKED_AT: Final = 2_000
"""Number of characters searched at the beginning and at the end (our choice)."""


def refuses(text: str) -> bool:
    """Whether the beginning or the end of a plain text declines to answer."""
    return any(_REFUSAL.search(part) for part in (text[:_LOOKED_AT], text[-_LOOKED_AT:]))
