"""A library that believes a file's claim of gigabytes gets none."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")

READ = """
import sys
from pathlib import Path
from misground.errors import CaseError
from misground.volumes import read_volume
try:
    read_volume(Path(sys.argv[1]))
except CaseError as error:
    print(error)
# Not ru_maxrss, which a process inherits from the one that started it.
status = Path("/proc/self/status").read_text().split()
print(int(status[status.index("VmHWM:") + 1]) // 1024)
"""
LIMITED = """
from misground.volumes.memory import memory_at_most
with memory_at_most(10 << 20):
    try:
        print(len(bytearray(2 << 30)))
    except MemoryError:
        print("refused")
print(len(bytearray(1 << 30)))
"""


def run(program: str, *arguments: object) -> list[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.split("\n")


def test_the_limit_holds_within_the_block_alone() -> None:
    assert run(LIMITED)[:2] == ["refused", str(1 << 30)]


@pytest.fixture
def slices(tmp_path: Path) -> Path:
    writer = SimpleITK.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for k in range(3):
        image = SimpleITK.GetImageFromArray(np.zeros((4, 5), np.int16))
        tags = {"0020|000d": "1.2", "0020|000e": "1.2.3", "0008|0018": f"1.2.3.{k}", "0008|0060": "CT"}
        tags |= {"0020|0032": f"0\\0\\{k}", "0020|0037": "1\\0\\0\\0\\1\\0"}
        for key, value in tags.items():
            image.SetMetaData(key, value)
        writer.SetFileName(str(tmp_path / f"{k}.dcm"))
        writer.Execute(image)
    return tmp_path


def test_an_element_of_gigabytes_in_a_small_file(slices: Path) -> None:
    path = slices / "1.dcm"
    content = path.read_bytes()
    # A type that DICOM does not know: its length is then read from four bytes, two of which are text.
    damaged = content.replace(b"\x02\x00\x10\x00UI", b"\x02\x00\x10\x00Ui")
    assert damaged != content
    path.write_bytes(damaged)
    *said, megabytes = filter(None, run(READ, slices))
    assert len(said) == 1
    assert said[0].startswith(f"{slices.name!r}: ")
    assert int(megabytes) < 600
