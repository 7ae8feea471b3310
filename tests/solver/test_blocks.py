"""The stencil matrix: products with it and with its transpose."""

import numpy as np
import pytest
import warp as wp
from bead_algebra import couple_at_random, spread
from sample_cloth import difference, folded, golden_fold, perturbed, sample_model, sample_scene
from textile_cloth import part_of

from warp_fabric.model import Model
from warp_fabric.solver.blocks import ALL, BlockMatrix
from warp_fabric.topology import OFFSETS, SLOTS
from warp_fabric.types import vec5


def random_matrix(model: Model, rng: np.random.Generator) -> tuple[BlockMatrix, np.ndarray]:
    """Random blocks wherever there is a neighbour, and the same matrix written out."""
    neighbor, count = model.topology.neighbor, model.node_count
    blocks = rng.standard_normal((count, SLOTS, 5, 5)) * (neighbor >= 0)[..., None, None]
    dense = np.zeros((count, 5, count, 5))
    for row in range(count):
        for slot in range(SLOTS):
            if neighbor[row, slot] >= 0:
                dense[row, :, neighbor[row, slot]] += blocks[row, slot]
    matrix = BlockMatrix(model)
    matrix.blocks.assign(blocks)
    return matrix, dense.reshape(5 * count, 5 * count)


@pytest.fixture(params=["twill", "one_pick", "two_by_two", "two fabrics"])
def model(request, device) -> Model:
    if request.param == "two fabrics":
        return Model([sample_scene("one_pick"), sample_scene("open_plain")], device)
    return sample_model(request.param, device)


@pytest.mark.parametrize("transposed", [False, True])
def test_product(model, transposed):
    rng = np.random.default_rng(71)
    matrix, dense = random_matrix(model, rng)
    x, y = rng.standard_normal((2, model.node_count, 5))
    arrays = [wp.array(v, dtype=vec5, device=model.device) for v in (x, y)]
    out = wp.zeros(model.node_count, dtype=vec5, device=model.device)
    product = (dense.T if transposed else dense) @ x.ravel()

    matrix.multiply(*arrays, out, transposed=transposed)
    assert difference(out.numpy().ravel(), product) < 1e-14
    matrix.multiply(*arrays, out, alpha=-2.5, beta=0.75, transposed=transposed)
    assert difference(out.numpy().ravel(), -2.5 * product + 0.75 * y.ravel()) < 1e-14
    matrix.multiply(*arrays, arrays[1], alpha=1.0, beta=1.0, transposed=transposed)  # in place
    assert difference(arrays[1].numpy().ravel(), product + y.ravel()) < 1e-14


def test_what_is_not_asked_for_is_not_read(model):
    """With beta = 0, garbage in y does not matter."""
    matrix, dense = random_matrix(model, np.random.default_rng(72))
    x, y, out = (
        wp.full(model.node_count, vec5(value), dtype=vec5, device=model.device) for value in (1.0, np.nan, 0.0)
    )
    matrix.multiply(x, y, out)
    assert difference(out.numpy().ravel(), dense.sum(axis=1)) < 1e-14


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("offsets", [[(0, 0)], [(0, 1), (0, -1)], [(0, 0), (2, 0), (-2, 0), (1, -1), (-1, 1)], []])
def test_some_neighbours_only(model, offsets, transposed):
    """Those whose bits are set; with each its opposite, so that the transpose reads the same ones."""
    rng = np.random.default_rng(74)
    matrix, _ = random_matrix(model, rng)
    dense = part_of(matrix, offsets)
    x = rng.standard_normal((model.node_count, 5))
    on_device = wp.array(x, dtype=vec5, device=model.device)
    out = wp.zeros_like(on_device)
    slots = sum(1 << OFFSETS.index(offset) for offset in offsets)
    matrix.multiply(on_device, on_device, out, -1.0, 0.5, transposed, slots)
    expected = -((dense.T if transposed else dense) @ x.ravel()) + 0.5 * x.ravel()
    assert difference(out.numpy().ravel(), expected) < 1e-14


def test_all_neighbours_are_13_bits():
    assert ALL == 2**13 - 1


def test_to_scipy(model):
    matrix, dense = random_matrix(model, np.random.default_rng(73))
    assert matrix.size == len(dense)
    np.testing.assert_array_equal(matrix.to_scipy().toarray(), dense)
    assert difference(matrix.to_scipy().tocsc().toarray(), dense) == 0.0


@pytest.mark.parametrize("case", ["open_touching", "folded_paper", "folded_cotton"])
def test_what_joins_beads_that_touch(device, case):
    """Adds to products, also to transposed ones, but not to those of some neighbours only; and to the matrix as SciPy
    has it."""
    lies, rng = golden_fold if case == "open_touching" else folded, np.random.default_rng(75)
    point = perturbed(sample_model(case, device), seed=22, amount=0.02, lies=lies)
    model, pairs = point.model, point.held.candidates
    matrix, dense = random_matrix(model, rng)
    joined = BlockMatrix(model, pairs)
    joined.blocks.assign(matrix.blocks)
    coupled = spread(model, couple_at_random(pairs, rng))
    assert difference(joined.to_scipy().toarray(), dense + coupled) < 1e-14
    x, y = rng.standard_normal((2, model.node_count, 5))
    arrays = [wp.array(v, dtype=vec5, device=model.device) for v in (x, y)]
    out = wp.zeros(model.node_count, dtype=vec5, device=model.device)
    for transposed, part in ((False, dense), (True, dense.T)):
        joined.multiply(*arrays, out, -2.5, 0.75, transposed)
        assert difference(out.numpy().ravel(), -2.5 * (part + coupled) @ x.ravel() + 0.75 * y.ravel()) < 1e-14
    some = wp.zeros_like(out)
    joined.multiply(*arrays, some, slots=ALL & ~2)
    matrix.multiply(*arrays, out, slots=ALL & ~2)
    np.testing.assert_array_equal(some.numpy(), out.numpy())
