"""Hair curves as meshes: a tube around each, of the same vertices and faces at every frame."""

from __future__ import annotations

import bpy
import numpy as np

from warp_fabric.plies import minimal_rotation

SIDES = 6


class Tubes:
    """Tubes around curves that all have as many points, as those of a fabric do.

    Args:
        curves: Their number, points and radius are used; where they run is told to each method.
    """

    def __init__(self, curves: bpy.types.Curves) -> None:
        self.count, self.samples = len(curves.curves), curves.curves[0].points_length
        self.radius = curves.attributes["radius"].data[0].value

    def points(self, lines: np.ndarray) -> np.ndarray:
        """Vertices [curves * samples * SIDES, 3] around curves.

        Args:
            lines: [curves * samples, 3]
        """
        lines = np.asarray(lines, float).reshape(self.count, self.samples, 3)
        tangent = np.gradient(lines, axis=1)
        tangent /= np.maximum(np.linalg.norm(tangent, axis=-1, keepdims=True), 1e-30)
        # the seam starts on the side of the neighbour, so that it goes along when the cloth turns
        first = lines[:, 0]
        aside = np.gradient(first, axis=0) if self.count > 1 else np.full_like(first, 0.577)
        one = minimal_rotation(lines, tangent, aside)
        other = np.cross(tangent, one)
        angle = np.linspace(0.0, 2.0 * np.pi, SIDES, endpoint=False)[:, None]
        ring = np.cos(angle) * one[:, :, None] + np.sin(angle) * other[:, :, None]
        return (lines[:, :, None] + self.radius * ring).reshape(-1, 3)

    def mesh(self, points: np.ndarray) -> bpy.types.Mesh:
        """A mesh of such vertices, open at the ends of the tubes."""
        ring = np.arange(self.samples - 1)[:, None] * SIDES + np.arange(SIDES)
        after = np.roll(ring, -1, axis=1)
        quads = np.stack([ring, after, after + SIDES, ring + SIDES], axis=-1).reshape(-1, 4)
        every = (quads + np.arange(self.count)[:, None, None] * (self.samples * SIDES)).reshape(-1, 4)
        mesh = bpy.data.meshes.new("Yarns")
        mesh.vertices.add(len(points))
        mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
        mesh.loops.add(every.size)
        mesh.loops.foreach_set("vertex_index", every.astype(np.int32).ravel())
        mesh.polygons.add(len(every))
        mesh.polygons.foreach_set("loop_start", np.arange(0, every.size, 4, dtype=np.int32))
        mesh.update(calc_edges=True)
        mesh.shade_smooth()
        return mesh
