"""Tensors and arrays share memory."""

import numpy as np
import pytest

from warp_fabric.initial import STATE
from warp_fabric.state import KINDS
from warp_fabric.types import vec2, vec3

torch = pytest.importorskip("torch")


def test_an_array_is_the_tensors_memory():
    from warp_fabric.torch_arrays import shared

    tensor = torch.zeros((4, 5, 3), dtype=torch.float64)
    array = shared(tensor, vec3)
    assert len(array) == 20
    array.fill_(2.0)
    assert bool((tensor == 2.0).all())


@pytest.mark.parametrize(("kind", "width"), [(vec3, 3), (vec2, 2)])
def test_a_tensor_is_added(kind, width):
    from warp_fabric.torch_arrays import add, shared

    x, out = torch.full((6, width), 3.0, dtype=torch.float64), torch.ones((6, width), dtype=torch.float64)
    add(kind, x, shared(out, kind))
    np.testing.assert_array_equal(out.numpy(), 4.0)


def test_a_state_is_its_five_tensors():
    from warp_fabric.torch_arrays import shared_state

    tensors = [torch.full((6, KINDS[name]._length_), float(k), dtype=torch.float64) for k, name in enumerate(STATE)]
    for k, array in enumerate(shared_state(tensors).arrays()):
        np.testing.assert_array_equal(array.numpy(), float(k))
