"""Which points of observed curves lie on which crossings of a fabric. NumPy only.

Curves fit a fabric's yarns where they have a sample on each crossing, as those of its USD have, and lie where its yarns
do at first: an observed cloth starts as the simulated one, at rest, though perhaps elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from warp_fabric.fabric import Fabric
from warp_fabric.geometry import centre_lines, crossing_normals, relief_of, shifted

from ..fabric.objects.rigid_motion import STILL, RigidMotion, rigid_motion_between

NEAR = 0.5
"""How far from a yarn its curve may be at first, in spacings: nearer to it than to the next one."""


@dataclass(frozen=True, eq=False)
class OnYarn:
    """Samples of curves that are one yarn: it has several where its plies are curves of their own.

    Attributes:
        direction: "end" or "pick".
        yarn: Its number.
        samples: int[curves, crossings], points on its crossings.
    """

    direction: str
    yarn: int
    samples: np.ndarray


class CurveCrossings:
    """Where curves cross each other as a fabric's yarns do.

    How far centre lines are beside their crossings is taken to be as at rest, also where crimped yarns straighten.

    Args:
        fabric: The fabric at rest.
        found: All curves' samples.
        centred: Whether curves are yarns' centre lines, which are beside the crossings; else they go through them.
        place: Where they are at first.
    """

    def __init__(self, fabric: Fabric, found: list[OnYarn], centred: bool, place: RigidMotion) -> None:
        self.fabric, self.found, self.centred, self.place = fabric, found, centred, place
        self._relief = relief_of(fabric)

    def positions(self, points: np.ndarray) -> np.ndarray:
        """[picks, ends, 3] crossings where the fabric is, nan where no curve has any; from points [n, 3] of a frame."""
        grids = {name: np.full((*self.fabric.drawdown.shape, 3), np.nan) for name in ("end", "pick")}
        for each in self.found:
            grids[each.direction][_of_yarn(each)] = self.place.back(_observed(each, points))
        ends, picks = grids["end"], grids["pick"]
        if not self.centred:
            both = np.stack([ends, picks])
            seen = np.isfinite(both).sum(axis=0)
            return np.where(seen > 0, np.nansum(both, axis=0) / np.maximum(seen, 1), np.nan)
        above, below = self._relief.end_height[..., None], self._relief.pick_height[..., None]
        between = (below * ends + above * picks) / (above + below)
        alone = np.where(np.isnan(ends), self._beside(picks, below), self._beside(ends, -above))
        return self._unshifted(np.where(np.isnan(between), alone, between))

    def _beside(self, lines: np.ndarray, distance: np.ndarray) -> np.ndarray:
        """Crossings [picks, ends, 3] at a distance [m] from centre lines of one direction, towards the ends."""
        if np.isnan(lines).all():
            return lines
        whole, found = _filled(lines), lines
        for _ in range(3):  # normals are those of the crossings
            step = distance * crossing_normals(self.fabric, whole)
            whole, found = _filled(lines) + step, lines + step
        return found

    def _unshifted(self, drawn: np.ndarray) -> np.ndarray:
        """Crossings [picks, ends, 3], from where dense cloth is drawn with them."""
        if self._relief.shift is None:
            return drawn
        whole = there = _filled(drawn)
        for _ in range(20):  # steps are less than half as long each time
            whole = there - (shifted(self.fabric.layout, whole, self._relief) - whole)
        return drawn - (there - whole)


def curve_crossings(fabric: Fabric, curves: list[np.ndarray], yarns: list[int]) -> CurveCrossings | None:
    """Where curves have crossings, or None where they do not fit the fabric's yarns.

    Args:
        fabric: The fabric at rest.
        curves: Points [n, 3] of each at first, in the fabric's frame.
        yarns: Number of each one's yarn, ends before picks; empty where nothing says.
    """
    points, found = np.concatenate(curves), []
    for centred, lines in _references(fabric):
        for on, place in _guesses(fabric, lines, curves, yarns):
            off = [np.linalg.norm(place.back(_observed(each, points)) - _expected(each, lines), axis=-1) for each in on]
            if max(each.mean() for each in off) <= NEAR * min(fabric.end_spacing, fabric.pick_spacing):
                found.append((np.mean([each.mean() for each in off]), CurveCrossings(fabric, on, centred, place)))
                break
    return min(found, key=lambda each: each[0])[1] if found else None


Lines = dict[str, np.ndarray]
"""[yarns, crossings, 3] by direction."""


def _references(fabric: Fabric) -> list[tuple[bool, Lines]]:
    ends, picks = centre_lines(fabric, fabric.position, 1)
    crossings = {"end": fabric.position.swapaxes(0, 1), "pick": fabric.position}
    return [(True, {"end": ends, "pick": picks}), (False, crossings)]


def _guesses(
    fabric: Fabric, lines: Lines, curves: list[np.ndarray], yarns: list[int]
) -> Iterator[tuple[list[OnYarn], RigidMotion]]:
    """What yarns the curves may be, and where: those that they say they are, here or elsewhere, also turned; else those
    that they are near, here or beside the fabric."""
    points, rest = np.concatenate(curves), fabric.position.reshape(-1, 3)
    named = _named(fabric, curves, yarns) if yarns else None
    if named is not None:
        yield named, STILL
        seen = np.concatenate([_observed(each, points) for each in named])
        yield named, rigid_motion_between(seen, np.concatenate([_expected(each, lines) for each in named]))
    apart = 0.5 * (points.min(axis=0) + points.max(axis=0) - rest.min(axis=0) - rest.max(axis=0))
    for shift in (np.zeros(3), apart):
        on = _nearest(fabric, lines, curves, shift)
        if on is not None:
            off = [_observed(each, points) - _expected(each, lines) for each in on]
            yield on, STILL if not shift.any() else RigidMotion(np.eye(3), np.concatenate(off).mean(axis=0))


def _named(fabric: Fabric, curves: list[np.ndarray], yarns: list[int]) -> list[OnYarn] | None:
    """Curves that say themselves which yarns they are; None where they are of another fabric."""
    picks, ends = fabric.drawdown.shape
    members: dict[tuple[str, int], list[np.ndarray]] = {}
    for index, yarn in zip(_indices(curves), yarns):
        direction, number = ("end", yarn) if yarn < ends else ("pick", yarn - ends)
        at = _on_crossings(len(index), picks if direction == "end" else ends)
        if at is None or not 0 <= number < (ends if direction == "end" else picks):
            return None
        members.setdefault((direction, number), []).append(index[at])
    return _gathered(members)


def _nearest(fabric: Fabric, lines: Lines, curves: list[np.ndarray], shift: np.ndarray) -> list[OnYarn] | None:
    """Curves as the yarns that they lie on."""
    members: dict[tuple[str, int], list[np.ndarray]] = {}
    for index, curve in zip(_indices(curves), curves):
        best = (np.inf, ("", 0), index)
        for direction, across in zip(("end", "pick"), fabric.drawdown.shape):
            at = _on_crossings(len(curve), across)
            for order in () if at is None else (at, at[::-1]):
                three = [0, across // 2, across - 1]  # points are enough to tell one yarn from the next
                distance = np.linalg.norm(lines[direction][:, three] - (curve[order[three]] - shift), axis=-1)
                number = int(np.argmin(distance.mean(axis=1)))
                best = min(best, (distance.mean(axis=1)[number], (direction, number), index[order]), key=lambda x: x[0])
        if not np.isfinite(best[0]):
            return None
        members.setdefault(best[1], []).append(best[2])
    return _gathered(members)


def _gathered(members: dict[tuple[str, int], list[np.ndarray]]) -> list[OnYarn] | None:
    """None where some yarns have more curves than others: they are not the yarns then."""
    if len({len(each) for each in members.values()}) != 1:
        return None
    return [OnYarn(*key, np.array(each)) for key, each in members.items()]


def _indices(curves: list[np.ndarray]) -> list[np.ndarray]:
    """Where the points of each curve are among those of all."""
    ends = np.cumsum([len(each) for each in curves])
    return np.split(np.arange(ends[-1]), ends[:-1])


def _on_crossings(points: int, crossings: int) -> np.ndarray | None:
    """Which points of a curve are on crossings; None where it does not have as many from each to the next."""
    if crossings < 2 or points < crossings or (points - 1) % (crossings - 1):
        return None
    return np.arange(crossings) * ((points - 1) // (crossings - 1))


def _observed(on: OnYarn, points: np.ndarray) -> np.ndarray:
    """[crossings, 3] of a yarn among points [n, 3] of its curves."""
    return points[on.samples].mean(axis=0)


def _expected(on: OnYarn, lines: Lines) -> np.ndarray:
    return lines[on.direction][on.yarn]


def _of_yarn(on: OnYarn) -> tuple:
    return (slice(None), on.yarn) if on.direction == "end" else (on.yarn, slice(None))


def _filled(lines: np.ndarray) -> np.ndarray:
    """Crossings [picks, ends, 3] without nan: between lines that are there as on the way from one to the next."""
    axis = 1 if np.isnan(lines).all(axis=(0, 2)).any() else 0
    across = np.moveaxis(lines, axis, 0)
    there = np.flatnonzero(np.isfinite(across).all(axis=(1, 2)))
    wanted = np.arange(len(across))
    after = np.clip(np.searchsorted(there, wanted), 1, max(len(there) - 1, 1))
    low, high = there[after - 1], there[np.minimum(after, len(there) - 1)]
    share = ((wanted - low) / np.maximum(high - low, 1))[:, None, None]
    return np.moveaxis((1.0 - share) * across[low] + share * across[high], 0, axis)
