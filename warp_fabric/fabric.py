"""Fabric: a weave, its yarns and their spacing as the grid of crossings at rest. NumPy only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from warp_fabric.bundling import Bundling
from warp_fabric.layout import Layout
from warp_fabric.yarn import Yarn


@dataclass(frozen=True, eq=False)
class Fabric:
    """The crossing grid of a fabric at rest. Its arrays cannot be written to.

    Of a fabric in bundles, the grid is that of the bundles, and each of them has the yarn, and the colour, of the real
    one in its middle; `Scene.real_fabric` is what they stand for.

    Attributes:
        drawdown: bool[picks, ends], True where the end is on top.
        end_spacing: Distance between neighbouring ends [m].
        pick_spacing: Distance between neighbouring picks [m].
        yarns: All yarns of the scene, in its order.
        end_yarn: int[ends], index of each end's yarn in `yarns`.
        pick_yarn: int[picks], likewise.
        position: [picks, ends, 3] crossings at rest [m].
        sliding: [picks, ends, 2] sliding coordinates at rest [m]: the pick's, then the end's.
        end_color: [ends, 3] sRGB, 0 to 1.
        pick_color: [picks, 3] sRGB, 0 to 1.
        end_crimp, pick_crimp: Yarn length / cloth length - 1; 0: straight yarns.
        layout: Which crossings there are; None: all.
        bundling: How its yarns stand for several real ones each; None: they are the real ones.
    """

    drawdown: np.ndarray
    end_spacing: float
    pick_spacing: float
    yarns: tuple[Yarn, ...]
    end_yarn: np.ndarray
    pick_yarn: np.ndarray
    position: np.ndarray
    sliding: np.ndarray
    end_color: np.ndarray
    pick_color: np.ndarray
    end_crimp: float = 0.0
    pick_crimp: float = 0.0
    layout: Layout = None  # pyright: ignore[reportAssignmentType]
    bundling: Bundling | None = None

    def __post_init__(self) -> None:
        if self.layout is None:
            object.__setattr__(self, "layout", Layout.full(self.pick_count, self.end_count))
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self.__post_init__()  # pickling drops the write protection

    @property
    def end_count(self) -> int:
        return self.drawdown.shape[1]

    @property
    def pick_count(self) -> int:
        return self.drawdown.shape[0]

    @property
    def end_radius(self) -> np.ndarray:
        """[ends] radius of each end [m]."""
        return np.array([yarn.radius for yarn in self.yarns])[self.end_yarn]

    @property
    def pick_radius(self) -> np.ndarray:
        """[picks] radius of each pick [m]."""
        return np.array([yarn.radius for yarn in self.yarns])[self.pick_yarn]

    @property
    def end_rise(self) -> float:
        """How much an end rises from an interlaced crossing to the next at rest [m]."""
        return self.pick_spacing * math.sqrt(self.end_crimp * (2.0 + self.end_crimp))

    @property
    def pick_rise(self) -> float:
        """How much a pick rises from an interlaced crossing to the next at rest [m]."""
        return self.end_spacing * math.sqrt(self.pick_crimp * (2.0 + self.pick_crimp))

    @property
    def yarn_share(self) -> np.ndarray:
        """[yarns, 2] of the picks, and of the ends, that are of each yarn."""
        of = (self.pick_yarn, self.end_yarn)
        if self.bundling is not None:
            of = (self.bundling.picks.yarn, self.bundling.ends.yarn)
        counts = [np.bincount(index, minlength=len(self.yarns)) for index in of]
        return np.stack(counts, axis=1) / [len(index) for index in of]

    @property
    def kinds(self) -> tuple[np.ndarray, np.ndarray]:
        """int[picks, ends] which kind of yarn each crossing's pick is, and its end: which of `yarns`, or of the bundles
        that differ in what they stand for."""
        if self.bundling is not None:
            return self.bundling.yarns[:2]
        shape = self.drawdown.shape
        return np.broadcast_to(self.pick_yarn[:, None], shape), np.broadcast_to(self.end_yarn, shape)

    @property
    def kind_radius(self) -> np.ndarray:
        """[kinds] radius of a real yarn of each kind, the mean where they are several [m]."""
        radii = np.array([yarn.radius for yarn in self.yarns])
        if self.bundling is None:
            return radii
        mix = self.bundling.yarns[2]
        return mix @ radii / mix.sum(axis=1)

    @property
    def strands(self) -> tuple[float, float]:
        """Real picks, and real ends, from one of its yarns to the next: 1 but for bundles."""
        return (1.0, 1.0) if self.bundling is None else self.bundling.strands

    @property
    def real_spacings(self) -> tuple[float, float]:
        """Between real ends, and between real picks [m]."""
        picks, ends = self.strands
        return self.end_spacing / ends, self.pick_spacing / picks

    @property
    def interlaced(self) -> tuple[np.ndarray, np.ndarray]:
        """Shares of the yarn from one crossing to the next that change sides, 0 or 1 but for bundles: along picks
        [picks, ends - 1] and along ends [picks - 1, ends]."""
        if self.bundling is not None:
            return self.bundling.interlaced
        down = self.drawdown
        return (down[:, 1:] != down[:, :-1]).astype(float), (down[1:] != down[:-1]).astype(float)

    @property
    def interlaced_length(self) -> np.ndarray:
        """[picks, ends, 2] how much of the cloth [m] before each crossing, along its pick and along its end, is
        interlaced: the derivative of `sliding` by the two crimps."""
        return interlaced_length(*self.interlaced, self.pick_spacing, self.end_spacing)

    @property
    def slides(self) -> np.ndarray:
        """bool[picks, ends], True at the crossings that can slide: those that have all four neighbours."""
        return self.layout.slides


def kinds_of_nodes(fabrics: Sequence[Fabric]) -> tuple[np.ndarray, np.ndarray]:
    """int[N] of the crossings that several fabrics have, one behind the other, which kind of yarn (see `Fabric.kinds`)
    the pick is, and the end; kinds are numbered behind each other, too."""
    first = np.cumsum([0] + [len(fabric.kind_radius) for fabric in fabrics])
    each = [[kinds[fabric.layout.present] + k for kinds in fabric.kinds] for fabric, k in zip(fabrics, first)]
    picks, ends = (np.concatenate(of) for of in zip(*each))
    return picks, ends


def rest_position(
    pick_count: int,
    end_count: int,
    pick_spacing: float,
    end_spacing: float,
    pose: str,
    origin: Sequence[float],
    rotation: Sequence[float] | None = None,
) -> np.ndarray:
    """[picks, ends, 3] crossings at rest [m]: ends along +x; "flat": picks along +y, "hanging": picks down -z; turned
    about crossing [0, 0] by `rotation` [degrees], about x, then y, then z."""
    position = np.zeros((pick_count, end_count, 3))
    position[..., 0] = np.arange(end_count) * end_spacing
    if pose == "hanging":
        position[..., 2] = -(np.arange(pick_count) * pick_spacing)[:, None]
    else:
        position[..., 1] = (np.arange(pick_count) * pick_spacing)[:, None]
    if rotation is not None:
        position = position @ rotation_matrix(rotation).T
    return position + np.asarray(origin, dtype=float)


def rotation_matrix(degrees: Sequence[float]) -> np.ndarray:
    """[3, 3] the rotation about the axis x, then y, then z, by so many degrees each."""
    matrix = np.eye(3)
    for angle, (a, b) in zip(np.radians(degrees), ((1, 2), (2, 0), (0, 1))):
        turn = np.eye(3)
        turn[[a, b], [a, b]] = np.cos(angle)
        turn[[b, a], [a, b]] = np.sin(angle), -np.sin(angle)
        matrix = turn @ matrix
    return matrix


def rest_sliding(
    drawdown: np.ndarray, pick_spacing: float, end_spacing: float, pick_crimp: float = 0.0, end_crimp: float = 0.0
) -> np.ndarray:
    """[picks, ends, 2] sliding coordinates at rest [m], the pick's, then the end's: arc lengths along the yarns."""
    changes = drawdown[:, 1:] != drawdown[:, :-1], drawdown[1:] != drawdown[:-1]
    return arc_lengths(*changes, pick_spacing, end_spacing, pick_crimp, end_crimp)


def arc_lengths(
    along_picks: np.ndarray,
    along_ends: np.ndarray,
    pick_spacing: float,
    end_spacing: float,
    pick_crimp: float = 0.0,
    end_crimp: float = 0.0,
) -> np.ndarray:
    """[picks, ends, 2] yarn [m] before each crossing, of its pick and of its end.

    Args:
        along_picks, along_ends: What shares of it are interlaced, as `Fabric.interlaced`.
    """
    pick_count, end_count = len(along_picks), along_ends.shape[1]
    sliding = np.zeros((pick_count, end_count, 2))
    sliding[..., 0] = np.arange(end_count) * end_spacing
    sliding[..., 1] = (np.arange(pick_count) * pick_spacing)[:, None]
    if pick_crimp or end_crimp:
        sliding += interlaced_length(along_picks, along_ends, pick_spacing, end_spacing) * (pick_crimp, end_crimp)
    return sliding


def interlaced_length(
    along_picks: np.ndarray, along_ends: np.ndarray, pick_spacing: float, end_spacing: float
) -> np.ndarray:
    """[picks, ends, 2] how much of the cloth [m] before each crossing is interlaced, along its pick and its end."""
    length = np.zeros((len(along_picks), along_ends.shape[1], 2))
    length[:, 1:, 0] = end_spacing * np.cumsum(along_picks, axis=1)
    length[1:, :, 1] = pick_spacing * np.cumsum(along_ends, axis=0)
    return length


def touching_crimp(rise: Any, spacing: float, hypot: Callable = math.hypot) -> Any:
    """Crimp of a yarn that rises so much [m] over this spacing [m].

    Args:
        hypot: That of what `rise` is: a number's, NumPy's, torch's.
    """
    return hypot(1.0 + 0.0 * rise, rise / spacing) - 1.0


def srgb(colors: Sequence[str]) -> np.ndarray:
    """[n, 3] sRGB, 0 to 1, of n colours "#rrggbb"."""
    return np.array([[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in colors]).reshape(-1, 3) / 255.0


def repeated(values: Sequence, count: int) -> list:
    """The first `count` of the values, repeated from the start as often as needed."""
    return [values[k % len(values)] for k in range(count)]
