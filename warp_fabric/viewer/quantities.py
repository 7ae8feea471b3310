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
            `[..., picks, ends, components]`, and "rest", the sliding coordinates at rest; of crimped cloth also
            "rise" `[..., picks, ends, 2]`, how much its pick and end rise to the next crossing where they change sides,
            and "drawdown". What it says of a crossing depends on that and its direct neighbours alone.
        signed: Whether it may be below 0.
        shared: Whether pick and end have the same value.
        least: Colours span at least this much, lest rounding errors look like a pattern.
    """

    name: str
    meaning: str
    unit: str
    needs: tuple[str, ...]
    values: Callable[[Mapping[str, Array]], Array]
    signed: bool
    shared: bool
    least: float


def _stretch(arrays: Mapping[str, Array]) -> Array:
    """Length over length at rest, less 1: the mean of the segments before and after the crossing. Crimped yarns are as
    long as they rise."""
    position, sliding = arrays["position"], arrays["sliding"]
    strains = []
    for number, axis in ((0, -1), (1, -2)):
        squared = np.sum(np.diff(position, axis=axis - 1) ** 2, axis=-1)
        if "rise" in arrays and sliding.shape[axis - 1] > 1:
            rise = np.moveaxis(arrays["rise"][..., number], axis, -1) ** 2
            on_top = np.moveaxis(arrays["drawdown"], axis, -1)
            changes = on_top[..., 1:] != on_top[..., :-1]
            squared = squared + np.moveaxis(changes * 0.5 * (rise[..., :-1] + rise[..., 1:]), -1, axis)
        strains.append(_segment_means(np.sqrt(squared), sliding[..., number], axis))
    return np.stack(strains, axis=-1)


def _segment_means(length: Array, coordinate: Array, axis: int) -> Array:
    """Strains of segments along an axis of `coordinate` `[..., picks, ends]`, averaged at the crossings."""
    if coordinate.shape[axis] == 1:
        return np.zeros_like(coordinate)
    rest = np.diff(coordinate, axis=axis)
    strain = np.moveaxis(length / rest - 1.0, axis, -1)
    mean = np.concatenate([strain[..., :1], 0.5 * (strain[..., :-1] + strain[..., 1:]), strain[..., -1:]], axis=-1)
    return np.moveaxis(mean, -1, axis)


def _sliding(arrays: Mapping[str, Array]) -> Array:
    return arrays["sliding"] - arrays["rest"]


def _interchange(arrays: Mapping[str, Array]) -> Array:
    return np.stack([-2.0 * arrays["interchange"], 2.0 * arrays["interchange"]], axis=-1)


def _compression(arrays: Mapping[str, Array]) -> Array:
    return np.stack([arrays["compression"]] * 2, axis=-1)


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
        values=_compression,
        signed=False,
        shared=True,
        least=1e-7,
    ),
    Quantity(
        name="interchange",
        meaning="How much more the yarn rises between crossings than at rest, which the other yarn loses.",
        unit="m",
        needs=("interchange",),
        values=_interchange,
        signed=True,
        shared=False,
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
