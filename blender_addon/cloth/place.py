"""Where something rigid is, from where it was: turned, and then shifted. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Place:
    """A rotation [3, 3], and then a shift [3], in m."""

    turn: np.ndarray
    shift: np.ndarray

    def back(self, points: np.ndarray) -> np.ndarray:
        """Points [n, 3] of this place as they were before."""
        return (points - self.shift) @ self.turn

    def matrix(self) -> np.ndarray:
        """[4, 4], from before to this place."""
        whole = np.eye(4)
        whole[:3, :3], whole[:3, 3] = self.turn, self.shift
        return whole


HERE = Place(np.eye(3), np.zeros(3))


def placed(points: np.ndarray, before: np.ndarray) -> Place:
    """Where points [n, 3] are that were at `before`, as near as a rigid motion brings them (Kabsch)."""
    middle, was = points.mean(axis=0), before.mean(axis=0)
    left, _, right = np.linalg.svd((before - was).T @ (points - middle))
    turn = (left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right).T
    return Place(turn, middle - turn @ was)
