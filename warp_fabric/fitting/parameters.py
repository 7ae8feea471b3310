"""Parameters: named values as one flat vector u of unknowns without units, 0 at the start and of the order of 1.

What is positive (moduli, radii, friction, ...) is value = start exp(u): it stays positive, and a step of u is a factor
whatever the unit. What has a sign or starts at 0 is value = start + scale u, with a scale that is natural to its kind
(see `scales.py`), so that one setting of an optimiser serves all kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from warp_fabric.checks import shown, suggestion
from warp_fabric.errors import SceneError
from warp_fabric.fitting.scales import Bound, bounds_of, is_yarn_radius, learnable, natural_scale, radius_growth
from warp_fabric.inputs import checked_value, value_shape
from warp_fabric.scene import Scene
from warp_fabric.scene.tree import tokens


@dataclass(frozen=True)
class _Block:
    """One name's part of u.

    Attributes:
        start: The value where u is 0. free: which of its entries are in u, as indices into the flat value.
        scale: Value per u of each of those entries; None: u is the logarithm of value / start.
        part: Where its entries are in u. low, high: bounds of those entries, in u.
    """

    name: str
    start: np.ndarray
    free: np.ndarray
    scale: np.ndarray | None
    part: slice
    low: np.ndarray
    high: np.ndarray

    def value(self, u: np.ndarray) -> np.ndarray:
        value = self.start.copy()
        first = self.start.ravel()[self.free]
        value.reshape(-1)[self.free] = first * np.exp(u) if self.scale is None else first + self.scale * u
        return value

    def slope(self, u: np.ndarray) -> np.ndarray:
        return self.value(u).ravel()[self.free] if self.scale is None else self.scale


class Parameters:
    """Values by name as a flat vector u, and back. u has no entries for what cannot be learnt: the times of pin paths
    and the sliding of border crossings.

    Args:
        scene: What is fitted.
        names: Dotted names, see `Inputs`.
        values: The values to start from, by name; those of other names are not looked at.
        bounds: (low, high) by name, in the value's unit: numbers, arrays that broadcast to the value's shape, or None
            for the default, which is 1e3 times less and more than the start for what is positive, 10 times for radii
            (and never so thick that yarns jam), and none for what has a sign. low == high holds an entry where it is.

    Attributes:
        names: As given. size: Number of unknowns. start: u at the start, zeros. lower, upper: bounds of u.

    Raises:
        SceneError: where a name is unknown, given twice or without effect, or values and bounds do not fit.
    """

    def __init__(
        self,
        scene: Scene,
        names: Sequence[str],
        values: Mapping[str, Any],
        bounds: Mapping[str, tuple[Bound, Bound]] | None = None,
    ) -> None:
        self.names = _checked_names(scene, names)
        starts = {name: checked_value(scene, name, values[name]) for name in self.names}
        given = _checked_bounds(self.names, bounds)
        self.scene_with(scene, starts)
        growth = radius_growth(scene, starts)
        self._blocks: list[_Block] = []
        self.size = 0
        for name, start in starts.items():
            free = learnable(scene, name)
            scale = natural_scale(scene, name, start)
            if scale is not None:
                scale = np.broadcast_to(scale, start.shape).ravel()[free]
            low, high = bounds_of(scene, name, start, free, scale, growth, given.get(name, (None, None)))
            part = slice(self.size, self.size + len(free))
            self._blocks.append(_Block(name, start, free, scale, part, low, high))
            self.size = part.stop
        self.start = np.zeros(self.size)
        self.lower = np.concatenate([block.low for block in self._blocks])
        self.upper = np.concatenate([block.high for block in self._blocks])
        self._check_thickest(scene)

    def values(self, u: np.ndarray) -> dict[str, np.ndarray]:
        """Values by name, in their shapes and units, of u [size]."""
        u = self._checked(u)
        return {block.name: block.value(u[block.part]) for block in self._blocks}

    def chain(self, u: np.ndarray, gradients: Mapping[str, np.ndarray]) -> np.ndarray:
        """The gradient by u [size], at u, from gradients by the values, by name and in their shapes."""
        for block in self._blocks:
            if np.shape(gradients[block.name]) != block.start.shape:
                shape = np.shape(gradients[block.name])
                raise ValueError(f"the gradient by {block.name} has shape {shape}, its value {block.start.shape}")
        flat = [np.asarray(gradients[block.name], float).ravel()[block.free] for block in self._blocks]
        return np.concatenate(flat) * self.to_value_units(u)

    def to_value_units(self, u: np.ndarray) -> np.ndarray:
        """[size] derivative of each entry's value by its u, at u: what a small change of u is in the value's unit."""
        u = self._checked(u)
        return np.concatenate([block.slope(u[block.part]) for block in self._blocks])

    def split(self, entries: np.ndarray, fill: float = np.nan) -> dict[str, np.ndarray]:
        """One number for each unknown [size], by name and in the values' shapes; `fill` where an entry is not in u."""
        entries = self._checked(entries)
        found = {}
        for block in self._blocks:
            found[block.name] = np.full(block.start.shape, fill)
            found[block.name].reshape(-1)[block.free] = entries[block.part]
        return found

    @cached_property
    def labels(self) -> list[str]:
        """A name for each unknown, such as `contact.friction`, `environment.wind[1]` or `initial.velocity[0,3,2]`."""
        found = []
        for block in self._blocks:
            indices = np.stack(np.unravel_index(block.free, block.start.shape), axis=1) if block.start.ndim else [()]
            found += [f"{block.name}[{','.join(map(str, index))}]" if len(index) else block.name for index in indices]
        return found

    def scene_with(self, scene: Scene, values: Mapping[str, np.ndarray]) -> Scene:
        """A scene with those of the values that are keys of the scene file: all but `initial.*` and `forces`.

        Raises:
            SceneError: where the scene does not allow them.
        """
        keys = {name: value for name, value in values.items() if tokens(name)[0] not in ("initial", "forces")}
        return scene.replace(keys)

    def _checked(self, u: np.ndarray) -> np.ndarray:
        u = np.asarray(u, float)
        if u.shape != (self.size,):
            raise ValueError(f"there are {self.size} unknowns, not an array of shape {u.shape}")
        return u

    def _check_thickest(self, scene: Scene) -> None:
        """Within the bounds, no yarns may be too thick for their sett: the scene would refuse what is learnt."""
        blocks = [block for block in self._blocks if is_yarn_radius(block.name)]
        if not blocks:
            return
        try:
            self.scene_with(scene, {block.name: block.value(block.high) for block in blocks})
        except SceneError as error:
            what = f"the upper bound of radii is too large: {error.what}"
            raise SceneError(what, where=error.where, fix="give a smaller upper bound, or None") from error


