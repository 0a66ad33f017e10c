"""The help of every command reads well on a narrow terminal."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from misground.cli import cli
from misground.cli.commands import MODULES


def help_of(*command: str, width: int = 80) -> str:
    shown = CliRunner().invoke(cli, [*command, "--help"], prog_name="misground", terminal_width=width)
    assert shown.exit_code == 0, shown.output
    return shown.output


def test_the_list_of_commands_cuts_no_line_at_80_columns() -> None:
    listed = help_of().split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == sorted(MODULES)
    assert all(line.endswith((".", "?")) and not line.endswith("...") for line in listed)


@pytest.mark.parametrize("command", ["", *MODULES])
@pytest.mark.parametrize("width", [80, 110])
def test_help_fits_the_terminal(command: str, width: int) -> None:
    assert max(map(len, help_of(*command.split(), width=width).splitlines())) <= width


@pytest.mark.parametrize("command", MODULES)
def test_every_command_has_an_example(command: str) -> None:
    assert f"\n    misground {command}" in help_of(command).split("Options:")[0].split("Example", 1)[1]


@pytest.mark.parametrize("command", MODULES)
def test_every_option_is_explained(command: str) -> None:
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    options = [one for one in found.params if one.param_type_name == "option"]
    assert all(one.help and one.help[0].isupper() and one.help.endswith((".", "]")) for one in options)


def test_a_command_imports_its_own_module_alone() -> None:
    program = "import sys; from misground.cli import cli; cli(['read', '--help'], standalone_mode=False)"
    program += "; print(*(name for name in sys.modules if name in ('scipy', 'pyarrow', 'torch')))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout.splitlines()[-1], done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize(("command", "module"), MODULES.items())
def test_every_command_is_defined_where_it_is_said_to_be(command: str, module: str) -> None:
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    assert found.callback is not None
    assert found.callback.__module__ == f"misground.cli.{module}"
