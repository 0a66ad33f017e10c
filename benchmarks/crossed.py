"""The accuracy of a mixed model in which cases, structures and pairs of structures are crossed."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats
from simulated import Design
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec


@dataclass(frozen=True)
class Fit:
    """The mean of a mixed model, and its standard error."""

    mean: float
    error: float

    @property
    def ends(self) -> tuple[float, float]:
        """The 95% interval by the normal quantile, as such models are reported."""
        reach = float(stats.norm.ppf(0.975)) * self.error
        return self.mean - reach, self.mean + reach


def crossed_model(means: np.ndarray, design: Design) -> Fit:
    """Fit a constant with random effects of case, structure and pair by REML (statsmodels).

    An item has the effects of both of its structures: a row of that matrix holds two ones.

    Args:
        means: (n,) the mean over the wordings of each item.
        design: the items.
    """
    n = len(design)
    structures = np.zeros((n, int(design.structures.max()) + 1))
    for side in range(2):
        structures[np.arange(n), design.structures[:, side]] += 1
    structures = structures[:, structures.any(axis=0)]
    matrices = {"case": _ones(design.cases), "pair": _ones(design.pairs), "structure": structures}
    names = list(matrices)
    columns = [[f"{name}{at}" for at in range(matrices[name].shape[1])] for name in names]
    model = MixedLM(
        means,
        np.ones((n, 1)),
        groups=np.zeros(n),
        exog_vc=VCSpec(names, [[found] for found in columns], [[matrices[name]] for name in names]),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance at zero is on the boundary, as it may be
        fit = model.fit(reml=True, method="powell")  # gradient methods stop early at that boundary
    return Fit(float(fit.fe_params[0]), float(fit.bse_fe[0]))


def _ones(groups: np.ndarray) -> np.ndarray:
    return (groups[:, None] == np.unique(groups)[None, :]).astype(float)
