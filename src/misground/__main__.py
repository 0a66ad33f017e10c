"""`python -m misground`."""

from misground.cli import main

main()
