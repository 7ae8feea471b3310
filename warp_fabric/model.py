"""Model: everything about one or more fabrics that a simulation does not change, as device arrays."""

# Warp structs are no types to a type checker.
# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import warp as wp

from warp_fabric.beads import beads_of, device_beads
from warp_fabric.bundle_weights import clamp_stiffness, corner_weights, jamming_shares
from warp_fabric.bundled_yarns import bundles_of
from warp_fabric.fabric import Fabric, kinds_of_nodes
from warp_fabric.layout import ALONG_PICK, Layouts
from warp_fabric.material import Material, material_of
from warp_fabric.obstacles import Obstacles, obstacles_of
from warp_fabric.parameters import AIR, acting
from warp_fabric.prescribed import Gusts, Pins, gusts_of, pins_of
from warp_fabric.scene.panels import of_which
from warp_fabric.scene.rates import is_stiff, rates
from warp_fabric.start import start_warp
from warp_fabric.topology import Incidence, Topology, build_topology
from warp_fabric.types import f64, vec2

if TYPE_CHECKING:
    from warp_fabric.scene import Scene

GPU_GAINS_FROM = 400
"""Crossings from which "auto" takes the GPU: below, launches and reads cost it more than its threads save. Of the
paper's scene a step takes an H200 3.4 ms at 10 x 10 and 3.9 at 25 x 25, a core of an AMD EPYC 1.6 and 7.3."""


@wp.struct
class Grid:
    """Index tables (see `topology.py`) as kernels read them, and each fabric's measures.

    segment_interlaced: [M] what share of a segment's yarn changes sides. corner_interlaced: [C] what share of a
    corner's yarns jam. corner_spacing: [C] mean spacing of real yarns, m. corner_weight: [C] of how many real corners.
    triple_stiffness: [T] what its yarn's bending stiffness is multiplied with.
    spacing: [F] m, along picks and along ends. strands: [F] how many real picks, and real ends, a yarn stands for in
    the midst of the cloth. touching: [F] whether its crimp is that of round yarns that touch.
    first_yarn: [F + 1] which of the scenes' yarns are a fabric's. yarn_share: [Y] of its picks, and of its ends.
    """

    neighbor: wp.array2d(dtype=wp.int32)
    inner: wp.array(dtype=wp.int32)
    slides: wp.array(dtype=wp.int32)
    fabric: wp.array(dtype=wp.int32)
    pick_yarn: wp.array(dtype=wp.int32)
    end_yarn: wp.array(dtype=wp.int32)
    end_on_top: wp.array(dtype=wp.int32)
    segment: wp.array2d(dtype=wp.int32)
    segment_axis: wp.array(dtype=wp.int32)
    segment_length: wp.array(dtype=f64)
    segment_interlaced: wp.array(dtype=f64)
    node_segment: wp.array2d(dtype=wp.int32)
    triple: wp.array2d(dtype=wp.int32)
    triple_axis: wp.array(dtype=wp.int32)
    triple_stiffness: wp.array(dtype=f64)
    corner: wp.array2d(dtype=wp.int32)
    corner_spacing: wp.array(dtype=f64)
    corner_interlaced: wp.array(dtype=f64)
    corner_weight: wp.array(dtype=f64)
    triangle: wp.array2d(dtype=wp.int32)
    cell: wp.array2d(dtype=wp.int32)
    node_triple: wp.array2d(dtype=wp.int32)
    spacing: wp.array(dtype=vec2)
    strands: wp.array(dtype=vec2)
    touching: wp.array(dtype=wp.int32)
    first_yarn: wp.array(dtype=wp.int32)
    yarn_share: wp.array(dtype=vec2)


INEXTENSIBLE = 1.0e6
"""Textile yarns have 1e7 and more at 1 ms, the paper's 1e4 at 10 ms."""


