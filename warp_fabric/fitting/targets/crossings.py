"""Comparing crossings themselves with where they were observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from warp_fabric.fitting.targets.place import check_place, cloth_size
from warp_fabric.fitting.targets.target import Comparison
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import crossings_present, of_fabrics

SCALE = "multiply its positions by {}"


@dataclass(frozen=True)
class Observed:
    """One frame of observed crossings.

    Attributes:
        crossing: [n] which ones, `pick * ends + end`; of later panels, counted on from those before.
        coordinates: [n, 3] m, positions, or [n, 5], with slidings.
        weight: [n] above 0, in the mean over crossings.
    """

    crossing: np.ndarray
    coordinates: np.ndarray
    weight: np.ndarray


class CrossingComparison(Comparison):
    """Mean over frames of the weighted mean over observed crossings of the squared distance.

    Args:
        observed: By number of the scene's frame.
        weight: Factor of the loss.
    """

    def __init__(self, observed: Mapping[int, Observed], weight: float) -> None:
        self.observed = dict(observed)
        self.weight = weight
        self.frames = tuple(sorted(observed))

    def check_place(self, scene: Scene, where: str) -> None:
        """Refuse what was observed in another unit, or far away from the scene's cloth.

        Raises:
            TargetError: where it is refused.
        """
        rest, seen = of_fabrics(scene, "position").reshape(-1, 3), self.observed[self.frames[0]]
        cloth, rest = rest[seen.crossing], rest[crossings_present(scene).ravel()]
        check_place(seen.coordinates[:, :3], cloth, cloth_size(rest), where, SCALE)

    @property
    def size(self) -> int:
        return sum(seen.coordinates.size for seen in self.observed.values())

    def residual(self, frame: int, position: np.ndarray, sliding: np.ndarray) -> tuple[np.ndarray, sp.csr_array]:
        seen = self.observed[frame]
        width = seen.coordinates.shape[1]
        factor = np.sqrt(self.weight / len(self.frames) * seen.weight / seen.weight.sum())
        present = np.concatenate([position, sliding], axis=1)[seen.crossing, :width]
        r = factor[:, None] * (present - seen.coordinates)
        column = (5 * seen.crossing[:, None] + np.arange(width)).ravel()
        rows = np.arange(r.size + 1)
        return r.ravel(), sp.csr_array((np.repeat(factor, width), column, rows), shape=(r.size, 5 * len(position)))
