"""A device array's memory seen as numbers of another type."""

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64


def view(array: wp.array, dtype: type, shape: tuple[int, ...]) -> wp.array:
    """A contiguous array's memory as another type; it holds the array, and may be made while work is recorded."""
    seen = wp.array(ptr=array.ptr, dtype=dtype, shape=shape, device=array.device, copy=False)
    seen._ref = array
    return seen


def flat(array: wp.array) -> wp.array:
    """All float64 numbers of an array of numbers, vectors or matrices, in a row."""
    return view(array, f64, (array.size * wp.types.type_size_in_bytes(array.dtype) // 8,))
