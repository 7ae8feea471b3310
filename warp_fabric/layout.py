"""Layout: which crossings a fabric has, and where each is in arrays of its own (NumPy only).

A cloth of any shape is cut from a grid of picks and ends. Files, pictures and scripts see the whole grid, `[picks,
ends]`; solvers, whose arrays hold only what exists, see nodes: the crossings that exist, row by row. What lies between
the two is here, and nothing else asks where crossings are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    def surrounded(self) -> NDArray[np.bool_]:
        """bool[picks, ends], crossings that exist as do their four neighbours: where yarns cross away from any edge."""
        wide = np.pad(self.present, 1)
        return self.present & wide[1:-1, :-2] & wide[1:-1, 2:] & wide[:-2, 1:-1] & wide[2:, 1:-1]

    @property
    def slides(self) -> NDArray[np.bool_]:
        """bool[picks, ends], crossings whose yarns may slide over each other."""
        return self.surrounded if self.sliding else np.zeros(self.shape, bool)

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
    _nodes: Index = field(init=False)

    def __post_init__(self) -> None:
        first = np.cumsum([0] + [part.size for part in self.parts])
        nodes = [start + np.flatnonzero(part.present) for start, part in zip(first, self.parts)]
        object.__setattr__(self, "_nodes", np.concatenate(nodes))

    @property
    def size(self) -> int:
        """Crossings of all grids."""
        return sum(part.size for part in self.parts)

    @property
    def count(self) -> int:
        """Nodes N of all fabrics."""
        return len(self._nodes)

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(picks, ends) of each fabric's grid."""
        return [part.shape for part in self.parts]

    def pack(self, values: NDArray, width: int) -> NDArray:
        """[N, width] of the nodes, of values of all crossings of the grids, whatever their shape, or of the nodes.

        Args:
            width: Numbers of a crossing.
        """
        rows = np.asarray(values).reshape(-1, width)
        return rows[self._nodes] if len(rows) == self.size else rows

    def unpack(self, values: NDArray, absent: NDArray | float = 0.0) -> NDArray:
        """[crossings of all grids, ...] of values of the nodes, [N, ...].

        Args:
            absent: What stands where there is no crossing, of the grids or one value.
        """
        if self.count == self.size:
            return values
        whole = np.empty((self.size, *values.shape[1:]), values.dtype)
        whole[...] = absent if np.ndim(absent) == 0 else np.reshape(absent, whole.shape)
        whole[self._nodes] = values
        return whole

    def nodes(self, crossings: NDArray) -> Index:
        """The nodes at crossings numbered through all grids; -1 where there is none."""
        place = np.full(self.size, -1, np.int32)
        place[self._nodes] = np.arange(self.count)
        return place[crossings]

    def locate(self, node: int) -> tuple[int, int, int]:
        """(fabric, pick, end) of a node."""
        within = int(self._nodes[node])
        for fabric, part in enumerate(self.parts):
            if within < part.size:
                return (fabric, *divmod(within, part.shape[1]))
            within -= part.size
        raise IndexError(f"node {node} is beyond the fabrics")
