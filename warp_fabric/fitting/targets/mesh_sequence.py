"""An animated mesh as target: a cloth whose vertices are not the crossings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from warp_fabric.checks import shown
from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets.closest import closest_points
from warp_fabric.fitting.targets.mesh_files import MeshSequence, read_meshes
from warp_fabric.fitting.targets.place import check_place, cloth_size
from warp_fabric.fitting.targets.target import Comparison, Target, checked_number, checked_weight_array
from warp_fabric.layout import Layouts
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import crossings_present, gathered, of_fabrics, parted
from warp_fabric.topology import build_topology

DIRECTIONS = ("both", "to_mesh", "to_cloth")
ALIKE = 20.0
"""Mesh and cloth differ less than this in size, or one of them is not in metres."""


class MeshTarget(Target):
    """An animated mesh, compared by closest points, so that its vertices need not be crossings.

    Panels are one mesh together; with a mask, those in it alone.

    The loss [m2] is the mean over shared frames of the mean of two: that over crossings of the squared distance to the
    mesh, and that over the mesh's vertices of the squared distance to the cloth, which is the mesh of its crossings.

    Args:
        mesh: A path (see `read_meshes`), a list of .obj files, or a `MeshSequence`.
        frames_per_second: Where the files do not say.
        start: Time of the mesh at which the scene starts [s].
        scale: Metres in a unit of the mesh; 0.001 where it is in mm.
        up: The mesh's axis that points up, "z" or "y"; from "y", x stays x and -z becomes y.
        direction: "both"; "to_mesh": only from crossings to the mesh, such as a mesh of more than the cloth;
            "to_cloth": only from the mesh's vertices to the cloth, such as a scan of a part.
        vertex_mask: [V] weights of the mesh's vertices, at least 0, or bool; None: all alike. Vertices of no face do
            not count.
        weight, frames, mask, scene: See `Target`. With a mask, a vertex weighs as much as the crossing that the point
            of the cloth closest to it is closest to.

    Raises:
        TargetError: where a file is bad or an option is not possible.
    """

    def __init__(
        self,
        mesh: MeshSequence | str | os.PathLike | Sequence[str | os.PathLike],
        *,
        frames_per_second: float | None = None,
        start: float = 0.0,
        scale: float = 1.0,
        up: str = "z",
        direction: str = "both",
        vertex_mask: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        for name, value, known in (("up", up, ("z", "y")), ("direction", direction, DIRECTIONS)):
            if value not in known:
                fix = f"give one of {', '.join(known)}"
                raise TargetError(f"{shown(value)} is none of {', '.join(known)}", where=name, fix=fix)
        self.start, self.direction = checked_number(start, "start"), direction
        self.scale = checked_number(scale, "scale", above=0.0)
        self.mesh = mesh if isinstance(mesh, MeshSequence) else read_meshes(mesh, frames_per_second)
        self.where = self.mesh.where
        axes = self.mesh.vertices * self.scale
        self.vertices = np.stack([axes[..., 0], -axes[..., 2], axes[..., 1]], axis=-1) if up == "y" else axes
        self.vertex_weights = np.ones(self.vertices.shape[1])
        if vertex_mask is not None:
            self.vertex_weights = checked_weight_array(
                vertex_mask, self.vertex_weights.shape, "vertex_mask", "an array [V]"
            )

    def compare(self, scene: Scene) -> MeshComparison:
        frames = {
            number: self.vertices[index]
            for number, index in self.matched(scene, self.mesh.time, self.where, self.start).items()
        }
        cloth_weights = self.crossing_weights(scene)
        triangles = _triangles(scene, cloth_weights)
        if not len(triangles) and self.direction != "to_mesh":
            fix = 'give direction="to_mesh"'
            raise TargetError("cloth of a single yarn has no surface to compare with", where=self.where, fix=fix)
        self._check_size(scene, frames[min(frames)])
        weights, used = self.vertex_weights.copy(), np.zeros(len(self.vertex_weights), bool)
        used[self.mesh.faces] = True
        weights[~used] = 0.0
        if not weights.any():
            fix = "weigh a vertex of a face above 0"
            raise TargetError("no vertex is left by vertex_mask", where=self.where, fix=fix)
        return MeshComparison(frames, self.mesh.faces, triangles, cloth_weights, weights, self.weight, self.direction)

    def _check_size(self, scene: Scene, first: np.ndarray) -> None:
        """Of the first mesh compared, [V, 3]: against the cloth at rest, as far as boxes about them tell."""
        rest = of_fabrics(scene, "position")[crossings_present(scene)]
        seen, own = (np.stack([points.min(axis=0), points.max(axis=0)]) for points in (first, rest))
        check_place(seen, own, cloth_size(rest), self.where, "give scale={}", ALIKE, self.scale)
        cloth = float(np.linalg.norm(np.ptp(rest, axis=0)))
        mesh = float(np.linalg.norm(np.ptp(self.vertices[0], axis=0)))
        if cloth > 0.0 and not 1.0 / ALIKE < mesh / cloth < ALIKE:
            what = f"the mesh is {mesh:.3g} m in size, the cloth {cloth:.3g} m"
            fix = "give scale=..., the metres in a unit of the mesh: 0.001 for mm, 0.01 for cm"
            raise TargetError(what, where=self.where, fix=fix)


def _triangles(scene: Scene, weights: np.ndarray) -> np.ndarray:
    """int[Q, 3] of the cloth's surface, by number of the crossing; of panels that weigh nothing at all, none."""
    layouts = Layouts([part.build().layout for part in scene.parts])
    triangles = layouts.number[build_topology(layouts.parts).triangle]
    counts = [bool(part.any()) for part in parted(scene, weights.reshape(scene.grid))]
    fabric = gathered(scene, (np.full(part.grid, k) for k, part in enumerate(scene.parts))).ravel()
    return triangles[np.array(counts)[fabric[triangles[:, 0]]]]


