"""The curves of an export at one moment: yarns or their plies, in groups that share yarn and direction. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from usd_export.options import Options
from warp_fabric.geometry import Relief, arc_fractions, arc_lengths, centre_lines, crossing_normals, relief_of
from warp_fabric.plies import ply_lines, ply_radius, samples_needed, typical_twist
from warp_fabric.trajectory import RISES

if TYPE_CHECKING:
    from warp_fabric.fabric import Fabric
    from warp_fabric.yarn import Yarn

Array = NDArray[np.float64]

STRIDE = 1e-4
"""How far crossings are moved for the velocities, in spacings: halfway between rounding and truncation errors."""


@dataclass(frozen=True, eq=False)
class Group:
    """Curves of one yarn in one direction.

    Attributes:
        direction: "end" or "pick".
        yarn: The yarn they are made of.
        members: [yarns] which ends or picks of the fabric they are.
        curves: Number of curves: one for each yarn, or for each of its plies, yarn by yarn.
        points: Points of each curve.
        radius: Of the curves [m].
        color: [yarns, 3] sRGB.
    """

    direction: str
    yarn: Yarn
    members: NDArray[np.int64]
    curves: int
    points: int
    radius: float
    color: Array


class YarnLines:
    """Curves of all yarns from the state of the cloth.

    Args:
        fabric: The fabric at rest.
        options: Samples and plies.

    Attributes:
        groups: What curves there are. Yarns that cross a single other one are points, and left out.
        samples: Points from one crossing to the next.
    """

    def __init__(self, fabric: Fabric, options: Options) -> None:
        self.fabric, self.plies = fabric, options.plies if options.plies > 1 else 0
        self.samples = options.samples_per_crossing
        self._twist = np.array(
            [
                typical_twist(each.linear_density) if options.ply_twist is None else options.ply_twist
                for each in fabric.yarns
            ]
        )
        if self.plies:
            used = np.unique(np.concatenate([fabric.end_yarn, fabric.pick_yarn]))
            spacing = max(fabric.end_spacing, fabric.pick_spacing)
            self.samples = max(self.samples, samples_needed(np.abs(self._twist[used]).max(), spacing))
        self.groups = self._groups()
        self._material = self._rest_lengths() if self.plies else {}

    def at(self, position: Array, sliding: Array, relief: Relief | None = None) -> list[Array]:
        """The curves of each group, `[curves, points, 3]` [m].

        Args:
            position: Crossings [m], `[picks, ends, 3]`.
            sliding: Sliding coordinates [m], `[picks, ends, 2]`; how far plies have turned depends on them.
            relief: How far yarns are above and below the cloth; None: as at rest.
        """
        if not self.groups:
            return []
        ends, picks = centre_lines(self.fabric, position, self.samples, relief)
        lines = {"end": ends, "pick": picks}
        if not self.plies:
            return [lines[group.direction][group.members] for group in self.groups]
        up = crossing_normals(self.fabric, position) * np.where(self.fabric.drawdown, 1.0, -1.0)[..., None]
        start = {"end": up[0], "pick": up[:, 0]}
        along = {"end": self._along("end", sliding[..., 1].T), "pick": self._along("pick", sliding[..., 0])}
        return [self._plied(group, lines, start, along) for group in self.groups]

    def moving(self, frame: Mapping[str, Array]) -> tuple[list[Array], list[Array]]:
        """The curves of each group and the velocities of their points [m/s], both `[curves, points, 3]`.

        The crossings' own velocities, carried through the construction of the curves by a central difference.

        Args:
            frame: `position`, `sliding`, `velocity`, `sliding_velocity` and, of crimped cloth, `interchange` and
                `flattening` as a trajectory has them, and how fast these change as `interchange_rate` and
                `flattening_rate` [m/s].
        """
        position, sliding = frame["position"], frame["sliding"]
        velocity, slip = frame["velocity"], frame["sliding_velocity"]
        crimp = [frame.get(name) for name in RISES]
        rates = [frame.get(f"{name}_rate", 0.0) for name in RISES]
        lines = self.at(position, sliding, relief_of(self.fabric, *crimp))
        fastest = max(np.abs(each).max() for each in (velocity, *rates, *[slip] * bool(self.plies)))
        if fastest == 0.0:
            return lines, [np.zeros_like(each) for each in lines]
        moment = STRIDE * min(self.fabric.end_spacing, self.fabric.pick_spacing) / fastest
        middle = position.mean(axis=(0, 1))  # differences of numbers far from 0 lose digits

        def after(time: float) -> list[Array]:
            changed = [None if each is None else each + time * rate for each, rate in zip(crimp, rates)]
            relief = relief_of(self.fabric, *changed)
            return self.at(position - middle + time * velocity, sliding + time * slip, relief)

        there, back = after(moment), after(-moment)
        return lines, [(one - other) / (2.0 * moment) for one, other in zip(there, back)]

    def fractions(self) -> list[NDArray[np.float32]]:
        """How far along its yarn each point lies in the fabric at rest, 0 to 1, `[curves, points]` for each group."""
        if not self.groups:
            return []
        ends, picks = centre_lines(self.fabric, self.fabric.position, self.samples)
        share = {"end": arc_fractions(ends), "pick": arc_fractions(picks)}
        return [
            np.repeat(share[group.direction][group.members], max(self.plies, 1), axis=0).astype(np.float32)
            for group in self.groups
        ]

    def _groups(self) -> list[Group]:
        fabric, groups = self.fabric, []
        sides = (
            ("end", fabric.end_yarn, fabric.end_color, fabric.pick_count),
            ("pick", fabric.pick_yarn, fabric.pick_color, fabric.end_count),
        )
        for direction, yarns, color, crossings in sides:
            for index in np.unique(yarns) if crossings > 1 else ():
                members, yarn = np.flatnonzero(yarns == index), fabric.yarns[index]
                radius = ply_radius(yarn.radius, self.plies) if self.plies else yarn.radius
                curves, points = len(members) * max(self.plies, 1), self.samples * (crossings - 1) + 1
                groups.append(Group(direction, yarn, members, curves, points, float(radius), color[members]))
        return groups

    def _plied(self, group: Group, lines: dict, start: dict, along: dict) -> Array:
        members, yarn = group.members, self.fabric.end_yarn if group.direction == "end" else self.fabric.pick_yarn
        radius = np.full(len(members), group.yarn.radius)
        plied = ply_lines(
            lines[group.direction][members],
            start[group.direction][members],
            along[group.direction][members],
            radius,
            self._twist[yarn[members]],
            self.plies,
        )
        return plied.reshape(group.curves, group.points, 3)

    def _rest_lengths(self) -> dict[str, tuple[Array, Array]]:
        """Sliding coordinates and lengths of yarn [m] at the samples at rest, `[yarns, samples]` for each direction.

        Yarns are longer than the cloth, as they go over and under: a twist told by their length needs theirs.
        """
        fabric = self.fabric
        ends, picks = centre_lines(fabric, fabric.position, self.samples)
        sliding = {"end": fabric.sliding[..., 1].T, "pick": fabric.sliding[..., 0]}
        lines = {"end": ends, "pick": picks}
        return {name: (self._between(sliding[name]), arc_lengths(lines[name])) for name in lines}

    def _along(self, direction: str, sliding: Array) -> Array:
        """Which of the yarn's material the samples are at [m], `[yarns, samples]`; see `ply_lines`."""
        at, rest = self._between(sliding), self._material[direction]
        return np.stack([np.interp(*each) for each in zip(at, *rest)])

    def _between(self, value: Array) -> Array:
        """Values at the samples, linear between those at the crossings, `[yarns, samples]`."""
        if value.shape[1] == 1:
            return value.copy()
        at = np.arange(self.samples * (value.shape[1] - 1) + 1) / self.samples
        first = np.minimum(at.astype(int), value.shape[1] - 2)
        share = at - first
        return value[:, first] * (1.0 - share) + value[:, first + 1] * share
