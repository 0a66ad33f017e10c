"""Writing a table of the package that is measured on phantoms."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import get_args

from misground.records import Case, Region
from misground.sources import list_cases
from misground.volumes import load_case


def phantom_table(
    header: Sequence[str], rows: Callable[[Region, Iterable[Case]], Iterable[str]], phantoms: int, seed: int
) -> str:
    """A CSV table of both regions.

    Args:
        header: its columns.
        rows: makes the lines of a region from its cases.
        phantoms: number of phantoms per region.
        seed: seed of the phantoms.
    """
    lines = [",".join(header)]
    for region in get_args(Region):
        refs = list_cases(f"phantom:{region}?n={phantoms}&seed={seed}").refs
        lines += rows(region, (load_case(ref) for ref in refs))
    return "\n".join(lines) + "\n"


def write_table(prog: str, description: str, default: Path, text: Callable[[], str]) -> None:
    """A command that writes a table.

    Args:
        prog: how it is called.
        description: what it writes.
        default: the file in the package.
        text: makes the table.
    """
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument(
        "-o", dest="out", metavar="FILE", type=Path, default=default,
        help="Output CSV file (default: the file in the package)",
    )  # fmt: skip
    out: Path = parser.parse_args().out
    try:
        out.write_bytes(text().encode("utf-8"))
    except OSError as error:
        sys.exit(f"{out} cannot be written ({error.strerror}): choose another file with -o")
