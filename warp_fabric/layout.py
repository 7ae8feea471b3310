"""Layout: which crossings a fabric has, and where each is in arrays of its own (NumPy and SciPy only).

A cloth of any shape is cut from a grid of picks and ends. Files, pictures and scripts see the whole grid, `[picks,
ends]`; solvers, whose arrays hold only what exists, see nodes: the crossings that exist, row by row. What lies between
the two is here, and nothing else asks where crossings are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

ALONG_PICK, ALONG_END = 0, 1

Index = NDArray[np.int32]


def joined(present: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of crossings [picks, ends], those that a yarn joins to a neighbour."""
    wide = np.pad(present, 1)
    return present & (wide[1:-1, :-2] | wide[1:-1, 2:] | wide[:-2, 1:-1] | wide[2:, 1:-1])


@dataclass(frozen=True, eq=False)
class Layout:
    """The crossings of one fabric.

    Attributes:
        present: bool[picks, ends], which crossings exist; one that no yarn joins to another does not.
        sliding: Whether yarns slide at all.
    """

    present: NDArray[np.bool_]
    sliding: bool = True

    def __post_init__(self) -> None:
        present = joined(np.asarray(self.present, bool)) if np.size(self.present) > 1 else np.array(self.present, bool)
        present.setflags(write=False)
        object.__setattr__(self, "present", present)

    @classmethod
    def full(cls, picks: int, ends: int, sliding: bool = True) -> Layout:
        """The whole rectangle."""
        return cls(np.ones((picks, ends), bool), sliding)

    @property
    def shape(self) -> tuple[int, int]:
        """(picks, ends) of the grid."""
        picks, ends = self.present.shape
        return picks, ends

    @property
    def size(self) -> int:
        """Crossings of the grid."""
        return self.present.size

    @cached_property
    def count(self) -> int:
        """Nodes N: crossings that exist."""
        return int(self.present.sum())

    @property
    def is_full(self) -> bool:
        """Whether all crossings of the grid exist."""
        return self.count == self.size

    @cached_property
    def node(self) -> Index:
        """[picks, ends] the node at each crossing, -1 where there is none."""
        node = np.full(self.shape, -1, np.int32)
        node[self.present] = np.arange(self.count)
        return node

    @cached_property
    def crossing(self) -> Index:
        """[N, 2] pick and end of each node."""
        return np.argwhere(self.present).astype(np.int32)

    @cached_property
    def number(self) -> NDArray[np.intp]:
        """[N] the number of each node's crossing in the grid: pick * ends + end."""
        return np.flatnonzero(self.present)

    @cached_property
    def pieces(self) -> list[Index]:
        """The nodes of each piece of cloth: of all crossings that yarns join, whichever way round."""
        if self.is_full:
            return [np.arange(self.count, dtype=np.int32)]
        from scipy.ndimage import label as labelled  # loaded where cloth is cut

        label, count = labelled(self.present)  # pyright: ignore[reportGeneralTypeIssues]
        return [self.node[label == k + 1] for k in range(count)]

    def nearest(self, pick: int, end: int, spacings: tuple[float, float] = (1.0, 1.0)) -> tuple[int, int]:
        """The crossing there is nearest to a place in the grid.

        Args:
            spacings: Of picks, and of ends.
        """
        away = np.linalg.norm((self.crossing - (pick, end)) * spacings, axis=1)
        pick, end = self.crossing[int(np.argmin(away))].tolist()
        return pick, end

    @cached_property
    def surrounded(self) -> NDArray[np.bool_]:
        """bool[picks, ends], crossings that exist as do their four neighbours: where yarns cross away from any edge."""
        wide = np.pad(self.present, 1)
        return self.present & wide[1:-1, :-2] & wide[1:-1, 2:] & wide[:-2, 1:-1] & wide[2:, 1:-1]

    @property
    def slides(self) -> NDArray[np.bool_]:
        """bool[picks, ends], crossings whose yarns may slide over each other."""
        return self.surrounded if self.sliding else np.zeros(self.shape, bool)

    @property
    def cell_count(self) -> int:
        """How many cells have all four crossings."""
        there = self.present
        return int((there[:-1, :-1] & there[:-1, 1:] & there[1:, :-1] & there[1:, 1:]).sum())

    def runs(self, axis: int) -> list[Index]:
        """The nodes of each stretch of yarn in order, from edge to edge: of the picks or of the ends, yarn by yarn.

        A stretch of a single crossing is one too.
        """
        grid = self.node if axis == ALONG_PICK else self.node.T
        found = []
        for yarn in grid:
            at = np.flatnonzero(yarn >= 0)
            if len(at):
                found += [yarn[part] for part in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)]
        return found

    def kept(self, crossings: NDArray) -> Index:
        """Of elements that join crossings of the grid, [M, width] numbered `pick * ends + end`, those of which all
        exist, as nodes."""
        nodes = self.node.reshape(-1)[crossings]
        return nodes[(nodes >= 0).all(axis=1)]


@dataclass(frozen=True, eq=False)
class Layouts:
    """The crossings of several fabrics, one behind the other."""

    parts: Sequence[Layout]

    @cached_property
    def number(self) -> NDArray[np.intp]:
        """[N] the number of each node's crossing, through all grids."""
        first = np.cumsum([0] + [part.size for part in self.parts])
        return np.concatenate([start + part.number for start, part in zip(first, self.parts)])

    @property
    def size(self) -> int:
        """Crossings of all grids."""
        return sum(part.size for part in self.parts)

    @property
    def count(self) -> int:
        """Nodes N of all fabrics."""
        return sum(part.count for part in self.parts)

    @property
    def is_full(self) -> bool:
        """Whether all crossings of the grids exist."""
        return self.count == self.size

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(picks, ends) of each fabric's grid."""
        return [part.shape for part in self.parts]

    def pack(self, values: NDArray, width: int, before: int = 0) -> NDArray:
        """[..., N, width] of the nodes, of values of all crossings of the grids, whatever their shape, or of the nodes.

        Args:
            width: Numbers of a crossing. before: Axes before those of crossings.

        Raises:
            ValueError: where they are of others.
        """
        values = np.asarray(values)
        rows = values.reshape(*values.shape[:before], -1, width)
        if rows.shape[before] == self.count:
            return rows
        if rows.shape[before] != self.size:
            raise ValueError(f"values of shape {values.shape} for {self.size} crossings")
        return rows.take(self.number, axis=before)

    def unpack(self, values: NDArray, absent: NDArray | float = 0.0, before: int = 0) -> NDArray:
        """[..., crossings of all grids, ...] of values of the nodes, [..., N, ...].

        Args:
            absent: What stands where there is no crossing: one value, or values of all crossings.
            before: Axes before that of nodes.
        """
        if self.is_full:
            return values
        shape = (*values.shape[:before], self.size, *values.shape[before + 1 :])
        whole = np.empty(shape, values.dtype)
        whole[...] = absent
        whole[(*before * (slice(None),), self.number)] = values
        return whole

    def locate(self, node: int) -> tuple[int, int, int]:
        """(fabric, pick, end) of a node."""
        first = np.cumsum([0] + [part.size for part in self.parts])
        number = int(self.number[node])
        fabric = int(np.searchsorted(first, number, side="right")) - 1
        return (fabric, *divmod(number - int(first[fabric]), self.parts[fabric].shape[1]))
