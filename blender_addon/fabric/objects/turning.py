"""Rotations over time as rotation vectors, and rigid motions as rows of a path. NumPy only."""

from __future__ import annotations

import numpy as np

PAUSE = 1e-9
"""s, within which a path may name the same rotation by another vector: no step ends there."""


def rotation_vectors(turns: np.ndarray) -> np.ndarray:
    """[T, 3] rad, of rotations [T, 3, 3]; at most half a turn long."""
    m = np.asarray(turns, float)
    k = np.zeros((len(m), 4, 4))  # its largest eigenvalue's vector is the quaternion x, y, z, w
    for i in range(3):
        for j in range(3):
            k[:, i, j] = m[:, i, j] + m[:, j, i]
        k[:, i, i] -= np.trace(m, axis1=1, axis2=2)
    skew = np.stack([m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]], axis=1)
    k[:, :3, 3] = k[:, 3, :3] = skew
    k[:, 3, 3] = np.trace(m, axis1=1, axis2=2)
    quaternion = np.linalg.eigh(k)[1][:, :, -1]
    quaternion *= np.where(quaternion[:, 3:] < 0.0, -1.0, 1.0)
    length = np.linalg.norm(quaternion[:, :3], axis=1)
    angle = 2.0 * np.arctan2(length, quaternion[:, 3])
    return quaternion[:, :3] * np.where(length > 1e-12, angle / np.maximum(length, 1e-12), 2.0)[:, None]


def path_rows(times: np.ndarray, turns: np.ndarray, shifts: np.ndarray) -> list[list[float]]:
    """Rows of time, displacement and rotation vector that go the short way from each pose to the next.

    Past half a turn a rotation is named anew, from the other side: vectors much longer than that do not tell small
    turns about other axes.

    Args:
        times: [T] s. turns: [T, 3, 3]. shifts: [T, 3] m.
    """
    rows: list[list[float]] = []
    before = np.zeros(3)
    for time, vector, shift in zip(times, rotation_vectors(turns), shifts):
        angle = np.linalg.norm(vector)
        other = vector * (1.0 - 2.0 * np.pi / angle) if angle > 1e-9 else vector
        near = min((vector, other), key=lambda each: float(np.linalg.norm(each - before)))
        rows.append([time, *shift, *near])
        if np.linalg.norm(near) > np.pi:
            rows += [[time + PAUSE, *shift, *near], [time + 2.0 * PAUSE, *shift, *vector]]
            near = vector
        before = near
    return np.array(rows).tolist()
