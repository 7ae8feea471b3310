"""The cloth's surface: a mesh whose vertices are the crossings, for pins, selection and whatever else takes a mesh."""

from __future__ import annotations

import bpy
import numpy as np

from warp_fabric.fabric import Fabric
from warp_fabric.geometry import cloth_mesh, cloth_uv

UV = "UVMap"
"""The texture coordinates of a surface, and of its yarns: where in the uncut cloth they are, 0 to 1 each way."""


def fill_surface(mesh: bpy.types.Mesh, fabric: Fabric) -> None:
    """Make a mesh the cloth's surface: one vertex a crossing, pick by pick, and quads between them.

    Its point attributes `pick` and `end` say which crossing a vertex is.

    Args:
        mesh: Whatever is in it goes; its materials stay.
        fabric: At rest.
    """
    layout = fabric.layout
    points, quads = cloth_mesh(fabric.position, layout)
    mesh.clear_geometry()
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
    mesh.loops.add(quads.size)
    mesh.loops.foreach_set("vertex_index", quads.astype(np.int32).ravel())
    mesh.polygons.add(len(quads))
    mesh.polygons.foreach_set("loop_start", np.arange(0, quads.size, 4, dtype=np.int32))
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    for name in (".select_vert", ".select_edge", ".select_poly"):  # Blender selects what is new
        if name in mesh.attributes:
            mesh.attributes.remove(mesh.attributes[name])
    for name, values in zip(("pick", "end"), layout.crossing.T):
        attribute = mesh.attributes.new(name, "INT", "POINT")
        attribute.data.foreach_set("value", np.ascontiguousarray(values))
    if len(quads):
        uv = layout.packed(cloth_uv(layout))[quads].astype(np.float32)
        mesh.uv_layers.new(name=UV, do_init=False).data.foreach_set("uv", uv.ravel())


def coordinates(mesh: bpy.types.Mesh) -> np.ndarray:
    """[n, 3] a mesh's vertices [m], not evaluated."""
    flat = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3).astype(float)


def off_rest(points: np.ndarray, fabric: Fabric) -> bool:
    """Whether points [n, 3] are not the crossings of a fabric at rest, in their order."""
    rest = fabric.layout.packed(fabric.position)
    if len(points) != len(rest):
        return True
    near = 0.01 * min(fabric.end_spacing, fabric.pick_spacing)
    return bool(np.linalg.norm(points - rest, axis=-1).max() > near)


def crossings(mesh: bpy.types.Mesh, ends: int) -> np.ndarray:
    """Which crossing each vertex of a surface is, pick by pick, also where vertices were reordered or deleted.

    Args:
        mesh: The surface.
        ends: How many it was made with.
    """
    numbers = [mesh.attributes.get(name) for name in ("pick", "end")]
    if any(each is None or each.domain != "POINT" or each.data_type != "INT" for each in numbers):
        return np.arange(len(mesh.vertices))
    values = np.empty((2, len(mesh.vertices)), np.int32)
    for each, into in zip(numbers, values):
        each.data.foreach_get("value", into)
    return values[0] * ends + values[1]


def corners(picks: int, ends: int, pose: str) -> list[int]:
    """Crossings that hold a new fabric: the ends of its top edge, which of a flat one is the far edge."""
    row = 0 if pose == "HANGING" else (picks - 1) * ends
    return sorted({row, row + ends - 1})


def carried_over(indices: np.ndarray, before: tuple[int, int], after: tuple[int, int]) -> list[int]:
    """Crossings of a fabric of another size that lie where these did, so that corners stay corners.

    Args:
        indices: Crossings, numbered pick by pick; so are those returned.
        before, after: (picks, ends).
    """
    where = np.stack(np.divmod(indices, before[1]), axis=-1) / np.maximum(np.array(before) - 1, 1)
    there = np.rint(where * (np.array(after) - 1)).astype(int)
    return np.unique(there[:, 0] * after[1] + there[:, 1]).tolist()
