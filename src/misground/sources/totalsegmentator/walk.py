"""Case folders at any depth below a folder. Whatever looks like a case and is none is reported, too."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from misground.sources.files import readable, volume_names
from misground.sources.totalsegmentator.folder import CaseFolder, look_into
from misground.sources.totalsegmentator.found import CLASS_FOLDER, MAC_ARCHIVE, is_class_folder, names_in
from misground.volumes import holds_dicom

_EXPECTED: Final = (
    "expected <case>/ct.nii.gz or <case>/mri.nii.gz, and <case>/segmentations/<class>.nii.gz or "
    "<case>/segmentation.nii.gz"
)
# A folder can be reached by several links, but links must not make a search endless.
_MOST_VISITS: Final = 64
_DEEPEST: Final = 64


def find_cases(directory: Path, version: str) -> list[CaseFolder]:
    """Every case folder in `directory`, which may be one itself, and what looks like one.

    A case is called like its folder. Where two folders have one name, they are called by their paths below
    `directory`.

    Args:
        directory: the folder.
        version: see `look_into`.

    Raises:
        OSError: `directory` cannot be read.
    """
    names_in(directory)
    found = list(_search(directory, version, Path(), Counter(), inside=False))
    names = Counter(folder.case_id for _, folder in found)
    return [
        folder if names[folder.case_id] == 1 or not path.parts else _called(folder, readable(path.as_posix()))
        for path, folder in found
    ]


def _called(folder: CaseFolder, case_id: str) -> CaseFolder:
    outcome = folder.outcome
    if not isinstance(outcome, str):
        outcome = replace(outcome, case_id=case_id)
    return replace(folder, case_id=case_id, outcome=outcome)


def _search(
    top: Path, version: str, below: Path, visits: Counter[str], *, inside: bool
) -> Iterator[tuple[Path, CaseFolder]]:
    """The case folders in `top / below`, with their paths below `top`.

    Args:
        top: the folder where the search began.
        version: see `look_into`.
        below: the folder's path below `top`.
        visits: how often each real folder was visited.
        inside: whether the folder lies in one that was reported, whose further class files are no case.
    """
    folder = top / below
    real = str(folder.resolve())
    visits[real] += 1
    if visits[real] > _MOST_VISITS or len(below.parts) > _DEEPEST or _leads_up(folder, len(below.parts)):
        return
    found = look_into(folder, version)
    if found is None and not (inside and is_class_folder(folder)):
        found = _looks_like_a_case(folder)
    if found is not None:
        yield below, found
    try:
        names = names_in(folder)
    except OSError:
        return  # `look_into` reports it
    for name in names:
        if (
            name == MAC_ARCHIVE
            or (found is not None and name == CLASS_FOLDER)
            or not (folder / name).is_dir()
        ):
            continue
        yield from _search(top, version, below / name, visits, inside=found is not None)


def _leads_up(folder: Path, depth: int) -> bool:
    """Whether a folder is, by a link, one of the `depth` folders that lead to it."""
    real = folder.resolve()
    parents = [folder.parents[i].resolve() for i in range(min(depth, len(folder.parents)))]
    return real in parents


def _looks_like_a_case(folder: Path) -> CaseFolder | None:
    """Why a folder with volumes is no case; None if it has none."""
    volumes = volume_names(names_in(folder))
    dicom = not volumes and holds_dicom(folder)
    if not volumes and not dicom:
        return None
    more = f" and {len(volumes) - 1} more volumes" if len(volumes) > 1 else ""
    found = "DICOM slices" if dicom else f"{readable(volumes[0])!r}{more}"
    name = folder.name if folder.name not in ("", "..") else folder.resolve().name
    return CaseFolder(readable(name), f"found {found}, {_EXPECTED}")
