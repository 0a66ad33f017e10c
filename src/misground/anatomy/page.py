"""The structure table as a page: `python -m misground.anatomy.page > docs/structures.md`."""

from collections.abc import Iterator

from misground.anatomy.structures import StructureTable, structure_table

_HEAD = """# Structures

These keys are used in `labels.csv` and in the columns `structure_a` and `structure_b`. A question says "the"
and the name. The lay name and the synonyms are for readers and for reading replies; no question uses them. A
SNOMED CT code is given if one means exactly
this structure. `python -m misground.anatomy.page` generates this page.
"""
_TITLES = {
    "ct": "67 structures in CT",
    "mri": "10 structures of the knee in MRI",
    "extension": "Extensions: usable, and named as such on the dataset card",
}


def structures_page(table: StructureTable) -> str:
    """The text of the page, in Markdown."""
    return "\n".join(_lines(table)) + "\n"


def _lines(table: StructureTable) -> Iterator[str]:
    yield _HEAD.rstrip()
    for benchmark, title in _TITLES.items():
        yield f"\n## {title}\n"
        yield "| key | name | lay name | synonyms | counterpart | SNOMED CT |"
        yield "|---|---|---|---|---|---|"
        for structure in table.structures.values():
            if structure.benchmark == benchmark:
                twin = f"`{structure.pair}`" if structure.pair in table.structures else structure.pair or ""
                code = structure.snomed_ct or ""
                synonyms = ", ".join(structure.synonyms)
                yield (
                    f"| `{structure.key}` | {structure.name} | {structure.lay_name or ''} | {synonyms} "
                    f"| {twin} | {code} |"
                )


if __name__ == "__main__":
    print(structures_page(structure_table()), end="")
