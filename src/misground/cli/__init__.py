"""The command line: `misground` and its commands.

Exit status: 0 if the command succeeded, 1 if its work failed, 2 if it was called wrongly, 3 if `check` found
a case that contradicts. Whatever a user can cause ends in one line on standard error, never in a traceback.
"""

import sys
from typing import NoReturn

import click

from misground.cli.shared import cli, err_console
from misground.cli.terminal import guard_streams, shown
from misground.errors import ContradictionError, MisgroundError, UsageError
from misground.module_path import leave_current_folder

__all__ = ["cli", "main"]


def main() -> NoReturn:
    """Run the command, and turn its errors into one line and an exit status."""
    leave_current_folder()
    guard_streams()
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _fail("stopped", 1)
    except UsageError as error:
        _fail(str(error), 2)
    except ContradictionError as error:
        _fail(str(error), 3)
    except MisgroundError as error:
        _fail(str(error), 1)
    sys.exit(0)


def _fail(text: str, status: int) -> NoReturn:
    err_console.print(f"[bold red]misground:[/] {shown(' '.join(text.split()))}", highlight=False)
    sys.exit(status)
