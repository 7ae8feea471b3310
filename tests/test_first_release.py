"""Scenes, runs and USD files of the first release keep loading and meaning the same."""

from pathlib import Path

import h5py
import numpy as np
import pytest

import warp_fabric as wf
from warp_fabric.geometry import centre_lines

FOLDER = Path(__file__).parent / "data" / "first_release"
VALUES = {
    "fabric.ends": 5,
    "fabric.pick_spacing": 1.1e-3,
    "fabric.end_yarns": ("cotton", "thick"),
    "fabric.pose": "hanging",
    "fabric.origin": (0.0, 0.0, 0.5),
    "yarns.cotton.young_modulus": 2.28e9,
    "yarns.cotton.color": "#e8e0d0",
    "yarns.thick.linear_density": 3.0e-4,
    "contact.shear_modulus": 2000.0,
    "contact.friction": 0.4,
    "contact.friction_stiffness": 900.0,
    "contact.sliding_damping": 800.0,
    "contact.parallel_stiffness": 2.0,
    "environment.gravity": (0.0, 0.0, -9.81),
    "environment.gusts": ((0.01, 0.0, 0.0, 0.0), (0.05, 0.0, 0.5, 0.0)),
    "environment.wind_density": 1.3,
    "environment.wind_drag": 0.1,
    "pins.0.stiffness": 500.0,
    "pins.1.path": ((0.0, 4.0e-3, 0.0, 0.5), (0.1, 4.0e-3, 1.0e-3, 0.5)),
    "time.integrator": "bdf2",
    "solver.tolerance": 1.0e-10,
}


@pytest.fixture(scope="module")
def run() -> wf.Trajectory:
    return wf.load_trajectory(FOLDER / "run.h5")


def test_a_scene_has_the_same_values():
    scene = wf.load_scene(FOLDER / "scene.toml")
    assert {name: scene.get(name) for name in VALUES} == VALUES
    assert scene.build().drawdown[0].tolist() == [True, True, False, False, True]


def test_a_run_holds_what_its_file_says(run):
    with h5py.File(FOLDER / "run.h5") as file:
        for name in ("time", "position", "sliding", "velocity", "sliding_velocity", "anchor", "compression"):
            np.testing.assert_array_equal(getattr(run, name), file[name][()])
    assert run.frame_count == 6
    assert run.version == "0.1.0"
    assert run.scene == wf.load_scene(FOLDER / "scene.toml")


def test_its_scene_still_moves_like_that(run):
    """Newton's method may take other ways to the solution, which the tolerance lets differ a little."""
    again = wf.simulate(run.scene, progress=False)
    moved = np.abs(run.position - run.position[0]).max()
    assert np.abs(again.position - run.position).max() < 1e-6 * moved
    slid = np.abs(run.sliding - run.sliding[0]).max()
    assert np.abs(again.sliding - run.sliding).max() < 1e-6 * slid
    assert again.compression == pytest.approx(run.compression, rel=1e-5, abs=1e-6)


def test_a_usd_file_holds_the_same_cloth(run):
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom

    import usd_export

    path = FOLDER / "cloth.usdc"
    assert wf.Scene.from_toml(usd_export.scene_of(path)) == run.scene
    assert usd_export.initial_of(path) is None
    assert not [finding for finding in usd_export.check(path) if finding.severity == "error"]
    stage = Usd.Stage.Open(str(path))
    surface = UsdGeom.Mesh(next(prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)))
    last = stage.GetEndTimeCode()
    points = np.array(surface.GetPointsAttr().Get(last))
    np.testing.assert_allclose(points, run.position[-1].reshape(-1, 3), rtol=1e-6, atol=1e-8)
    curves = [UsdGeom.BasisCurves(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.BasisCurves)]
    drawn = np.concatenate([np.array(each.GetPointsAttr().Get(last)) for each in curves])
    for lines in centre_lines(run.fabric, run.position[-1]):
        away = np.linalg.norm(drawn[:, None] - lines.reshape(1, -1, 3), axis=-1).min(axis=0)
        assert away.max() < 1e-6
