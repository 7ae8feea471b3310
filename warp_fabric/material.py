"""Material: the parameters of yarns and fabrics as device arrays, a field each of `parameters.IN_MATERIAL`."""

# Warp structs are no types to a type checker.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import warp as wp

from warp_fabric.parameters import IN_MATERIAL, array_of
from warp_fabric.types import f64, vec3

if TYPE_CHECKING:
    from warp_fabric.scene import Scene

_FIELDS = {each.array: f64 if each.components == 1 else vec3 for each in IN_MATERIAL}

_ANNOTATIONS = {key: wp.array(dtype=kind) for key, kind in _FIELDS.items()}

Material: Any = wp.struct(type("Material", (), {"__module__": __name__, "__annotations__": _ANNOTATIONS}))
"""What kernels read: an array for each parameter, per yarn [Y] or per fabric [F]; SI units."""


def material_of(scenes: list[Scene]) -> Material:
    """On the current device; all arrays collect gradients."""
    material = Material()
    for each in IN_MATERIAL:
        values = wp.array(array_of(each, scenes), dtype=_FIELDS[each.array], requires_grad=True)
        setattr(material, each.array, values)
    return material
