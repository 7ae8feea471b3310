"""Setting device arrays to zero within recorded work."""

# Kernels are translated by Warp, whose stubs a type checker cannot follow.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false, reportOptionalMemberAccess=false

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64


@wp.kernel(enable_backward=False)
def _clear(x: wp.array(dtype=f64)):
    i = wp.tid()
    x[i] = f64(0.0)


def clear(array: wp.array) -> None:
    """array = 0, of float64 numbers, vectors or matrices.

    On the CPU by a kernel: where a memset is recorded, Warp keeps a copy of all that it writes to.
    """
    if not array.device.is_cpu:
        array.zero_()
    elif array.size:
        count = array.size * wp.types.type_size_in_bytes(array.dtype) // 8
        numbers = wp.array(ptr=array.ptr, dtype=f64, shape=count, device=array.device, copy=False)
        numbers._ref = array  # whose memory it is
        wp.launch(_clear, count, [numbers], device=array.device, record_tape=False)
        array.mark_init()  # as zero_ does: what a tape has read of it before is no matter
