"""Whether what was observed lies where the cloth can be: most often it does not as it is in another unit."""

from __future__ import annotations

import math
import warnings

import numpy as np

from warp_fabric.errors import TargetError

TWICE = "they have been scaled twice"
FACTORS = {
    1000.0: "they are in millimetres",
    100.0: "they are in centimetres",
    1.0 / 0.0254: "they are in inches",
    25.4: "millimetres were taken for inches",
    1.0 / 25.4: "inches were taken for millimetres",
    0.0254: TWICE,
    0.01: TWICE,
    0.001: TWICE,
}
"""How many times too large numbers are, and why."""
ALIKE = 2.0
"""What was observed is larger than the cloth by one of these factors, as far as the cloth's own shape lets it tell."""
STRETCHED = 8.0
"""Times its size that no cloth can be."""
NEARBY, FAR, NOWHERE = 0.3, 30.0, 1000.0
"""Distances in sizes of the cloth: what fits, what is doubted, and what is refused."""


class TargetWarning(UserWarning):
    """Something about what was observed that is possible, but hardly meant."""


def check_place(
    seen: np.ndarray,
    cloth: np.ndarray,
    size: float,
    where: str,
    scale: str,
    most: float = STRETCHED,
    scaled: float = 1.0,
) -> None:
    """Refuse what was observed in another unit or nowhere near; doubt what is far.

    Args:
        seen: [n, 3] m, where points were observed. cloth: [n, 3] m, where they are at the scene's start.
        size: m, of the cloth. where: What was observed, for messages. scale: How its numbers are changed, likewise,
            with a place for the factor.
        most: Times its size that it may be.
        scaled: The factor that has been applied already.

    Raises:
        TargetError: where it is refused.
    """
    if not len(seen) or size <= 0.0:
        return
    away = float(np.linalg.norm(np.median(seen, axis=0) - np.median(cloth, axis=0)))
    width, own = _spread(seen), _spread(cloth)
    factor = _factor(seen, cloth, width, own, away, size, most)
    if factor is not None:
        what = f"it is {away:.3g} m from the cloth's start and {_width(seen):.3g} m in size, the cloth {size:.3g} m"
        change = f"divided by {factor:.4g}" if factor > 1.0 else f"multiplied by {1.0 / factor:.4g}"
        fix = f"{scale.format(f'{scaled / factor:.4g}')}: {change} it fits, so it seems that {FACTORS[factor]}"
        raise TargetError(what, where=where, fix=fix)
    if own > 0.05 * size and width > most * own:
        what = f"it is {width / own:.3g} times as large as the cloth, which has {size:.3g} m"
        raise TargetError(what, where=where, fix="give positions in metres, of this cloth")
    if away > NOWHERE * size:
        what = f"it is {away:.3g} m from the cloth's start, {away / size:.2g} times the cloth's size of {size:.3g} m"
        raise TargetError(what, where=where, fix="give positions in metres, from the origin that the scene has")
    if away > FAR * size:
        what = f"{where}: it is {away:.3g} m from the cloth's start, {away / size:.2g} times the cloth's size"
        warnings.warn(f"{what}: look at its unit and origin", TargetWarning, stacklevel=3)


def _factor(seen, cloth, width: float, own: float, away: float, size: float, most: float) -> float | None:
    """By how much numbers are too large (below 1: too small), where that explains all."""
    if own > 0.05 * size and width > 0.0:
        if 1.0 / (2.0 * most) < width / own < most:
            return None
        nearest = min(FACTORS, key=lambda each: abs(math.log(width / own / each)))
        return nearest if abs(math.log(width / own / nearest)) < math.log(ALIKE) else None
    if away > FAR * size:  # a single marker has no size
        large = [each for each in FACTORS if each > 1.0]
        left = {factor: float(np.linalg.norm(np.median(seen / factor - cloth, axis=0))) for factor in large}
        nearest = min(left, key=lambda each: left[each])
        return nearest if left[nearest] < NEARBY * size else None
    return None


def _spread(points: np.ndarray) -> float:
    """m, how far points typically are from their middle."""
    return float(np.median(np.linalg.norm(points - np.median(points, axis=0), axis=1)))


def _width(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.ptp(points, axis=0)))


def cloth_size(rest: np.ndarray) -> float:
    """m, the diagonal of a cloth at rest; [..., 3]."""
    return _width(rest.reshape(-1, 3))