class DeviceIncidence:
    """An `Incidence` as device arrays.

    Args:
        axis: Of each element, if elements have one: those of picks come first in a row, and where those of ends begin
            is `second` then.
    """

    def __init__(self, incidence: Incidence, axis: np.ndarray | None = None) -> None:
        self.offset = wp.array(incidence.offset, dtype=wp.int32)
        self.element = wp.array(incidence.element, dtype=wp.int32)
        self.roles = wp.array(incidence.roles, dtype=wp.int32)
        self.second: wp.array | None = None
        if axis is not None:
            of_picks = np.concatenate([[0], np.cumsum(axis[incidence.element] == ALONG_PICK)])
            start, end = incidence.offset[:-1], incidence.offset[1:]
            self.second = wp.array(start + of_picks[end] - of_picks[start], dtype=wp.int32)


def incidences(
    topology: Topology, cells: bool = False
) -> tuple[dict[str, DeviceIncidence], dict[str, DeviceIncidence]]:
    """By element kind, what each crossing, and what each pair of crossings, collects from; on the current device.

    Args:
        cells: Whether cells are elements too.
    """
    kinds = ("segment", "triple", "corner", "triangle", *(("cell",) if cells else ()))
    elements = {name: getattr(topology, name) for name in kinds}
    axes = {"segment": topology.segment_axis, "triple": topology.triple_axis}
    gather = {name: DeviceIncidence(topology.gather(table)) for name, table in elements.items()}
    pairs = {name: DeviceIncidence(topology.gather_pairs(table), axes.get(name)) for name, table in elements.items()}
    return gather, pairs


