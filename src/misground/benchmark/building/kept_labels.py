"""A case's label map, kept between planning and drawing, so that its class files are unpacked only once.

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
    """Write what of a case drawing needs beside its scan; `key` says what it was made from."""
    flips, order = memory_layout(case.labels)
    about = {"case": case.facts.row(), "dtype": case.labels.dtype.str, "flips": flips, "order": order}
    packed = pa.compress(memory_order(case.labels).tobytes(), codec=_CODEC, asbytes=True)
    write_archive(path, key, about, {"axes": case.axes, "labels": np.frombuffer(packed, np.uint8)})


def kept_case(ref: CaseRef, key: str, path: Place) -> Case | None:
    """The case with its kept label map and its scan, which alone is read.

    None where nothing was kept, or it is damaged, made from something else, or of another shape than the
    scan: then the whole case has to be read. Raises CaseError where the scan cannot be read.
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
