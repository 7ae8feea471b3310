"""One subject in the browser: its yarns, its surface, its pins and the crossing that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.obstacle_shapes import COLOR
from warp_fabric.srgb import to_linear
from warp_fabric.viewer.pieces import Pieces, ball_shape, piece_shape
from warp_fabric.viewer.surface import Patch

if TYPE_CHECKING:
    import viser

    from warp_fabric.obstacle_shapes import ObstacleShape
    from warp_fabric.viewer.painter import Painting

Array = NDArray[np.float64]

FEW = 30_000
"""Up to so many pieces they are drawn rounder."""
PIN_COLOR, MARK_COLOR = (204, 32, 24), (0, 190, 110)


class Drawing:
    """What of one subject is in the browser. Only what has changed is sent.

    Args:
        server: Who sends it.
        name: Of the node that all of it lies under.
    """

    def __init__(self, server: viser.ViserServer, name: str) -> None:
        self._scene, self._name = server.scene, name
        self._root = self._scene.add_frame(name, show_axes=False)
        self._label = self._scene.add_label(f"{name}/label", "", visible=False, anchor="bottom-center")
        self._bundles: list[viser.BatchedMeshHandle] = []
        self._patches: list[viser.MeshHandle | None] = []
        self._obstacles: list[viser.MeshHandle] = []
        self._pins: viser.BatchedMeshHandle | None = None
        self._mark: viser.IcosphereHandle | None = None

    def place(self, offset: Array, label: str, top: Array) -> None:
        """Move it all, and write a label above it ("" for none)."""
        self._root.position = tuple(offset)
        self._label.visible = bool(label)
        self._label.text, self._label.position = label, tuple(top - offset)

    def draw(self, painting: Painting) -> None:
        """Show these yarns, and this surface, in place of those before."""
        self.draw_yarns(painting.yarns)
        self.draw_surface(painting.patches, painting.colors)

    def draw_yarns(self, bundles: Sequence[Pieces]) -> None:
        """Show these yarns in place of those before; none: take them away."""
        fine = sum(len(each.position) for each in bundles) <= FEW
        if [len(each.position) for each in bundles] != [len(each.batched_positions) for each in self._bundles]:
            for handle in self._bundles:
                handle.remove()
            self._bundles = [
                self._scene.add_batched_meshes_simple(
                    f"{self._name}/yarns-{k}",
                    *piece_shape(10 if fine else 6, float(np.median(each.scale[:, 0] / each.scale[:, 2])), fine),
                    each.wxyz,
                    each.position,
                    batched_scales=each.scale,
                    batched_colors=_bytes(each.color),
                    lod="off",
                    cast_shadow=False,
                    receive_shadow=False,
                )
                for k, each in enumerate(bundles)
            ]
            return
        for handle, each in zip(self._bundles, bundles):
            handle.batched_positions, handle.batched_wxyzs = each.position, each.wxyz
            handle.batched_scales, handle.batched_colors = each.scale, _bytes(each.color)

    def draw_surface(self, patches: Sequence[Patch], colors: Array) -> None:
        """Show this surface in place of the one before; no patches: take it away.

        Args:
            patches: Its parts.
            colors: `[patches, 3]` sRGB.
        """
        shades = [(int(red), int(green), int(blue)) for red, green, blue in np.round(255.0 * colors)]
        while len(self._patches) > len(patches):
            _removed(self._patches.pop())
        self._patches += [None] * (len(patches) - len(self._patches))
        for k, (patch, shade) in enumerate(zip(patches, shades)):
            handle = self._patches[k]
            if not len(patch.faces):
                _removed(handle)
                self._patches[k] = None
            elif handle is None:
                self._patches[k] = self._scene.add_mesh_simple(
                    f"{self._name}/surface-{k}",
                    patch.vertices,
                    patch.faces,
                    color=shade,
                    side=patch.side,
                    cast_shadow=False,
                    receive_shadow=False,
                )
            else:
                handle.vertices, handle.faces = patch.vertices, patch.faces
                handle.color, handle.side = shade, patch.side

    def draw_obstacles(self, shapes: Sequence[ObstacleShape], time: float, centre: Array, scale: float) -> None:
        """Show obstacles where they are at a time [s], in place of those before.

        Args:
            centre: `[3]` m, what becomes the origin. scale: View units per metre.
        """
        if [len(each.faces) for each in shapes] != [len(each.faces) for each in self._obstacles]:
            for handle in self._obstacles:
                handle.remove()
            red, green, blue = (round(255.0 * each) for each in COLOR)
            self._obstacles = [
                self._scene.add_mesh_simple(
                    f"{self._name}/obstacle-{k}",
                    (each.at(time) - centre) * scale,
                    each.faces,
                    color=(red, green, blue),
                    flat_shading=each.normals is None,
                    side="front" if each.closed or each.kind == "plane" else "double",
                    cast_shadow=False,
                    receive_shadow=False,
                )
                for k, each in enumerate(shapes)
            ]
            return
        for handle, each in zip(self._obstacles, shapes):
            vertices = ((each.at(time) - centre) * scale).astype(np.float32)
            if not np.array_equal(handle.vertices, vertices):
                handle.vertices = vertices

    def draw_pins(self, points: Array, radius: float) -> None:
        """Show pins at these points `[pins, 3]`."""
        if self._pins is not None and len(self._pins.batched_positions) == len(points):
            self._pins.batched_positions = points.astype(np.float32)
            return
        _removed(self._pins)
        self._pins = None
        if len(points):
            self._pins = self._scene.add_batched_meshes_simple(
                f"{self._name}/pins",
                *ball_shape(),
                np.tile([1.0, 0.0, 0.0, 0.0], (len(points), 1)),
                points,
                batched_scales=np.full(len(points), radius),
                batched_colors=_bytes(np.array(PIN_COLOR) / 255.0),
                lod="off",
                cast_shadow=False,
                receive_shadow=False,
            )

    def mark(self, point: Array | None, radius: float) -> None:
        """Mark a point `[3]`; None: no point."""
        if point is None:
            _removed(self._mark)
            self._mark = None
        elif self._mark is None:
            self._mark = self._scene.add_icosphere(
                f"{self._name}/mark",
                radius,
                MARK_COLOR,
                position=tuple(point),
                opacity=0.55,
                cast_shadow=False,
                receive_shadow=False,
            )
        else:
            self._mark.position = tuple(point)


def _bytes(color: NDArray) -> NDArray[np.uint8]:
    """sRGB colours as the browser takes those of copies of a shape: linear, 0 to 255."""
    return np.round(255.0 * to_linear(color)).astype(np.uint8)


def _removed(handle) -> None:
    if handle is not None:
        handle.remove()
