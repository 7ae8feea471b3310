"""What `--help` shows: it fits a terminal of 80 columns, and no name is cut."""

import inspect

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from warp_fabric.cli import app

COLUMNS = 80
COMMANDS = {**get_command(app).commands}
COMMANDS |= {f"weave {name}": command for name, command in COMMANDS.pop("weave").commands.items()}


def help_of(command: str, columns: int = COLUMNS) -> str:
    return CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": str(columns)}).output


@pytest.mark.parametrize("columns", [80, 120])
def test_help_of_simulate_fits_a_screen(columns):
    """Options stand in groups; how USD is made is told by `export`."""
    text = help_of("simulate", columns)
    lines = text.splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) < 55
    for heading in ("Options", "Continuing an earlier run", "USD, with all options of `warp-fabric export`"):
        assert heading in text
    for name in ("--output", "--from-frame", "--usd-keep-clips", "--verbose"):
        assert name in text
    assert "--samples-per-crossing" not in text


@pytest.mark.parametrize(
    ("command", "headings"),
    [
        ("fit", ["Continuing an earlier fit"]),
        ("export", ["What the file holds"]),
        ("picture", ["How it looks"]),
    ],
)
def test_options_stand_in_groups(command, headings):
    text = help_of(command)
    assert all(heading in text for heading in headings)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_cut(command):
    text = help_of(command)
    assert max(map(len, text.splitlines())) <= COLUMNS
    assert "…" not in text
    for parameter in COMMANDS[command].params:
        if parameter.param_type_name == "option" and not getattr(parameter, "hidden", False):
            assert all(name in text for name in parameter.opts)


@pytest.mark.parametrize("command", COMMANDS)
def test_paragraphs_are_not_ragged(command):
    """Below the first paragraph lines are kept as they are written, so longer ones would be broken once more."""
    _first, *others = inspect.getdoc(COMMANDS[command].callback).split("\n\n")
    for line in "\n".join(others).splitlines():
        assert len(line.replace("\\[", "[")) <= COLUMNS - 2, line
