"""`python -m misground`."""

# ruff: noqa: E402
from misground.module_path import leave_current_folder

leave_current_folder()  # before anything else is imported

from misground.cli import main

main()
