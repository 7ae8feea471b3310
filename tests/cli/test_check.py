"""`warp-fabric check`."""

import json

import pytest
from pxr import Usd, UsdGeom, Vt
from typer.testing import CliRunner
from usd_cloth import usd_run

import usd_export
from warp_fabric.cli import app


def run(*arguments: object):
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


@pytest.fixture
def cloth(tmp_path):
    return usd_export.export(usd_run(), tmp_path / "cloth.usdc")


def edited(path, edit):
    stage = Usd.Stage.Open(str(path))
    edit(UsdGeom.BasisCurves(stage.GetPrimAtPath("/Cloth/Yarns/ends_thin")))
    stage.Save()


def test_a_clean_file(cloth):
    for options in ([], ["--strict"]):
        result = run(cloth, *options)
        assert (result.exit_code, result.stdout) == (0, f"{cloth}: nothing wrong found\n")


def test_errors(cloth):
    edited(cloth, lambda curves: curves.GetWidthsAttr().Set(Vt.FloatArray([0.0])))
    result = run(cloth)
    assert result.exit_code == 1
    first, fix, last = result.stdout.splitlines()
    assert first.startswith("error: /Cloth/Yarns/ends_thin.widths, time code 0 and 5 more: 1 of 1 widths")
    assert fix.startswith("  fix: give every curve")
    assert last == f"{cloth}: 1 error, 0 warnings"


def test_warnings_are_errors_only_if_asked(cloth):
    edited(cloth, lambda curves: curves.GetExtentAttr().Clear())
    assert run(cloth).exit_code == 0
    result = run(cloth, "--strict")
    assert result.exit_code == 1
    assert result.stdout.endswith("0 errors, 1 warning\n")


def test_no_file(tmp_path):
    result = run(tmp_path / "none.usdc")
    assert result.exit_code == 1
    assert "there is no such USD file" in result.stderr


def test_progress_for_programs(cloth, tmp_path):
    edited(cloth, lambda curves: curves.GetWidthsAttr().Set(Vt.FloatArray([0.0])))
    result = run(cloth, "--progress", "json")
    assert result.exit_code == 1
    events = [json.loads(line) for line in result.stdout.splitlines()]
    *checks, finding, last = events
    assert {event["event"] for event in checks} == {"check"}
    assert checks[-1]["done"] == checks[-1]["count"] >= 4 * 6  # three sorts of yarns and the surface
    assert (finding["event"], finding["severity"], finding["time"]) == ("finding", "error", 0.0)
    assert finding["path"] == "/Cloth/Yarns/ends_thin.widths"
    assert last == {"event": "checked", "errors": 1, "warnings": 0}
    result = run(tmp_path / "none.usdc", "--progress", "json")
    assert json.loads(result.stdout)["event"] == "error"


def test_a_bar_where_people_look(cloth, monkeypatch):
    asked = []
    monkeypatch.setattr(usd_export, "check", lambda file, progress: asked.append(progress) or [])
    run(cloth)
    monkeypatch.setattr("warp_fabric.cli.common.at_terminal", lambda: True)
    run(cloth)
    run(cloth, "--progress", "none")
    assert asked == [False, True, False]
