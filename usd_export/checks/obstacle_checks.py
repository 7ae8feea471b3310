"""Whether an exported cloth goes into the obstacles of its scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pxr import UsdGeom

from usd_export.carried_meshes import mesh_tables_of
from usd_export.checks.findings import Findings
from usd_export.colliders import COLLIDERS
from usd_export.metadata import SCENE
from usd_export.stage import origin_of
from warp_fabric.errors import WarpFabricError
from warp_fabric.obstacle_shapes import obstacle_shapes
from warp_fabric.scene.distances import obstacle_distance
from warp_fabric.scene.meshes import obstacle_meshes

if TYPE_CHECKING:
    from pxr import Usd

    from usd_export.checks.cloth_reader import Cloth, Yarns
    from warp_fabric.obstacle_shapes import ObstacleShape

SLACK = 0.05
"""Of a yarn's radius, that its centre line may be inside: where it is pressed on hard, its side is."""
INSIDE_FIX = "begin outside of it, take a shorter time step, or let it be thicker than it moves in a step"
LINES_FIX = (
    "raise collision.stiffness, give the obstacle a thickness, or take a denser cloth: open cloth cuts its corners"
)
MESHES_FIX = "export the run again: without, it cannot be simulated from this file"
AXES = ("pick", "end")


class ObstacleCheck:
    """Looks at one frame after the other.

    Args:
        cloth: The cloth.
        yarns: Those of it that are known to be sound.
        found: Where findings go.
    """

    def __init__(self, cloth: Cloth, yarns: list[Yarns], found: Findings) -> None:
        self._cloth, self._yarns, self._found = cloth, yarns, found
        self._shapes = self._read() if cloth.fabric is not None else []
        if self._shapes:
            stage = yarns[0].prim.GetStage()
            self._rate = stage.GetTimeCodesPerSecond() or 1.0
            self._y_up = UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y
            self._scales = [_metres(each.prim) for each in yarns]

    def _read(self) -> list[ObstacleShape]:
        scene, root = self._cloth.scene, self._cloth.root
        assert scene is not None
        assert root is not None
        if not scene.obstacles:
            return []
        try:
            tables = mesh_tables_of(root)
            self._meshes = obstacle_meshes(scene, tables)
            return obstacle_shapes(scene, tables)
        except WarpFabricError as error:
            what = f"the obstacles of its scene cannot be had: {error.what}"
            self._found.warning(root.GetPath().AppendProperty(SCENE), what, MESHES_FIX)
            return []

    def look(self, time: float | None, lines: list[NDArray], crossings: NDArray | None) -> None:
        """Tell of what is inside.

        Args:
            time: Time code.
            lines: Centre lines of the yarns, prim by prim, `[yarns, points, 3]` in their own units.
            crossings: `[picks, ends, 3]` in the first prim's units, nan where a yarn is not there; None where it is
                not known where yarns cross.
        """
        for k in range(len(self._shapes)):
            depth = None if crossings is None else self._depth(k, crossings, 0, time)
            if depth is not None and depth.any():
                pick, end = np.unravel_index(np.argmax(depth), depth.shape)
                count = int(np.count_nonzero(depth))
                of = self._cloth.layout.count if self._cloth.layout else depth.size
                what = f"{count} of {of} crossings are inside it; worst at pick {pick}, end {end}"
                self._tell(k, what, INSIDE_FIX, time, float(depth.max()))
            elif self._shapes[k].kind != "mesh":  # which takes long for as many points
                self._look_at_lines(k, lines, time)

    def _look_at_lines(self, k: int, lines: list[NDArray], time: float | None) -> None:
        count, worst, deepest = 0, "", 0.0
        for n, (yarns, line) in enumerate(zip(self._yarns, lines)):
            allowed = SLACK * (yarns.radius or 0.0) * self._scales[n]
            depth = self._depth(k, line, n, time)
            depth[depth < allowed] = 0.0
            count += int(np.count_nonzero(depth.any(axis=1)))
            if depth.max(initial=0.0) > deepest:
                deepest = float(depth.max())
                number = np.asarray(yarns.numbers)[np.argmax(depth.max(axis=1))]
                ends = self._cloth.size[0] if self._cloth.size else 0
                worst = f"{yarns.direction} {number - ends if yarns.direction == 'pick' else number}"
        if count:
            several = "s go" if count > 1 else " goes"
            self._tell(
                k, f"{count} yarn{several} through it between crossings; worst {worst}", LINES_FIX, time, deepest
            )

    def _depth(self, k: int, points: NDArray, prim: int, time: float | None) -> NDArray:
        """`[...]` m, how deep points are in an obstacle; 0 outside."""
        assert self._cloth.scene is not None
        assert self._cloth.fabric is not None
        own = self._in_cloth(points.reshape(-1, 3)) * self._scales[prim]
        if self._y_up:
            own = np.stack([own[:, 0], -own[:, 2], own[:, 1]], axis=1)
        there = np.isfinite(own).all(axis=1)
        rounding = 4.0 * np.finfo(np.float32).eps * np.abs(own[there]).max(initial=0.0)
        own += origin_of(self._cloth.fabric)
        depth, seconds = np.zeros(len(own)), 0.0 if time is None else time / self._rate
        obstacle = self._cloth.scene.obstacles[k]
        distance = obstacle_distance(obstacle, self._meshes[k], own[there], 0.0, seconds)
        depth[there] = np.maximum(-distance, 0.0)
        depth[depth < rounding] = 0.0
        return depth.reshape(points.shape[:-1])

    def _in_cloth(self, points: NDArray) -> NDArray:
        """[n, 3] points of a panel, whose root may have a frame of its own, as the cloth's root has them."""
        root = self._cloth.root
        if root is None or not self._cloth.has_frame:
            return points
        move = np.array(UsdGeom.Xformable(root).GetLocalTransformation())
        return points @ move[:3, :3] + move[3, :3]

    def _tell(self, k: int, what: str, fix: str, time: float | None, deep: float) -> None:
        name = f"{self._shapes[k].kind}_{k}"
        assert self._cloth.root is not None
        prim = self._cloth.root.GetPrimAtPath(f"{COLLIDERS.name}/{name}")
        path = prim.GetPath() if prim else self._cloth.path
        what = f"obstacle {k} ({self._shapes[k].kind}): {what}, {1e3 * deep:.3g} mm deep"
        self._found.warning(path, what, fix, time, deep)


def _metres(prim: Usd.Prim) -> float:
    """Metres of a prim's own unit."""
    move = UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(0.0)
    return float(np.cbrt(abs(move.GetDeterminant3()))) * UsdGeom.GetStageMetersPerUnit(prim.GetStage())
