"""What yarns can be coloured by and what is said of a crossing: each an entry of `QUANTITIES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_RATIOS = ((1e-2, "%"), (1e-6, "ppm"), (1e-9, "ppb"), (1e-12, "× 1e-12"), (1e-15, "× 1e-15"))
_PREFIXES = (
    *((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p")),
    *((1e-15, "f"), (1e-18, "a")),
)


@dataclass(frozen=True)
class Quantity:
    """Something that a run has at each of its crossings.

    Attributes:
        name: As users read it.
        meaning: What it is, in one sentence.
        unit: SI unit of the values; "" for a ratio, which is shown in per cent or in ppm.
        needs: Data sets of a trajectory that it is computed from.
        values: Its values `[..., picks, ends, 2]`, the pick's and the end's, from those data sets by name,
            `[..., picks, ends, components]`, and of every cloth "rest", the sliding coordinates at rest, "on_top",
            the drawdown, "rise" `[..., picks, ends, 2]`, how much the pick and the end rise between crossings [m], and
            "pick_links" `[picks, ends - 1]` and "end_links" `[picks - 1, ends]`, where yarns join crossings.
            What it says of a crossing depends on that and its direct neighbours alone.
        signed: Whether it may be below 0.
        shared: Whether pick and end have the same value.
        least: Colours span at least this much, lest rounding errors look like a pattern.
    """

    name: str
    meaning: str
    unit: str
    needs: tuple[str, ...]
    values: Callable[[Mapping[str, NDArray]], Array]
    signed: bool
    shared: bool
    least: float


def _stretch(arrays: Mapping[str, NDArray]) -> Array:
    """Length over length at rest, less 1: the mean of the half segments before and after the crossing.

    Crimped yarns rise between crossings, and are longer than their crossings are apart.
    """
    position, sliding, rise, on_top = (arrays[name] for name in ("position", "sliding", "rise", "on_top"))
    along_pick = _half_means(position, sliding[..., 0], rise[..., 0], on_top, arrays["pick_links"], axis=-1)
    along_end = _half_means(position, sliding[..., 1], rise[..., 1], on_top, arrays["end_links"], axis=-2)
    return np.stack([along_pick, along_end], axis=-1)


def _half_means(position: Array, coordinate: Array, rise: Array, on_top: Array, links: NDArray, axis: int) -> Array:
    """Strains of half segments along an axis of `coordinate` `[..., picks, ends]`, averaged at the crossings; 0 where
    there are none."""
    if coordinate.shape[axis] == 1:
        return np.zeros_like(coordinate)
    coordinate, rise, on_top, links = (np.moveaxis(each, axis, -1) for each in (coordinate, rise, on_top, links))
    chord = np.linalg.norm(np.diff(np.moveaxis(position, axis - 1, -2), axis=-2), axis=-1)
    rest, interlaced = np.diff(coordinate), np.diff(on_top)
    near, far = (np.hypot(chord, interlaced * each) / rest - 1.0 for each in (rise[..., :-1], rise[..., 1:]))
    before, after = (np.pad(links, ((0, 0), each)) for each in ((1, 0), (0, 1)))
    sides = [(0, 0)] * (far.ndim - 1)
    total = np.pad(np.where(links, far, 0.0), [*sides, (1, 0)]) + np.pad(np.where(links, near, 0.0), [*sides, (0, 1)])
    mean = np.where(before & after, 0.5, 1.0) * total
    return np.asarray(np.moveaxis(mean, -1, axis), float)


def _sliding(arrays: Mapping[str, NDArray]) -> Array:
    return arrays["sliding"] - arrays["rest"]


def _of_both(name: str) -> Callable[[Mapping[str, NDArray]], Array]:
    """What pick and end of a crossing have in common."""
    return lambda arrays: np.stack([arrays[name]] * 2, axis=-1)


QUANTITIES = (
    Quantity(
        name="stretch",
        meaning="How much longer the yarn is at a crossing than at rest.",
        unit="",
        needs=("position", "sliding"),
        values=_stretch,
        signed=True,
        shared=False,
        least=1e-6,
    ),
    Quantity(
        name="sliding",
        meaning="How far the yarn has slid through a crossing since rest.",
        unit="m",
        needs=("sliding",),
        values=_sliding,
        signed=True,
        shared=False,
        least=1e-8,
    ),
    Quantity(
        name="compression",
        meaning="How hard the two yarns of a crossing press on each other.",
        unit="N",
        needs=("compression",),
        values=_of_both("compression"),
        signed=False,
        shared=True,
        least=1e-7,
    ),
    Quantity(
        name="interchange",
        meaning="Half of what the end rises more between crossings than at rest, and the pick less.",
        unit="m",
        needs=("interchange",),
        values=_of_both("interchange"),
        signed=True,
        shared=True,
        least=1e-8,
    ),
    Quantity(
        name="flattening",
        meaning="How much nearer the two yarns of a crossing are to each other than at rest.",
        unit="m",
        needs=("flattening",),
        values=_of_both("flattening"),
        signed=True,
        shared=True,
        least=1e-8,
    ),
)
"""In the order in which users choose among them."""


def named(name: str) -> Quantity | None:
    """The quantity of that name, None where there is none."""
    return next((each for each in QUANTITIES if each.name == name), None)


def scale_of(largest: float, unit: str) -> tuple[float, str]:
    """What values of up to this size are divided by to be read, and the unit that they then have: (1e-3, "mN")."""
    if not unit:
        return next((each for each in _RATIOS if largest >= 1e-2 * each[0]), _RATIOS[-1])
    for size, prefix in _PREFIXES:
        if largest >= 0.9995 * size:
            return size, f"{prefix}{unit}"
    return _PREFIXES[-1][0], f"{_PREFIXES[-1][1]}{unit}"


def spoken(value: float, unit: str, digits: int = 3) -> str:
    """A value with its unit, to so many digits: 0.00123 N is "1.23 mN"."""
    if value == 0.0:
        return f"0 {unit or '%'}"
    size, name = scale_of(abs(value), unit)
    return f"{value / size:.{digits}g} {name}"
