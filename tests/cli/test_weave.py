from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from warp_fabric.cli.weave import app
from warp_fabric.weave import pattern, pattern_names, read_draft, write_draft

WEAVES = Path(__file__).parents[1] / "data" / "weaves"


def run(*arguments: object):
    return CliRunner().invoke(app, [str(one) for one in arguments], env={"COLUMNS": "100"})


def test_show_a_pattern_and_a_file():
    result = run("show", "twill22")
    assert result.exit_code == 0
    assert "one cloth" in result.stdout
    assert "▀" in result.stdout
    result = run("show", WEAVES / "basic_dtx" / "many color single treadles.dtx")
    assert result.exit_code == 0
    assert "4 ends x 6 picks" in result.stdout


def test_show_writes_a_picture(tmp_path):
    result = run("show", "houndstooth", "-o", tmp_path / "cloth.png")
    assert result.exit_code == 0
    assert str(tmp_path / "cloth.png") in result.stdout.replace("\n", "")
    assert (tmp_path / "cloth.png").read_bytes().startswith(b"\x89PNG")


def test_doubts_are_notes():
    result = run("show", WEAVES / "warn_wif" / "default warp color too big.wif")
    assert result.exit_code == 0
    assert result.stderr.startswith("note: ")
    assert "colour" in result.stderr


def test_list_names_every_pattern():
    result = run("list")
    assert result.exit_code == 0
    assert all(name in result.stdout for name in pattern_names())


def test_list_explains_the_numbers_of_names():
    """A letter that stands in the description of each family whose names have numbers."""
    text = " ".join(run("list").stdout.split())
    for words in ("over A picks, then under B", "each pick binds 1 end of N", "every N ends", "on N shafts"):
        assert words in text
    assert "Other numbers work too for A, B, N and K" in text
    for example in ("twill35", "satin9", "twill10/2"):
        assert example in text
        assert run("show", example).exit_code == 0


def test_converting_one_sided_colours_to_dtx_is_noted(tmp_path):
    one_sided = replace(pattern("twill22"), end_colors=("#20356b",) * 4)
    write_draft(one_sided, tmp_path / "one.wif")
    result = run("convert", tmp_path / "one.wif", tmp_path / "one.dtx")
    assert result.exit_code == 0
    note = result.stderr.replace("\n", "")
    assert "note: " in note
    assert "DTX has no side without colours beside one with them: the picks are written as white" in note
    assert run("convert", "houndstooth", tmp_path / "both.dtx").stderr == ""
    assert run("convert", "twill22", tmp_path / "none.dtx").stderr == ""


def test_convert_does_what_the_functions_do(tmp_path):
    source = WEAVES / "basic_wpo" / "many color single treadles.wpo"
    assert run("convert", source, tmp_path / "by_command.wif").exit_code == 0
    write_draft(read_draft(source), tmp_path / "by_function.wif")
    assert (tmp_path / "by_command.wif").read_bytes() == (tmp_path / "by_function.wif").read_bytes()
    assert run("convert", "satin5", tmp_path / "satin.wif").exit_code == 0
    assert read_draft(tmp_path / "satin.wif") == pattern("satin5")


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", WEAVES / "bad_wif" / "missing tieup.wif"),
        ("show", "twil22"),
        ("show", "twill22", "-o", "cloth.jpg"),
        ("convert", "twill22", "cloth.wpo"),
        ("convert", "missing.wif", "cloth.wif"),
    ],
)
def test_errors_are_told_with_their_fix_and_no_traceback(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert "fix: " in result.stderr
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []
