"""Runs of cloth that is cut to a shape: what they keep, go on with and refuse, and that they move as cloth does."""

import numpy as np
import pytest
from cut_cloth import SHAPES, cut, disc, paper, textile
from sample_cloth import difference, golden, golden_scene, largest

import warp_fabric as wf
from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.simulation import simulate_to
from warp_fabric.trajectory import components

NO_AIR = {"environment__wind": [0.0, 0.0, 0.0], "environment__wind_density": 0.0, "environment__wind_drag": 0.0}
RIGID = {"pins": []} | NO_AIR


def same_runs(one: wf.Trajectory, other: wf.Trajectory) -> None:
    for name in components(one.scene):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_golden():
    """Of an independent program: a disc with a hole, pulled by a pin in wind."""
    run, expected = wf.simulate(golden_scene("shape_disc_hole_bdf2")), golden("shape_disc_hole_bdf2")
    np.testing.assert_array_equal(run.present, expected["present"])
    moved = largest(expected["position"] - expected["position"][0])
    assert largest(run.position - expected["position"]) < 1e-9 * moved
    assert largest(run.sliding - expected["sliding"]) < 1e-9 * moved
    assert difference(run.compression, expected["compression"]) < 1e-9


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("crimp", [None, "touching"])
def test_what_is_cut_away_stays_at_rest(shape, crimp):
    run = wf.simulate(paper(SHAPES[shape], fabric__crimp=crimp))
    away, fabric = ~run.present, run.fabric
    assert away.any()
    for name in components(run.scene):
        values = getattr(run, name)[:, away]
        resting = {"position": fabric.position, "sliding": fabric.sliding, "anchor": fabric.sliding}.get(name)
        expected = 0.0 if resting is None else np.broadcast_to(resting[away], values.shape)
        np.testing.assert_array_equal(values, expected, err_msg=name)
        assert getattr(run, name)[-1][run.present].any()


def test_a_mask_of_all_is_no_mask():
    whole = golden_scene("pull_twill_bdf2").replace({"time.duration": 0.005})
    said = whole.replace({"fabric.present": np.ones((whole.fabric.picks, whole.fabric.ends), bool)})
    assert said.cut is None
    same_runs(wf.simulate(whole), wf.simulate(said))


@pytest.mark.parametrize("crimp", [0.0, 0.06])
def test_halves_are_two_cloths(crimp):
    """The line between them is taken out; the weave and the triangles begin anew after it."""
    tight = {"solver__tolerance": 1e-12, "fabric__end_crimp": crimp, "fabric__pick_crimp": crimp}
    present = np.ones((9, 6), bool)
    present[3] = False
    pins = [{"crossing": [0, 0]}, {"crossing": [0, 5]}, {"crossing": [8, 2]}]
    air = {"environment__wind": [0.5, 1.0, 2.0], "environment__wind_density": 1.2}
    both = paper(present, pins=pins, **tight, **air)
    upper = paper(np.ones((3, 6), bool), pins=pins[:2], **tight, **air)
    order, origin = both.fabric.pick_yarns, both.build().position[4, 0].tolist()
    moved = {"fabric__origin": origin, "fabric__pick_yarns": [order[(4 + k) % len(order)] for k in range(5)]}
    lower = paper(np.ones((5, 6), bool), pins=[{"crossing": [4, 2]}], **moved, **tight, **air)
    run, parts = wf.simulate(both), [wf.simulate(upper), wf.simulate(lower)]
    for part, rows in zip(parts, (slice(0, 3), slice(4, 9))):
        assert largest(run.position[:, rows] - part.position) < 1e-12
        assert largest(run.velocity[:, rows] - part.velocity) < 1e-10
        shift = run.sliding[0, rows] - part.sliding[0]
        assert largest(run.sliding[:, rows] - shift - part.sliding) < 1e-12
        assert largest(run.compression[:, rows] - part.compression) < 1e-9


@pytest.mark.parametrize("shape", SHAPES)
def test_cut_cloth_falls_as_a_whole(shape):
    """Weight and mass agree at every edge."""
    scene = paper(SHAPES[shape], time__integrator="euler", **RIGID)
    run = wf.simulate(scene)
    g = np.array(scene.environment.gravity)
    assert largest(run.velocity[-1][run.present] - run.time[-1] * g) < 1e-9


def test_momentum_is_kept():
    """Of cloth that is let go bent: no force from outside acts on it."""
    still = {"environment__gravity": [0.0, 0.0, 0.0], "solver__tolerance": 1e-12, "time__integrator": "euler"}
    scene = paper(SHAPES["ring"], **still, **RIGID)
    push = np.zeros((5, 9, 9, 3))
    push[0] = 1e-3 * np.random.default_rng(3).standard_normal((9, 9, 3))
    run = wf.simulate(scene, forces=push)
    density, fabric, total = [yarn.linear_density for yarn in run.fabric.yarns], run.fabric, np.zeros((6, 3))
    for axis, yarns in ((1, fabric.pick_yarn), (0, fabric.end_yarn)):
        x, v, s, there = (
            np.moveaxis(each, axis + at, at + 1)
            for each, at in ((run.position, 1), (run.velocity, 1), (run.sliding[..., 1 - axis], 1), (run.present, 0))
        )
        sd = np.moveaxis(run.sliding_velocity[..., 1 - axis], axis + 1, 2)
        joined = (there[:, 1:] & there[:, :-1])[..., None]
        length, dx = np.diff(s, axis=2)[..., None], np.diff(x, axis=2)
        w = dx / length
        a, b = v[:, :, :-1] - w * sd[:, :, :-1, None], v[:, :, 1:] - w * sd[:, :, 1:, None]
        mass = np.array(density)[yarns][None, :, None, None] * length * joined
        total += (0.5 * mass * (a + b)).sum(axis=(1, 2))
    expected = 1e-3 * push[0][run.present].sum(axis=0)
    assert largest(total[1:] - expected) < 1e-9 * largest(expected)


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
@pytest.mark.parametrize("crimp", [None, "touching"])
def test_textile_yarns(yarn, crimp):
    """They hang as far as a whole cloth does, and stay whole."""
    run = wf.simulate(textile(yarn, SHAPES["ring"], fabric__crimp=crimp))
    assert max(step["newton_iterations"] for step in run.statistics["steps"]) < 20
    fallen = run.position[0] - run.position[-1]
    assert 0.0 < largest(fallen[run.present]) < 0.5 * 9.8 * run.time[-1] ** 2 * 1.1


