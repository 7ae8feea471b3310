"""A run as something to show: its yarns, its numbers at the crossings, its pins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warp_fabric.directions import facing
from warp_fabric.errors import SceneError
from warp_fabric.fabric import Fabric
from warp_fabric.geometry import centre_lines, frame_relief
from warp_fabric.layout import ALONG_END, ALONG_PICK
from warp_fabric.loose_ends import OVERHANG, with_loose_ends
from warp_fabric.obstacle_shapes import ObstacleShape, found_shapes
from warp_fabric.real_cloth import drawn
from warp_fabric.runs import Runs
from warp_fabric.scene.pin_path import pin_targets
from warp_fabric.trajectory import Trajectory
from warp_fabric.viewer.quantities import QUANTITIES, Quantity
from warp_fabric.viewer.subject import Strands, Subject, Window
from warp_fabric.viewer.surface import blocks, palette, stride

Array = NDArray[np.float64]


class Cloth(Subject):
    """A run, or a scene's first state.

    Args:
        run: Its frames.
        name: As users read it.
    """

    fixed_samples = False

    def __init__(self, run: Trajectory, name: str) -> None:
        self.run, self.name = drawn(run), name
        self.fabric, self.time = self.run.fabric, self.run.time
        picks, ends = self.fabric.drawdown.shape
        self.grid = (picks, ends)
        spans = (self.fabric.layout.spans(axis) for axis in (ALONG_PICK, ALONG_END))
        self.piece_count = sum(int((last - first - 1).sum()) for _, first, last in (each.T for each in spans))

    def quantities(self) -> list[Quantity]:
        """Those that this run has the data for."""
        return [each for each in QUANTITIES if all(getattr(self.run, name, None) is not None for name in each.needs)]

    def values(self, quantity: Quantity, frame: int) -> Array:
        """`[picks, ends, 2]`, the pick's and the end's values in a frame."""
        return self._evaluated(quantity, frame, np.s_[:, :])

    def course(self, quantity: Quantity, pick: int, end: int) -> Array:
        """`[frames, 2]`, the pick's and the end's values at one crossing over time."""
        first = max(pick - 1, 0), max(end - 1, 0)
        values = self._evaluated(quantity, slice(None), np.s_[first[0] : pick + 2, first[1] : end + 2])
        return values[:, pick - first[0], end - first[1]]

    def _evaluated(self, quantity: Quantity, frames: int | slice, window: Window) -> Array:
        """Values in some frames at some crossings."""
        run, fabric, part = self.run, self.fabric, (frames, *window)
        arrays = {name: getattr(run, name)[part] for name in quantity.needs}
        interchange, flattening = (0.0 if each is None else each[part] for each in (run.interchange, run.flattening))
        rises = fabric.pick_rise - 2.0 * interchange - flattening, fabric.end_rise + 2.0 * interchange - flattening
        shape = run.position[part].shape[:-1]
        rise = np.stack([np.broadcast_to(each, shape) for each in rises], axis=-1)
        layout = fabric.layout.part(window)
        links: dict[str, Any] = {"pick_links": layout.links(ALONG_PICK), "end_links": layout.links(ALONG_END)}
        known = {"rest": fabric.sliding[window], "on_top": fabric.drawdown[window], "rise": rise}
        return quantity.values({**arrays, **known, **links})

    def strands(self, frame, samples, colors=None, window=None) -> list[Strands]:
        fabric, position, relief = self.fabric, self.run.position[frame], frame_relief(self.run, frame)
        if window is not None:
            fabric, position, relief = _part(fabric, window), position[window], relief.part(window)
            colors = None if colors is None else colors[window]
        picks, ends = fabric.drawdown.shape
        if colors is None:
            of_picks = np.broadcast_to(fabric.pick_color[:, None], (picks, ends, 3))
            of_ends = np.broadcast_to(fabric.end_color[:, None], (ends, picks, 3))
        else:
            of_picks, of_ends = colors[:, :, 0], colors[:, :, 1].swapaxes(0, 1)
        end_lines, pick_lines = centre_lines(fabric, position, samples, relief)
        found, loose = [], _loose_pieces(samples)
        for lines, axis, radius, color in (
            (end_lines, ALONG_END, fabric.end_radius, of_ends),
            (pick_lines, ALONG_PICK, fabric.pick_radius, of_picks),
        ):
            runs = Runs.of(fabric.layout, axis)
            if len(runs):
                points, there = runs.rows(lines, samples), runs.there(samples, 2 * loose)
                piece = np.arange(points.shape[1] - 1)
                nearest = (2 * piece + 1 + samples) // (2 * samples)  # to the middle of the piece
                nearest = np.pad(nearest, loose, constant_values=(0, nearest[-1]))
                shades = runs.rows(color)[:, nearest]
                longer = with_loose_ends(points, runs, samples, loose)
                found.append(Strands(longer, radius[runs.yarn], shades, there[:, 1:]))
        return found

    @cached_property
    def sides(self) -> Array:
        """`[2, picks, ends, 3]` sRGB, the colours of the yarns seen on the face of the cloth and on its back."""
        fabric = self.fabric
        on_top = fabric.drawdown[..., None]
        return np.stack([np.where(each, fabric.end_color, fabric.pick_color[:, None]) for each in (on_top, ~on_top)])

    @cached_property
    def palette(self) -> tuple[Array, NDArray[np.int64]]:
        """The draft's colours on a surface: few of them, `[colours, 3]` sRGB, and which each cell has,
        `[2, rows, columns]` on the face and on the back. The same in every frame, and slow to find."""
        picks, ends = self.fabric.drawdown.shape
        return palette(np.stack([blocks(each, stride((picks, ends))) for each in self.sides]))

    def bounds(self, frame: int | None = None) -> tuple[Array, Array]:
        margin, position = OVERHANG * self.spacing(), self.run.position[slice(None) if frame is None else [frame]]
        points = self.fabric.layout.packed(position, 1)
        return points.min(axis=(0, 1)) - margin, points.max(axis=(0, 1)) + margin

    def crossings(self, frame: int) -> Array:
        """`[picks, ends, 3]` m, where crossings are in a frame; not numbers where there is none."""
        return self.fabric.layout.masked(self.run.position[frame])

    def has(self, pick: int, end: int) -> bool:
        """Whether there is such a crossing."""
        layout = self.fabric.layout
        return pick < layout.shape[0] and end < layout.shape[1] and bool(layout.node[pick, end] >= 0)

    def facing(self) -> Array:
        return facing(self.run.position[0], self.fabric.layout)

    def spacing(self) -> float:
        return 0.5 * (self.fabric.end_spacing + self.fabric.pick_spacing)

    def pins(self, time: float) -> Array:
        return pin_targets(self.run.scene.pins, self.fabric.position, time)

    @cached_property
    def obstacles(self) -> Sequence[ObstacleShape]:
        """What the cloth touches; nothing where the file of a mesh cannot be read, as the rest is worth seeing."""
        try:
            return found_shapes(self.run.scene)
        except SceneError:
            return ()

    def top_values(self, values: Array) -> Array:
        """Of `[picks, ends, 2, ...]` for pick and end, those of the yarn on top, `[picks, ends, ...]`."""
        on_top = self.fabric.drawdown.astype(int)
        return np.take_along_axis(values, on_top.reshape(*on_top.shape, *[1] * (values.ndim - 2)), axis=2)[:, :, 0]


def _loose_pieces(samples: int) -> int:
    """Pieces of loose yarn at either end, about as long as the others."""
    return max(1, round(OVERHANG * samples))


def _part(fabric: Fabric, window: Window) -> Fabric:
    """Some picks and ends of a fabric."""
    rows, columns = window
    return replace(
        fabric,
        drawdown=fabric.drawdown[window],
        end_yarn=fabric.end_yarn[columns],
        pick_yarn=fabric.pick_yarn[rows],
        position=fabric.position[window],
        sliding=fabric.sliding[window],
        end_color=fabric.end_color[columns],
        pick_color=fabric.pick_color[rows],
        layout=fabric.layout.part(window),
    )
