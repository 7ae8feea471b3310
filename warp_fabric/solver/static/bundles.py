"""Coarser cloth: several neighbouring yarns as one, to find an equilibrium's shape at little cost.

A bundle of k yarns stretches, bends and weighs like k of them and crosses its neighbours at k times the spacing. Its
yarns are a choice among the finer cloth's: the outermost, and where crossings are pinned, so that pins stay where they
are. Bundles do not slide.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import warp as wp
from scipy.interpolate import make_interp_spline

from warp_fabric.forces import Held, Moment, empty_held, hold
from warp_fabric.layout import ALONG_PICK, Layout, Layouts
from warp_fabric.material import Material
from warp_fabric.model import Grid, Model, incidences
from warp_fabric.prescribed import Pins
from warp_fabric.state import State
from warp_fabric.topology import build_topology
from warp_fabric.types import f64, vec2, vec3

FEWEST = 13
"""Yarns across the coarsest cloth."""
EXTRA = 4
"""Yarns that may be kept on either axis besides the even ones, for the sake of pins beside pins."""
EVEN = 0.2
"""How far a corner's bundles may be from the typical ones to jam."""


@dataclass
class Level:
    """One coarse cloth.

    Attributes:
        lines: The finest cloth's picks, then ends that are bundles here. nodes: [n] the finest cloth's nodes that are
            crossings here.
        model, state, held: As for a search.
    """

    lines: tuple[np.ndarray, np.ndarray]
    nodes: np.ndarray
    model: Model
    state: State
    held: Held


