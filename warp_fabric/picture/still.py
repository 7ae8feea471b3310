"""One picture of a cloth, as PNG."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.errors import PictureError
from warp_fabric.fabric import Fabric
from warp_fabric.geometry import Relief, frame_relief, relief_of
from warp_fabric.obstacle_shapes import ObstacleShape, obstacle_shapes
from warp_fabric.picture.camera import Camera, place, shows_back
from warp_fabric.picture.developing import developed
from warp_fabric.picture.look import Look
from warp_fabric.picture.solids import solids_at
from warp_fabric.picture.tube_chains import yarn_tubes
from warp_fabric.png import check_name, write_pixels

if TYPE_CHECKING:
    from warp_fabric.trajectory import Trajectory

Array = NDArray[np.float64]


def render(
    source: Trajectory | Fabric,
    path: str | os.PathLike,
    frame: int = -1,
    *,
    position: Array | None = None,
    device: str | None = None,
    **look,
) -> Path:
    """Draws a fabric's yarns, and the obstacles of its scene, and writes the picture as PNG.

    Args:
        source: A trajectory, of which `frame` is drawn, or a fabric, drawn at `position` (at rest if that is None).
        path: Where to write the picture; ends in .png.
        frame: Frame of the trajectory; negative: from its end.
        position: Crossings [m], `[picks, ends, 3]`, in place of the source's own; yarns are crimped as at rest there,
            and obstacles are where they begin.
        device: Warp device; None for Warp's own choice.
        look: Attributes of `Look`: size, view, side, camera, zoom, focus, plies, ...

    Returns:
        The path written.

    Raises:
        PictureError: Where a setting is impossible, a position not finite, or the path cannot be written.
        SceneError: Where the mesh of an obstacle cannot be read.
    """
    path = check_name(Path(path))
    scene = Portrait(source, Look(**look), device)
    relief, time = None, 0.0
    if position is None:
        if isinstance(source, Fabric):
            position = source.position
        else:
            number = checked_frame(source, frame)
            position, relief = source.position[number], frame_relief(source, number)
            time = float(source.time[number])
    return write_pixels(path, scene.draw(np.asarray(position, dtype=np.float64), relief, time))


def checked_frame(run: Trajectory, frame: int) -> int:
    """The number of a frame, counted from the first.

    Raises:
        PictureError: Where there is no such frame.
    """
    count = len(run.position)
    if not -count <= frame < count:
        fix = f"give one from 0 to {count - 1}, or -1 for the last"
        raise PictureError(f"there is no frame {frame} among {count}", where="frame", fix=fix)
    return frame % count


class Portrait:
    """Draws a cloth in one way, wherever it is.

    Args:
        source: The cloth. look: How it is looked at. device: Warp device; None for Warp's own choice.
        through: Frames of the trajectory that one camera is to see, from the front of the first of them; None: each
            picture has a camera of its own.

    Raises:
        PictureError: Where a setting is impossible.
        SceneError: Where the mesh of an obstacle cannot be read.
    """

    def __init__(
        self,
        source: Trajectory | Fabric,
        look: Look,
        device: str | None = None,
        through: range | None = None,
    ) -> None:
        self.fabric = source if isinstance(source, Fabric) else source.fabric
        self.look, self.device = look, device
        self._shape = (*self.fabric.drawdown.shape, 3)
        look.check(*self._shape[:2])
        # so that single precision is ample
        self._unit = float(np.mean(np.concatenate([self.fabric.end_radius, self.fabric.pick_radius])))
        self._obstacles: list[ObstacleShape] = []
        if look.obstacles and not isinstance(source, Fabric):
            self._obstacles = obstacle_shapes(source.scene)
        self._start = None if isinstance(source, Fabric) else np.asarray(source.position[0], dtype=np.float64)
        self._fixed: tuple[Array, Camera] | None = None
        if through is not None:
            assert not isinstance(source, Fabric)
            positions = np.asarray(source.position[through.start : through.stop : through.step], dtype=np.float64)
            for position in positions:
                self._check(position)
            middle = positions.reshape(-1, 3).mean(axis=0)
            self._fixed = middle, self._placed(positions[0], middle, self._around(positions, middle))

    def draw(self, position: Array, relief: Relief | None = None, time: float = 0.0) -> NDArray[np.uint8]:
        """The picture, uint8[height, width, 3].

        Args:
            position: Crossings [m], `[picks, ends, 3]`.
            relief: How far yarns are above and below the cloth; None: as at rest.
            time: When obstacles are seen [s].

        Raises:
            PictureError: Where it is not finite, or of another shape.
        """
        self._check(position)
        from warp_fabric.picture.tracer import Light, trace  # loads Warp

        look = self.look
        middle = position.reshape(-1, 3).mean(axis=0) if self._fixed is None else self._fixed[0]
        tubes = yarn_tubes(self.fabric, position, middle, self._unit, look.samples_per_crossing, look.plies, relief)
        camera = self._placed(position, middle, tubes.point) if self._fixed is None else self._fixed[1]
        # Lights stand with the camera, the main one at the upper left.
        axes = np.stack([camera.right, camera.up, -camera.forward])
        towards = np.array([(-0.62, 0.62, 0.55), (0.9, 0.1, 0.5), (0.35, 0.7, -0.6)]) @ axes
        key, fill, rim = towards / np.linalg.norm(towards, axis=1, keepdims=True)
        light = Light(key, fill, rim, camera.up)
        solids = solids_at(self._obstacles, time, middle, self._unit)
        return developed(trace(tubes, camera, light, look.size, look.rays, self.device, solids))

    def _placed(self, position: Array, middle: Array, points: Array) -> Camera:
        look, start = self.look, position if self._start is None else self._start
        return place(
            (position - middle) / self._unit,
            points,
            look.size,
            view=look.view,
            back=shows_back(start, look.side),
            direction=look.camera,
            zoom=look.zoom,
            focus=look.focus,
        )

    def _around(self, positions: Array, middle: Array) -> Array:
        """Corners of boxes around the crossings, in which yarns are, in units of a radius."""
        relief = relief_of(self.fabric)
        thick = max(relief.pick_height.max(), relief.end_height.max(), self._unit) + self._unit
        reach = 0.5 * max(self.fabric.end_spacing, self.fabric.pick_spacing) + thick
        corners = np.array(np.meshgrid(*3 * [[-reach, reach]])).reshape(3, -1).T
        # of many frames the outermost crossings are enough
        ways = np.random.default_rng(0).standard_normal((200, 3))
        points = positions.reshape(-1, 3)
        outer = points[np.unique(np.argmax(points @ ways.T, axis=0))]
        return ((outer[:, None] + corners - middle) / self._unit).reshape(-1, 3)

    def _check(self, position: Array) -> None:
        if position.shape != self._shape:
            raise PictureError(f"it has shape {position.shape}", where="position", fix=f"give {self._shape}")
        if not np.isfinite(position).all():
            what = "it holds values that are not finite"
            raise PictureError(what, where="position", fix="draw an earlier frame")
