"""The side of a knee from its fibula, for label maps whose structures are known by name."""

from collections.abc import Mapping

import numpy as np

from misground.anatomy import Structure
from misground.records import KneeSide, Volume
from misground.sources.oai.sides import side_from_fibula


def knee_side(labels: Volume, structures: Mapping[int, Structure]) -> KneeSide | None:
    """The side on which the fibula lies; None without fibula and tibia, or if they do not tell it."""
    own = {key: [v for v, s in structures.items() if s.key == key] for key in ("fibula", "tibia")}
    if not all(own.values()):
        return None
    fibula, tibia = (np.isin(labels.data, own[key]) for key in ("fibula", "tibia"))
    return side_from_fibula(labels, fibula, tibia)
