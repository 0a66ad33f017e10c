"""Processes that a test started, however they were started, known by a mark in their environment."""

import time
from pathlib import Path

import psutil

MARK = "MISGROUND_TEST_MARK"
# Idle helpers of Ray, which notice only after a minute that they are alone; no test waits for that.
LINGERING = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


def marked(mark: str) -> list[psutil.Process]:
    return [
        process for process in psutil.process_iter() if f"{MARK}={mark}".encode() in _environment(process)
    ]


def _environment(process: psutil.Process) -> bytes:
    """As it lies in memory: Ray writes titles over its beginning, where psutil's own reading stops short.

    Empty for a process that has ended, though its parent may not have noticed.
    """
    try:
        file = Path(f"/proc/{process.pid}/environ")
        if file.parent.is_dir():
            return file.read_bytes()
        return "\0".join(f"{name}={value}" for name, value in process.environ().items()).encode()
    except (*GONE, OSError):
        return b""


def named(mark: str, beginning: str) -> list[psutil.Process]:
    """Those whose command begins so: `ray::_unit` is a worker of Ray with one of our tasks."""
    return [process for process in marked(mark) if title(process).startswith(beginning)]


def title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except GONE:
        return ""


def wait_until_gone(mark: str, seconds: float = 120) -> list[str]:
    """What is still running after so long, but for what ends by itself."""
    patience = time.monotonic() + seconds
    while (left := _staying(mark)) and time.monotonic() < patience:
        time.sleep(0.1)
    return left


def _staying(mark: str) -> list[str]:
    return [name[:120] for name in map(title, marked(mark)) if name and not name.startswith(LINGERING)]


def kill_all(mark: str) -> None:
    for process in marked(mark):
        try:
            process.kill()
        except GONE:
            continue
