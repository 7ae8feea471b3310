"""Obstacles as meshes over time: what pictures, the viewer, USD and its checks have of them. NumPy only."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from warp_fabric.scene.doubts import SceneWarning
from warp_fabric.scene.meshes import obstacle_meshes

if TYPE_CHECKING:
    from warp_fabric.obstacle_mesh import MeshTables
    from warp_fabric.scene import Scene
    from warp_fabric.scene.obstacle import Obstacle

Array = NDArray[np.float64]

COLOR = (0.66, 0.66, 0.64)
"""What obstacles look like [sRGB]."""
AROUND, ALONG = 64, 32
"""Triangles around a sphere or rod, and from end to end: it is 0.2 % of its radius thinner between their corners."""
ROOM = 1.5
"""How far a plane's quad reaches, in distances of what is farthest from its middle."""


@dataclass(frozen=True, eq=False)
class ObstacleShape:
    """One obstacle, without its `thickness`.

    Attributes:
        kind: Its `shape` in the scene.
        times: [T] s and vertices: [T, V, 3] m, in its own coordinates; T is 1 but for a mesh that changes its shape.
        faces: [F, 3], counter-clockwise from outside.
        normals: [V, 3] of unit length, of a smooth surface; None: of flat faces.
        path: [K, 7] rows as the scene has them, or one of zeros.
        closed: Whether it has an inside. A plane has, but its quad is not closed.
    """

    kind: str
    times: Array
    vertices: Array
    faces: NDArray[np.int64]
    normals: Array | None
    path: Array
    closed: bool

    @property
    def turns(self) -> bool:
        """Whether it moves or turns as a whole."""
        return bool(np.ptp(self.path[:, 1:], axis=0).any())

    @property
    def moves(self) -> bool:
        """Whether any point of it ever moves."""
        return self.turns or len(self.times) > 1

    def pose(self, time: float) -> tuple[Array, Array]:
        """[3, 3] rotation and [3] m displacement at a time [s]: a point X of its own coordinates is at `R X + p`."""
        row = np.array([np.interp(time, self.path[:, 0], column) for column in self.path[:, 1:].T])
        return rotation(row[3:]), row[:3]

    def own_vertices(self, time: float) -> Array:
        """[V, 3] m in its own coordinates at a time [s]."""
        after = int(np.searchsorted(self.times, time))
        if after in (0, len(self.times)):
            return self.vertices[min(after, len(self.times) - 1)]
        before, span = after - 1, self.times[after] - self.times[after - 1]
        share = (time - self.times[before]) / span
        return (1.0 - share) * self.vertices[before] + share * self.vertices[after]

    def at(self, time: float) -> Array:
        """[V, 3] m, its vertices at a time [s]."""
        turn, shift = self.pose(time)
        return self.own_vertices(time) @ turn.T + shift

    def normals_at(self, time: float) -> Array | None:
        """[V, 3], the normals of a smooth surface at a time [s]; None: of flat faces."""
        return None if self.normals is None else self.normals @ self.pose(time)[0].T


def obstacle_shapes(scene: Scene, meshes: Mapping[str, MeshTables] | None = None) -> list[ObstacleShape]:
    """A scene's obstacles, each as a mesh over time.

    A plane is a quad below all that the scene names: the cloth where it begins at rest, its pins, other obstacles.

    Args:
        scene: The scene.
        meshes: By the names of their files, those that are at hand without them.

    Raises:
        SceneError: where the file of a mesh cannot be read.
    """
    given = [*zip(scene.obstacles, obstacle_meshes(scene, meshes))]
    solids = {k: _solid(*each) for k, each in enumerate(given) if each[0].shape != "plane"}
    if len(solids) < len(given):
        named = _named_points(scene, [*solids.values()])
        solids |= {k: _quad(each[0], named) for k, each in enumerate(given) if k not in solids}
    return [solids[k] for k in range(len(given))]


def found_shapes(scene: Scene) -> list[ObstacleShape]:
    """As `obstacle_shapes`, without the meshes whose files are gone: a `SceneWarning` names those."""
    gone = [k for k, each in enumerate(scene.obstacles) if each.file is not None and not Path(each.file).exists()]
    if gone:
        files = ", ".join(str(scene.obstacles[k].file) for k in gone)
        numbers = ", ".join(map(str, gone))
        told = (f"obstacle {numbers} is left out: its mesh is", f"obstacles {numbers} are left out: their meshes are")
        warnings.warn(f"{told[len(gone) > 1]} no longer at {files}", SceneWarning, stacklevel=2)
        scene = replace(scene, obstacles=[each for k, each in enumerate(scene.obstacles) if k not in gone])
    return obstacle_shapes(scene)


def rotation(vector: ArrayLike) -> Array:
    """[3, 3], the rotation about a vector by its length [rad]."""
    x, y, z = np.asarray(vector, dtype=np.float64)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = float(np.linalg.norm([x, y, z]))
    # sin(a) / a and (1 - cos(a)) / a^2, which numpy's sinc has at 0 too
    return np.eye(3) + np.sinc(angle / np.pi) * cross + 0.5 * np.sinc(0.5 * angle / np.pi) ** 2 * cross @ cross


