"""Minimum, saddle or free: by the smallest relative eigenvalues, in a measure that rounding cannot reach."""

import numpy as np
import pytest
from sample_cloth import at_rest, golden_scene

from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.static.inertia import FLOOR, inertia
from warp_fabric.solver.static.landscape import Landscape

STRIP = golden_scene("static_strip").replace({"fabric.pose": "hanging", "fabric.origin": [0.0, 0.0, 0.0]})


def landscape_of(scene: Scene, device: str) -> Landscape:
    point = at_rest(Model(scene, device))
    found = Landscape(point.model, point.state, point.held)
    found.at(found.coordinates())
    return found


def test_a_minimum(device):
    assert inertia(landscape_of(STRIP.replace({"environment.gravity": [0.0, 0.0, 0.0]}), device)) is None


@pytest.mark.parametrize("pinned", [1, 2])
def test_free_cloth(device, pinned):
    """As many modes without stiffness as it has freedoms: three turns about one pin, one about two, and to be twisted
    (out of its plane by x z), for which yarns neither bend nor shear."""
    changes = {"environment.gravity": [0.0, 0.0, 0.0], "pins": [{"crossing": [0, 4 * k]} for k in range(pinned)]}
    landscape = landscape_of(STRIP.replace(changes), device)
    found = inertia(landscape)
    assert found is not None
    assert not found.saddle
    without = np.abs(found.values) < FLOOR
    assert without.sum() == {1: 4, 2: 2}[pinned]
    np.testing.assert_allclose(np.abs(found.modes).max(axis=(1, 2)), 1.0)
    swing, position = np.zeros(landscape.free.shape), landscape.state.position.numpy()
    swing[:, 1] = position[:, 2] / np.abs(position[:, 2]).max()
    modes = found.modes[without].reshape(without.sum(), -1).T
    parts = np.linalg.lstsq(modes, swing.ravel(), rcond=None)[0]
    np.testing.assert_allclose(modes @ parts, swing.ravel(), atol=1e-5)


def test_a_saddle(device):
    """Pushed together by 5 % it will buckle out of its plane."""
    landscape = landscape_of(STRIP, device)
    q = landscape.coordinates()
    q[:, :3] *= 0.95
    landscape.at(q)
    found = inertia(landscape)
    assert found is not None
    assert found.saddle
    matrix = landscape.hessian.to_scipy()
    mode = found.modes[0].ravel()
    assert mode @ (matrix @ mode) < 0.0
