"""Names of the models that come with this package."""

from typing import Final

_SIMULATED: Final = "misground/simulated"


def is_simulated(model: str) -> bool:
    """Whether a model is a simulated one, such as `misground/simulated?flip=0.1`.

    Examples:
        >>> is_simulated("misground/simulated?flip=0.1"), is_simulated("misground/oracle")
        (True, False)
    """
    return model.partition("?")[0] == _SIMULATED
