"""The real yarns that bundles stand for: where they are when the bundles are somewhere. NumPy and SciPy only.

The simulated crossings are those of a smooth sheet, a C1 cubic in either direction, on which the real yarns lie. All
that draws or exports cloth goes through here first and then knows real yarns alone; a scene without bundles is what it
is already.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from warp_fabric.bundling import Axis, Bundling

if TYPE_CHECKING:
    from warp_fabric.scene import Scene
    from warp_fabric.trajectory import Trajectory

Array = NDArray[np.float64]

RISES = ("interchange", "flattening")


def real_position(bundling: Bundling | None, position: Array) -> Array:
    """Real crossings, `[real picks, real ends, 3]` m, of simulated ones, `[picks, ends, 3]` m. Also of what else they
    have, such as velocities, of any number of components."""
    return position if bundling is None else Interpolation(bundling)(position)


class Interpolation:
    """From bundles to the real yarns of one fabric."""

    def __init__(self, bundling: Bundling) -> None:
        self._layout = bundling.layout
        self._lines = (np.arange(bundling.picks.count), np.arange(bundling.ends.count))
        self._weights = cubic_weights(bundling.picks), cubic_weights(bundling.ends)

    def __call__(self, values: Array) -> Array:
        """`[real picks, real ends, k]` of values `[picks, ends, k]`."""
        if not self._layout.is_full:
            from warp_fabric.filling import filled  # loads SciPy, where cloth is cut

            values = filled(self._lines, values[self._layout.present], self._layout)
        along_ends = np.tensordot(self._weights[0], values, axes=(1, 0))
        return np.ascontiguousarray(np.moveaxis(np.tensordot(self._weights[1], along_ends, axes=(1, 1)), 0, 1))


def cubic_weights(axis: Axis) -> Array:
    """`[real, bundles]` weights of the bundles in each real yarn: Hermite cubics, with central differences as slopes,
    at the borders those of a parabola."""
    count = axis.count
    slope = np.zeros((count, count))
    inner = np.arange(1, count - 1)
    slope[inner, inner - 1], slope[inner, inner + 1] = -0.5, 0.5
    if count == 2:
        slope[:] = [-1.0, 1.0]
    else:
        slope[0, :3], slope[-1, -3:] = (-1.5, 2.0, -0.5), (0.5, -2.0, 1.5)
    at = np.arange(len(axis.yarn)) / axis.strands
    first = np.minimum(at.astype(int), count - 2)
    t = (at - first)[:, None]
    value, ease = np.eye(count), t * t * (3.0 - 2.0 * t)
    weights = (1.0 - ease) * value[first] + ease * value[first + 1]
    return weights + t * (1.0 - t) ** 2 * slope[first] - t * t * (1.0 - t) * slope[first + 1]


class RealFrames:
    """Frames of a run in bundles, one after the other as those of its real yarns.

    Args:
        scene: Of one fabric, in bundles.
    """

    def __init__(self, scene: Scene) -> None:
        assert scene.bundling is not None
        self.fabric, self._interpolation = scene.real_fabric, Interpolation(scene.bundling)
        shares = np.concatenate([share.ravel() for share in scene.bundling.interlaced])
        # what bundles rise more or less than at rest, in what a real yarn does
        self._rise = 1.0 / np.sqrt(np.prod(scene.bundling.strands) * max(float(shares.mean()), 1e-12))

    def frame(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """Arrays of one frame by name, of real crossings, from those of the simulated ones, as a trajectory has them.
        Real yarns do not slide, and press on each other as in the bundles around them."""
        return {name: self.array(name, values) for name, values in arrays.items()}

    def array(self, name: str, values: Array) -> Array:
        """One of them."""
        if name in ("sliding", "anchor"):
            return self.fabric.sliding
        if name == "sliding_velocity":
            return np.zeros_like(self.fabric.sliding)
        flat = values[..., None] if np.ndim(values) == 2 else values
        found = self._interpolation(np.asarray(flat, float))
        if name in RISES:
            found = self._rise * found
        if name == "contact_force":
            found = found * (flat.shape[0] * flat.shape[1] / (found.shape[0] * found.shape[1]))
        return found[..., 0] if np.ndim(values) == 2 else found


class _Lazy:
    """An array `[frames, real picks, real ends, ...]` of which a frame is made when it is asked for."""

    def __init__(self, frames: RealFrames, name: str, values: Array) -> None:
        self._frames, self._name, self._values = frames, name, values
        self.shape = (len(values), *frames.fabric.drawdown.shape, *values.shape[3:])

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: Any) -> Array:
        first, *rest = key if isinstance(key, tuple) else (key,)
        which = np.arange(len(self))[first]
        made = [self._frames.array(self._name, self._values[k])[tuple(rest)] for k in np.atleast_1d(which)]
        return made[0] if np.ndim(which) == 0 else np.stack(made)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self[:], dtype)


class RealRun:
    """A run as one of real yarns, to be drawn: it has a trajectory's attributes, and its arrays are made frame by
    frame, when they are indexed."""

    def __init__(self, run: Trajectory) -> None:
        self.scene, self.time, self.frame_count = run.scene, run.time, run.frame_count
        self.version, self.device = run.version, run.device
        self._run = run

    @property
    def fabric(self) -> Any:
        """The fabric at rest, of real yarns."""
        return self.scene.real_fabric

    @property
    def present(self) -> NDArray[np.bool_]:
        """bool[picks, ends], which crossings there are."""
        return self.fabric.layout.present

    @cached_property
    def panels(self) -> dict[str, Any]:
        """Those of each panel, by name."""
        return {name: drawn(part) for name, part in self._run.panels.items()}

    @property
    def parts(self) -> tuple[Any, ...]:
        """Those of each fabric by itself."""
        return (*self.panels.values(),) or (self,)

    @cached_property
    def _frames(self) -> RealFrames:
        return RealFrames(self.scene)

    def __getattr__(self, name: str) -> Any:
        values = getattr(self.__dict__["_run"], name)
        if not isinstance(values, np.ndarray) or self.scene.panels:
            return values
        return _Lazy(self._frames, name, values)


def drawn(run: Any) -> Any:
    """A run as it is drawn: of its real yarns. A run without bundles is that itself."""
    return RealRun(run) if any(part.fabric.bundling is not None for part in run.parts) else run


def real_frame(scene: Scene, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """See `RealFrames.frame`; of a scene of one fabric, whether in bundles or not."""
    return dict(arrays) if scene.bundling is None else RealFrames(scene).frame(arrays)
