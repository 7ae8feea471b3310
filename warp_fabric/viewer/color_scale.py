"""From values to colours, and the legend that says which is which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.viewer.quantities import Quantity, scale_of

Array = NDArray[np.float64]

# From light yellow to dark red (ColorBrewer's YlOrRd; shading shows on light yarns), and from blue through grey to red.
# Both read without seeing red or green.
_RISING = "fff7cc ffeda0 fed976 feb24c fd8d3c fc4e2a e31a1c bd0026 800026"
_SIGNED = "3b4cc0 6282ea 8db0fe b8d0f9 dddddd f5c4ad f49a7b de604d b40426"
_BEYOND = 1.0
"""Per cent of the values at either end that colours may leave out, so that a few do not decide for all."""
LEVELS = 24
"""Steps of colour where a picture cannot have any number of them."""


def _anchors(text: str) -> Array:
    return np.array([[int(each[k : k + 2], 16) for k in (0, 2, 4)] for each in text.split()]) / 255.0


@dataclass(frozen=True)
class ColorScale:
    """The colours of a quantity.

    Attributes:
        quantity: What is coloured.
        low, high: The values that the first and the last colour stand for, in the quantity's unit.
    """

    quantity: Quantity
    low: float
    high: float

    @classmethod
    def over(cls, quantity: Quantity, samples: Iterable[Array]) -> ColorScale:
        """The scale that shows almost all of some values."""
        values = np.concatenate([np.ravel(each) for each in samples] or [np.zeros(1)])
        if not quantity.signed:
            return cls(quantity, 0.0, max(float(np.percentile(values, 100 - _BEYOND)), quantity.least))
        low, high = np.percentile(values, [_BEYOND, 100 - _BEYOND])
        most = max(abs(float(low)), abs(float(high)), quantity.least)
        return cls(quantity, -most, most)

    def level(self, values: Array) -> NDArray[np.int64]:
        """Which of the steps of `levels` each value has."""
        return np.clip(np.floor(self._share(values) * LEVELS).astype(np.int64), 0, LEVELS - 1)

    def levels(self) -> Array:
        """`[LEVELS, 3]` sRGB, 0 to 1, from the lowest to the highest."""
        return self._colors((np.arange(LEVELS) + 0.5) / LEVELS)

    def colors(self, values: Array) -> Array:
        """sRGB, 0 to 1, `[..., 3]`, of values `[...]`; those beyond the scale have its outermost colours."""
        return self._colors(self._share(values))

    def legend(self) -> str:
        """HTML: the colours, and the values that they stand for."""
        size, unit = scale_of(max(abs(self.low), abs(self.high)), self.quantity.unit)
        stops = ", ".join(_css(color) for color in _anchors(_SIGNED if self.quantity.signed else _RISING))
        middle = 0.5 * (self.low + self.high)
        ends = ("≤ " if self.quantity.signed else "", "≥ ")
        marks = (f"{ends[0]}{self.low / size:.3g}", f"{middle / size:.3g}", f"{ends[1]}{self.high / size:.3g} {unit}")
        row = "".join(f"<span>{mark}</span>" for mark in marks)
        return (
            '<div style="padding: 0.2em 1em 0.6em 1em; font-size: 0.8em; line-height: 1.5">'
            f'<div style="height: 1em; border-radius: 3px; background: linear-gradient(to right, {stops})"></div>'
            f'<div style="display: flex; justify-content: space-between">{row}</div>'
            f'<div style="opacity: 0.7">{self.quantity.meaning}</div></div>'
        )

    def _share(self, values: Array) -> Array:
        return np.clip((np.asarray(values) - self.low) / (self.high - self.low), 0.0, 1.0)

    def _colors(self, share: Array) -> Array:
        anchors = _anchors(_SIGNED if self.quantity.signed else _RISING)
        at = np.linspace(0.0, 1.0, len(anchors))
        return np.stack([np.interp(share, at, anchors[:, k]) for k in range(3)], axis=-1)


def _css(color: Array) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in color)
