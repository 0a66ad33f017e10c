"""Hugging Face features for Parquet files, so that `datasets` shows frames as images."""

import json
from typing import Any

import pyarrow as pa

from misground.records.schemas import FRAME

_DTYPES = {"string": "string", "double": "float64", "int32": "int32", "bool": "bool", "binary": "binary"}


def features(schema: pa.Schema) -> dict[str, Any]:
    """The Hugging Face description of a schema; the frame struct becomes an Image feature."""
    return {field.name: _feature(field.type) for field in schema}


def with_features(schema: pa.Schema) -> pa.Schema:
    """The schema with its `features` in the metadata, where `datasets` looks for them."""
    info = json.dumps({"info": {"features": features(schema)}}, sort_keys=True)
    return schema.with_metadata({"huggingface": info})


def _feature(kind: pa.DataType) -> Any:
    if kind == FRAME:
        return {"_type": "Image"}
    if pa.types.is_list(kind):
        return [_feature(kind.value_type)]
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    return {"dtype": _DTYPES[str(kind)], "_type": "Value"}
