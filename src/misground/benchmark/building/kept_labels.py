"""A case's label map, kept between planning and rendering so that its class files are read only once.

A case may have 117 class files; as one label map they take a hundredth of the space and time.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from misground.anatomy import structure_table
from misground.benchmark.building.archives import Arrays, read_archive, write_archive
from misground.benchmark.places import Place
from misground.records import Case, CaseFacts, CaseRef
from misground.volumes import load_scan
from misground.volumes.layout import from_memory_order, memory_layout, memory_order

_CODEC: Final = "zstd"


def keep_labels(case: Case, key: str, path: Place) -> None:
    """Write everything about a case that rendering needs, except the scan.

    Args:
        case: the case.
        key: digest of the inputs from which it was made.
        path: the file.
    """
    flips, order = memory_layout(case.labels)
    about = {"case": case.facts.row(), "dtype": case.labels.dtype.str, "flips": flips, "order": order}
    packed = pa.compress(memory_order(case.labels).tobytes(), codec=_CODEC, asbytes=True)
    write_archive(path, key, about, {"axes": case.axes, "labels": np.frombuffer(packed, np.uint8)})


def kept_case(ref: CaseRef, key: str, path: Place) -> Case | None:
    """The case with its kept label map and its scan; of the source, only the scan is read.

    Returns:
        The case; None if nothing was kept, or if it is damaged, has other inputs, or differs in shape from
        the scan. The whole case must then be read.

    Raises:
        CaseError: the scan cannot be read.
    """
    if ref.read_scan is None:
        return None
    kept = read_archive(path, key, _unpacked)
    if kept is None:
        return None
    facts, axes, labels = kept
    scan = load_scan(ref.read_scan)
    if scan.shape != labels.shape:
        return None
    structures = structure_table().structures
    return Case(
        facts=facts,
        scan=scan,
        labels=labels,
        structures=tuple(structures[key] for key in facts.structures),
        axes=axes,
    )


def _unpacked(
    about: dict[str, Any], arrays: Arrays
) -> tuple[CaseFacts, NDArray[np.float64], NDArray[np.unsignedinteger]]:
    dtype, facts = np.dtype(about["dtype"]), CaseFacts.from_row(about["case"])
    size = int(np.prod(facts.shape)) * dtype.itemsize
    flat = pa.decompress(arrays["labels"].tobytes(), decompressed_size=size, codec=_CODEC)
    labels = from_memory_order(np.frombuffer(flat, dtype), facts.shape, about["flips"], about["order"])
    return facts, arrays["axes"], labels
