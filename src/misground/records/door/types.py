"""Arrow types without what another writer may have changed: the encoding of texts, the width of offsets."""

import pyarrow as pa


def plain(kind: pa.DataType) -> pa.DataType:
    """A type as the schemas of `records` have it: a dictionary is what it encodes, large_string is string."""
    if pa.types.is_dictionary(kind):
        return plain(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, plain(field.type)) for field in kind])
    return kind


def texts_in(column: pa.Array) -> list[pa.Array]:
    """The arrays of texts and bytes in a column, also those in its lists and structs."""
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return texts_in(column.flatten())
    if pa.types.is_struct(kind):
        return [found for child in column.flatten() for found in texts_in(child)]
    return [column] if holds_bytes(kind) else []


def holds_bytes(kind: pa.DataType) -> bool:
    """Whether a value is a text or bytes, of any length."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(
        test(inner)
        for test in (
            pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
            pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view,
        )
    )  # fmt: skip
