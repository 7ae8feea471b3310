"""Wind on the triangles of the crossing mesh."""

import numpy as np
import pytest
from sample_cloth import Point, at_rest, held_at, perturbed, sample_model, sample_scene
from small_run import small_scene

from warp_fabric.forces.wind import Wind
from warp_fabric.model import Model
from warp_fabric.solver.rollout import Rollout

WIND = Wind()
DENSITY, DRAG = 1.6, 0.4
AREA = 1.1e-3 * 0.95e-3  # of one cell


def cell(device: str, wind=(0.0, 0.0, 0.0), velocity=(0.0, 0.0, 0.0)) -> Point:
    """One cell of a flat cloth in the wind, moving."""
    changes = {"fabric.pose": "flat", "environment.wind": [*wind]}
    model = Model(sample_scene("two_by_two").replace(changes), device)
    return at_rest(model, velocity=np.tile(velocity, (4, 1)))


@pytest.mark.parametrize("speed", [3.0, -3.0, 0.1])
def test_wind_from_ahead_pushes_with_the_square_of_its_speed(device, speed):
    force = cell(device, wind=(0.0, 0.0, speed)).force(WIND)[:, :3]
    np.testing.assert_allclose(
        force.sum(axis=0), [0.0, 0.0, AREA * DENSITY * abs(speed) * speed], rtol=1e-12, atol=1e-20
    )


def test_wind_along_the_cloth_drags_in_proportion(device):
    force = cell(device, wind=(2.0, -1.0, 0.0)).force(WIND)[:, :3]
    np.testing.assert_allclose(force.sum(axis=0), [2.0 * AREA * DRAG, -AREA * DRAG, 0.0], rtol=1e-12, atol=1e-20)


def test_triangles_give_a_third_to_each_corner(device):
    """The first cell is cut from [0, 0] to [1, 1]: these two are corners of both triangles."""
    push = cell(device, wind=(0.0, 0.0, 2.0)).force(WIND)[:, 2]
    np.testing.assert_allclose(push, np.array([2, 1, 1, 2]) / 6 * AREA * DENSITY * 4.0, rtol=1e-12)


def test_diagonals_alternate(device):
    """Each inner crossing has four or eight triangles around it, like the fields of a chessboard."""
    point = at_rest(sample_model("plain", device))
    push = np.linalg.norm(point.force(WIND)[:, :3].reshape(5, 5, 3), axis=2)
    inner = push[1:-1, 1:-1] / push[1, 1]
    even = np.add.outer(np.arange(3), np.arange(3)) % 2 == 0
    np.testing.assert_allclose(inner, np.where(even, 1.0, 0.5), rtol=1e-12)


def test_only_the_velocity_relative_to_the_air_counts(device):
    still = cell(device, velocity=(1.0, 2.0, -3.0)).force(WIND)
    blown = cell(device, wind=(-1.0, -2.0, 3.0)).force(WIND)
    np.testing.assert_allclose(still, blown, rtol=1e-12)
    assert not cell(device, wind=(1.0, 2.0, -3.0), velocity=(1.0, 2.0, -3.0)).force(WIND).any()


def test_air_resists_motion(device):
    """In still air the power of the wind is negative, whatever the cloth does."""
    point = perturbed(sample_model("twill", device), seed=31)
    wind = point.model.material.wind
    before = wind.numpy().copy()
    wind.zero_()
    power = np.vdot(point.force(WIND)[:, :3], point.state.velocity.numpy())
    wind.assign(before)
    assert power < 0.0


def test_the_shape_is_held_over_a_step(device):
    point = perturbed(sample_model("twill", device), seed=32)
    before = point.force(WIND)
    point.state.position.assign(1.5 * point.state.position.numpy())
    np.testing.assert_array_equal(point.force(WIND), before)
    point.hold()
    np.testing.assert_allclose(point.force(WIND), 1.5**2 * before, rtol=1e-12)


def test_no_air_no_wind(device):
    point = perturbed(sample_model("open_plain", device), seed=33)
    assert not point.model.windy
    assert WIND.count(point.model) == 0
    assert not point.force(WIND).any()


GUSTS = [[0.0, 0.0, 0.0, 0.0], [0.004, 1.0, -4.0, 2.0], [0.006, -1.0, 3.0, 0.0]]


def gust(model: Model, time: float) -> np.ndarray:
    """[F, 3]"""
    return held_at(model, time)[0].gust.numpy()


@pytest.mark.parametrize(
    ("time", "expected"), [(0.0, [0, 0, 0]), (0.001, [0.25, -1, 0.5]), (0.005, [0, -0.5, 1]), (1.0, [-1, 3, 0])]
)
def test_gusts_are_linear_between_keys_and_held_outside(device, time, expected):
    scenes = [small_scene(), small_scene(environment__gusts=GUSTS)]
    np.testing.assert_allclose(gust(Model(scenes, device), time), [[0, 0, 0], expected], rtol=1e-12, atol=1e-15)
    assert not Model(scenes[0], device).gusty


def test_a_run_in_gusts_is_one_whose_wind_is_set_before_each_step(device):
    """With the wind as it is at the end of the step, as the law of the wind takes it."""
    steps, step = 8, 1e-3
    one = Rollout(small_scene(environment__gusts=GUSTS, time__integrator="euler"), device)
    other = Rollout(small_scene(time__integrator="euler"), device)
    mean = other.model.material.wind.numpy().copy()
    for k in range(steps):
        one.step()
        other.model.material.wind.assign(mean + gust(one.model, (k + 1) * step))
        other.step()
    moved = np.abs(one.state.position.numpy() - one.initial.position.numpy()).max()
    np.testing.assert_allclose(one.state.position.numpy(), other.state.position.numpy(), rtol=0.0, atol=1e-9 * moved)
    still = Rollout(small_scene(time__integrator="euler"), device)
    for _ in range(steps):
        still.step()
    assert np.abs(one.state.position.numpy() - still.state.position.numpy()).max() > 0.01 * moved
