"""Labels that are known by name: the user's table of names, and what each name is taken for."""

from misground.sources.named.label_map import LabelMap, read_label_map
from misground.sources.named.resolving import Label, Resolved, resolve

__all__ = ["Label", "LabelMap", "Resolved", "read_label_map", "resolve"]