def test_runs_are_resumed_bit_for_bit(tmp_path):
    scene, checkpoint = paper(SHAPES["ring"]), tmp_path / "run.checkpoint"
    whole = wf.simulate(scene)

    def stop(frame) -> None:
        if frame.time > 0.0025:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wf.simulate(scene, checkpoint=checkpoint, on_frame=stop)
    same_runs(wf.simulate(scene, checkpoint=checkpoint, resume=True), whole)


def test_going_on_from_an_earlier_run(tmp_path):
    scene = paper(SHAPES["ring"])
    first = simulate_to(tmp_path / "run.h5", scene)
    on = scene.replace({"initial.state": str(tmp_path / "run.h5")})
    run = wf.simulate(on)
    np.testing.assert_array_equal(run.position[0], first.position[-1])
    assert simulate_to(tmp_path / "run.h5", scene, start_from=2).position[-1][first.present].any()
    other = SHAPES["ring"].copy()
    other[0, 4] = False
    with pytest.raises(SceneError, match=r"cut otherwise, at crossing \[0, 4\]"):
        wf.simulate(on.replace({"fabric.present": other}))
    with pytest.raises(TrajectoryError, match="cut otherwise"):
        simulate_to(tmp_path / "run.h5", scene.replace({"fabric.present": other}), start_from=2)


def test_files(tmp_path):
    import h5py

    run = wf.simulate(paper(SHAPES["disc"]))
    path = run.save(tmp_path / "run.h5")
    again = wf.load_trajectory(path)
    same_runs(run, again)
    np.testing.assert_array_equal(again.present, SHAPES["disc"])
    with h5py.File(path, "r+") as file:
        assert file["present"].dtype == bool
        del file["present"]
    with pytest.raises(TrajectoryError, match="crossings in the file are others"):
        wf.load_trajectory(path)
    whole = wf.simulate(golden_scene("pull_twill_bdf2").replace({"time.duration": 0.001}))
    with h5py.File(whole.save(tmp_path / "whole.h5")) as file:
        assert "present" not in file


def test_panels_of_any_shape():
    """Side by side and together, as each by itself."""
    base = paper(SHAPES["disc"], solver__tolerance=1e-12)
    panels = [{"name": "disc"}, {"name": "L", "present": SHAPES["L"], "origin": [0.0, 0.5, 0.0]}]
    pins = [{"panel": "disc", "crossing": [0, 3]}, {"panel": "L", "crossing": [7, 7]}]
    scene = base.replace({"panels": panels, "pins": pins})
    run = wf.simulate(scene)
    alone = [wf.simulate(part) for part in scene.parts]
    for name, part in zip(("disc", "L"), alone):
        same_runs(run.panels[name], part)
        np.testing.assert_array_equal(run.panels[name].present, SHAPES[name])
    together = wf.simulate(scene.replace({"collision.self": True}))
    for name, part in zip(("disc", "L"), alone):
        assert largest(together.panels[name].position - part.position) < 1e-11
        assert not together.panels[name].contact_force[:, ~SHAPES[name]].any()


def test_touching_an_obstacle():
    floor = {"shape": "plane", "point": [0.0, 0.0, -1e-3], "normal": [0.0, 0.0, 1.0]}
    held = {"fabric__origin": [0.0, 0.0, 0.0], "obstacles": [floor], "solver__tolerance": 1e-7}
    run = wf.simulate(paper(disc(9, 3.0), time__duration=0.02, time__integrator="euler", **RIGID, **held))
    assert (run.contact_force[-1][run.present][:, 2] > 0.0).mean() > 0.5
    assert not run.contact_force[:, ~run.present].any()


def test_forces_act_on_what_is_there():
    scene = paper(SHAPES["L"])
    push = 1e-4 * np.random.default_rng(4).standard_normal((5, 8, 8, 3))
    elsewhere = push + 1.0 * ~SHAPES["L"][..., None]
    same_runs(wf.simulate(scene, forces=push), wf.simulate(scene, forces=elsewhere))
    assert largest(wf.simulate(scene, forces=push).position - wf.simulate(scene).position) > 1e-9


def test_bad_pins_and_loose_pieces():
    with pytest.raises(SceneError, match=r"\[3, 4\] is cut away") as refused:
        paper(disc(9, 4.0), pins=[{"crossing": [3, 4]}])
    assert "[2, 4]" in refused.value.fix
    halves = np.ones((9, 6), bool)
    halves[4] = False
    held = [{"crossing": [0, 0]}, {"crossing": [0, 5]}]
    loose = cut(golden_scene("static_strip"), halves, pins=held)
    with pytest.raises(SceneError, match=r"nothing holds a piece of the cloth, that of crossing \[5, 0\]"):
        wf.simulate(loose)
    moving = wf.simulate(paper(halves, pins=held, **NO_AIR))
    np.testing.assert_allclose(moving.velocity[-1][5:, :, 2], -9.8 * 0.005, rtol=1e-6)
