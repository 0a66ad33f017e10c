"""The help of every command reads well on a narrow terminal."""

import pytest
from click.testing import CliRunner

from misground.cli import cli


def help_of(*command: str, width: int = 80) -> str:
    shown = CliRunner().invoke(cli, [*command, "--help"], prog_name="misground", terminal_width=width)
    assert shown.exit_code == 0, shown.output
    return shown.output


def test_the_list_of_commands_cuts_no_line_at_80_columns() -> None:
    listed = help_of().split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == sorted(cli.commands)
    assert all(line.endswith((".", "?")) and not line.endswith("...") for line in listed)


@pytest.mark.parametrize("command", ["", *cli.commands])
@pytest.mark.parametrize("width", [80, 110])
def test_help_fits_the_terminal(command: str, width: int) -> None:
    assert max(map(len, help_of(*command.split(), width=width).splitlines())) <= width


@pytest.mark.parametrize("command", cli.commands)
def test_every_command_has_an_example(command: str) -> None:
    assert f"\n    misground {command}" in help_of(command).split("Options:")[0].split("Example", 1)[1]


@pytest.mark.parametrize("command", cli.commands)
def test_every_option_is_explained(command: str) -> None:
    options = [one for one in cli.commands[command].params if one.param_type_name == "option"]
    assert all(one.help and one.help[0].isupper() and one.help.endswith((".", "]")) for one in options)
