"""Hair curves as meshes: a tube around each, of the same vertices and faces at every frame."""

from __future__ import annotations

import bpy
import numpy as np

from warp_fabric.plies import minimal_rotation

from ..fabric.objects.surface import UV

SIDES = 6
AROUND = "Yarn"
"""Texture coordinates of tubes: 0 to 1 along each, and 0 to 1 around it."""
ASKEW = 0.2
"""Sine of the least angle to its yarn, at which a neighbour lies aside of it."""


class Tubes:
    """Tubes around curves.

    Args:
        curves: Their number, points, radius and texture coordinates are used, and where they are at rest; where they
            run at a frame is told to each method.
    """

    def __init__(self, curves: bpy.types.Curves) -> None:
        self.counts = np.array([each.points_length for each in curves.curves])
        self.radius = curves.attributes["radius"].data[0].value
        self.uv = None
        if (place := curves.attributes.get(UV)) is not None:  # fabrics that were built before there was any have none
            self.uv = np.empty((len(place.data), 2), np.float32)
            place.data.foreach_get("vector", self.uv.reshape(-1))
        rest = np.empty(3 * self.counts.sum(), np.float32)
        curves.attributes["position"].data.foreach_get("vector", rest)
        self._before, self._after = self._neighbours(self._rows(rest.reshape(-1, 3)))

    def points(self, lines: np.ndarray) -> np.ndarray:
        """Vertices [points of all curves * SIDES, 3] around curves.

        Args:
            lines: [points of all curves, 3]
        """
        lines = self._rows(lines)
        tangent = np.gradient(lines, axis=1)
        tangent /= np.maximum(np.linalg.norm(tangent, axis=-1, keepdims=True), 1e-30)
        # the seam starts on the side of a neighbour, so that it goes along when the cloth turns
        first = lines[:, 0]
        aside = first[self._after] - first[self._before]
        aside[self._after == self._before] = 0.577
        one = minimal_rotation(lines, tangent, aside)
        other = np.cross(tangent, one)
        angle = np.linspace(0.0, 2.0 * np.pi, SIDES, endpoint=False)[:, None]
        ring = np.cos(angle) * one[:, :, None] + np.sin(angle) * other[:, :, None]
        return (lines[:, :, None] + self.radius * ring)[self._there].reshape(-1, 3)

    def mesh(self, points: np.ndarray) -> bpy.types.Mesh:
        """A mesh of such vertices, open at the ends of the tubes."""
        last = np.cumsum(self.counts) - 1
        first = np.delete(np.arange(self.counts.sum()), last)  # points from which a piece goes on
        ring = first[:, None] * SIDES + np.arange(SIDES)
        after = np.roll(ring, -1, axis=1)
        every = np.stack([ring, after, after + SIDES, ring + SIDES], axis=-1).reshape(-1, 4)
        mesh = bpy.data.meshes.new("Yarns")
        mesh.vertices.add(len(points))
        mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
        mesh.loops.add(every.size)
        mesh.loops.foreach_set("vertex_index", every.astype(np.int32).ravel())
        mesh.polygons.add(len(every))
        mesh.polygons.foreach_set("loop_start", np.arange(0, every.size, 4, dtype=np.int32))
        mesh.update(calc_edges=True)
        mesh.shade_smooth()
        self._give_uv(mesh, every // SIDES)
        return mesh

    def _give_uv(self, mesh: bpy.types.Mesh, point: np.ndarray) -> None:
        """Texture coordinates of quads' corners [quads, 4], of which the curves' points are given."""
        if self.uv is not None:
            mesh.uv_layers.new(name=UV, do_init=False).data.foreach_set("uv", self.uv[point].ravel())
        along = np.concatenate([np.linspace(0.0, 1.0, count) for count in self.counts])[point]
        side = np.arange(len(point))[:, None] % SIDES + np.array([0, 1, 1, 0])
        around = np.stack([along, side / SIDES], axis=-1).astype(np.float32)
        mesh.uv_layers.new(name=AROUND, do_init=False).data.foreach_set("uv", around.ravel())

    @property
    def _there(self) -> np.ndarray:
        """bool[curves, points of the longest], which each has."""
        return np.arange(self.counts.max()) < self.counts[:, None]

    def _rows(self, lines: np.ndarray) -> np.ndarray:
        """[curves, points of the longest, 3]; past the end of a shorter one its last point stays."""
        at = np.minimum(np.arange(self.counts.max()), self.counts[:, None] - 1)
        return np.asarray(lines, float)[(np.cumsum(self.counts) - self.counts)[:, None] + at]

    def _neighbours(self, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each curve two, itself perhaps among them, of which one is aside of the other where they begin.

        They are those before and after it, but where these are other parts of the same yarn, that was cut.
        """
        first, number = rest[:, 0], np.arange(len(rest))
        before, after = np.maximum(number - 1, 0), np.minimum(number + 1, len(rest) - 1)
        way = rest[:, 1] - first
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-30)

        def sine(aside: np.ndarray, way: np.ndarray) -> np.ndarray:
            across = np.linalg.norm(np.cross(aside, way), axis=-1)
            return across / np.maximum(np.linalg.norm(aside, axis=-1), 1e-30)

        for k in np.flatnonzero((sine(first[after] - first[before], way) < ASKEW) & (len(rest) > 1)):
            before[k], after[k] = k, np.argmax(sine(first - first[k], way[k]))
        return before, after
