"""Runs of cloth in contact: the same to the last bit when repeated, and when stopped and resumed."""

import numpy as np
import pytest
from sample_cloth import golden_scene
from textile_cloth import textile_scene

from warp_fabric import Scene, simulate
from warp_fabric.scene.doubts import SceneWarning

ARRAYS = ("position", "sliding", "velocity", "sliding_velocity", "anchor", "compression")
CASES = {
    "contact_fold_small_euler": {"time.duration": 0.018},
    "contact_stair_mesh_bdf2": {"time.duration": 0.03, "collision.self": True},
    "contact_moving_sphere_euler": {"time.duration": 0.012},
}


def two_layers() -> Scene:
    """Stiff yarns, for which smooth motions are solved with all couplings of touching beads: a panel falls on another,
    which lies on a ball. What touches changes from step to step, and is searched for anew within steps."""
    time = {"time.integrator": "bdf2", "time.duration": 0.016, "time.frames_per_second": 1000.0}
    scene = textile_scene("cotton", (16, 16)).replace(
        {"fabric.pose": "flat", "environment.gravity": [0, 0, -98.0]} | time
    )
    thick, half = 2.0 * scene.yarns["yarn"].radius, 0.5 * scene.fabric.end_spacing
    above = {"name": "above", "origin": [5.0 * half, half, 2.3 * thick]}
    ball = {"shape": "sphere", "center": [3.0 * half, 4.0 * half, -0.98 * thick - 0.004], "radius": 0.004}
    panels = [{"name": "below", "origin": [0.0, 0.0, 0.0]}, above]
    return scene.replace({"panels": panels, "pins": [], "obstacles": [ball], "collision.self": True})


class Stopped(Exception):
    """Somebody pressed a key."""


def scene_of(name: str) -> Scene:
    if name == "two_layers":
        return two_layers()
    return golden_scene(name).replace(CASES[name])


def touched(run) -> bool:
    """Whether anything but the first fall has happened: contact has made some crossings move upwards."""
    return bool((run.velocity[..., 2] > 0.0).any())


@pytest.mark.parametrize("name", [*CASES, "two_layers"])
def test_runs_are_repeated_and_resumed_bit_for_bit(tmp_path, device, name):
    scene = scene_of(name)
    whole, again = (simulate(scene, device=device) for _ in range(2))
    assert touched(whole)
    path, steps = tmp_path / "checkpoint", len(whole.statistics["steps"])
    for until in (steps // 3, steps // 2):
        taken = []

        def on_step(report, taken=taken, until=until) -> None:
            taken.append(report)
            if len(taken) == until:
                raise Stopped

        with pytest.raises(Stopped):
            simulate(scene, device=device, checkpoint=path, resume=True, on_step=on_step)
    resumed = simulate(scene, device=device, checkpoint=path, resume=True)
    for key in ARRAYS:
        np.testing.assert_array_equal(getattr(again, key), getattr(whole, key), err_msg=key)
        np.testing.assert_array_equal(getattr(resumed, key), getattr(whole, key), err_msg=key)
    counts = [[step["newton_iterations"] for step in run.statistics["steps"]] for run in (whole, again, resumed)]
    assert counts[0] == counts[1] == counts[2]


def test_a_table_that_changes_nothing_changes_nothing(device):
    """Cloth that may touch itself, but never does, moves as if it could not."""
    scene = golden_scene("hang_plain_bdf2").replace({"time.duration": 0.005})
    alone, apart = simulate(scene, device=device), scene.replace({"collision": {"self": True}})
    touching = simulate(apart, device=device)
    for key in ARRAYS:
        values = getattr(alone, key)
        np.testing.assert_allclose(getattr(touching, key), values, rtol=0, atol=1e-9 * np.abs(values).max())


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
def test_where_stiffness_is_0_nothing_is_in_the_way(device, yarn):
    floor = {"shape": "plane", "point": [0.0, 0.0, -5e-4], "normal": [0.0, 0.0, 1.0]}
    box = {"shape": "box", "center": [0.0, 0.0, -2e-3], "size": [1e-2, 1e-2, 1e-3]}
    changes = {"fabric__pose": "flat", "pins": [], "time__duration": 0.04, "time__frames_per_second": 50.0}
    free = textile_scene(yarn, (4, 4), **changes)
    fallen = simulate(free, device=device).position
    assert fallen[-1, ..., 2].max() < -3e-3
    through = free.replace({"obstacles": [floor, box], "collision": {"stiffness": 0.0}})
    with pytest.warns(SceneWarning, match="passes through"):
        run = simulate(through, device=device)
    np.testing.assert_allclose(run.position, fallen, rtol=0.0, atol=1e-8)
    assert not run.contact_force.any()
