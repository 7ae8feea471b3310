"""Obstacles as tests see them: where they are at a time, and how deep yarn segments are in them.

NumPy and SciPy alone; only the scene's settings and the reader of mesh files are the simulator's.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from warp_fabric.obstacle_mesh import read_mesh
from warp_fabric.scene.obstacle import Obstacle

BOX_FACES = np.array(
    [
        *((0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6)),
        *((0, 1, 4), (1, 5, 4), (2, 6, 3), (3, 6, 7)),
        *((0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5)),
    ]
)
"""Of corners that count x first, then y, then z."""


class Body:
    """An obstacle at any time.

    Attributes:
        faces: [F, 3] of a mesh or box, else None. closed: whether it has an inside.
        thickness: m, how far it is through, at least; of a mesh its least extent along the axes.
    """

    def __init__(self, obstacle: Obstacle) -> None:
        self.shape, self._of = obstacle.shape, obstacle
        self._path = np.asarray(obstacle.path if obstacle.path is not None else [[0.0] * 7], float)
        self.faces, self.closed = None, self.shape != "mesh"
        self._times, self.thickness = np.zeros(1), np.inf
        if self.shape in ("sphere", "capsule"):
            self.thickness = 2.0 * obstacle.radius
        if self.shape == "box":
            corner = np.array([[x, y, z] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])
            self._vertices = (np.asarray(obstacle.center) + corner * np.asarray(obstacle.size))[None]
            self.faces = BOX_FACES
        elif self.shape == "mesh":
            mesh = read_mesh(obstacle.file)
            self._times, self._vertices, self.faces, self.closed = mesh.times, mesh.vertices, mesh.faces, mesh.closed
        if self.faces is not None:
            self.thickness = float(np.ptp(self._vertices, axis=1).min())

    def vertices(self, time: float) -> np.ndarray:
        """[V, 3] m, of a mesh or box."""
        of_time = _between(self._times, self._vertices.reshape(len(self._times), -1), time).reshape(-1, 3)
        return self._placed(of_time, time)

    def depth(self, first: np.ndarray, second: np.ndarray, time: float) -> np.ndarray:
        """[n] m, how deep segments get into a plane, sphere or capsule; negative outside."""
        of = self._of
        if self.shape == "plane":
            turn, _ = self._pose(time)
            normal = turn.apply(np.asarray(of.normal, float))
            normal /= np.linalg.norm(normal)
            point = self._placed(np.asarray([of.point], float), time)[0]
            return -np.minimum((first - point) @ normal, (second - point) @ normal)
        axis = [of.center, of.center] if self.shape == "sphere" else [of.start, of.end]
        start, end = self._placed(np.asarray(axis, float), time)
        return of.radius - segment_distance(first, second, start, end)

    def speed(self, before: float, after: float, reach: float) -> float:
        """m/s, at most, between two times, of its points at most `reach` from the origin of its own coordinates."""
        rows = self._path
        inner = rows[(rows[:, 0] > before) & (rows[:, 0] < after), 0]
        times = np.array([before, *inner, after])
        poses = np.array([_between(rows[:, 0], rows[:, 1:], time) for time in times])
        rates = np.diff(poses, axis=0) / np.diff(times)[:, None]
        return float((np.linalg.norm(rates[:, :3], axis=1) + np.linalg.norm(rates[:, 3:], axis=1) * reach).max())

    def shift(self, times: np.ndarray) -> np.ndarray:
        """[T, 3] m, where the origin of its own coordinates is."""
        return np.array([self._pose(time)[1] for time in times])

    def _pose(self, time: float) -> tuple[Rotation, np.ndarray]:
        row = _between(self._path[:, 0], self._path[:, 1:], time)
        return Rotation.from_rotvec(row[3:]), row[:3]

    def _placed(self, points: np.ndarray, time: float) -> np.ndarray:
        turn, shift = self._pose(time)
        return turn.apply(points) + shift


def segment_distance(p: np.ndarray, q: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[n] m, between segments pq [n, 3] and one segment ab [3], which may be a point."""
    u, v, w = q - p, b - a, p - a
    least = np.min([_to_segment(a, p, u), _to_segment(b, p, u), _to_segment(p, a, v), _to_segment(q, a, v)], axis=0)
    uu, uv, vv, uw, vw = (u * u).sum(1), u @ v, v @ v, (u * w).sum(1), w @ v
    skew = uu * vv - uv * uv
    skewed = skew > 1.0e-18 * uu * vv
    safe = np.where(skewed, skew, 1.0)
    s, t = (uv * vw - vv * uw) / safe, (uu * vw - uv * uw) / safe
    inner = skewed & (np.minimum(s, t) > 0.0) & (np.maximum(s, t) < 1.0)
    between = np.linalg.norm(w + s[:, None] * u - t[:, None] * v, axis=1)
    return np.where(inner, np.minimum(least, between), least)


def is_inside(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """[n] whether points are inside a closed mesh: the solid angle that it fills (van Oosterom and Strackee)."""
    a, b, c = (vertices[faces[:, k]] - points[:, None] for k in range(3))
    la, lb, lc = (np.linalg.norm(each, axis=-1) for each in (a, b, c))
    over = np.einsum("nfi,nfi->nf", a, np.cross(b, c))
    dots = [np.einsum("nfi,nfi->nf", *pair) for pair in ((a, b), (b, c), (c, a))]
    under = la * lb * lc + dots[0] * lc + dots[1] * la + dots[2] * lb
    return 2.0 * np.arctan2(over, under).sum(axis=1) > 2.0 * np.pi


def surface_distance(points: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """[n] m, from points to the nearest of triangles abc, [F, 3] each."""
    point, corners = points[:, None], [each[None] for each in (a, b, c)]
    edges = [(x, y - x) for x, y in zip(corners, (*corners[1:], corners[0]))]
    least = np.min([_to_segment(point, *edge) for edge in edges], axis=0)
    normal = np.cross(edges[0][1], corners[2] - corners[0])
    size = np.maximum((normal * normal).sum(-1), np.finfo(float).tiny)
    over = np.all([(np.cross(way, point - start) * normal).sum(-1) >= 0.0 for start, way in edges], axis=0)
    height = np.abs(((point - corners[0]) * normal).sum(-1)) / np.sqrt(size)
    return np.where(over, height, least).min(axis=1)


def _to_segment(point: np.ndarray, start: np.ndarray, way: np.ndarray) -> np.ndarray:
    gap = point - start
    length = np.maximum((way * way).sum(-1), np.finfo(float).tiny)
    share = np.clip((gap * way).sum(-1) / length, 0.0, 1.0)
    return np.linalg.norm(gap - share[..., None] * way, axis=-1)


def _between(times: np.ndarray, rows: np.ndarray, time: float) -> np.ndarray:
    """Linear between rows, held before and after."""
    k = int(np.clip(np.searchsorted(times, time) - 1, 0, max(len(times) - 2, 0)))
    if len(times) == 1:
        return rows[0]
    share = np.clip((time - times[k]) / (times[k + 1] - times[k]), 0.0, 1.0)
    return (1.0 - share) * rows[k] + share * rows[k + 1]
