"""Control tables (ours), whose neighbours mean nothing: a gain that they share is not a gain by meaning.

A fourth control needs no table: `SemanticSampling(sign=-1)` subtracts the neighbours' mass.
"""

import torch
from torch import Tensor

from semsam.errors import SettingsError
from semsam.table import NeighborTable

CONTROLS = ("none", "identity", "shuffled", "random")
SEEDED = ("shuffled", "random")
"""Controls that draw."""


def control(table: NeighborTable, name: str, seed: int = 0) -> NeighborTable:
    """Replace a table's neighbours with those of a control.

    Args:
        table: Table of the model.
        name: "none" returns the table itself. "identity" keeps each token alone. "shuffled" gives each token
            the neighbours and weights of another one; if the token itself is among them, the other token
            takes its place. "random" draws other content tokens uniformly and keeps the token's own weights.
        seed: Seed of the permutation and of the draw.

    Returns:
        A table on the same device, which names the control and the seed in its metadata.

    Raises:
        SettingsError: There is no control of this name, or the table is already one of a control.

    Examples:
        >>> table = NeighborTable([[0, 1], [1, 0]], [[1, 0.5], [1, 0.5]], [True, True])
        >>> control(table, "identity").ids.tolist()
        [[0, -1], [1, -1]]
    """
    if name == "flipped":
        raise SettingsError(
            "control 'flipped' has no table of its own: decode with SemanticSampling(sign=-1)"
        )
    if name not in CONTROLS:
        raise SettingsError(f"control is {name!r}, expected one of {', '.join(CONTROLS)}")
    if name == "none":
        return table
    made_for = table.metadata.get("control", "none")
    if made_for != "none":
        raise SettingsError(
            f"control {name!r} needs the model's own table, and this one was made for control {made_for!r}: "
            "use a table that was built without --control"
        )
    generator = torch.Generator().manual_seed(seed)
    change = {"identity": _identity, "shuffled": _shuffled, "random": _random}[name]
    tokens = table.content.cpu().nonzero().squeeze(1)
    ids, weights = change(table.ids.cpu().clone(), table.weights.cpu().clone(), tokens, generator)
    about = {**table.metadata, "control": name, "control_seed": str(seed)}
    return NeighborTable(ids, weights, table.content.cpu(), about).to(table.content.device)


def _identity(ids: Tensor, weights: Tensor, _tokens: Tensor, _dice: torch.Generator) -> tuple[Tensor, Tensor]:
    ids[:, 1:] = -1
    weights[:, 1:] = 0
    return ids, weights


def _shuffled(ids: Tensor, weights: Tensor, tokens: Tensor, dice: torch.Generator) -> tuple[Tensor, Tensor]:
    # One cycle through all tokens in random order, so that no token keeps its own neighbours.
    order = tokens[torch.randperm(tokens.shape[0], generator=dice)]
    other = order.roll(1)[order.argsort()]
    near, held = ids[other, 1:], weights[other, 1:]
    near = torch.where(near == tokens.unsqueeze(1).int(), other.unsqueeze(1).int(), near)
    ids[tokens, 1:], weights[tokens, 1:] = near, held
    return ids, weights


def _random(ids: Tensor, weights: Tensor, tokens: Tensor, dice: torch.Generator) -> tuple[Tensor, Tensor]:
    count, k = tokens.shape[0], ids.shape[1]
    place = torch.full((ids.shape[0],), -1)
    place[tokens] = torch.arange(count)
    near = torch.randint(0, count, (count, k - 1), generator=dice)
    while True:  # draw again: the token itself, and what was drawn twice
        order = near.argsort(dim=1, stable=True)
        ordered = near.gather(1, order)
        twice = torch.zeros_like(near, dtype=torch.bool)
        twice[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
        again = torch.zeros_like(twice).scatter_(1, order, twice) | (near == place[tokens].unsqueeze(1))
        if not bool(again.any()):
            break
        near[again] = torch.randint(0, count, (int(again.sum()),), generator=dice)
    drawn = torch.where(ids[tokens, 1:] >= 0, tokens[near].int(), -1)
    ids[tokens, 1:] = drawn
    return ids, weights
