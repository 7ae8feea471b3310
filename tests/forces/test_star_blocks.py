"""Stars: how crossings and blocks collect from what joins a crossing with its neighbours, against dense algebra."""

import numpy as np
import pytest
import warp as wp
from element_algebra import free
from sample_cloth import difference, sample_model

from warp_fabric.forces.star_blocks import add_crosses, add_stars, collect_crosses
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.types import vec3, vec5

NAMES = ["crimped_twill", "crimped_cotton", "mixed"]


@pytest.fixture(params=NAMES)
def model(request, device) -> Model:
    return sample_model(request.param, device)


def neighbors(model: Model) -> np.ndarray:
    """[N, 5] itself, right, left, up, down; -1 where there is none."""
    return model.topology.neighbor[:, :5]


def test_stars(model):
    """Blocks gain P M P' of each star; P of a crossing itself is minus the sum, as rises depend on differences."""
    rng, n, table = np.random.default_rng(101), model.node_count, neighbors(model)
    star = rng.standard_normal((n, 5, 5))
    star[:, :4] *= (table[:, 1:] >= 0)[..., None]
    dense = np.zeros((5 * n, 5 * n))
    for c in range(n):
        p = np.zeros((5 * n, 2))
        for k in range(4):
            axis, other = k // 2, table[c, 1 + k]
            if other >= 0:
                for node, sign in ((other, 1.0), (c, -1.0)):
                    p[5 * node : 5 * node + 3, axis] += sign * star[c, k, :3]
                    p[5 * node + 3 + axis, axis] += sign * star[c, k, 3]
        pp, pe, ee = star[c, 4, :3]
        dense += p @ [[pp, pe], [pe, ee]] @ p.T
    unknowns = free(model)
    dense[~unknowns], dense[:, ~unknowns] = 0.0, 0.0
    matrix = BlockMatrix(model)
    matrix.blocks.zero_()
    inputs = [model.grid.inner, model.grid.neighbor, wp.array(star, dtype=vec5, device=model.device)]
    wp.launch(add_stars, matrix.blocks.shape, inputs, [matrix.blocks], device=model.device)
    assert difference(matrix.to_scipy().toarray(), dense) < 1e-13


def test_crosses(model):
    """Forces, and blocks w (G G' + H H')."""
    rng, n, table = np.random.default_rng(102), model.node_count, neighbors(model)
    centres = model.topology.triple[:, 1]
    there = (table[centres] >= 0)[..., None]
    count = len(centres)
    forces = rng.standard_normal((count, 5, 3)) * there
    measures = rng.standard_normal((count, 2, 5, 3)) * there[:, None]
    factor = rng.standard_normal(count)
    push, dense = np.zeros((n, 3)), np.zeros((3 * n, 3 * n))
    for e, centre in enumerate(centres):
        for role in range(5):
            if table[centre, role] >= 0:
                push[table[centre, role]] += forces[e, role]
        for measure in measures[e]:
            g = np.zeros((n, 3))
            for role in range(5):
                if table[centre, role] >= 0:
                    g[table[centre, role]] += measure[role]
            dense += factor[e] * np.outer(g, g)
    tables = [model.grid.neighbor, model.grid.node_triple]
    out = wp.zeros(n, dtype=vec5, device=model.device)
    wp.launch(
        collect_crosses, n, [*tables, wp.array(forces, dtype=vec3, device=model.device)], [out], device=model.device
    )
    assert difference(out.numpy()[:, :3], push) < 1e-14
    assert not out.numpy()[:, 3:].any()

    cross = np.zeros((count, 11, 3))
    cross[:, :10] = measures.reshape(count, 10, 3)
    cross[:, 10, 0] = factor
    matrix = BlockMatrix(model)
    matrix.blocks.zero_()
    inputs = [*tables, wp.array(cross, dtype=vec3, device=model.device)]
    wp.launch(add_crosses, matrix.blocks.shape, inputs, [matrix.blocks], device=model.device)
    found = matrix.to_scipy().toarray().reshape(n, 5, n, 5)
    assert difference(found[:, :3, :, :3].reshape(3 * n, 3 * n), dense) < 1e-13
    assert not found[:, 3:].any()
    assert not found[:, :, :, 3:].any()


def test_collecting_is_differentiable(device):
    """Each part of a cross gets the weight of the crossing it acts on."""
    model = sample_model("damped_twill", device)
    table, centres = neighbors(model), model.topology.triple[:, 1]
    cross = wp.zeros((len(centres), 5), dtype=vec3, device=device, requires_grad=True)
    out = wp.zeros(model.node_count, dtype=vec5, device=device, requires_grad=True)
    weights = np.random.default_rng(103).standard_normal((model.node_count, 5))
    with wp.Tape() as tape:
        wp.launch(
            collect_crosses,
            model.node_count,
            [model.grid.neighbor, model.grid.node_triple, cross],
            [out],
            device=device,
        )
    tape.backward(grads={out: wp.array(weights, dtype=vec5, device=device)})
    there = table[centres] >= 0
    expected = np.where(there[..., None], weights[table[centres], :3], 0.0)
    np.testing.assert_array_equal(cross.grad.numpy(), expected)
