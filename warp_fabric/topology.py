"""Which crossings each force element joins, as index tables (NumPy only).

Crossings are numbered as in `layout.py`: those that exist, row by row; several fabrics follow each other. Elements
need all their crossings, and triangles those of their cell. They are

- segments: two neighbouring crossings of one yarn,
- triples: three neighbouring crossings of one yarn (previous, centre, next),
- corners: a crossing with four neighbours, one of these along its pick and one along its end,
- cells: two neighbouring crossings of each of two neighbouring picks,
- triangles: half of a cell.

Forces work element by element; the incidence tables say which elements, in which role, a crossing (or a pair
of crossings) collects from. Collecting instead of scattering keeps sums in one fixed order on every device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.layout import ALONG_END, ALONG_PICK, Index, Layout

# Neighbours a crossing couples with, as (pick, end) steps: itself, 1 and 2 steps along its yarns, its diagonals.
OFFSETS = (
    (0, 0),
    (0, 1),
    (0, -1),
    (1, 0),
    (-1, 0),
    (0, 2),
    (0, -2),
    (2, 0),
    (-2, 0),
    (1, 1),
    (-1, -1),
    (1, -1),
    (-1, 1),
)
SLOTS = len(OFFSETS)
OPPOSITE = tuple(OFFSETS.index((-j, -i)) for j, i in OFFSETS)
RIGHT, LEFT, UP, DOWN = 1, 2, 3, 4


@dataclass(frozen=True)
class Incidence:
    """Compressed rows: entries `offset[row] : offset[row + 1]` of `element` and of its packed `roles`."""

    offset: Index
    element: Index
    roles: Index


@dataclass(frozen=True)
class Topology:
    """Index tables of one or more fabrics; N crossings in all.

    Attributes:
        neighbor: [N, 13] crossing in each of `OFFSETS`, -1 where there is none.
        inner: [N] bool, with all four neighbours. slides: [N] bool, may slide.
        fabric: [N] which fabric a crossing belongs to.
        segment: [M, 2]; segment_axis: [M], `ALONG_PICK` or `ALONG_END`.
        triple: [T, 3] previous, centre, next; triple_axis: [T].
        corner: [C, 3] inner crossing, neighbour along the pick, neighbour along the end.
        triangle: [Q, 3]. cell: [K, 4] two neighbours along a pick, then those along the next pick.
        node_triple: [N, 2] the triple centred at a crossing, per axis, -1 where there is none.
        node_segment: [N, 4] segments to the right, left, up, down, -1 where there is none.
        lines: crossings of each run of yarn in order, one array per axis, padded with -1: [runs, longest].
    """

    neighbor: Index
    inner: NDArray[np.bool_]
    slides: NDArray[np.bool_]
    fabric: Index
    segment: Index
    segment_axis: Index
    triple: Index
    triple_axis: Index
    corner: Index
    triangle: Index
    cell: Index
    node_triple: Index
    node_segment: Index
    lines: tuple[Index, Index]

    @property
    def node_count(self) -> int:
        return len(self.inner)

    def gather(self, elements: Index) -> Incidence:
        """For each crossing, the elements it is part of and its role there."""
        count, width = elements.shape
        roles = np.tile(np.arange(width), count)
        return _compress(elements.ravel(), np.repeat(np.arange(count), width), roles, self.node_count)

    def gather_pairs(self, elements: Index) -> Incidence:
        """For each (crossing, slot), the elements joining the two; roles packed as `role * width + other role`."""
        count, width = elements.shape
        first, second = (axis.ravel() for axis in np.indices((width, width)))
        node, other = elements[:, first].ravel(), elements[:, second].ravel()
        slot = np.argmax(self.neighbor[node] == other[:, None], axis=1)
        roles = np.tile(np.arange(width * width), count)
        return _compress(
            node * SLOTS + slot, np.repeat(np.arange(count), width * width), roles, self.node_count * SLOTS
        )


def _compress(row: NDArray, element: NDArray, roles: NDArray, rows: int) -> Incidence:
    order = np.argsort(row, kind="stable")
    offset = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))])
    return Incidence(*(part.astype(np.int32) for part in (offset, element[order], roles[order])))


def build_topology(layouts: Sequence[Layout]) -> Topology:
    """Tables for fabrics of the given layouts, side by side."""
    parts = [_single(layout) for layout in layouts]
    counts = [layout.count for layout in layouts]
    starts = np.cumsum([0, *counts])
    before = {name: np.cumsum([0] + [len(part[name]) for part in parts]) for name in ("segment", "triple")}

    def join(name: str, shift: NDArray | None = None) -> NDArray:
        tables = [part[name] for part in parts]
        if shift is not None:
            tables = [np.where(table >= 0, table + start, -1) for table, start in zip(tables, shift)]
        return np.concatenate(tables)

    def lines(axis: int) -> Index:
        runs = [run + start for layout, start in zip(layouts, starts) for run in layout.runs(axis)]
        padded = np.full((len(runs), max(map(len, runs))), -1, np.int32)
        for row, run in zip(padded, runs):
            row[: len(run)] = run
        return padded

    index = {
        name: join(name, starts).astype(np.int32)
        for name in ("neighbor", "segment", "triple", "corner", "triangle", "cell")
    }
    return Topology(
        **index,
        inner=join("inner"),
        slides=join("slides"),
        fabric=np.repeat(np.arange(len(layouts)), counts).astype(np.int32),
        segment_axis=join("segment_axis").astype(np.int32),
        triple_axis=join("triple_axis").astype(np.int32),
        node_triple=join("node_triple", before["triple"]).astype(np.int32),
        node_segment=join("node_segment", before["segment"]).astype(np.int32),
        lines=(lines(ALONG_PICK), lines(ALONG_END)),
    )


def _single(layout: Layout) -> dict[str, NDArray]:
    (picks, ends), count = layout.shape, layout.count
    grid = np.arange(picks * ends).reshape(picks, ends)
    node, (pick, end) = np.pad(layout.node, 2, constant_values=-1), layout.crossing.T
    neighbor = np.stack([node[pick + 2 + j, end + 2 + i] for j, i in OFFSETS], axis=1)
    inner = layout.surrounded[layout.present]

    def runs(width: int) -> tuple[NDArray, NDArray]:
        across, down = max(ends - width + 1, 0), max(picks - width + 1, 0)
        along_pick = layout.kept(np.stack([grid[:, k : k + across].ravel() for k in range(width)], axis=1))
        along_end = layout.kept(np.stack([grid[k : k + down, :].ravel() for k in range(width)], axis=1))
        axis = np.repeat([ALONG_PICK, ALONG_END], [len(along_pick), len(along_end)])
        return np.concatenate([along_pick, along_end]), axis

    segment, segment_axis = runs(2)
    triple, triple_axis = runs(3)
    node_segment = np.full((count, 4), -1)
    node_segment[segment[:, 0], 2 * segment_axis] = np.arange(len(segment))
    node_segment[segment[:, 1], 2 * segment_axis + 1] = np.arange(len(segment))
    node_triple = np.full((count, 2), -1)
    node_triple[triple[:, 1], triple_axis] = np.arange(len(triple))

    centre = np.flatnonzero(inner)
    corner = np.stack(
        [
            np.stack([centre, neighbor[centre, along], neighbor[centre, across]], axis=1)
            for across in (UP, DOWN)
            for along in (RIGHT, LEFT)
        ],
        axis=1,
    )
    cell = layout.kept(np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]], -1).reshape(-1, 4))
    a, b, c, d = cell.T
    even = (layout.crossing[a].sum(axis=1) % 2 == 0)[:, None]
    lower = np.where(even, np.stack([a, b, d], -1), np.stack([a, b, c], -1))
    upper = np.where(even, np.stack([a, d, c], -1), np.stack([b, d, c], -1))
    return {
        "neighbor": neighbor,
        "inner": inner,
        "slides": layout.slides[layout.present],
        "segment": segment,
        "segment_axis": segment_axis,
        "triple": triple,
        "triple_axis": triple_axis,
        "corner": corner.reshape(-1, 3),
        "triangle": np.concatenate([lower, upper]),
        "cell": cell,
        "node_segment": node_segment,
        "node_triple": node_triple,
    }
