"""Element buffers: collecting them equals multiplying with each element's matrix of coordinates."""

import numpy as np
import pytest
import warp as wp
from element_algebra import coordinates, free
from sample_cloth import difference, sample_model, sample_scene

from warp_fabric.forces import Elements
from warp_fabric.model import Model


@pytest.fixture(params=["twill", "open_plain", "one_pick", "two_by_two", "two fabrics"])
def model(request, device) -> Model:
    if request.param == "two fabrics":
        return Model([sample_scene("twill"), sample_scene("open_plain")], device)
    return sample_model(request.param, device)


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
