"""Ends a process group when the program that started this one is gone: `python watch.py GROUP`, stdin a pipe.

A pipe closes however its owner ends, killed included.
"""

import contextlib
import os
import signal
import sys
import time

sys.stdin.buffer.read()
for number, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
    until = time.monotonic() + patience
    with contextlib.suppress(ProcessLookupError):
        os.killpg(int(sys.argv[1]), number)
        while time.monotonic() < until:
            os.killpg(int(sys.argv[1]), 0)
            time.sleep(0.1)
