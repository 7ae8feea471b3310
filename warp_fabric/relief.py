"""Relief: how far above and below the cloth its yarns' centre lines are drawn. NumPy only.

With crimp the model knows: at a crossing the pick lies half of its height `h` below, the end half of its own above, as
crimp interchange and flattening have left them.

Without crimp heights are a matter of drawing. At a crossing both together are the sum of radii, and each yarn has its
own radius of it, as far as its neighbours let it (by and large: see `SPARED`). They are round, so a yarn that changes
sides between two others `p` apart can rise by no more than

    h = D (1 - sqrt(1 - (p / D)^2)),   D = 2 (R_pick + R_end),

its heights at the two crossings together, where it lies on both all the way (F. T. Peirce, The geometry of cloth
structure, J. Text. Inst. 28, 1937, T45). What one system is denied the other has to rise more: cloth with
`sum sqrt(1 - (p / D)^2) < 1` over both systems has room for all.

In denser cloth floats can still make room: side by side, yarns need their diameters only. There the crossings that
bound a float are drawn nearer to each other along it. Cloth that is denser still is drawn as if it were not: its yarns
go through each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from warp_fabric.fabric import Fabric

Array = NDArray[np.float64]

SPARED = 0.055
"""Sums of radii, by which a yarn of its own radius may be too high: curves keep 97 % of their distance then."""
ROUNDS = 64
"""Most times that crossings are pushed apart."""
CLOSE = 1e-3
"""Spacings, that they may lack in the end."""
AMPLE = 1.08
"""Times the room needed, that yarns get where there is as much: curves through few samples cut corners."""


@dataclass(frozen=True, eq=False)
class Relief:
    """Where yarns are drawn, relative to their crossings.

    Attributes:
        pick_height: [picks, ends] m, how far below the crossing, against its normal, the pick's centre line is.
        end_height: [picks, ends] m, how far above the crossing, along its normal, the end's centre line is.
        shift: [picks, ends, 2], how far crossings are drawn beside themselves, along the pick and along the end, in
            distances from one to the next; None: nowhere.
    """

    pick_height: Array
    end_height: Array
    shift: Array | None = None

    def part(self, window: tuple[slice, slice]) -> Relief:
        """That of some picks and ends."""
        shift = None if self.shift is None else self.shift[window]
        return Relief(self.pick_height[window], self.end_height[window], shift)


def relief_of(fabric: Fabric, interchange: Array | None = None, flattening: Array | None = None) -> Relief:
    """The relief of a cloth at one moment.

    Args:
        fabric: The woven fabric (drawdown, spacings, radii and crimps are used).
        interchange: [picks, ends] m, as a trajectory has it; None: as at rest. Cloth without crimp has none.
        flattening: [picks, ends] m, likewise.
    """
    shape = fabric.drawdown.shape
    if fabric.end_crimp or fabric.pick_crimp:
        change = np.zeros(shape) if interchange is None else np.asarray(interchange, float)
        nearer = np.zeros(shape) if flattening is None else np.asarray(flattening, float)
        pick = 0.5 * (fabric.pick_rise - 2.0 * change - nearer)
        return Relief(pick, 0.5 * (fabric.end_rise + 2.0 * change - nearer))
    reach = np.asarray(fabric.pick_radius, float)[:, None] + np.asarray(fabric.end_radius, float)
    pick_most, end_most = (reach * _most(p / (2.0 * reach)) for p in (fabric.end_spacing, fabric.pick_spacing))
    pick_least = reach - end_most
    low, high = np.minimum(pick_least, pick_most), np.maximum(pick_least, pick_most)
    own = np.asarray(fabric.pick_radius, float)[:, None]
    wrong = np.clip(own, low, high) - own
    corrected = np.clip(2.0 * (np.abs(wrong) - SPARED * reach), 0.0, np.abs(wrong))
    pick = own + np.sign(wrong) * corrected
    relief = Relief(pick, reach - pick)
    return relief if (pick_least <= pick_most).all() else replace(relief, shift=_shift(fabric, relief))


def _most(width: Array) -> Array:
    """Largest height of a yarn that changes sides over a width, in sums of radii; the width in two of them."""
    return 1.0 - np.sqrt(1.0 - np.minimum(width, 1.0) ** 2)


def _needed(height: Array) -> Array:
    """The other way round: width that a yarn of such a height needs."""
    return np.sqrt(1.0 - (1.0 - np.clip(height, 0.0, 1.0)) ** 2)


def _shift(fabric: Fabric, relief: Relief) -> Array:
    """How crossings are drawn beside themselves, see `Relief`, where yarns that change sides need more room."""
    drawdown, reach = np.asarray(fabric.drawdown, bool), relief.pick_height + relief.end_height
    end_radius, pick_radius = np.asarray(fabric.end_radius, float), np.asarray(fabric.pick_radius, float)
    needed = (2.0 * reach * _needed(height / reach) for height in (relief.pick_height, relief.end_height))
    on_picks, on_ends = (each / p for each, p in zip(needed, (fabric.end_spacing, fabric.pick_spacing)))
    along_pick = _places(drawdown, on_picks, end_radius / fabric.end_spacing)
    along_end = _places(drawdown.T, on_ends.T, pick_radius / fabric.pick_spacing).T
    return np.stack([along_pick, along_end], axis=-1)


def _places(drawdown: NDArray[np.bool_], needed: Array, radius: Array) -> Array:
    """Where the crossings of each yarn are, beside even places: all in spacings, `[yarns, crossings]`.

    Two that lack room push each other apart, until all have it. Nobody is pushed where there is none to be had.

    Args:
        drawdown: `[yarns, crossings]`; likewise `needed`, the room that a yarn needs to change sides there.
        radius: Of the yarns that are crossed, `[crossings]`.
    """
    place, interlaced = np.zeros(drawdown.shape), drawdown[:, 1:] != drawdown[:, :-1]
    floats = np.where(interlaced, 0.0, radius[1:] + radius[:-1])
    changes = np.where(interlaced, np.maximum(needed[:, 1:], needed[:, :-1]), 0.0)
    spare = (floats.size - floats.sum()) / max(changes.sum(), 1e-12)
    if spare < 1.0:
        return place
    least = floats + min(spare, AMPLE) * changes
    for _ in range(ROUNDS):
        lack = 0.5 * np.maximum(least - 1.0 - np.diff(place, axis=1), 0.0)
        place[:, :-1] -= lack
        place[:, 1:] += lack
        if lack.max(initial=0.0) < CLOSE:
            break
    return place
