"""What a completion says aloud: its first turn, without the reasoning between thinking tags."""

import re
from typing import Final

# Tags around reasoning: Qwen, DeepSeek, GLM and others; Kimi; Mistral; Gemma; Cohere; Apertus; the channels
# of gpt-oss, also without its special tokens ("analysis... assistantfinal...").
_NAME: Final = (
    r"(?:seed:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|rationale|reflection|deliberation|scratchpad|analysis|"
    r"inner_monologue)"
)
_TAG: Final = (
    rf"(?P<open><{_NAME}(?: [^<>]{{0,80}})?>|\[think\]|◁think▷|<unused94>"
    r"|<\|?channel\|?>(?:analysis|commentary|thought)"
    r"|<\|begin_of_thought\|>|<\|start_thinking\|>|<\|inner_prefix\|>)"
    rf"|(?P<close></{_NAME}>|\[/think\]|◁/think▷|<unused95>|<\|?channel\|?>final|<channel\|>"
    r"|<\|end_of_thought\|>|<\|end_thinking\|>|<\|inner_suffix\|>|assistantfinal)"
)
# The model goes on in the user's role.
_TURN: Final = (
    r"|(?P<turn>\n(?:\*\*)?(?:human|user)(?:\*\*)? ?:|<\|(?:im_start|start_header_id)\|>user"
    r"|<start_of_turn>user|<\|user\|>)"
)
_MARK: Final = re.compile(_TAG + _TURN, re.IGNORECASE)


def spoken_pieces(text: str) -> tuple[list[tuple[int, int]], bool]:
    """The spans of the first turn outside thinking tags, and whether the last tag was left open.

    Text before an unmatched closing tag is thinking, too, since some templates open the tag in the prompt. A
    closing tag closes all open tags. A change of role inside thinking is part of the thinking.
    """
    kept: list[tuple[int, int]] = []
    start, thinking, ended = 0, False, False
    for mark in _MARK.finditer(text):
        if mark["turn"] is not None:
            if not thinking and not ended and text[: mark.start()].strip():
                kept.append((start, mark.start()))
                ended = True
        elif mark["close"] is not None:
            if not thinking:
                kept.clear()
                ended = False
            start, thinking = mark.end(), False
        elif ended:
            break
        elif not thinking:
            kept.append((start, mark.start()))
            thinking = True
    if not thinking and not ended:
        kept.append((start, len(text)))
    return [piece for piece in kept if piece[0] < piece[1]], thinking


def open_tag(text: str) -> str | None:
    """The thinking tag that a text leaves open, whatever roles it goes through; None if it leaves none."""
    last: str | None = None
    for mark in _MARK.finditer(text):
        if mark["turn"] is None:
            last = mark["open"]
    return last
