"""The watched search: down past what looks like climbs, and the reasons why it stops."""

import numpy as np
import pytest
from sample_cloth import at_rest, golden_scene

from warp_fabric.errors import SolverError
from warp_fabric.model import Model
from warp_fabric.solver.static.landscape import Landscape
from warp_fabric.solver.static.search import Manner, Point, Search


def search_of(device: str, told: list, **manner) -> tuple[Search, np.ndarray]:
    point = at_rest(Model(golden_scene("static_strip"), device))
    landscape = Landscape(point.model, point.state, point.held)
    off = 1e-9 * np.random.default_rng(0).standard_normal(landscape.free.shape) * landscape.free
    search = Search(landscape, Manner(**manner), lambda q, energy, force, modified: told.append((energy, force)))
    return search, landscape.coordinates() + off


@pytest.mark.parametrize("patience", [1, 8])
def test_the_best_point_gets_lower(device, patience):
    told = []
    search, q = search_of(device, told, tolerance=1e-11, patience=patience)
    found = search.run(q)
    assert search.definite
    assert found.force <= 1e-11
    energies = np.array([energy for energy, _ in told])
    assert (np.diff(energies) <= 1e-11 * np.abs(energies[1:])).all()
    assert energies[-1] < energies[0]


def test_a_rough_search_ends_sooner(device):
    rough, exact = [], []
    search, q = search_of(device, rough, rough=0.05)
    found = search.run(q)
    landscape = search.landscape
    assert np.abs(found.step).max() < 0.05 * landscape.spacing
    search, q = search_of(device, exact, tolerance=1e-11)
    search.run(q)
    assert len(rough) < len(exact)


def test_the_limit_of_steps(device):
    search, q = search_of(device, [], tolerance=1e-11, limit=2)
    with pytest.raises(SolverError, match="no equilibrium in 2 iterations") as error:
        search.run(q)
    assert "worst crossing [" in error.value.where


def test_yarns_pushed_together(device):
    search, q = search_of(device, [], tolerance=1e-11)
    ends = search.landscape.model.layouts.shapes[0][1]
    q[3 * ends + 2, 3] = q[3 * ends + 3, 3] - 1e-7
    with pytest.raises(SolverError, match="ends 2 and 3 slide onto each other") as error:
        search.run(q)
    assert error.value.where == "static, crossings [3, 2] and [3, 3]"


def test_lower_points():
    gradient, step = np.full((2, 5), 1e-3), np.full((2, 5), -1e-3)
    point = Point(np.zeros((2, 5)), 1.0, gradient, step)
    assert point.improved_by(0.999, gradient)
    assert not point.improved_by(1.001, 0.1 * gradient)
    assert not point.improved_by(1.0, gradient)
    assert point.improved_by(1.0, 0.1 * gradient)  # the energies tell nothing, the forces do
