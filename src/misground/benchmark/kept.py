"""A case's label map, kept between planning and drawing, so that its class files are unpacked only once.

A case may have 117 class files; as one label map they take a hundredth of the space and time.
"""

import io
import json
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from misground.anatomy import structure_table
from misground.benchmark.files import replacing
from misground.benchmark.places import Place, read_bytes
from misground.errors import MisgroundError
from misground.records import Case, CaseRef
from misground.volumes import load_scan
from misground.volumes.layout import from_memory_order, memory_layout, memory_order

_CODEC: Final = "zstd"


def keep_labels(case: Case, key: str, path: Place) -> None:
    """Write what of a case drawing needs beside its scan; `key` says what it was made from."""
    flips, order = memory_layout(case.labels)
    meta = {
        "key": key,
        "shape": case.shape,
        "dtype": case.labels.dtype.str,
        "flips": flips,
        "order": order,
        "side": case.side,
        "structures": [structure.key for structure in case.structures],
        "spacing_mm": case.spacing_mm,
        "oblique_degrees": case.oblique_degrees,
    }
    packed = pa.compress(memory_order(case.labels).tobytes(), codec=_CODEC, asbytes=True)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            meta=np.frombuffer(json.dumps(meta).encode("utf-8"), np.uint8),
            axes=case.axes,
            labels=np.frombuffer(packed, np.uint8),
        )


def kept_case(ref: CaseRef, key: str, path: Place) -> Case | None:
    """The case with its kept label map and its scan, which alone is read.

    None where nothing was kept, or it is damaged, made from something else, or of another shape than the
    scan: then the whole case has to be read. Raises CaseError where the scan cannot be read.
    """
    if ref.read_scan is None:
        return None
    try:
        content = read_bytes(path)
        if content is None:
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            if meta["key"] != key:
                return None
            axes, labels = arrays["axes"], _unpacked(arrays["labels"].tobytes(), meta)
    except MisgroundError:
        raise
    except Exception:  # a damaged file may end in any
        return None
    scan = load_scan(ref.read_scan)
    if scan.shape != labels.shape:
        return None
    structures = structure_table().structures
    x, y, z = meta["spacing_mm"]
    return Case(
        case_id=ref.case_id,
        modality=ref.modality,
        region=ref.region,
        source=ref.source,
        side=meta["side"],
        scan=scan,
        labels=labels,
        structures=tuple(structures[name] for name in meta["structures"]),
        spacing_mm=(x, y, z),
        axes=axes,
        oblique_degrees=meta["oblique_degrees"],
    )


def _unpacked(packed: bytes, meta: dict[str, Any]) -> NDArray[np.unsignedinteger]:
    dtype = np.dtype(meta["dtype"])
    size = int(np.prod(meta["shape"])) * dtype.itemsize
    flat = np.frombuffer(pa.decompress(packed, decompressed_size=size, codec=_CODEC), dtype)
    labels: NDArray[np.unsignedinteger] = from_memory_order(flat, meta["shape"], meta["flips"], meta["order"])
    return labels