def face_normals(vertices: Array, faces: NDArray[np.int64]) -> Array:
    """[F, 3] of unit length, the way that faces [F, 3] of vertices [V, 3] look."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def _solid(obstacle: Obstacle, mesh: MeshTables | None) -> ObstacleShape:
    """Any but a plane."""
    if mesh is None:
        axis = (obstacle.center, obstacle.center) if obstacle.shape == "sphere" else (obstacle.start, obstacle.end)
        vertices, faces, normals = _rod(np.array(axis[0]), np.array(axis[1]), obstacle.radius or 0.0)
        return _still(obstacle, vertices, faces, normals, closed=True)
    if obstacle.shape == "box":
        return _still(obstacle, np.array(obstacle.center) + np.array(obstacle.size) * mesh.vertices[0], mesh.faces)
    return ObstacleShape("mesh", mesh.times, mesh.vertices, mesh.faces, None, _path(obstacle), mesh.closed)


def _still(
    obstacle: Obstacle, vertices: Array, faces: NDArray, normals: Array | None = None, closed: bool = True
) -> ObstacleShape:
    return ObstacleShape(obstacle.shape, np.zeros(1), vertices[None], faces, normals, _path(obstacle), closed)


def _path(obstacle: Obstacle) -> Array:
    return np.array(obstacle.path or [[0.0] * 7], dtype=np.float64)


def _rod(start: Array, end: Array, radius: float) -> tuple[Array, NDArray[np.int64], Array]:
    """Vertices, faces and normals of a rod with round ends; of a sphere, where start and end are one point."""
    along = end - start
    length = float(np.linalg.norm(along))
    axis = along / length if length else np.array([0.0, 0.0, 1.0])
    side, over = _across(axis)
    if length:  # each half ends in a ring of its own, between which the rod is straight
        quarter = np.linspace(0.0, 0.5 * np.pi, ALONG // 2 + 1)
        tilts, ends = np.concatenate([quarter, 0.5 * np.pi + quarter]), np.repeat([0, 1], len(quarter))
    else:
        tilts, ends = np.linspace(0.0, np.pi, ALONG + 1), np.zeros(ALONG + 1, int)
    turn = 2.0 * np.pi * np.arange(AROUND) / AROUND
    ring = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * over
    inner = slice(1, len(tilts) - 1)
    rings = np.sin(tilts[inner])[:, None, None] * ring - np.cos(tilts[inner])[:, None, None] * axis
    normals = np.concatenate([[-axis], rings.reshape(-1, 3), [axis]])
    base = np.concatenate([[start], np.repeat(np.stack([start, end])[ends[inner]], AROUND, axis=0), [end]])
    here, count = np.arange(AROUND), len(rings)
    there, last = (here + 1) % AROUND, 1 + count * AROUND
    caps = [np.stack([np.zeros(AROUND, int), 1 + there, 1 + here], axis=1)]
    caps.append(np.stack([np.full(AROUND, last), last - AROUND + here, last - AROUND + there], axis=1))
    row = 1 + AROUND * np.arange(count - 1)[:, None]
    a, b, c, d = (each.reshape(-1) for each in (row + here, row + there, row + AROUND + there, row + AROUND + here))
    faces = np.concatenate([*caps, np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return base + radius * normals, faces, normals


def _quad(obstacle: Obstacle, named: Array) -> ObstacleShape:
    """The part of a plane below points and around the first of them, as they lie when its path begins."""
    path = _path(obstacle)
    turn, shift = rotation(path[0, 4:]), path[0, 1:4]
    normal = np.array(obstacle.normal) / np.linalg.norm(np.array(obstacle.normal))
    own = (named - shift) @ turn - np.array(obstacle.point)
    flat = own - (own @ normal)[:, None] * normal
    reach = ROOM * float(np.linalg.norm(flat - flat[0], axis=1).max())
    side, over = _across(normal)
    corners = np.array([-side - over, side - over, side + over, -side + over])
    vertices = np.array(obstacle.point) + flat[0] + reach * corners
    return _still(obstacle, vertices, np.array([[0, 1, 2], [0, 2, 3]]), closed=False)


def _named_points(scene: Scene, solids: list[ObstacleShape]) -> Array:
    """[n, 3] m, where cloth begins, its middle first, and where pins and obstacles other than planes go."""
    rests = [part.build().position for part in scene.parts]
    rest = np.concatenate([each.reshape(-1, 3) for each in rests])
    points = [rest.mean(axis=0)[None], rest]
    for part in scene.parts:
        points += [np.asarray(pin.path, float)[:, 1:] for pin in part.pins if pin.path is not None]
    points += [solid.at(time) for solid in solids for time in {*solid.path[:, 0].tolist(), *solid.times.tolist()}]
    return np.concatenate(points)


def _across(axis: Array) -> tuple[Array, Array]:
    """Two unit vectors that make a right-handed frame with a unit axis: side, over, axis."""
    helper = np.eye(3)[0 if abs(axis[0]) < 0.9 else 1]
    side = helper - (helper @ axis) * axis
    side /= np.linalg.norm(side)
    return side, np.cross(axis, side)
