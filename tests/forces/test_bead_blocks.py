"""How crossings collect from the beads that ride on them, against dense algebra."""

import numpy as np
import pytest
import warp as wp
from bead_algebra import couple_at_random, rows, shares, spread
from sample_cloth import Point, difference, folded, golden_fold, perturbed, sample_model

from warp_fabric.forces import Elements
from warp_fabric.forces.bead_blocks import add_couplings
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.types import vec3, vec5


@pytest.fixture(params=["open_touching", "folded_paper", "folded_cotton"])
def point(request, device) -> Point:
    """Crossing beads alone (paper), and segment beads along picks or along both."""
    lies = golden_fold if request.param == "open_touching" else folded
    return perturbed(sample_model(request.param, device), seed=21, amount=0.02, lies=lies)


def test_forces(point):
    model, elements = point.model, Elements(point.model)
    elements.clear()
    values = np.random.default_rng(1).standard_normal((model.bead_count, 3))
    elements.forces["bead"].assign(values)
    found = elements.force()
    assert difference(found[:, :3], shares(model).T @ values) < 1e-14
    assert not found[:, 3:].any()


def test_jacobians(point):
    model, elements, matrix = point.model, Elements(point.model), BlockMatrix(point.model)
    elements.clear_jacobian()
    values = np.random.default_rng(2).standard_normal((model.bead_count, 3, 3))
    elements.jacobians["bead"].assign(values)
    elements.collect_jacobian(matrix.blocks)
    whole = np.zeros((model.bead_count, 3, model.bead_count, 3))
    each = np.arange(model.bead_count)
    whole[each, :, each] = values
    expected = spread(model, whole) + np.diag(~point.free)
    assert difference(matrix.to_scipy().toarray(), expected) < 1e-14


def test_couplings_are_added(point):
    model, pairs, rng = point.model, point.held.candidates, np.random.default_rng(3)
    assert len(rows(pairs)) == pairs.pair_count > 100
    expected = spread(model, couple_at_random(pairs, rng))
    assert expected.any()
    x, y = rng.standard_normal((2, model.node_count, 5))
    out = wp.array(y, dtype=vec5, device=model.device)
    work = wp.full(model.bead_count, vec3(np.nan), dtype=vec3, device=model.device)
    add_couplings(model.beads, pairs.couplings, wp.array(x, dtype=vec5, device=model.device), work, -1.5, out)
    assert difference(out.numpy().ravel(), y.ravel() - 1.5 * expected @ x.ravel()) < 1e-14
