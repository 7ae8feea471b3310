"""One picture of a cloth, as PNG."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.errors import PictureError
from warp_fabric.fabric import Fabric
from warp_fabric.geometry import Relief, frame_relief, relief_of
from warp_fabric.obstacle_shapes import ObstacleShape, found_shapes
from warp_fabric.picture.camera import Camera, place, shows_back
from warp_fabric.picture.developing import developed
from warp_fabric.picture.look import Look
from warp_fabric.picture.solids import solids_at
from warp_fabric.picture.tube_chains import Tubes, yarn_tubes
from warp_fabric.png import check_name, write_pixels
from warp_fabric.real_cloth import drawn

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
    """Draws a fabric's yarns, and the obstacles of its scene whose meshes are there, and writes the picture as PNG.

    Args:
        source: A trajectory, of which `frame` is drawn, with all its panels; or a fabric, drawn at `position` (at rest
            if that is None).
        path: Where to write the picture; ends in .png.
        frame: Frame of the trajectory; negative: from its end.
        position: Crossings [m], `[picks, ends, 3]`, in place of the source's own; yarns are crimped as at rest there,
            and obstacles are where they begin. Not with panels.
        device: Warp device; None for Warp's own choice.
        look: Attributes of `Look`: size, view, side, camera, zoom, focus, plies, ...

    Returns:
        The path written.

    Raises:
        PictureError: Where a setting is impossible, a position not finite, or the path cannot be written.
        SceneError: Where the mesh of an obstacle cannot be read.
    """
    path = check_name(Path(path))
    source = source if isinstance(source, Fabric) else drawn(source)
    portrait = Portrait(source, Look(**look), device)
    if position is not None:
        return write_pixels(path, portrait.draw([np.asarray(position, dtype=np.float64)]))
    if isinstance(source, Fabric):
        return write_pixels(path, portrait.draw([source.position]))
    number = checked_frame(source, frame)
    return write_pixels(path, portrait.draw(*seen(source, number), float(source.time[number])))


def seen(run: Trajectory, number: int) -> tuple[list[Array], list[Relief]]:
    """Of each of a run's fabrics in a frame: crossings [m], `[picks, ends, 3]`, and how far yarns rise."""
    positions = [np.asarray(part.position[number], dtype=np.float64) for part in run.parts]
    return positions, [frame_relief(part, number) for part in run.parts]


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
    """Draws a cloth, or all panels of one, in one way, wherever it is. Of panels, the camera stands before the first.

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
        self.fabrics = [source] if isinstance(source, Fabric) else [part.fabric for part in source.parts]
        self.look, self.device = look, device
        look.check(self.fabrics[0].layout)
        # so that single precision is ample
        radii = [radius for fabric in self.fabrics for radius in (fabric.end_radius, fabric.pick_radius)]
        self._unit = float(np.mean(np.concatenate(radii)))
        self._obstacles: list[ObstacleShape] = []
        if look.obstacles and not isinstance(source, Fabric):
            self._obstacles = found_shapes(source.scene)
        self._start = None if isinstance(source, Fabric) else seen(source, 0)[0][0]
        self._fixed: tuple[Array, Camera] | None = None
        if through is not None:
            assert not isinstance(source, Fabric)
            frames = [seen(source, number)[0] for number in through]
            for positions in frames:
                self._check(positions)
            points = np.concatenate([self._points(positions) for positions in frames])
            middle = points.mean(axis=0)
            self._fixed = middle, self._placed(frames[0][0], middle, self._around(points, middle))

    def draw(
        self, positions: Sequence[Array], reliefs: Sequence[Relief] | None = None, time: float = 0.0
    ) -> NDArray[np.uint8]:
        """The picture, uint8[height, width, 3].

        Args:
            positions: Crossings of each fabric [m], `[picks, ends, 3]`.
            reliefs: How far its yarns are above and below the cloth; None: as at rest.
            time: When obstacles are seen [s].

        Raises:
            PictureError: Where it is not finite, or of another shape.
        """
        self._check(positions)
        from warp_fabric.picture.tracer import Light, trace  # loads Warp

        look = self.look
        points = self._points(positions)
        middle = points.mean(axis=0) if self._fixed is None else self._fixed[0]
        how = (middle, self._unit, look.samples_per_crossing, look.plies)
        each = zip(self.fabrics, positions, reliefs or [None] * len(positions))
        tubes = Tubes.joined([yarn_tubes(fabric, position, *how, relief) for fabric, position, relief in each])
        camera = self._placed(positions[0], middle, tubes.point) if self._fixed is None else self._fixed[1]
        # Lights stand with the camera, the main one at the upper left.
        axes = np.stack([camera.right, camera.up, -camera.forward])
        towards = np.array([(-0.62, 0.62, 0.55), (0.9, 0.1, 0.5), (0.35, 0.7, -0.6)]) @ axes
        key, fill, rim = towards / np.linalg.norm(towards, axis=1, keepdims=True)
        light = Light(key, fill, rim, camera.up)
        solids = solids_at(self._obstacles, time, middle, self._unit)
        return developed(trace(tubes, camera, light, look.size, look.rays, self.device, solids))

    def _points(self, positions: Sequence[Array]) -> Array:
        """[n, 3] m, all crossings."""
        return np.concatenate([fabric.layout.packed(each) for fabric, each in zip(self.fabrics, positions)])

    def _placed(self, position: Array, middle: Array, points: Array) -> Camera:
        look, start = self.look, position if self._start is None else self._start
        layout = self.fabrics[0].layout
        return place(
            (position - middle) / self._unit,
            points,
            look.size,
            layout=layout,
            view=look.view,
            back=shows_back(start, look.side, layout),
            direction=look.camera,
            zoom=look.zoom,
            focus=look.focus,
        )

    def _around(self, points: Array, middle: Array) -> Array:
        """Corners of boxes around crossings `[n, 3]`, in which yarns are, in units of a radius."""
        reach = 0.0
        for fabric in self.fabrics:
            relief = relief_of(fabric)
            thick = max(relief.pick_height.max(), relief.end_height.max(), self._unit) + self._unit
            reach = max(reach, 0.5 * max(fabric.end_spacing, fabric.pick_spacing) + thick)
        corners = np.array(np.meshgrid(*3 * [[-reach, reach]])).reshape(3, -1).T
        # of many frames the outermost crossings are enough
        ways = np.random.default_rng(0).standard_normal((200, 3))
        outer = points[np.unique(np.argmax(points @ ways.T, axis=0))]
        return ((outer[:, None] + corners - middle) / self._unit).reshape(-1, 3)

    def _check(self, positions: Sequence[Array]) -> None:
        if len(positions) != len(self.fabrics):
            fix = "leave the position out, or draw one panel"
            raise PictureError(f"the run has {len(self.fabrics)} panels", where="position", fix=fix)
        for fabric, position in zip(self.fabrics, positions):
            shape = (*fabric.drawdown.shape, 3)
            if position.shape != shape:
                raise PictureError(f"it has shape {position.shape}", where="position", fix=f"give {shape}")
            if not np.isfinite(position).all():
                what = "it holds values that are not finite"
                raise PictureError(what, where="position", fix="draw an earlier frame")
