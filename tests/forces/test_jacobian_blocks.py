"""The matrix's blocks: collecting them equals multiplying with each element's matrix of coordinates on both sides."""

import numpy as np
import pytest
from element_algebra import coordinates, dense_blocks, free
from sample_cloth import difference, sample_model, sample_scene

from warp_fabric.forces import Elements
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix


@pytest.fixture(params=["twill", "open_plain", "one_pick", "two_by_two", "two fabrics"])
def model(request, device) -> Model:
    if request.param == "two fabrics":
        return Model([sample_scene("twill"), sample_scene("open_plain")], device)
    return sample_model(request.param, device)


def test_collecting_jacobians(model):
    rng = np.random.default_rng(62)
    elements, matrix = Elements(model), BlockMatrix(model)
    expected = np.zeros((5 * model.node_count,) * 2)
    for kind, moves in coordinates(model).items():
        buffer = elements.jacobians[kind]
        values = rng.standard_normal(buffer.numpy().shape)
        buffer.assign(values)
        expected += np.einsum("ekl,eku,elv->uv", dense_blocks(kind, values), moves, moves, optimize=True)
    elements.collect_jacobian(matrix.blocks)
    unknown = free(model)
    expected = expected * np.outer(unknown, unknown) + np.diag(~unknown)
    assert difference(matrix.to_scipy().toarray(), expected) < 1e-14
