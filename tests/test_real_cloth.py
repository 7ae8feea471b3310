"""Where real yarns are when bundles are somewhere."""

import numpy as np
import pytest
from bundled_cloth import square

from warp_fabric.bundling import Axis, bundle_count
from warp_fabric.geometry import frame_relief
from warp_fabric.real_cloth import Interpolation, RealFrames, cubic_weights, drawn, real_position
from warp_fabric.relief import relief_of
from warp_fabric.trajectory import Trajectory


def run_of(scene, frames: int = 2) -> Trajectory:
    """At rest, then moved; the yarns of crimped cloth have changed their rise."""
    fabric, time = scene.build(), np.arange(frames) / 24.0
    shift = np.arange(frames)[:, None, None, None] * np.array([0.0, 0.001, 0.002])
    zero = {name: np.zeros((frames, *fabric.position.shape)) for name in ("velocity",)}
    flat = {name: np.stack([fabric.sliding] * frames) for name in ("sliding", "anchor")}
    rest = {"sliding_velocity": np.zeros_like(flat["sliding"]), "compression": np.full((frames, *scene.grid), 0.01)}
    crimp = {"interchange": np.full((frames, *scene.grid), 1e-5)} if scene.crimped else {}
    position = fabric.position + shift
    return Trajectory(time, position, **zero, **flat, **rest, **crimp, scene=scene, version="", device="")


@pytest.mark.parametrize(("count", "size"), [(33, 4), (30, 4), (9, 8), (9, 4)])
def test_weights(count, size):
    axis = Axis(np.zeros(count, int), bundle_count(count, size), 1)
    weights, place = cubic_weights(axis), np.arange(count)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-14)
    for power in (1, 2) if axis.count > 2 else (1,):  # parabolas are met exactly
        np.testing.assert_allclose(weights @ axis.place**power, place**power, rtol=1e-12, atol=1e-12)
    assert ((weights != 0.0).sum(axis=1) <= 4).all()


def test_tangents_are_continuous():
    """Finer and finer, the jump of slopes at a bundle vanishes."""
    jumps = []
    for size in (50, 500):
        axis = Axis(np.zeros(4 * size + 1, int), 5, 1)
        line = cubic_weights(axis) @ np.random.default_rng(0).standard_normal(5)
        slopes = np.diff(line) * size
        jumps.append(max(abs(slopes[k * size] - slopes[k * size - 1]) for k in (1, 2, 3)))
    assert jumps[1] < 0.15 * jumps[0]


def test_real_yarns_pass_through_the_bundles():
    scene = square(33, 4)
    position = scene.build().position + np.random.default_rng(1).standard_normal((9, 9, 3)) * 1e-3
    real = real_position(scene.bundling, position)
    assert real.shape == (33, 33, 3)
    np.testing.assert_allclose(real[::4, ::4], position, atol=1e-15)
    assert real_position(None, position) is position


def test_cut_cloth_goes_on_smoothly_up_to_its_edge():
    away = np.hypot(*(np.indices((41, 41)) - 20.0)) <= 20.0
    scene = square(41, 4, pins=[], fabric__present=away)
    bent = lambda x: np.stack([x[..., 0], 0.3 * x[..., 0] + x[..., 2], 2.0 * x[..., 0] - x[..., 2]], axis=-1)  # noqa: E731
    position = bent(scene.build().position)
    position[~scene.build().layout.present] = 1e3  # what is not there tells nothing
    found = Interpolation(scene.bundling)(position)
    np.testing.assert_allclose(found[away], bent(scene.real_fabric.position)[away], atol=1e-7)


def test_frames_of_real_yarns():
    scene = square(33, 4, fabric__crimp="touching")
    run, frames = run_of(scene), RealFrames(scene)
    found = frames.frame(run.frame(1))
    assert {name: array.shape for name, array in found.items()} == {
        "position": (33, 33, 3),
        "velocity": (33, 33, 3),
        "sliding": (33, 33, 2),
        "sliding_velocity": (33, 33, 2),
        "anchor": (33, 33, 2),
        "compression": (33, 33),
        "interchange": (33, 33),
    }
    np.testing.assert_allclose(found["interchange"], 1e-5 / 4.0)
    np.testing.assert_allclose(found["compression"], 0.01)
    np.testing.assert_array_equal(found["sliding"], scene.real_fabric.sliding)


def test_a_run_of_bundles_is_drawn_as_one_of_real_yarns():
    scene = square(33, 4, fabric__crimp="touching")
    run = run_of(scene)
    seen = drawn(run)
    assert seen.fabric is scene.real_fabric
    assert seen.position.shape == (2, 33, 33, 3)
    assert len(seen.position) == seen.frame_count == 2
    assert seen.flattening is None
    np.testing.assert_array_equal(seen.position[1], run.real_position(1))
    np.testing.assert_array_equal(seen.position[:, 3:5, 7], np.stack([run.real_position(k)[3:5, 7] for k in (0, 1)]))
    np.testing.assert_array_equal(seen.position[[1]], [run.real_position(1)])
    rise = relief_of(scene.real_fabric, np.full((33, 33), 1e-5 / 4.0)).pick_height
    np.testing.assert_allclose(frame_relief(seen, 1).pick_height, rise)
    assert seen.parts == (seen,)


def test_without_bundles_a_run_is_drawn_as_it_is():
    run = run_of(square(9))
    assert drawn(run) is run
    np.testing.assert_array_equal(run.real_position(1), run.position[1])


def test_each_panel_has_its_own_real_yarns():
    panels = [{"name": "front", "bundle": 4}, {"name": "back", "origin": [0.0, 0.0, 0.1]}]
    scene = square(17, 1, pins=[], fabric__sliding=None, panels=panels)
    parts = [run_of(part) for part in scene.parts]
    joined = {
        name: np.concatenate([getattr(part, name).reshape(2, -1, *getattr(part, name).shape[3:]) for part in parts], 1)
        for name in ("position", "velocity", "sliding", "sliding_velocity", "anchor", "compression")
    }
    run = Trajectory(parts[0].time, **joined, scene=scene, version="", device="")
    front, back = drawn(run).parts
    assert front.position[0].shape == back.position[0].shape == (17, 17, 3)
    assert run.panels["front"].real_position().shape == (17, 17, 3)
