"""Fabric: a weave, its yarns and their spacing as the grid of crossings at rest. NumPy only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from warp_fabric.layout import Layout
from warp_fabric.yarn import Yarn


@dataclass(frozen=True, eq=False)
class Fabric:
    """The crossing grid of a fabric at rest. Its arrays cannot be written to.

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
        counts = [np.bincount(index, minlength=len(self.yarns)) for index in (self.pick_yarn, self.end_yarn)]
        return np.stack(counts, axis=1) / self.drawdown.shape

    @property
    def slides(self) -> np.ndarray:
        """bool[picks, ends], True at the crossings that can slide: those that have all four neighbours."""
        return self.layout.slides


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
    pick_count, end_count = drawdown.shape
    sliding = np.zeros((pick_count, end_count, 2))
    sliding[..., 0] = np.arange(end_count) * end_spacing
    sliding[..., 1] = (np.arange(pick_count) * pick_spacing)[:, None]
    if pick_crimp or end_crimp:
        sliding += interlaced_length(drawdown, pick_spacing, end_spacing) * (pick_crimp, end_crimp)
    return sliding


def interlaced_length(drawdown: np.ndarray, pick_spacing: float, end_spacing: float) -> np.ndarray:
    """[picks, ends, 2] how much of the cloth [m] before each crossing, along its pick and along its end, is interlaced:
    the derivative of `rest_sliding` by the two crimps."""
    length = np.zeros((*drawdown.shape, 2))
    length[:, 1:, 0] = end_spacing * np.cumsum(drawdown[:, 1:] != drawdown[:, :-1], axis=1)
    length[1:, :, 1] = pick_spacing * np.cumsum(drawdown[1:] != drawdown[:-1], axis=0)
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
