"""How many bytes an object really holds in arrays: on the device, and in NumPy besides."""

from __future__ import annotations

import numpy as np
import warp as wp
from warp._src.codegen import StructInstance


def held_bytes(*things) -> tuple[int, int]:
    """(device, host) bytes of all arrays that can be reached, each once, through objects of this package, lists and
    dicts. Views on the CPU into a device's array count there."""
    device: dict[int, int] = {}
    host: dict[int, int] = {}
    spans: list[tuple[int, int]] = []
    seen, stack = set(), [*things]
    while stack:
        each = stack.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, wp.array):
            if each.ptr:
                device[each.ptr] = max(device.get(each.ptr, 0), each.capacity)
                spans.append((each.ptr, each.capacity))
            stack.append(each.grad)
        elif isinstance(each, np.ndarray):
            base = each
            while isinstance(base.base, np.ndarray):
                base = base.base
            host[base.__array_interface__["data"][0]] = base.nbytes
        elif isinstance(each, StructInstance):
            stack += [getattr(each, name) for name in each._cls.vars]
        elif isinstance(each, dict):
            stack += each.values()
        elif isinstance(each, (list, tuple)):
            stack += each
        elif type(each).__module__.startswith("warp_fabric"):
            stack += list(vars(each).values()) if hasattr(each, "__dict__") else []
    own = {at: size for at, size in host.items() if not any(first <= at < first + n for first, n in spans)}
    return sum(device.values()), sum(own.values())
