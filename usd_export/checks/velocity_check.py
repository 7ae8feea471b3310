"""Whether velocities are those of the points: compared with what the points do from sample to sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from usd_export.checks.findings import Findings

SHARE = 0.3
"""Of the typical speed, by which the velocities of a sample may differ from the points' motion."""
WAVERING = 0.2
"""Of how much velocities bend from sample to sample: cloth may swing faster than its frames show."""
STRAYING = 0.3
"""Of how far the samples' neighbours are from the motion themselves: then a single wrong sample shows."""
SLOPE = 0.15
"""By which velocities may be larger or smaller than the motion, over all samples: right ones are by up to 0.03."""
GRAVE = 2.0
"""Times larger or smaller, from which on velocities cannot be meant."""
LIKE = 0.7
"""Correlation from which on velocities and motion differ by a factor: right ones of the wildest cloth have 0.86."""
BEND = 2.4
"""Of their size, that velocities bend by, where samples still show the motion; were they random, it would be 2.45."""
ENOUGH = 3
"""Comparisons that tell a small factor: over fewer, the motion in between may be as much."""
FIX = "write velocities in stage units per second (not per frame), or none: motion blur uses them"

_Sample = tuple[float, NDArray, NDArray]


class VelocityCheck:
    """Compares over three samples in turn, and over all of them in the end.

    The points' central difference is the mean of their velocity over both intervals, and so is, by Simpson's rule, that
    of the three velocities, exact up to the fourth order of the time step; where the steps differ, by the trapezoids.
    Points that swing just once (twice, ...) a sample seem to stand still, and right velocities wrong: hence warnings.
    Over all samples that shows; there a wrong factor (units, frames for seconds, direction) is told from it. Points
    that fall and come to rest between two samples have no velocity in either, so the fastest are not judged alone.

    Args:
        path: Of the velocities.
        found: Where findings go.
        rate: Time codes per second.
    """

    def __init__(self, path: object, found: Findings, rate: float) -> None:
        self._path, self._found, self._rate = path, found, rate
        self._held: list[_Sample] = []
        self._samples = Findings()
        self._pair: tuple[_Sample, _Sample] | None = None
        self._sums: list[NDArray] = []  # of each comparison: mean . moved, moved . moved, mean . mean; bend, speed
        self._rounding = 0.0
        self._judged = 0

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
        if len(self._held) == 2:
            self._pair = self._held[0], self._held[1]
        elif len(self._held) == 3:
            self._judge()

    def close(self) -> None:
        """Judge all samples together, or the only two there are; where that says all, single samples are not told."""
        if not self._judged and self._pair is not None:
            self._take_pair(*self._pair)
        slope = self._slope(self._sums)
        if slope:
            what = f"velocities are {slope:.3g} times what the points move by a second, over all samples"
            if _grave(slope) and self._grave_elsewhere():
                self._found.error(self._path, what, FIX)
                return
            some = 0 < sum(each.times for each in self._samples.list()) < 0.5 * self._judged
            if abs(slope - 1.0) > SLOPE and self._judged >= ENOUGH and not some:  # a few wrong ones are told as such
                self._found.warning(self._path, what, FIX)
                return
        self._found.add(self._samples)

    def _slope(self, sums: list[NDArray]) -> float:
        """By what factor velocities are larger than the motion; 0 where they do not tell."""
        common, moved, meant, bent, speed = np.sum(sums, axis=0) if sums else np.zeros(5)
        alike = moved > self._rounding and abs(common) > LIKE * np.sqrt(moved * meant)
        return float(common / moved) if alike and bent < BEND**2 * speed else 0.0

    def _grave_elsewhere(self) -> bool:
        """Whether the factor is wrong as well without the comparison of most motion, and those that overlap it."""
        fastest = int(np.argmax([each[1] for each in self._sums]))
        rest = [each for k, each in enumerate(self._sums) if abs(k - fastest) > 1]
        return not rest or _grave(self._slope(rest))

    def _take_pair(self, before: _Sample, after: _Sample) -> None:
        (t0, x0, v0), (t1, x1, v1) = before, after
        step = (t1 - t0) / self._rate
        self._add(0.5 * (v0 + v1), (x1 - x0) / step, v1 - v0, v0 if _square(v0) > _square(v1) else v1)
        self._rounding = len(x0) * (_rounding(x1) / step) ** 2

    def _judge(self) -> None:
        (t0, x0, v0), (t1, x1, v1), (t2, x2, v2) = self._held
        before, after = (t1 - t0) / self._rate, (t2 - t1) / self._rate
        first, second = (x1 - x0) / before, (x2 - x1) / after
        moved = (x2 - x0) / (before + after)
        if abs(before - after) < 1e-6 * (before + after):
            mean = (v0 + 4.0 * v1 + v2) / 6.0
        else:
            mean = (before * (v0 + v1) + after * (v1 + v2)) / (2.0 * (before + after))
        bend = v0 - 2.0 * v1 + v2
        rounding = _rounding(x1) / (before + after)
        self._add(mean, moved, bend, v1)
        self._rounding += len(x1) * rounding**2
        self._judged += 1
        speed = max(_typical(moved), _typical(v0), _typical(v1), _typical(v2))
        straying = STRAYING * (_typical(v0 - first) + _typical(v2 - second) + _typical(second - first))
        allowed = SHARE * speed + min(WAVERING * _typical(bend), straying) + rounding
        off = _typical(mean - moved)
        if off <= allowed:
            return
        what = f"velocities of {_typical(v1):.3g} where points move by {_typical(moved):.3g} a second"
        if _typical(moved) > rounding:
            what += f"; along that motion, {np.vdot(mean, moved) / _square(moved):.3g} times it"
        self._samples.warning(self._path, what, FIX, t1, off)

    def _add(self, mean: NDArray, moved: NDArray, bend: NDArray, velocities: NDArray) -> None:
        products = np.vdot(mean, moved), _square(moved), _square(mean), _square(bend), _square(velocities)
        self._sums.append(np.array(products, float))


def _grave(slope: float) -> bool:
    return bool(slope) and not 1.0 / GRAVE <= slope <= GRAVE


def _square(vectors: NDArray) -> float:
    return float(np.vdot(vectors, vectors))


def _typical(vectors: NDArray) -> float:
    """Root mean square length."""
    return float(np.sqrt(_square(vectors) / len(vectors)))


def _rounding(points: NDArray) -> float:
    """What float32 points say no more about their motion."""
    return float(4.0 * np.finfo(np.float32).eps * np.abs(points).max())
