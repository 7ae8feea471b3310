"""Smooth motions: amplitudes to crossings and back, and the matrix as they see it, against dense algebra."""

import numpy as np
import pytest
import warp as wp
from coarse_algebra import functions_on, motions_on, symmetric_part, written_out
from sample_cloth import difference
from textile_cloth import FABRICS, falling_step, random_matrix, textile_model

from warp_fabric.layout import Layout
from warp_fabric.model import Model
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.topology import OFFSETS, SLOTS, build_topology
from warp_fabric.types import mat55, vec3, vec5


@pytest.fixture(params=FABRICS)
def model(request, device) -> Model:
    return textile_model(FABRICS[request.param], device)


@pytest.mark.parametrize("spacing", [2.0, 4.0])
def test_shapes_and_motions(model, spacing):
    """prolong is W, of products of splines, and nothing slides; restrict is its transpose."""
    grid = CoarseGrid(model.layouts.parts, spacing, model.device)
    w = functions_on(model.layouts.shapes, spacing)
    assert (grid.node_count, grid.count) == w.shape
    assert grid.count == sum(a * b for a, b in grid.shapes)
    rng = np.random.default_rng(41)
    amplitudes, motion = rng.standard_normal((grid.count, 3)), rng.standard_normal((grid.node_count, 5))
    out = wp.full(grid.node_count, vec5(7.0), dtype=vec5, device=model.device)
    grid.prolong(wp.array(amplitudes, dtype=vec3, device=model.device), out)
    assert difference(out.numpy()[:, :3], w @ amplitudes) < 1e-14
    assert not out.numpy()[:, 3:].any()
    back = wp.full(grid.count, vec3(7.0), dtype=vec3, device=model.device)
    grid.restrict(wp.array(motion, dtype=vec5, device=model.device), back)
    assert difference(back.numpy(), w.T @ motion[:, :3]) < 1e-14


@pytest.mark.parametrize("spacing", [2.0, 4.0])
def test_its_matrix_is_galerkins_product(model, spacing):
    grid, matrix = CoarseGrid(model.layouts.parts, spacing, model.device), random_matrix(model, 42)
    grid.assemble(matrix.blocks)
    w = motions_on(model.layouts.shapes, spacing)
    expected = w.T @ symmetric_part(matrix) @ w
    actual = written_out(grid)
    assert difference(actual, expected) < 1e-13
    np.testing.assert_array_equal(actual, actual.T)


def test_assembling_again_starts_anew(device):
    model = textile_model(FABRICS["side by side"], device)
    grid = CoarseGrid(model.layouts.parts, 4.0, model.device)
    first, second = random_matrix(model, 43), random_matrix(model, 44)
    grid.assemble(first.blocks)
    before = np.array(grid.half.numpy())
    grid.assemble(second.blocks)
    assert difference(grid.half.numpy(), before) > 0.1
    grid.assemble(first.blocks)
    np.testing.assert_array_equal(grid.half.numpy(), before)


@pytest.mark.parametrize("yarn", ["silk", "wool"])
def test_a_step_as_smooth_motions_see_it(device, yarn):
    """The Jacobian of a step is nearly symmetric: its half forward gives W' J W but for a small part."""
    equation = falling_step((12, 9), yarn, device)
    grid = CoarseGrid(equation.model.layouts.parts, 4.0, equation.model.device)
    grid.assemble(equation.jacobian.blocks)
    w = motions_on(equation.model.layouts.shapes, 4.0)
    expected = w.T @ equation.jacobian.to_scipy().toarray() @ w
    assert difference(written_out(grid), expected) < 1e-6


def disc(count: int, hole: float = 0.0) -> np.ndarray:
    """bool[count, count], round, with a hole of that share of its size."""
    at = np.linspace(-1.0, 1.0, count)
    distance = np.hypot(*np.meshgrid(at, at))
    return (distance <= 1.05) & (distance >= hole)


def strip(count: int) -> np.ndarray:
    """bool[count, count], along the diagonal."""
    return np.abs(np.subtract.outer(np.arange(count), np.arange(count))) < 3


def islands() -> np.ndarray:
    """bool[20, 30], of a large piece and of one with fewer crossings than functions."""
    present = np.zeros((20, 30), bool)
    present[:, :14] = True
    present[9:11, 20:22] = True
    return present


CUT = {
    "disc": [disc(25)],
    "ring": [disc(25, 0.6)],
    "strip": [strip(24)],
    "islands": [islands()],
    "disc and rectangle": [disc(14), np.ones((5, 9), bool)],
}


@pytest.mark.parametrize("name", CUT)
def test_functions_of_cut_cloth_are_those_of_its_crossings(device, name):
    """W keeps the rows of crossings that exist; functions that are worth less than 0.02 there take no part."""
    layouts = [Layout(present) for present in CUT[name]]
    topology, rng = build_topology(layouts), np.random.default_rng(45)
    blocks = rng.standard_normal((topology.node_count, SLOTS, 5, 5)) * (topology.neighbor >= 0)[..., None, None]
    blocks[:, 0] += 25.0 * np.eye(5)
    grid = CoarseGrid(layouts, 4.0, wp.get_device(device))
    w = functions_on([layout.shape for layout in layouts], 4.0)
    w = w[np.concatenate([layout.present.ravel() for layout in layouts])]
    kept = np.concatenate(
        [
            w[topology.fabric == k][:, grid.functions.function.numpy()[:, 0] == k].max(axis=0) >= 0.02
            for k in range(len(layouts))
        ]
    )
    np.testing.assert_array_equal(grid.functions.kept.numpy() != 0, kept)
    assert name == "islands" or not kept.all()
    w = w * kept

    amplitudes, motion = rng.standard_normal((grid.count, 3)), rng.standard_normal((grid.node_count, 5))
    out = wp.empty(grid.node_count, dtype=vec5, device=device)
    grid.prolong(wp.array(amplitudes * kept[:, None], dtype=vec3, device=device), out)
    assert difference(out.numpy()[:, :3], w @ amplitudes) < 1e-14
    back = wp.empty(grid.count, dtype=vec3, device=device)
    grid.restrict(wp.array(motion, dtype=vec5, device=device), back)
    assert difference(back.numpy(), w.T @ motion[:, :3]) < 1e-14

    grid.assemble(wp.array(blocks, dtype=mat55, device=device))
    dense = np.zeros((topology.node_count, 3, topology.node_count, 3))
    for slot, (j, i) in enumerate(OFFSETS):
        if (j, i) >= (0, 0):
            node = np.flatnonzero(topology.neighbor[:, slot] >= 0)
            share = 0.5 if slot == 0 else 1.0
            dense[node, :, topology.neighbor[node, slot]] = share * blocks[node, slot, :3, :3]
    motions = np.kron(w, np.eye(3))
    expected = motions.T @ dense.reshape(2 * (3 * topology.node_count,)) @ motions
    expected += expected.T + np.kron(np.diag(1.0 - kept), np.eye(3))
    assert difference(written_out(grid), expected) < 1e-9
    assert (np.linalg.eigvalsh(written_out(grid)) > 0.0).all()
