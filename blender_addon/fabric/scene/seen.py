"""What is read of evaluated objects at a frame: where they are, their bones and their meshes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import bpy
import numpy as np

from warp_fabric import SceneError


@dataclass(frozen=True, eq=False)
class Faces:
    """What of a mesh is the same at all frames.

    Attributes:
        vertices: How many. triangles: [F, 3] of them. parts: By vertex group, [vertices] whether each is in it.
        smooth: Whether all are shaded smooth: as if the mesh was round.
    """

    vertices: int
    triangles: np.ndarray
    parts: Mapping[str, np.ndarray] = field(default_factory=dict)
    smooth: bool = False


NO_FACES = Faces(0, np.zeros((0, 3), int))
NO_POINTS = np.zeros((0, 3), np.float32)


@dataclass(frozen=True, eq=False)
class Seen:
    """An object at one frame.

    Attributes:
        world: [4, 4] where it is. bones: By name, [4, 4] where each is within it.
        points: [V, 3] float32, its mesh's vertices within it, after all modifiers; none where that was not asked for.
        faces: Of its mesh.
    """

    world: np.ndarray
    bones: Mapping[str, np.ndarray] = field(default_factory=dict)
    points: np.ndarray = field(default_factory=lambda: NO_POINTS)
    faces: Faces = NO_FACES

    def in_world(self) -> np.ndarray:
        """[V, 3] the mesh's vertices."""
        return self.points.astype(float) @ self.world[:3, :3].T + self.world[:3, 3]


class Reader:
    """Reads objects frame by frame; to be called with each as it is evaluated.

    Args:
        meshes: By object whose mesh is read, the vertex groups that are asked for.
        armatures: Whose bones are read.
    """

    def __init__(
        self, meshes: Mapping[bpy.types.Object, Collection[str]], armatures: Collection[bpy.types.Object] = ()
    ) -> None:
        self._meshes, self._armatures = meshes, armatures
        self._last: dict[bpy.types.Object, tuple[Seen, bytes]] = {}

    def __call__(self, evaluated: bpy.types.Object) -> Seen:
        """
        Raises:
            SceneError: where a mesh has no faces, or has others than at the frame before.
        """
        obj, world, bones = evaluated.original, np.array(evaluated.matrix_world), {}
        if obj in self._armatures and evaluated.pose is not None:
            bones = {bone.name: np.array(bone.matrix) for bone in evaluated.pose.bones}
        if obj not in self._meshes:
            return Seen(world, bones)
        mesh = evaluated.to_mesh()
        try:
            return self._with_mesh(obj, evaluated, mesh, world, bones)
        finally:
            evaluated.to_mesh_clear()

    def _with_mesh(self, obj, evaluated, mesh, world, bones) -> Seen:
        points = np.empty(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", points)
        points, wiring = points.reshape(-1, 3), _wiring(mesh)
        if obj not in self._last:
            parts = _parts(evaluated, mesh, self._meshes[obj])
            faces = Faces(len(points), _triangles(mesh), parts, all(each.use_smooth for each in mesh.polygons))
            if not len(faces.triangles):
                raise SceneError("it has no faces", where=obj.name, fix="give it some, or remove its Collision")
        else:
            before, was = self._last[obj]
            if wiring != was:
                what = "its vertices or faces are not the same at all frames"
                fix = "remove or apply the modifier that changes them (such as Remesh, Decimate or an animated Array)"
                raise SceneError(what, where=obj.name, fix=fix)
            faces = before.faces
            if np.array_equal(points, before.points):
                points = before.points  # one of them in memory
        seen = Seen(world, bones, points, faces)
        self._last[obj] = seen, wiring
        return seen


def _wiring(mesh: bpy.types.Mesh) -> bytes:
    corners, starts = np.empty(len(mesh.loops), np.int32), np.empty(len(mesh.polygons), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    mesh.polygons.foreach_get("loop_start", starts)
    return corners.tobytes() + starts.tobytes() + len(mesh.vertices).to_bytes(8, "little")


def _triangles(mesh: bpy.types.Mesh) -> np.ndarray:
    mesh.calc_loop_triangles()
    triangles = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    return triangles.reshape(-1, 3).astype(int)


def _parts(evaluated: bpy.types.Object, mesh: bpy.types.Mesh, names: Collection[str]) -> dict[str, np.ndarray]:
    """
    Raises:
        SceneError: where there is no such vertex group.
    """
    found = {}
    for name in names:
        group = evaluated.original.vertex_groups.get(name)
        if group is None:
            fix = "choose another Part of the mesh that the pin follows, or none"
            raise SceneError(f"there is no vertex group {name!r}", where=evaluated.name, fix=fix)
        found[name] = np.array(
            [any(g.group == group.index and g.weight > 0.0 for g in vertex.groups) for vertex in mesh.vertices], bool
        )
    return found
