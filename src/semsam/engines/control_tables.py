"""The tables of controls on a server: made from its own table when a request first asks for one."""

import os
from collections import OrderedDict

from semsam.controls import SEEDED, control
from semsam.errors import SettingsError
from semsam.table import NeighborTable

VARIABLE = "SEMSAM_CONTROLS"
MOST = 4
"""Most tables of controls that are kept; each of shuffled and random is as large as the table itself."""


def refuse_unwanted(name: str) -> None:
    """Check that the server was not told to leave out the controls that need a table of their own.

    Raises:
        SettingsError: SEMSAM_CONTROLS is off, and the control is shuffled or random.
    """
    if name in SEEDED and os.environ.get(VARIABLE, "").lower() in ("0", "off", "no", "false"):
        raise SettingsError(
            f"control {name!r} needs a second table, and this server was told not to make one: start it "
            f"without {VARIABLE}=off, or leave the control out"
        )


class ControlTables:
    """A table and those of its controls.

    "shuffled" and "random" take as much memory as the table: 8 bytes a token and neighbour, 39 MB for 151,936
    tokens and k = 32. "identity" takes 9 bytes a token.

    Args:
        table: The table of the model.
    """

    def __init__(self, table: NeighborTable) -> None:
        self.table = table
        self._made: OrderedDict[tuple[str, int], NeighborTable] = OrderedDict()

    def of(self, name: str, seed: int = 0) -> NeighborTable:
        """Return the table of a control.

        Args:
            name: A control of `semsam.controls`; "none" for the table itself.
            seed: Seed of the control.

        Raises:
            SettingsError: There is no such control, or the server was told not to make its table.
        """
        if name == "none":
            return self.table
        key = name, seed
        if key not in self._made:
            refuse_unwanted(name)
            self._made[key] = _alone(self.table) if name == "identity" else control(self.table, name, seed)
            while len(self._made) > MOST:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return self._made[key]


def _alone(table: NeighborTable) -> NeighborTable:
    """The table in which each token has itself alone as a neighbour."""
    ids, weights = table.ids[:, :1].clone(), table.weights[:, :1].clone()
    return NeighborTable(ids, weights, table.content, {**table.metadata, "control": "identity"})