class MeshComparison(Comparison):
    """See `MeshTarget`.

    Args:
        meshes: Vertices [V, 3] m by number of the scene's frame.
        faces: int[F, 3] of the mesh.
        triangles: int[Q, 3] of the cloth.
        crossing_weights: [N] at least 0.
        vertex_weights: [V] at least 0.
        weight: Factor of the loss.
        direction: One of `DIRECTIONS`.
    """

    def __init__(
        self,
        meshes: dict[int, np.ndarray],
        faces: np.ndarray,
        triangles: np.ndarray,
        crossing_weights: np.ndarray,
        vertex_weights: np.ndarray,
        weight: float,
        direction: str = "both",
    ) -> None:
        self.frames = tuple(sorted(meshes))
        self.meshes, self.faces, self.triangles = meshes, faces, triangles
        self.crossing_weights, self.vertex_weights, self.direction = crossing_weights, vertex_weights, direction
        self.crossings, self.vertices = np.flatnonzero(crossing_weights), np.flatnonzero(vertex_weights)
        self.share = weight / len(self.frames) / (2.0 if direction == "both" else 1.0)

    @property
    def size(self) -> int:
        points = len(self.crossings) * (self.direction != "to_cloth") + len(self.vertices) * (
            self.direction != "to_mesh"
        )
        return 3 * points * len(self.frames)

    def residual(self, frame: int, position: np.ndarray, sliding: np.ndarray) -> tuple[np.ndarray, sp.csr_array]:
        parts = []
        if self.direction != "to_cloth":
            parts.append(self._to_mesh(position, self.meshes[frame]))
        if self.direction != "to_mesh":
            parts.append(self._to_cloth(position, self.meshes[frame][self.vertices]))
        stacked = sp.vstack([derivative for _, derivative in parts], format="csr")
        return np.concatenate([r for r, _ in parts]), sp.csr_array(stacked)

    def _to_mesh(self, position: np.ndarray, mesh: np.ndarray) -> tuple[np.ndarray, sp.csr_array]:
        points = position[self.crossings]
        found = closest_points(points, mesh, self.faces)
        factor = self._factors(self.crossing_weights[self.crossings])
        blocks = factor[:, None, None, None] * found.projector[:, None]
        r = factor[:, None] * (points - found.point)
        return r.ravel(), _derivative(self.crossings[:, None], blocks, len(position))

    def _to_cloth(self, position: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, sp.csr_array]:
        found = closest_points(points, position, self.triangles)
        corner = self.triangles[found.face]
        nearest = np.take_along_axis(corner, found.share.argmax(axis=1)[:, None], axis=1)[:, 0]
        factor = self._factors(self.vertex_weights[self.vertices] * self.crossing_weights[nearest])
        # the distance changes as the point of the cloth at fixed shares moves towards or away from the vertex
        blocks = (factor[:, None] * found.share)[:, :, None, None] * found.projector[:, None]
        r = factor[:, None] * (found.point - points)
        return r.ravel(), _derivative(corner, blocks, len(position))

    def _factors(self, weights: np.ndarray) -> np.ndarray:
        total = weights.sum()
        return np.sqrt(self.share * weights / total) if total > 0.0 else np.zeros(len(weights))


def _derivative(crossing: np.ndarray, blocks: np.ndarray, count: int) -> sp.csr_array:
    """[3 n, 5 count] from blocks [n, k, 3, 3] by the positions of k crossings [n, k] each."""
    points, corners = crossing.shape
    column = 5 * crossing[:, None, :, None] + np.arange(3)
    column = np.broadcast_to(column, (points, 3, corners, 3)).ravel()
    rows = np.arange(3 * points + 1) * (3 * corners)
    return sp.csr_array((blocks.swapaxes(1, 2).ravel(), column, rows), shape=(3 * points, 5 * count))
