"""Element buffers: collecting them equals multiplying with each element's matrix of coordinates."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference, sample_model, sample_scene

from warp_fabric.forces import Elements
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix


@pytest.fixture(params=["twill", "open_plain", "one_pick", "two_by_two", "two fabrics"])
def model(request, device) -> Model:
    if request.param == "two fabrics":
        return Model([sample_scene("twill"), sample_scene("open_plain")], device)
    return sample_model(request.param, device)


def coordinates(model: Model) -> dict[str, np.ndarray]:
    """How unknowns move each element's coordinates: by kind, [elements, coordinates, 5 N]."""
    table, count = model.topology, model.node_count
    x = np.eye(5 * count).reshape(count, 5, 5 * count)

    def along(nodes: np.ndarray, axes: np.ndarray) -> np.ndarray:
        return x[nodes, 3 + axes][:, None]

    first, second = table.segment.T
    before, centre, after = table.triple.T
    corner, arm, other = table.corner.T
    return {
        "segment": np.concatenate(
            [x[first, :3], along(first, table.segment_axis), x[second, :3], along(second, table.segment_axis)], axis=1
        ),
        "triple": np.concatenate(
            [
                x[centre, :3] - x[before, :3],
                x[after, :3] - x[centre, :3],
                along(after, table.triple_axis) - along(before, table.triple_axis),
            ],
            axis=1,
        ),
        "corner": np.concatenate([x[arm, :3] - x[corner, :3], x[other, :3] - x[corner, :3]], axis=1),
        "triangle": x[table.triangle, :3].sum(axis=1) if model.windy else np.zeros((0, 3, 5 * count)),
        "node": x,
    }


def free(model: Model) -> np.ndarray:
    inner = np.repeat(model.topology.inner[:, None], 2, axis=1)
    return np.concatenate([np.ones((model.node_count, 3), bool), inner], axis=1).ravel()


def test_collecting_forces(model):
    rng = np.random.default_rng(61)
    elements = Elements(model)
    expected = np.zeros(5 * model.node_count)
    for kind, moves in coordinates(model).items():
        values = rng.standard_normal(moves.shape[:2])
        buffer = elements.forces[kind]
        buffer.assign(values.reshape(buffer.numpy().shape))
        expected += np.einsum("ek,eku->u", values, moves)
    assert difference(elements.force().ravel(), expected * free(model)) < 1e-14


def dense_blocks(kind: str, buffer: np.ndarray) -> np.ndarray:
    """[elements, coordinates, coordinates] of a Jacobian buffer."""
    if kind == "segment":
        return buffer.reshape(-1, 2, 2, 4, 4).swapaxes(2, 3).reshape(-1, 8, 8)
    if kind == "corner":
        uu, uv, vv = np.moveaxis(buffer, 1, 0)
        return np.concatenate(
            [np.concatenate([uu, uv], axis=2), np.concatenate([uv.swapaxes(1, 2), vv], axis=2)], axis=1
        )
    if kind == "triple":
        dense = np.zeros((len(buffer), 7, 7))
        dense[:, :3, :3], dense[:, :3, 3:6], dense[:, 3:6, 3:6] = (buffer[:, k] for k in range(3))
        dense[:, 3:6, :3] = buffer[:, 1].swapaxes(1, 2)
        dense[:, :6, 6] = dense[:, 6, :6] = buffer[:, 3, :2].reshape(-1, 6)
        dense[:, 6, 6] = buffer[:, 3, 2, 0]
        return dense
    return buffer


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


def test_forces_add_up_until_cleared(model):
    elements = Elements(model)
    for buffer in (*elements.forces.values(), *elements.jacobians.values()):
        buffer.fill_(1.0)
    elements.clear()
    elements.clear_jacobian()
    for buffer in (*elements.forces.values(), *elements.jacobians.values()):
        assert not buffer.numpy().any()


def test_collecting_gives_the_same_bits_every_time(device):
    """No atomics: sums are in one order on every run."""
    model = sample_model("twill", device)
    elements = Elements(model)
    rng = np.random.default_rng(63)
    for buffer in elements.forces.values():
        buffer.assign(rng.standard_normal(buffer.numpy().shape))
    first = elements.force()
    for _ in range(5):
        np.testing.assert_array_equal(elements.force(), first)


def test_buffers_take_gradients_where_asked(device):
    model = sample_model("two_by_two", device)
    assert all(buffer.requires_grad for buffer in Elements(model, requires_grad=True).forces.values())
    assert not any(isinstance(buffer.grad, wp.array) for buffer in Elements(model).forces.values())
