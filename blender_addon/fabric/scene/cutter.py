"""Shapes that cloth is cut to, from what flat meshes and curves show."""

from __future__ import annotations

import bpy
import numpy as np

from warp_fabric import SceneError

SHAPES = ("MESH", "CURVE")
"""Types of objects that may be one."""
FLAT = 0.01
"""Of its size, that a shape may be off its plane."""
ALONG = 0.966
"""Least cosine of the angle between a shape and the cloth: 15 degrees."""


def loops_of(evaluated: bpy.types.Object) -> list[np.ndarray]:
    """The closed loops of an evaluated mesh or curve, [n, 3] in the world: the edges that bound its faces, or all edges
    of one without faces.

    Raises:
        SceneError: where it has none, or they do not close.
    """
    mesh = evaluated.to_mesh()
    try:
        points = np.empty(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", points)
        edges = np.empty(2 * len(mesh.edges), np.int32)
        mesh.edges.foreach_get("vertices", edges)
        used = np.empty(len(mesh.loops), np.int32)
        mesh.loops.foreach_get("edge_index", used)
    finally:
        evaluated.to_mesh_clear()
    edges = edges.reshape(-1, 2)
    if len(used):
        edges = edges[np.bincount(used, minlength=len(edges)) == 1]
    world = np.array(evaluated.matrix_world)
    points = points.reshape(-1, 3).astype(float) @ world[:3, :3].T + world[:3, 3]
    return [points[loop] for loop in _chained(edges, evaluated.name)]


def flat_loops(loops: list[np.ndarray], into: np.ndarray, name: str) -> list[np.ndarray]:
    """Loops [n, 3] as they lie in a plane, [n, 2].

    Args:
        loops: In the world.
        into: [4, 4] from the world to where the plane is that of x and y.
        name: Of the shape, for messages.

    Raises:
        SceneError: where they are not flat, or not along that plane.
    """
    flat = [loop @ into[:3, :3].T + into[:3, 3] for loop in loops]
    points = np.concatenate(flat)
    offset = points - points.mean(axis=0)
    _, size, axes = np.linalg.svd(offset, full_matrices=False)
    if np.ptp(offset @ axes[2]) > FLAT * np.ptp(offset @ axes[0]):
        raise SceneError("it is not flat", where=name, fix="flatten it (S, Z, 0 in edit mode), or choose another shape")
    if size[1] > 0.0 and abs(axes[2][2]) < ALONG:
        raise SceneError("it does not lie along the cloth", where=name, fix="turn it until it is parallel to the cloth")
    return [loop[:, :2] for loop in flat]


def _chained(edges: np.ndarray, name: str) -> list[list[int]]:
    """Vertices of closed loops, from edges [n, 2]."""
    beside: dict[int, list[int]] = {}
    for one, other in edges.tolist():
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    if not beside:
        fix = "choose a flat mesh, or a curve that is closed"
        raise SceneError("it has no edge to cut along", where=name, fix=fix)
    if any(len(each) % 2 for each in beside.values()):
        fix = "close it (in edit mode Alt C for curves, F for the edges of meshes)"
        raise SceneError("its outline is not closed", where=name, fix=fix)
    loops = []
    for start in beside:
        while beside[start]:
            loop, at = [], start
            while not loop or at != start:
                loop.append(at)
                following = beside[at].pop()
                beside[following].remove(at)
                at = following
            loops.append(loop)
    return loops
