"""The curves of an export at one moment: yarns or their plies, in groups that share yarn and direction. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from usd_export.options import Options
from warp_fabric.geometry import Relief, arc_fractions, arc_lengths, centre_lines, crossing_normals, relief_of
from warp_fabric.layout import ALONG_END, ALONG_PICK
from warp_fabric.plies import ply_lines, ply_radius, samples_needed, typical_twist
from warp_fabric.runs import Runs
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
        runs: The runs of yarn that they are: whole ends or picks, or parts of them where cloth was cut.
        plies: Curves of each run; run by run.
        counts: [curves] points of each.
        radius: Of the curves [m].
        color: [runs, 3] sRGB.
    """

    direction: str
    yarn: Yarn
    runs: Runs
    plies: int
    counts: NDArray[np.int32]
    radius: float
    color: Array

    @property
    def members(self) -> NDArray[np.int32]:
        """[runs] which end or pick of the fabric each is of."""
        return self.runs.yarn

    @property
    def curves(self) -> int:
        """Number of curves."""
        return len(self.counts)


class YarnLines:
    """Curves of all yarns from the state of the cloth.

    Args:
        fabric: The fabric at rest.
        options: Samples and plies.

    Attributes:
        groups: What curves there are. Where yarns cross a single other one they are points, and left out.
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
        """The points of each group's curves, `[points, 3]` [m], curve by curve.

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
            return [self._taken(group, lines[group.direction]) for group in self.groups]
        up = crossing_normals(self.fabric, position) * np.where(self.fabric.drawdown, 1.0, -1.0)[..., None]
        start = {"end": up.swapaxes(0, 1), "pick": up}
        along = {"end": self._along("end", sliding[..., 1].T), "pick": self._along("pick", sliding[..., 0])}
        return [self._plied(group, lines, start, along) for group in self.groups]

    def moving(self, frame: Mapping[str, Array]) -> tuple[list[Array], list[Array]]:
        """The points of each group's curves and their velocities [m/s], both `[points, 3]`, curve by curve.

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
        """How far along its curve each point lies in the fabric at rest, 0 to 1, `[points]` for each group."""
        if not self.groups:
            return []
        ends, picks = centre_lines(self.fabric, self.fabric.position, self.samples)
        lines = {"end": ends, "pick": picks}
        found = []
        for group in self.groups:
            share = arc_fractions(group.runs.rows(lines[group.direction], self.samples))
            found.append(self._plies_of(group, share).astype(np.float32))
        return found

    def across(self, values: Array) -> list[NDArray[np.float32]]:
        """Values of the crossings at the points of each group's curves, linear between crossings, `[points, ...]`.

        Args:
            values: `[picks, ends, ...]`.
        """
        sides = {"end": values.swapaxes(0, 1), "pick": values}
        between = {name: self._between(each) for name, each in sides.items()}
        rows = ((group, group.runs.rows(between[group.direction], self.samples)) for group in self.groups)
        return [self._plies_of(group, each).astype(np.float32) for group, each in rows]

    def _taken(self, group: Group, lines: Array) -> Array:
        """The points of runs, run by run, of those of whole yarns `[yarns, points, ...]`."""
        return group.runs.flat(group.runs.rows(lines, self.samples), self.samples)

    def _plies_of(self, group: Group, rows: Array) -> Array:
        """Values at the points of runs, `[runs, points, ...]`, the same for each of their plies."""
        return group.runs.flat(np.repeat(rows, group.plies, axis=0), self.samples, copies=group.plies)

    def _groups(self) -> list[Group]:
        fabric, groups = self.fabric, []
        sides = (
            ("end", ALONG_END, fabric.end_yarn, fabric.end_color),
            ("pick", ALONG_PICK, fabric.pick_yarn, fabric.pick_color),
        )
        plies = max(self.plies, 1)
        for direction, axis, yarns, color in sides:
            every = Runs.of(fabric.layout, axis)
            for index in np.unique(yarns[every.yarn]):
                runs, yarn = every.part(yarns[every.yarn] == index), fabric.yarns[index]
                radius = ply_radius(yarn.radius, self.plies) if self.plies else yarn.radius
                counts = np.repeat(runs.points(self.samples), plies)
                groups.append(Group(direction, yarn, runs, plies, counts, float(radius), color[runs.yarn]))
        return groups

    def _plied(self, group: Group, lines: dict, start: dict, along: dict) -> Array:
        runs, yarn = group.runs, self.fabric.end_yarn if group.direction == "end" else self.fabric.pick_yarn
        plied = ply_lines(
            runs.rows(lines[group.direction], self.samples),
            start[group.direction][runs.yarn, runs.first],
            runs.rows(along[group.direction], self.samples),
            np.full(len(runs), group.yarn.radius),
            self._twist[yarn[runs.yarn]],
            self.plies,
        )
        return runs.flat(plied.reshape(group.curves, -1, 3), self.samples, copies=self.plies)

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
        """Values at the samples, linear between those at the crossings, `[yarns, samples, ...]`."""
        if value.shape[1] == 1:
            return value.copy()
        at = np.arange(self.samples * (value.shape[1] - 1) + 1) / self.samples
        first = np.minimum(at.astype(int), value.shape[1] - 2)
        share = (at - first).reshape(-1, *[1] * (value.ndim - 2))
        return value[:, first] * (1.0 - share) + value[:, first + 1] * share
