"""What can be shown: yarns as lines, moment by moment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.obstacle_shapes import ObstacleShape

Array = NDArray[np.float64]
Window = tuple[slice, slice]
"""Some of the picks and ends of a cloth."""


@dataclass(frozen=True, eq=False)
class Strands:
    """Yarns of one direction as lines.

    Attributes:
        points: `[yarns, samples, 3]` m
        radius: `[yarns]` m
        color: `[yarns, samples - 1, 3]` sRGB, 0 to 1, of the pieces between samples.
        there: bool`[yarns, samples - 1]`, which of these pieces each yarn has; None: all.
    """

    points: Array
    radius: Array
    color: Array
    there: NDArray[np.bool_] | None = None


class Subject(ABC):
    """Something to show: a run, a scene at rest, a USD file.

    Attributes:
        name: As users read it.
        time: `[frames]` s
        grid: (picks, ends), or None where crossings are not known.
        piece_count: Pieces of yarn from one crossing to the next, or between the points of curves.
        fixed_samples: Whether yarns come with points of their own, so that there is no choice of how many.
    """

    name: str
    time: Array
    grid: tuple[int, int] | None
    piece_count: int
    fixed_samples: bool

    @abstractmethod
    def strands(self, frame: int, samples: int, colors: Array | None = None, window: Window | None = None) -> Sequence:
        """The yarns in one frame, as `Strands`.

        Args:
            frame: Which.
            samples: Pieces from one crossing to the next.
            colors: `[picks, ends, 2, 3]` sRGB for the pick and the end at each crossing; None: the draft's.
            window: Only these picks and ends, as far as they cross each other.
        """

    @abstractmethod
    def bounds(self, frame: int | None = None) -> tuple[Array, Array]:
        """The lowest and highest coordinates in a frame, or over all frames, `[3]` m each."""

    @abstractmethod
    def facing(self) -> Array:
        """`[3]`, the direction that the cloth faces in its first frame, of unit length."""

    @abstractmethod
    def spacing(self) -> float:
        """The typical distance between neighbouring yarns [m]."""

    @abstractmethod
    def pins(self, time: float) -> Array:
        """`[pins, 3]` m, where pins hold the cloth at a time."""

    @property
    def obstacles(self) -> Sequence[ObstacleShape]:
        """What the cloth touches."""
        return ()

    def frame_at(self, time: float) -> int:
        """The frame that is to be seen at a time [s]: the last one up to then, within rounding."""
        slack = 1e-9 * max(1.0, abs(time))
        return int(np.clip(np.searchsorted(self.time, time + slack, side="right") - 1, 0, len(self.time) - 1))
