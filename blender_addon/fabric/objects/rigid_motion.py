"""The rigid motion that brings points from where they were to where they are. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RigidMotion:
    """A rotation [3, 3], and then a shift [3], in m."""

    turn: np.ndarray
    shift: np.ndarray

    def back(self, points: np.ndarray) -> np.ndarray:
        """Where points [n, 3] were before the motion."""
        return (points - self.shift) @ self.turn

    def matrix(self) -> np.ndarray:
        """The motion as [4, 4]."""
        whole = np.eye(4)
        whole[:3, :3], whole[:3, 3] = self.turn, self.shift
        return whole


STILL = RigidMotion(np.eye(3), np.zeros(3))


def rigid_motion_between(points: np.ndarray, before: np.ndarray) -> RigidMotion:
    """The rigid motion that brings `before` [n, 3] nearest to `points` [n, 3] (Kabsch)."""
    middle, was = points.mean(axis=0), before.mean(axis=0)
    left, _, right = np.linalg.svd((before - was).T @ (points - middle))
    turn = (left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right).T
    return RigidMotion(turn, middle - turn @ was)
