"""Values that follow a path of keys over time: linear between them, held before the first and after the last."""

from __future__ import annotations

import warp as wp

from warp_fabric.types import f64, vec3


@wp.func
def _key_before(key_time: wp.array(dtype=f64), first: int, last: int, time: f64) -> int:
    """The last key at or before `time`, the first where there is none. The adjoint of a kernel would not repeat a loop
    like this one in its own body, and use the wrong key."""
    key = int(first)
    for k in range(first + 1, last + 1):
        if key_time[k] <= time:
            key = k
    return key


@wp.func
def path_span(key_time: wp.array(dtype=f64), first: int, last: int, time: f64) -> vec3:
    """The keys before and after `time`, of those from `first` to `last`, and the second's weight."""
    key = _key_before(key_time, first, last, time)
    following = wp.min(key + 1, last)
    weight = f64(0.0)
    if following > key and time > key_time[key]:
        weight = (time - key_time[key]) / (key_time[following] - key_time[key])
    return vec3(f64(key), f64(following), weight)


@wp.func
def path_value(
    key_time: wp.array(dtype=f64), key_value: wp.array(dtype=vec3), first: int, last: int, time: f64
) -> vec3:
    """The value at `time` of the path with the keys `first` to `last`, of all paths' keys behind each other."""
    key = _key_before(key_time, first, last, time)
    weight = f64(0.0)
    following = wp.min(key + 1, last)
    if following > key and time > key_time[key]:
        weight = (time - key_time[key]) / (key_time[following] - key_time[key])
    return (f64(1.0) - weight) * key_value[key] + weight * key_value[following]
