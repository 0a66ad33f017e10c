"""Draws semantic_step.svg, one step of the rule: `python docs/pictures/semantic_step.py`.

The cosines are those of SmolLM2-135M-Instruct's input embeddings, the probabilities are made up, and the
scores and the choice are the rule's own.
"""

from pathlib import Path

import torch

from semsam import NeighborTable, SemanticSampling, reference, rescore_with_info

WORDS = (" inferior", " superior", " Superior", " superiority")
P = (0.40, 0.36, 0.16, 0.08)
COSINES = {(0, 1): 0.7713, (0, 2): 0.6711, (0, 3): 0.7102, (1, 2): 0.7473, (1, 3): 0.7252, (2, 3): 0.6999}
SETTINGS = SemanticSampling(top_p=1)
WIDTH, ROW, LEFT, SCALE = 760, 46, 110, 900
BAR, LENT, INK, MUTED = "#0072b2", "#e69f00", "#1a1a1a", "#5a5a5a"


def table() -> NeighborTable:
    """The words' neighbours."""
    cosine = torch.eye(len(WORDS))
    for (a, b), value in COSINES.items():
        cosine[a, b] = cosine[b, a] = value
    weights, ids = cosine.sort(dim=1, descending=True, stable=True)
    return NeighborTable(torch.where(weights > 0, ids, -1), weights, torch.ones(len(WORDS)))


def text(
    x: float, y: float, words: str, *, color: str = INK, anchor: str = "start", bold: bool = False
) -> str:
    """Words at a place."""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{color}" text-anchor="{anchor}"{weight}>{words}</text>'


def bar(x: float, y: float, width: float, color: str) -> str:
    """A horizontal bar, its top left corner at a place."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="18" fill="{color}"/>'


def draw() -> str:
    """The picture as SVG."""
    near = table()
    scores = reference.scores(range(len(P)), P, near.ids.tolist(), near.weights.tolist())
    info = rescore_with_info(torch.tensor([P]).log(), near, SETTINGS)[1]
    choice, greedy = int(info.choice), int(info.greedy)
    height = 64 + ROW * len(WORDS)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="14">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        bar(LEFT, 10, 18, BAR),
        text(LEFT + 26, 24, "own probability", color=MUTED),
        bar(LEFT + 170, 10, 18, LENT),
        text(LEFT + 196, 24, "lent by neighbours: cosine x probability", color=MUTED),
    ]
    for index, (word, p, score) in enumerate(zip(WORDS, P, scores, strict=True)):
        y = 48 + ROW * index
        note = {choice: "semantic choice", greedy: "greedy choice"}.get(index, "")
        parts += [
            text(LEFT - 10, y + 14, word, anchor="end", bold=index == choice),
            bar(LEFT, y, p * SCALE / 2, BAR),
            bar(LEFT + p * SCALE / 2, y, (score - p) * SCALE / 2, LENT),
            text(LEFT + score * SCALE / 2 + 8, y + 14, f"{score:.3f}  {note}", bold=index == choice),
        ]
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")
