"""What Blender makes of an export. Needs a Python with bpy: this one, or those in BLENDER_PYTHONS (written as PATH)."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from blender_pythons import PYTHONS, needs_blender
from exported import array, curves_of, exported
from pxr import UsdGeom
from usd_cloth import usd_run

FRAMES = (0, 3, 5)
READS_ALL_BUT_COLORS, READS_COLORS = (4, 4), (4, 5)
"""The first Blenders that read units and velocities of curves, and materials that take their colour from a primvar."""

pytestmark = needs_blender


def seen(python: str, path: Path) -> dict[str, np.ndarray]:
    """What Blender sees in a file: see `in_blender.py`."""
    out = path.with_suffix(".npz")
    script = Path(__file__).with_name("in_blender.py")
    command = [python, str(script), str(path), str(out), *map(str, FRAMES)]
    subprocess.run(command, check=True, capture_output=True)
    return dict(np.load(out))


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "options",
    [{}, {"unit": "cm", "up_axis": "Y", "plies": 3}, {"clips": 2}, {"layers": True}, {"surface": False}],
    ids=str,
)
def test_blender_sees_what_usd_sees(python, options, tmp_path):
    stage = exported(tmp_path, **options)
    told = seen(python, tmp_path / "cloth.usdc")
    assert tuple(told["range"])[:2] == (0, 5)  # Blender keeps its own frames per second
    names = {name.partition("/")[0] for name in told} - {"version", "range", "materials"}
    assert names == set(curves_of(stage))
    version = tuple(told["version"])
    scale = UsdGeom.GetStageMetersPerUnit(stage) if version >= READS_ALL_BUT_COLORS else 1.0
    for name, curves in curves_of(stage).items():
        for frame in FRAMES:
            one = {key.rpartition("/")[2]: value for key, value in told.items() if key.startswith(f"{name}/{frame}/")}
            assert one["curves"].tolist() == list(curves.GetCurveVertexCountsAttr().Get())
            np.testing.assert_allclose(one["position"], array(curves.GetPointsAttr(), frame), rtol=1e-6)
            if version >= READS_ALL_BUT_COLORS:
                np.testing.assert_allclose(one["velocity"], array(curves.GetVelocitiesAttr(), frame), rtol=1e-6)
            np.testing.assert_allclose(one["radius"], 0.5 * array(curves.GetWidthsAttr())[0], rtol=1e-6)
            np.testing.assert_allclose(one["displayColor"][:, :3], array(curves.GetDisplayColorAttr()), rtol=1e-5)
            numbers = UsdGeom.PrimvarsAPI(curves).GetPrimvar("yarnId").Get()
            assert one["yarnId"][:, 0].tolist() == list(numbers)
            turn = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]) if "up_axis" in options else np.eye(3)
            np.testing.assert_allclose(one["matrix"][:3, :3], scale * turn, atol=1e-6)
    if version >= READS_COLORS:
        assert {"thin:displayColor", "thick:displayColor"} <= set(told["materials"].tolist())


PICTURE = Path(__file__).parents[1] / "data" / "usd" / "interlaced.png"
"""The small cloth from above, as Cycles (Blender 4.5) rendered it; made by `pictured`."""
SIZE, WIDTH = 128, 7e-3


def pictured(python: str, folder: Path) -> dict[str, np.ndarray]:
    """The small cloth, ends in red, green and blue, picks grey: see `render_in_blender.py`."""
    run = usd_run(1, time={"integrator": "static"}, fabric__origin=[0, 0, 0], pins=[])
    exported(folder, run=run)
    out, script = folder / "out.npz", Path(__file__).with_name("render_in_blender.py")
    middle = run.fabric.position.mean(axis=(0, 1))[:2]
    stored = [PICTURE] if PICTURE.exists() else []
    arguments = (folder / "cloth.usdc", folder / "seen.png", out, *middle, WIDTH, SIZE, *stored)
    subprocess.run([python, str(script), *map(str, arguments)], check=True, capture_output=True)
    return dict(np.load(out))


def coarse(picture: np.ndarray) -> np.ndarray:
    """Means of 4 x 4 pixels: what is left without noise and aliasing."""
    return picture.reshape(SIZE // 4, 4, SIZE // 4, 4, 3).mean(axis=(1, 3))


@pytest.mark.parametrize("python", PYTHONS)
def test_cycles_shows_ends_and_picks_interlace(python, tmp_path):
    pictures = pictured(python, tmp_path)
    if tuple(pictures["version"]) < READS_COLORS:
        pytest.skip("its materials take no colours from primvars")
    run = usd_run(1, time={"integrator": "static"}, fabric__origin=[0, 0, 0], pins=[])
    fabric = run.fabric
    offset = run.position[0, ..., :2] - fabric.position.mean(axis=(0, 1))[:2]
    column, row = np.moveaxis(((offset / WIDTH + 0.5) * SIZE).astype(int), -1, 0)
    around = [pictures["seen"][row + j, column + i] for j in (-1, 0, 1) for i in (-1, 0, 1)]
    color = np.mean(around, axis=0)
    colorful = color.max(axis=-1) - color.min(axis=-1) > 0.25  # ends are red, green or blue, picks grey
    np.testing.assert_array_equal(colorful, fabric.drawdown)
    difference = np.abs(coarse(pictures["seen"]) - coarse(pictures["stored"]))
    assert difference.mean() < 0.01
    assert np.quantile(difference, 0.99) < 0.08
