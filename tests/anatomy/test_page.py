from pathlib import Path

from misground.anatomy import structure_table
from misground.anatomy.page import structures_page

PAGE = Path(__file__).parents[2] / "docs" / "structures.md"


def test_the_page_of_structures_is_that_of_the_table():
    assert PAGE.read_text(encoding="utf-8") == structures_page(structure_table())
