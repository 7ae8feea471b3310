"""What `simulate --help` shows."""

import pytest
from typer.testing import CliRunner

from warp_fabric.cli import app


@pytest.mark.parametrize("columns", [80, 120])
def test_help_fits_a_screen(columns):
    """Options stand in groups, and no name is cut; how USD is made is told by `export`."""
    text = CliRunner().invoke(app, ["simulate", "--help"], env={"COLUMNS": str(columns)}).output
    lines = text.splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) < 55
    for heading in ("Options", "Going on with an earlier run", "USD, with all options of `warp-fabric export`"):
        assert heading in text
    assert "…" not in text
    for name in ("--output", "--from-frame", "--usd-keep-clips", "--verbose"):
        assert name in text
    assert "--samples-per-crossing" not in text


def test_no_name_is_cut_on_a_terminal_of_80_columns():
    for command in ("export", "check", "picture", "demo"):
        text = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "80"}).output
        assert "…" not in text, command
