"""The second file of a volume in two files (.nhdr, .mhd, .hdr/.img).

A stranger's header must not make us read a file of this machine, so its data file lies in the header's folder
or below, also after symbolic links are followed. Header and data may be links themselves, as in folders that
collect links to the files of a data set, if their targets lie together.
"""

from pathlib import Path, PurePosixPath, PureWindowsPath

from misground.errors import CaseError


def named_data_file(header: Path, name: str) -> Path:
    """The data file that a header names.

    Args:
        header: the header's file.
        name: the file's name in the header, relative to the header's folder.

    Raises:
        CaseError: the name leads out of the folder or stands for several files, or the file is missing.
    """
    outside = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or "\\" in name
    if not name or outside or ".." in PurePosixPath(name).parts:
        raise CaseError("the header names a data file outside its folder")
    if "%" in name:
        raise CaseError("the header names several data files by a pattern with '%'; expected one data file")
    for folder in (header.parent, header.resolve().parent):
        data = folder / name
        if data.is_file():
            if name.split(maxsplit=1)[0] == "LIST":
                raise CaseError("the header has a list of several data files; expected one data file")
            return inside(header, data)
    raise CaseError(f"its data file {name!r} is missing")


def inside(header: Path, data: Path) -> Path:
    """`data`, if it truly lies in the header's true folder or below. Raises CaseError if it does not."""
    if not data.resolve().is_relative_to(header.resolve().parent):
        raise CaseError(
            f"{data.name!r} is a link that leads out of the folder of {header.name!r}; expected both files "
            "in one folder: copy them there"
        )
    return data
