"""The directive `parquet-schema`: the columns of a table of `misground.records`, with their meaning."""

from collections.abc import Iterator

import pyarrow as pa
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from misground.records import schemas
from misground.records.columns import COLUMNS, fields


def rows(name: str) -> Iterator[str]:
    """Markdown rows of the schema of this name: column, type, meaning, when it is null."""
    yield "| column | type | meaning | null |"
    yield "|---|---|---|---|"
    for path, kind in fields(getattr(schemas, name)):
        column = COLUMNS[name][path]
        yield f"| `{path}` | {type_words(kind)} | {column.meaning} | {column.null or 'never'} |"


def type_words(kind: pa.DataType) -> str:
    """The Arrow type as a reader writes it; the fields of a struct have rows of their own."""
    if pa.types.is_list(kind):
        return f"list of {type_words(kind.value_type)}"
    return "struct" if pa.types.is_struct(kind) else str(kind)


class ParquetSchema(SphinxDirective):
    """`parquet-schema` with the name of a schema as its argument."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table's nodes, parsed from Markdown."""
        self.env.note_dependency(str(schemas.__file__))
        parent = nodes.container()
        self.state.nested_parse(StringList(list(rows(self.arguments[0]))), self.content_offset, parent)
        return parent.children


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("parquet-schema", ParquetSchema)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
