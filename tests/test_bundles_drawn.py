"""Pictures, the browser, USD and messages show the real yarns of cloth in bundles."""

import io
import json

import numpy as np
import pytest
from bundled_cloth import square
from pxr import Usd, UsdGeom
from typer.testing import CliRunner

import usd_export
import warp_fabric as wf
from warp_fabric.cli import app
from warp_fabric.picture import film, render
from warp_fabric.progress import JsonProgress
from warp_fabric.viewer.cloth import Cloth

SAID = "17 x 17 crossings, simulated as 5 x 5 bundles of 4"


@pytest.fixture(scope="module")
def run() -> wf.Trajectory:
    """Falling, crimped; frames at 0, 10 and 20 ms."""
    scene = square(17, 4, fabric__pose="flat", fabric__crimp="touching", fabric__weave="twill22")
    steps = {"time.integrator": "bdf2", "time.duration": 0.02, "time.step": 2e-3, "time.frames_per_second": 100.0}
    told = io.StringIO()
    found = wf.simulate(scene.replace(steps), progress=JsonProgress(told))
    assert json.loads(told.getvalue().splitlines()[0])["simulated"] == SAID
    return found


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    return usd_export.export(run, tmp_path_factory.mktemp("usd") / "cloth.usdc")


def test_usd_has_all_real_yarns(run, exported):
    stage = Usd.Stage.Open(str(exported))
    curves = [UsdGeom.BasisCurves(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.BasisCurves)]
    counts = [len(each.GetCurveVertexCountsAttr().Get()) for each in curves]
    assert counts == [17, 17]
    surface = next(UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh))
    times = surface.GetPointsAttr().GetTimeSamples()
    np.testing.assert_allclose(
        np.asarray(surface.GetPointsAttr().Get(times[-1])), run.real_position(-1).reshape(-1, 3), atol=1e-7
    )


def test_it_passes_the_checks(exported):
    assert usd_export.check(exported) == []
    result = CliRunner().invoke(app, ["check", str(exported)])
    assert result.stdout == f"{exported}: nothing wrong found\n{SAID}\n"


def test_statistics_say_what_was_simulated(run, tmp_path):
    run.scene.replace({"time.duration": 0.01}).save(tmp_path / "scene.toml")
    options = ["-o", str(tmp_path / "run.h5"), "--stats", str(tmp_path / "run.json"), "--progress", "none"]
    assert CliRunner().invoke(app, ["simulate", str(tmp_path / "scene.toml"), *options]).exit_code == 0
    assert json.loads((tmp_path / "run.json").read_text())["simulated"] == SAID


def test_pictures(run, tmp_path):
    image = pytest.importorskip("matplotlib.image")
    look = {"size": (120, 120), "view": "top", "rays": 2, "plies": 0, "obstacles": False}
    render(run, tmp_path / "bundles.png", **look)
    render(run.scene.real_fabric, tmp_path / "real.png", position=run.real_position(-1), **look)
    one, other = (image.imread(tmp_path / name) for name in ("bundles.png", "real.png"))
    assert np.abs(one - other).mean() < 0.02
    film(run, tmp_path / "sheet.png", **look)


def test_the_browser(run):
    cloth = Cloth(run, "napkin")
    assert cloth.grid == (17, 17)
    assert sum(len(each.points) for each in cloth.strands(1, 3)) == 34
    for quantity in cloth.quantities():
        values = cloth.values(quantity, 2)
        assert values.shape == (17, 17, 2)
        np.testing.assert_allclose(cloth.course(quantity, 8, 3)[2], values[8, 3], rtol=1e-9, atol=1e-12)