def levels(model: Model, state: State, held: Held) -> list[Level]:
    """Coarser cloths for one fabric, the coarsest first; none where it is small, where there are several fabrics, where
    cloth touches something, which bundles would pass, or where it is too narrow for them."""
    if model.fabric_count != 1 or model.bead_count:
        return []
    (layout,) = model.layouts.parts
    found, counts, crossings = [], list(layout.shape), layout.crossing[model.pins.crossing.numpy()]
    while max(counts) > 1.5 * FEWEST:
        counts = [max(FEWEST, (count + 1) // 2) if count > 1.5 * FEWEST else count for count in counts]
        lines = tuple(chosen(n, count, at) for n, count, at in zip(layout.shape, counts, crossings.T))
        if all(len(line) == n for line, n in zip(lines, layout.shape)):
            break
        coarse = Layout(layout.present[np.ix_(*lines)])
        if len(coarse.pieces) != len(layout.pieces):
            break
        found.append(_level(model, state, held, lines, coarse))
    return found[::-1]


def chosen(count: int, wanted: int, pinned: np.ndarray) -> np.ndarray:
    """Numbers of about `wanted` of `count` yarns: the outermost, some evenly between, moved to where pins are."""
    if wanted >= count:
        return np.arange(count)
    even = np.unique(np.rint(np.linspace(0, count - 1, wanted)).astype(int))
    taken: dict[int, int] = {0: 0, len(even) - 1: count - 1}
    left = []
    for line in np.unique(pinned):
        nearest = int(np.argmin(np.abs(even - line)))
        if taken.setdefault(nearest, int(line)) != line:
            left.append(int(line))
    moved = [taken.get(k, int(line)) for k, line in enumerate(even)]
    return np.unique([*moved, *left[:EXTRA]] if len(left) <= EXTRA else moved)


def spread(lines: tuple[np.ndarray, np.ndarray], values: np.ndarray, onto: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Values [picks, ends, k] on some lines, interpolated onto others by cubic splines."""
    for axis in (0, 1):
        if not np.array_equal(lines[axis], onto[axis]):
            spline = make_interp_spline(lines[axis], values, k=min(3, len(lines[axis]) - 1), axis=axis)
            values = spline(onto[axis])
    return values


def _shares(lines: np.ndarray, count: int) -> np.ndarray:
    """[lines, count] how much of each yarn each bundle takes; every yarn is given away once."""
    hats = np.eye(len(lines))
    return np.stack([np.interp(np.arange(count), lines, hat) for hat in hats])


def _level(model: Model, state: State, held: Held, lines: tuple[np.ndarray, np.ndarray], layout: Layout) -> Level:
    (fine,), device = model.layouts.parts, model.device
    picks, ends = fine.shape
    kept = fine.node[np.ix_(*lines)][layout.present]
    shares = (_shares(lines[0], picks), _shares(lines[1], ends))
    coarse = copy.copy(model)
    coarse.layouts = Layouts([layout])
    coarse.topology = build_topology(coarse.layouts.parts)
    coarse.rest_position, coarse.rest_sliding = (
        model.rest_position[kept],
        _sliding(model, state, held, lines)[layout.present],
    )
    coarse.windy = coarse.gusty = False
    coarse.bundles = None
    with wp.ScopedDevice(device):
        coarse.grid, coarse.material = _bundled(model, held, coarse, lines, shares, kept)
        coarse.pins, targets = _pins(model, held, lines, layout)
        coarse.gather, coarse.pairs = incidences(coarse.topology, coarse.twists)
    start = State.of(coarse, position=state.position.numpy()[kept], sliding=coarse.rest_sliding)
    kept_held = empty_held(coarse)
    hold(coarse, Moment.of(start), kept_held)
    kept_held.pin_target.assign(targets)
    pressed, weight = (
        model.layouts.unpack(each).reshape(picks, ends)
        for each in (held.compression.numpy(), model.topology.inner.astype(float))
    )
    mean = (shares[0] @ pressed @ shares[1].T) / np.maximum(shares[0] @ weight @ shares[1].T, 1e-300)
    kept_held.compression.assign(mean[layout.present] * coarse.topology.inner)
    return Level(lines, kept, coarse, start, kept_held)


def _drawdown(model: Model, count: tuple[int, int]) -> np.ndarray:
    """bool[picks, ends] of bundles that are woven as the finest cloth begins: crimp needs the weave's floats."""
    return model.drawdown.reshape(model.layouts.shapes[0])[: count[0], : count[1]]


def _sliding(model: Model, state: State, held: Held, lines: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """[picks, ends, 2] sliding coordinates of bundles, which take in as much yarn as the finest cloth does now."""
    grid = model.layouts.shapes[0]
    sliding = model.on_grid({"sliding": state.sliding.numpy()}, grid)["sliding"]
    if not model.crimped:
        return sliding[np.ix_(*lines)]
    crimp, spacing = held.crimp.numpy()[0], model.grid.spacing.numpy()[0]
    rest = model.at_rest["sliding"].reshape(*grid, 2)
    drawdown, found = _drawdown(model, (len(lines[0]), len(lines[1]))), []
    for axis, other in ((0, 1), (1, 0)):  # along picks, from end to end, then along ends
        place = lines[other]
        taken, at_rest = (np.diff(np.moveaxis(x[..., axis], other, -1)[lines[axis]][:, place]) for x in (sliding, rest))
        on_top = np.moveaxis(drawdown, other, -1)
        arcs = spacing[axis] * np.diff(place) * (1.0 + crimp[axis] * (on_top[:, 1:] != on_top[:, :-1]))
        along = np.pad(np.cumsum(arcs * taken / at_rest, axis=1), ((0, 0), (1, 0)))
        found.append(np.moveaxis(along, -1, other))
    return np.stack(found, axis=-1)


def _bundled(
    model: Model, held: Held, coarse: Model, lines: tuple[np.ndarray, np.ndarray], shares, kept: np.ndarray
) -> tuple[Grid, Material]:
    """Index tables and yarns of the bundles; each bundle is a yarn of its own, the picks first."""
    table, (fine,), (layout,), material = coarse.topology, model.layouts.parts, coarse.layouts.parts, held.material
    count = (len(shares[0]), len(shares[1]))
    width = [share.sum(axis=1) for share in shares]
    typical = float(np.sqrt(np.median(width[0]) * np.median(width[1])))
    yarn_of = [np.zeros(size, int) for size in fine.shape]
    for yarns, at, index in zip(yarn_of, fine.crossing.T, (model.grid.pick_yarn, model.grid.end_yarn)):
        yarns[at] = index.numpy()

    def total(values: np.ndarray) -> np.ndarray:
        return np.concatenate([share @ values[yarns] for share, yarns in zip(shares, yarn_of)])

    names = ("radius", "linear_density", "young_modulus", "bending_modulus", "cohesion")
    radius, density, young, bending, cohesion = (getattr(material, name).numpy() for name in names)
    modulus = held.shear_modulus.numpy()
    thick = typical * total(radius) / np.concatenate(width)
    values = {
        "radius": thick,
        "linear_density": total(density),
        "young_modulus": total(young * radius**2) / thick**2,
        "bending_modulus": total(bending * radius**2) / thick**2,
        # Crimp turns a bundle as sharply as one of its yarns, and once where they turn k times: k^2 of its own bending.
        "cohesion": total(bending * radius**2) / (total(bending * radius**2 / cohesion) * np.concatenate(width) ** 2),
        "shear_modulus": modulus / typical,
        "shear_rigidity": np.zeros_like(modulus),
        "pick_crimp": held.crimp.numpy()[:, 0],
        "end_crimp": held.crimp.numpy()[:, 1],
        "parallel_stiffness": material.parallel_stiffness.numpy() / typical,
    }
    bundles = Material()
    for name in Material.vars:
        own = getattr(material, name)
        setattr(bundles, name, wp.array(values.get(name, own.numpy()), dtype=own.dtype))
    grid = Grid()
    for name in Grid.vars:
        setattr(grid, name, getattr(model.grid, name))
    for name in (
        "neighbor",
        "fabric",
        "segment",
        "segment_axis",
        "triple",
        "triple_axis",
        "corner",
        "triangle",
        "cell",
        "node_segment",
        "node_triple",
    ):
        setattr(grid, name, wp.array(np.ascontiguousarray(getattr(table, name), dtype=np.int32), dtype=wp.int32))
    grid.slides = wp.zeros(table.node_count, dtype=wp.int32)
    pick, end = layout.crossing.T
    grid.pick_yarn = wp.array(pick.astype(np.int32), dtype=wp.int32)
    grid.end_yarn = wp.array((count[0] + end).astype(np.int32), dtype=wp.int32)
    on_top = _drawdown(model, count)[layout.present] if model.crimped else model.grid.end_on_top.numpy()[kept]
    grid.end_on_top = wp.array(on_top.astype(np.int32), dtype=wp.int32)
    first, second = table.segment.T
    along_pick, along_end = (
        spacing * np.abs(line[index[second]] - line[index[first]])
        for spacing, line, index in zip(model.grid.spacing.numpy()[0], (lines[1], lines[0]), (end, pick))
    )
    lengths = np.where(table.segment_axis == ALONG_PICK, along_pick, along_end)
    grid.segment_length = wp.array(lengths, dtype=f64)
    grid.spacing = wp.array(model.grid.spacing.numpy() * [np.median(width[1]), np.median(width[0])], dtype=vec2)
    grid.touching = wp.zeros_like(model.grid.touching)
    centre = table.corner[:, 0]
    spacing = float(model.grid.corner_spacing.numpy()[0]) if len(model.grid.corner_spacing) else 1.0
    size = width[0][pick[centre]] * width[1][end[centre]] / typical
    jams = (np.abs(size / typical - 1.0) < EVEN) & bool(model.grid.corner_interlaced.numpy().any())
    grid.corner_spacing = wp.array(spacing * size, dtype=f64)
    grid.corner_interlaced = wp.array(jams.astype(float), dtype=f64)
    weight = float(np.median(model.grid.corner_weight.numpy())) if len(model.grid.corner_weight) else 1.0
    grid.corner_weight = wp.full(len(table.corner), weight, dtype=f64)
    grid.triple_stiffness = wp.full(len(table.triple), 1.0, dtype=f64)
    grid.segment_interlaced = wp.array((on_top[first] != on_top[second]).astype(float), dtype=f64)
    return grid, bundles


def _pins(model: Model, held: Held, lines, layout: Layout) -> tuple[Pins, np.ndarray]:
    """Pins at the nearest crossings, and what they pull to: moved as far as their crossings are from the true ones."""
    (fine,) = model.layouts.parts
    crossing, stiffness = model.pins.crossing.numpy(), model.pins.stiffness.numpy()
    target, found = held.pin_target.numpy(), {}
    place = np.stack([line[at] for line, at in zip(lines, layout.crossing.T)], axis=1)
    for k, pinned in enumerate(fine.crossing[crossing]):
        key = int(np.abs(place - pinned).sum(axis=1).argmin())
        here = fine.node[tuple(place[key])]
        exact = here == crossing[k]
        goal = target[k] + model.rest_position[here] - model.rest_position[crossing[k]]
        if key not in found or exact:
            found[key] = (stiffness[k], goal)
    pins = Pins()
    pins.crossing = wp.array(list(found), dtype=wp.int32)
    pins.shift = wp.zeros(len(found), dtype=vec3)
    pins.stiffness = wp.array([each[0] for each in found.values()], dtype=f64)
    goals = np.array([each[1] for each in found.values()])
    pins.key_offset = wp.array(np.arange(len(found) + 1), dtype=wp.int32)
    pins.key_time = wp.zeros(len(found), dtype=f64)
    pins.key_position = wp.array(goals, dtype=vec3)
    return pins, goals
