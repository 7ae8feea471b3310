"""`warp-fabric check`."""

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