def _checked_names(scene: Scene, names: Any) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, Sequence):
        fix = 'give a list such as ["yarns.cotton.young_modulus"]'
        raise SceneError(f"{shown(names)} is not a list of names", where="parameters", fix=fix)
    if not names:
        fix = 'name some, such as "contact.friction"'
        raise SceneError("no parameters are named, so there is nothing to fit", where="parameters", fix=fix)
    fabrics = [part.real_fabric for part in scene.parts]
    used = {each.yarns[k].name for each in fabrics for k in {*each.end_yarn.tolist(), *each.pick_yarn.tolist()}}
    seen = set()
    for name in names:
        value_shape(scene, name)
        parts = tokens(name)
        if tuple(parts) in seen:
            raise SceneError("this parameter is named twice", where=name, fix="name it once")
        seen.add(tuple(parts))
        if parts[0] == "yarns" and parts[1] not in used:
            fix = f"leave it out, or name a yarn of the fabric: {', '.join(sorted(used))}"
            raise SceneError("no crossing has this yarn, so it cannot be fitted", where=name, fix=fix)
        if not len(learnable(scene, name)):
            what = "all crossings are on the border and cannot slide, so it cannot be fitted"
            raise SceneError(what, where=name, fix="leave it out, or take a fabric of 3 picks x 3 ends or more")
    return tuple(names)


def _checked_bounds(names: Sequence[str], bounds: Any) -> dict[str, tuple[Bound, Bound]]:
    """Bounds by the names as `names` has them."""
    spelled = {".".join(tokens(name)): name for name in names}
    found = {}
    for key, pair in (bounds or {}).items():
        name = spelled.get(".".join(tokens(key)) if isinstance(key, str) else "")
        if name is None:
            fix = suggestion(str(key), names, "the parameters are")
            raise SceneError("bounds are given for something that is not fitted", where=str(key), fix=fix)
        if not isinstance(pair, (tuple, list, np.ndarray)) or len(pair) != 2:
            raise SceneError(
                f"{shown(pair)} is not a pair of bounds", where=name, fix="give (low, high); None: default"
            )
        found[name] = tuple(pair)
    return found
