"""The labels of a known label set, as if a file named them."""

from misground.anatomy import LABEL_SETS
from misground.sources.label_sets import class_values, label_values, set_names
from misground.sources.named.resolving import Label


def labels_of_set(name: str) -> tuple[Label, ...]:
    """The labels of a known label set, by its name. Raises KeyError for an unknown one."""
    if name not in LABEL_SETS:
        return tuple(Label(label, (value,)) for value, label in set_names(name).items())
    values = label_values(name)
    names = {value: label for label, value in class_values(name).items()}
    names |= {value: structure.key for value, structure in values.structures.items() if value not in names}
    return tuple(Label(label, (value,)) for value, label in sorted(names.items()))
