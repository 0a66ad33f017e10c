"""The names of the commands, and the module that defines each: imported when the command is asked for."""

from importlib import import_module
from typing import Final

import click

MODULES: Final = {
    "build": "building",
    "check": "checking",
    "compare": "comparing",
    "demo": "demo",
    "eval": "evaluating",
    "export": "evaluating",
    "power": "planning",
    "read": "reading",
    "report": "reporting",
    "score": "scoring",
    "sheet": "building",
    "shortcuts": "measuring",
    "validate": "building",
    "view": "reporting",
}


class Commands(click.Group):
    """A group that imports the module of a command when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of all commands, in order."""
        return sorted(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None where there is none."""
        if cmd_name in MODULES:
            import_module(f"misground.cli.{MODULES[cmd_name]}")
        return super().get_command(ctx, cmd_name)
