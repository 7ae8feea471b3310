"""Relaxation: downhill in proximal steps."""

import numpy as np
import pytest
from sample_cloth import Point, golden_scene, perturbed

from warp_fabric.forces import POTENTIALS
from warp_fabric.model import Model
from warp_fabric.solver.relaxation import Relaxation


def potential(point: Point) -> float:
    return sum(point.energy(force) for force in POTENTIALS)


@pytest.fixture
def point(device) -> Point:
    """The strip of the golden data, crumpled."""
    return perturbed(Model(golden_scene("static_strip"), device), seed=141, amount=0.1)


def test_the_potential_falls_at_every_step(point):
    energies = []

    def done(steps: int) -> bool:
        energies.append(potential(point))
        assert len(energies) == steps + 1 or energies[-1] == energies[-2]
        return steps >= 25

    taken = Relaxation(point.model, point.state, point.held).run(done, max_steps=100)
    assert taken == 25
    assert (np.diff(energies) <= 1e-12 * np.abs(energies[0])).all()
    assert energies[-1] < energies[0] - 1e-5


def test_it_stops_at_once_where_all_is_done(point):
    before = point.state.numpy()
    assert Relaxation(point.model, point.state, point.held).run(lambda steps: True, max_steps=100) == 0
    for name, array in point.state.numpy().items():
        np.testing.assert_array_equal(array, before[name])


def test_it_takes_no_more_steps_than_allowed(point):
    assert Relaxation(point.model, point.state, point.held).run(lambda steps: False, max_steps=7) == 7


def test_what_is_held_stays(point):
    names = ("normal", "compression", "anchor", "pin_target")
    before = {name: np.array(getattr(point.held, name).numpy()) for name in names}
    Relaxation(point.model, point.state, point.held).run(lambda steps: False, max_steps=5)
    for name, array in before.items():
        np.testing.assert_array_equal(getattr(point.held, name).numpy(), array)


def test_without_sliding_nothing_slides(point):
    before = point.state.sliding.numpy().copy()
    Relaxation(point.model.without_sliding(), point.state, point.held).run(lambda steps: False, max_steps=5)
    np.testing.assert_array_equal(point.state.sliding.numpy(), before)


def test_it_gives_up_where_no_step_is_short_enough(point):
    """From a state that is not a number, rather than going on for ever."""
    broken = point.state.position.numpy().copy()
    broken[20] = broken[21]
    point.state.position.assign(broken)
    taken = Relaxation(point.model, point.state, point.held).run(lambda steps: False, max_steps=500)
    assert taken < 20
