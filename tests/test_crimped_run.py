"""What runs keep of crimp: interchange and flattening of each frame, in memory, in files and of an equilibrium."""

import numpy as np
import pytest
from sample_cloth import golden, golden_scene, largest

import warp_fabric as wf


@pytest.mark.parametrize("name", ["crimp_pull_plain_euler", "crimp_flatten_plain_euler"])
def test_runs_and_their_files(tmp_path, name):
    scene, expected = golden_scene(name).replace({"time.duration": 0.01}), golden(name)
    run = wf.simulate(scene, device="cpu")
    gives = "flatten" in name
    assert (run.flattening is not None) == gives
    again = wf.load_trajectory(run.save(tmp_path / "run.h5"))
    for key in ("interchange", *(("flattening",) if gives else ())):
        values = getattr(run, key)
        assert values.shape == (11, 7, 7)
        assert largest(values[0]) < 1e-12  # at rest
        assert largest(values - expected[key][:11]) < 1e-7 * largest(expected["position"] - expected["position"][0])
        np.testing.assert_array_equal(getattr(again, key), values)
    assert (again.flattening is None) == (run.flattening is None)


def test_an_equilibrium():
    scene, expected = golden_scene("crimp_static_strip"), golden("crimp_static_strip")
    run = wf.simulate(scene, device="cpu")
    assert run.interchange.shape == (len(run.time), 8, 5)
    displacement = largest(expected["position"] - scene.build().position)
    assert largest(run.interchange[-1] - expected["interchange"]) < 1e-7 * displacement
    assert run.flattening is None


def test_cloth_of_straight_yarns_has_neither():
    run = wf.simulate(golden_scene("hang_plain_euler").replace({"time.duration": 0.002}), device="cpu")
    assert run.interchange is None
    assert run.flattening is None


def test_no_crimp_is_todays_model():
    """To the last bit, said or not."""
    scene = golden_scene("hang_plain_bdf2").replace({"time.duration": 0.005})
    said = scene.replace({"fabric.end_crimp": 0.0, "fabric.pick_crimp": 0.0, "contact.twist_rigidity": 0.0})
    runs = [wf.simulate(each, device="cpu") for each in (scene, said)]
    for name in ("position", "sliding", "velocity", "sliding_velocity", "anchor", "compression"):
        np.testing.assert_array_equal(getattr(runs[0], name), getattr(runs[1], name), err_msg=name)
