"""GMRES's vectors on a device; what they give is tested in `test_basis.py`, with the host's."""

import warp as wp
from device_guards import transfers

from warp_fabric.solver.device_basis import DeviceBasis
from warp_fabric.types import vec5


def test_no_vector_is_read(device):
    x, out = (wp.full(40, value, dtype=vec5, device=device) for value in (1.0, 2.0))
    basis = DeviceBasis(3, 200, wp.get_device(device))
    with transfers() as found:
        for _ in range(3):
            basis.take(x)
            basis.begin(basis.norm(x), out)
            basis.grow(1, x, out)
            basis.combine([1.0, 2.0], out)
            basis.leave(x, out)
    assert not found
