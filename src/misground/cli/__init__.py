"""The command line.

Exit status: 0 done, 1 the work failed, 2 wrong usage; one line on standard error, never a traceback, for
anything that a user can cause.
"""

import sys
from typing import NoReturn

import click
from rich.markup import escape

from misground.cli import building, demo, evaluating, reporting
from misground.cli.shared import cli, err_console
from misground.errors import MisgroundError, UsageError

__all__ = ["building", "cli", "demo", "evaluating", "main", "reporting"]


def main() -> NoReturn:
    """Entry point: run the command and turn its errors into one line and an exit status."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _fail("stopped", 1)
    except UsageError as error:
        _fail(str(error), 2)
    except MisgroundError as error:
        _fail(str(error), 1)
    sys.exit(0)


def _fail(text: str, status: int) -> NoReturn:
    err_console.print(f"[bold red]misground:[/] {escape(' '.join(text.split()))}", highlight=False)
    sys.exit(status)