class Model:
    """Constant device arrays of one or more fabrics, simulated side by side.

    Args:
        scenes: One scene or several; each brings its fabric or its panels, yarns, contact, environment and pins.
        device: A Warp device name, or "auto" (see `resolve_device`); None takes the first scene's.
        varied: Dotted names of what is to be differentiated by: a force acts for their sake though they are 0 now.

    Attributes:
        grid: Index tables. material: differentiable parameters, as scenes give them. pins: pinned crossings.
        gusts: wind over time.
        rest_position: [N, 3] m. rest_sliding: [N, 2] m (NumPy).
        at_rest: Both of all crossings of the grids, by name. drawdown: bool, whether the end is on top, likewise.
        layouts: Which crossings each fabric has, and where they are among the nodes; arrays hold nodes.
        group: int[fabrics], the number of the scene that each fabric is of: panels of one scene can meet.
        of_fabric: What messages say of a place in each fabric: nothing of a single one, else " of panel 'front'".
        acting: Keys of the parameters that are not 0 everywhere, or are varied: which forces there are.
        bundles: How the yarns are made of the scenes', where any fabric is in bundles; else None.
        twists, bend_damped, shear_damped: Whether any fabric resists twist, damps bending and shear.
        crimped: Whether any fabric's yarns are.
        beads: What touches, None where nothing can. touches_itself: Whether cloth does.
        obstacles: What else is touched. obstacle_keys: Where each of them has its path's keys.
        most_obstacles: That any fabric meets. obstacles_move: Whether any may, over time.
        windy: Whether air acts on the cloth at all.
        gusty: Whether any fabric's wind changes over time.
    """

    def __init__(self, scenes: Scene | Sequence[Scene], device: str | None = None, varied: Iterable[str] = ()) -> None:
        start_warp()
        given = [*scenes] if isinstance(scenes, Sequence) else [scenes]
        scenes = [part for scene in given for part in scene.parts]
        self.group = np.repeat(np.arange(len(given)), [len(scene.parts) for scene in given])
        self.of_fabric = of_which(given)
        fabrics = [scene.build() for scene in scenes]
        crossings = sum(fabric.layout.count for fabric in fabrics)
        self.device = wp.get_device(resolve_device(device or scenes[0].solver.device, crossings))
        self.layouts = Layouts([fabric.layout for fabric in fabrics])
        self.topology = build_topology(self.layouts.parts)
        self.at_rest = {
            "position": np.concatenate([fabric.position.reshape(-1, 3) for fabric in fabrics]),
            "sliding": np.concatenate([fabric.sliding.reshape(-1, 2) for fabric in fabrics]),
        }
        self.drawdown = np.concatenate([fabric.drawdown.ravel() for fabric in fabrics])
        self.rest_position = self.layouts.pack(self.at_rest["position"], 3)
        self.rest_sliding = self.layouts.pack(self.at_rest["sliding"], 2)
        self.acting = acting(scenes, varied)
        self.windy = not self.acting.isdisjoint(AIR)
        self.twists = "twist_rigidity" in self.acting
        self.bend_damped = "damping" in self.acting
        self.shear_damped = "shear_damping" in self.acting
        self.crimped = any(scene.crimped for scene in scenes)
        self.touches_itself = any(scene.collision.self for scene in scenes)
        self.gusty = any(scene.environment.gusts for scene in scenes)
        self._stiffest, self._tautest = map(max, zip(*map(rates, scenes)))
        with wp.ScopedDevice(self.device):
            self.grid = self._grid(fabrics, [scene.fabric.crimp == "touching" for scene in scenes])
            self.material = material_of(scenes)
            self.bundles = bundles_of(fabrics)
            self.pins = pins_of(scenes, self.layouts, self.rest_position)
            clamped = clamp_stiffness(fabrics, self.topology, self.pins.crossing.numpy())
            self.grid.triple_stiffness = wp.array(clamped, dtype=f64)
            self.gusts = gusts_of(scenes)
            touches = any(scene.touches for scene in scenes)
            beads = beads_of(fabrics, self.topology) if touches else None
            self.beads = beads and device_beads(beads, self.layouts, group=self.group.tolist())
            self.obstacles, self.obstacle_keys = obstacles_of(scenes)
            self.obstacles_move = any(_moves(obstacle) for scene in scenes for obstacle in scene.obstacles)
            self.most_obstacles = max(len(scene.obstacles) for scene in scenes)
            self.gather, self.pairs = incidences(self.topology, self.twists)

    @property
    def fabric_count(self) -> int:
        """Number of fabrics F."""
        return len(self.layouts.parts)

    @property
    def node_count(self) -> int:
        """Number of crossings N that there are in all fabrics."""
        return self.topology.node_count

    @property
    def bead_count(self) -> int:
        """Number of beads K; 0 where nothing touches."""
        return 0 if self.beads is None else len(self.beads.weight)

    @property
    def obstacle_count(self) -> int:
        """Number of obstacles O of all scenes."""
        return len(self.obstacles.shape)

    @property
    def obstacle_vertices(self) -> int:
        """Number of vertices of all meshes and boxes."""
        return len(self.obstacles.vertex_obstacle)

    @property
    def pin_count(self) -> int:
        return len(self.pins.crossing)

    def stiff(self, h: float) -> bool:
        """Whether bending or shear outweighs inertia from one crossing to the next within `h` seconds, as the scenes
        were given: then smooth motions need a coarse space in linear solves, which soft yarns do without."""
        return is_stiff(self._stiffest, h)

    def inextensible(self, h: float) -> bool:
        """Whether stretch outweighs inertia so far within `h` seconds that yarns are as good as inextensible."""
        return bool(self._tautest * h * h > INEXTENSIBLE)

    def differentiable(self) -> list[wp.array]:
        """All parameter arrays that collect gradients; empty ones (no pins) left out."""
        tables = ((self.material, Material.vars), (self.pins, Pins.vars), (self.gusts, Gusts.vars))
        tables += ((self.obstacles, Obstacles.vars),)
        arrays = [getattr(table, name) for table, names in tables for name in names]
        return [array for array in arrays if array.requires_grad and array.size]

    def without_sliding(self) -> Model:
        """The same model with no crossing free to slide; it shares this one's arrays."""
        other = copy.copy(self)
        other.grid = Grid()
        for name in Grid.vars:
            setattr(other.grid, name, getattr(self.grid, name))
        other.grid.slides = wp.zeros_like(self.grid.slides)
        return other

    def place(self, node: int) -> str:
        """Where a node is, for messages: "[3, 4]", of several fabrics " of panel 'front'" besides."""
        fabric, pick, end = self.layouts.locate(node)
        return f"[{pick}, {end}]{self.of_fabric[fabric]}"

    def on_grid(self, arrays: Mapping[str, np.ndarray], grid: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Arrays of nodes by name, [N, ...], as ones of all crossings, [*grid, ...]: where there is none, positions,
        sliding coordinates and anchors are those at rest, and all else is 0."""
        rest = self.at_rest | {"anchor": self.at_rest["sliding"]}
        whole = {name: self.layouts.unpack(array, rest.get(name, 0.0)) for name, array in arrays.items()}
        return {name: array.reshape(*grid, *array.shape[1:]) for name, array in whole.items()}

    def _packed(self, values: list[np.ndarray], width: int) -> np.ndarray:
        """[N, width] of each fabric's values of its grid, [picks, ends, width] or what is as good as that."""
        return self.layouts.pack(np.concatenate([each.reshape(-1, width) for each in values]), width)

    def _grid(self, fabrics: list[Fabric], touching: list[bool]) -> Grid:
        table = self.topology
        drawdown = self.layouts.pack(self.drawdown, 1)[:, 0]
        spacing = np.array([[fabric.end_spacing, fabric.pick_spacing] for fabric in fabrics])
        real = np.mean([fabric.real_spacings for fabric in fabrics], axis=1)
        grid = Grid()
        for name in set(Grid.vars) & {field.name for field in fields(table)}:
            setattr(grid, name, wp.array(np.ascontiguousarray(getattr(table, name), dtype=np.int32), dtype=wp.int32))
        grid.pick_yarn, grid.end_yarn = (wp.array(each, dtype=wp.int32) for each in kinds_of_nodes(fabrics))
        grid.end_on_top = wp.array(drawdown, dtype=wp.int32)
        grid.segment_length = wp.array(spacing[table.fabric[table.segment[:, 0]], table.segment_axis], dtype=f64)
        following = [np.stack([*map(_padded, fabric.interlaced, (0, 1))], axis=-1) for fabric in fabrics]
        interlaced = self._packed(following, 2)[table.segment[:, 0], table.segment_axis]
        grid.segment_interlaced = wp.array(interlaced, dtype=f64)
        grid.corner_spacing = wp.array(real[table.fabric[table.corner[:, 0]]], dtype=f64)
        grid.corner_interlaced = wp.array(jamming_shares(fabrics, table, drawdown), dtype=f64)
        grid.corner_weight = wp.array(corner_weights(fabrics, table), dtype=f64)
        grid.spacing = wp.array(spacing, dtype=vec2)
        grid.strands = wp.array([fabric.strands for fabric in fabrics], dtype=vec2)
        grid.touching = wp.array(touching, dtype=wp.int32)
        grid.first_yarn = wp.array(np.cumsum([0] + [len(fabric.yarns) for fabric in fabrics]), dtype=wp.int32)
        grid.yarn_share = wp.array(np.concatenate([fabric.yarn_share for fabric in fabrics]), dtype=vec2)
        return grid


def _padded(values: np.ndarray, axis: int) -> np.ndarray:
    """With a 0 behind the last, along the picks (axis 0) or along the ends."""
    return np.pad(values, ((0, 0), (0, 1)) if axis == 0 else ((0, 1), (0, 0)))


def _moves(obstacle) -> bool:
    return obstacle.shape == "mesh" or len(obstacle.path or ()) > 1


def resolve_device(name: str, crossings: int) -> str:
    """The Warp device that a scene's `solver.device` names for so many crossings of all fabrics together.

    "auto" is the first CUDA device if there is one and the cloth is large enough to gain from it, else the CPU.
    """
    if name != "auto":
        return name
    return "cuda:0" if crossings >= GPU_GAINS_FROM and wp.is_cuda_available() else "cpu"
