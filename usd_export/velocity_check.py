"""Whether velocities are those of the points: compared with what the points do from sample to sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from usd_export.findings import Findings

SHARE = 0.3
"""Of the typical speed, by which velocities may differ from the points' motion."""
WAVERING = 0.2
"""Of how much velocities bend from sample to sample: cloth may swing faster than its frames show."""
STRAYING = 0.3
"""Of how far the samples' neighbours are from the motion themselves: then a single wrong sample shows."""
FIX = "write velocities in stage units per second (not per frame), or none: motion blur uses them"


class VelocityCheck:
    """Compares over three samples in turn.

    The points' central difference is the mean of their velocity over both intervals, and so is, by Simpson's rule, that
    of the three velocities, exact up to the fourth order of the time step; where the steps differ, by the trapezoids.
    Points that swing just once (twice, ...) a sample seem to stand still, and right velocities wrong: hence warnings.

    Args:
        path: Of the prim.
        found: Where findings go.
        rate: Time codes per second.
    """

    def __init__(self, path: object, found: Findings, rate: float) -> None:
        self._path, self._found, self._rate = path, found, rate
        self._held: list[tuple[float, NDArray, NDArray]] = []

    def next(self, time: float | None, points: NDArray | None, velocities: NDArray | None) -> None:
        """Take the next sample, and judge the one before.

        Args:
            time: Time code.
            points: `[n, 3]`; None where they cannot be used.
            velocities: `[n, 3]` in the points' unit per second; None where there are none.
        """
        if time is None or points is None or velocities is None:
            self._held.clear()
            return
        if velocities.shape != points.shape or not np.isfinite(velocities).all():
            self._held.clear()
            return
        if self._held and len(self._held[-1][1]) != len(points):
            self._held.clear()
        self._held = [*self._held[-2:], (time, points.astype(float), velocities.astype(float))]
        if len(self._held) == 3:
            self._judge()

    def _judge(self) -> None:
        (t0, x0, v0), (t1, x1, v1), (t2, x2, v2) = self._held
        before, after = (t1 - t0) / self._rate, (t2 - t1) / self._rate
        first, second = (x1 - x0) / before, (x2 - x1) / after
        moved = (x2 - x0) / (before + after)
        if abs(before - after) < 1e-6 * (before + after):
            mean = (v0 + 4.0 * v1 + v2) / 6.0
        else:
            mean = (before * (v0 + v1) + after * (v1 + v2)) / (2.0 * (before + after))
        speed = max(_typical(moved), _typical(v0), _typical(v1), _typical(v2))
        # float32 points say no more about their motion
        rounding = 4.0 * np.finfo(np.float32).eps * np.abs(x1).max() / (before + after)
        wavering = WAVERING * _typical(v0 - 2.0 * v1 + v2)
        straying = STRAYING * (_typical(v0 - first) + _typical(v2 - second) + _typical(second - first))
        allowed = SHARE * speed + min(wavering, straying) + rounding
        if _typical(mean - moved) <= allowed:
            return
        what = f"velocities of {_typical(v1):.3g} where points move by {_typical(moved):.3g} a second"
        if _typical(moved) > rounding:
            share = np.vdot(mean, moved) / np.vdot(moved, moved)
            what += f"; along that motion, {share:.3g} times it"
        self._found.warning(self._path, what, FIX, t1)


def _typical(vectors: NDArray) -> float:
    """Root mean square length."""
    return float(np.sqrt(np.sum(vectors * vectors) / len(vectors)))
