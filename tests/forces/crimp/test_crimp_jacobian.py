"""What crossings' freedom to change their rises takes from the stiffness: the Schur complement of each star."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import Point, at_rest, difference, perturbed, sample_model

from warp_fabric.forces import Convexity, Elements
from warp_fabric.forces.crimp.crimp import Crimp
from warp_fabric.forces.crimp.interchange import ENDS_FLAT, NONE, PICKS_FLAT
from warp_fabric.forces.crimp.jacobian import complete_star
from warp_fabric.solver.blocks import BlockMatrix

CRIMP = Crimp()
SCALE = -0.7


def completed(point: Point, hh: np.ndarray, flat: np.ndarray, scale: float = SCALE) -> np.ndarray:
    """[N, 3] of stars whose halves have second derivatives `hh` [N, 4] by their rises: the inverse (pp, pe, ee)."""
    model = point.model
    star = np.zeros((model.node_count, 5, 5))
    star[:, :4, 4] = hh
    out = wp.array(star, dtype=Elements(model).jacobians["star"].dtype, device=model.device)
    inputs = [model.grid, model.material, wp.array(flat, dtype=wp.int32, device=model.device), wp.float64(scale)]
    wp.launch(complete_star, model.node_count, inputs, [out], device=model.device)
    return out.numpy()[:, 4, :3]


def interlaced(point: Point) -> np.ndarray:
    """[N, 4] of each crossing's segments."""
    top, neighbor = point.model.grid.end_on_top.numpy(), point.model.topology.neighbor[:, 1:5]
    return (neighbor >= 0) & (top[neighbor] != top[:, None])


@pytest.mark.parametrize("name", ["crimped_twill", "flattening_twill", "touching_satin"])
def test_the_inverse_of_the_second_derivative_by_what_may_change(device, name):
    """Rigid crossings: picks lose what ends gain; those that give have a matrix of two."""
    point = at_rest(sample_model(name, device))
    model, rng = point.model, np.random.default_rng(51)
    there = interlaced(point)
    hh = there * rng.uniform(100.0, 200.0, (model.node_count, 4))
    flat = np.where(there.any(axis=1), rng.integers(0, 4, model.node_count), NONE)
    found = completed(point, hh, flat)
    stiffness = float(model.material.crossing_stiffness.numpy()[0])
    for i in range(model.node_count):
        second = np.diag([hh[i, :2].sum(), hh[i, 2:].sum()])
        expected = np.zeros((2, 2))
        if stiffness > 0.0 and there[i, :2].any() and there[i, 2:].any():
            second += 0.25 * stiffness
            free = [axis for axis in (0, 1) if not flat[i] & (PICKS_FLAT, ENDS_FLAT)[axis]]
            if flat[i] != NONE and free:
                expected[np.ix_(free, free)] = np.linalg.inv(second[np.ix_(free, free)])
        elif flat[i] == 0:
            way = np.array([-1.0, 1.0])
            expected = np.outer(way, way) / (way @ second @ way)
        np.testing.assert_allclose(found[i], SCALE * expected[[0, 0, 1], [0, 1, 1]], rtol=1e-12, atol=1e-18)


@pytest.mark.parametrize("name", ["crimped_twill", "flattening_twill"])
def test_a_crossing_with_no_minimum_gives_nothing(device, name):
    """Where the second derivative is not definite, a step keeps it out rather than turn it round."""
    point = at_rest(sample_model(name, device))
    there = interlaced(point)
    flat = np.where(there.any(axis=1), 0, NONE)
    assert not completed(point, -1e4 * there, flat).any()


@pytest.mark.parametrize("name", ["crimped_twill", "flattening_twill", "crimped_cotton"])
def test_freedom_makes_it_softer(device, name):
    """Of the convex Jacobian: with rises held it is larger, by what is semidefinite."""
    point = perturbed(sample_model(name, device), seed=52, amount=0.03)
    free = np.ix_(point.free, point.free)
    with_freedom = point.jacobian(CRIMP, convexity=Convexity.CONVEX)[free]
    elements = Elements(point.model)
    CRIMP.add_force(point.model, point.state, point.held, elements, 1.0)
    CRIMP.add_jacobian(point.model, point.state, point.held, elements, 1.0, 0.0, Convexity.CONVEX)
    star = elements.jacobians["star"]
    halves = star.numpy().copy()
    halves[:, 4] = 0.0
    star.assign(halves)
    held = collected(point, elements)[free]
    gained = np.linalg.eigvalsh(with_freedom - held)
    assert gained[0] > -1e-12 * gained[-1]
    assert gained[-1] > 0.01 * np.abs(held).max()
    assert difference(held, held.T) < 1e-13


def collected(point: Point, elements: Elements) -> np.ndarray:
    matrix = BlockMatrix(point.model)
    elements.collect_jacobian(matrix.blocks)
    return matrix.to_scipy().toarray()
