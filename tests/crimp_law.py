"""Section 10 of the physics in NumPy, from its text: halves of segments, their stars, and what minimises them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from warp_fabric import Scene

STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0))
"""Right, left, up, down, as (pick, end) steps."""


def half(ks, kc, t0, chord, h, d):
    """Energy [J] of half a segment; of complex numbers too, for derivatives by steps into the imaginary."""
    return ks * d / 4 * (np.sqrt(chord**2 + h**2) / d - 1) ** 2 + 3 * kc / d * (np.arctan(h / chord) - t0) ** 2


def derivatives(ks, kc, t0, chord, h, d) -> np.ndarray:
    """By (l, h, D), exact but for rounding."""
    size = 1e-30
    steps = size * 1j * np.eye(3)
    return np.array([half(ks, kc, t0, chord + a, h + b, d + c).imag for a, b, c in steps]) / size


@dataclass
class Half:
    """Half a segment at a crossing; `axis` 0 of its pick, 1 of its end, `h0` and `t0` of a float 0."""

    axis: int
    interlaced: bool
    ks: float
    kc: float
    t0: float
    h0: float
    chord: float
    d: float

    def energy(self, change) -> float:
        h = self.h0 + change[self.axis] if self.interlaced else 0.0
        return half(self.ks, self.kc if self.interlaced else 0.0, self.t0, self.chord, h, self.d)


@dataclass
class Star:
    """A crossing's halves, the fabric's rises at rest (pick's, end's) [m], and the stiffness of its crossings against
    flattening [N/m], 0: rigid."""

    halves: list[Half]
    rises: np.ndarray
    stiffness: float

    @property
    def systems(self) -> set[int]:
        """Which are interlaced here."""
        return {each.axis for each in self.halves if each.interlaced}

    @property
    def gives(self) -> bool:
        return self.stiffness > 0.0 and self.systems == {0, 1}

    def energy(self, change) -> float:
        """J, at changes (pick's, end's) of the rises [m]."""
        flattened = 0.5 * self.stiffness * (0.5 * (change[0] + change[1])) ** 2 if self.gives else 0.0
        return flattened + sum(each.energy(change) for each in self.halves)


def star_of(scene: Scene, position: np.ndarray, sliding: np.ndarray, pick: int, end: int) -> Star:
    """Of crossing [pick, end]; `position` and `sliding` are [picks, ends, k]."""
    fabric, halves = scene.build(), []
    for k, (down, right) in enumerate(STEPS):
        other, axis = (pick + down, end + right), k // 2
        if not (0 <= other[0] < fabric.pick_count and 0 <= other[1] < fabric.end_count):
            continue
        yarn = fabric.yarns[fabric.pick_yarn[pick] if axis == 0 else fabric.end_yarn[end]]
        spacing, crimp = (
            (fabric.end_spacing, fabric.pick_crimp) if axis == 0 else (fabric.pick_spacing, fabric.end_crimp)
        )
        interlaced = bool(fabric.drawdown[other] != fabric.drawdown[pick, end])
        h0 = spacing * np.sqrt((1 + crimp) ** 2 - 1) if interlaced else 0.0
        area = np.pi * yarn.radius**2
        halves.append(
            Half(
                axis,
                interlaced,
                yarn.young_modulus * area,
                yarn.bending_modulus * area / yarn.cohesion,
                np.arctan(h0 / spacing),
                h0,
                float(np.linalg.norm(position[other] - position[pick, end])),
                float(abs(sliding[other][axis] - sliding[pick, end, axis])),
            )
        )
    return Star(halves, np.array([fabric.pick_rise, fabric.end_rise]), scene.contact.crossing_stiffness or 0.0)


def rigid_minimum(star: Star) -> tuple[float, float]:
    """u [m] and the energy there, by scipy from the whole interval."""
    low, high = -0.5 * star.rises[1], 0.5 * star.rises[0]

    def energy(u: float) -> float:
        return star.energy((-2 * u, 2 * u))

    tried = np.linspace(low, high, 41)
    best = int(np.argmin([energy(u) for u in tried]))
    around = tried[max(best - 1, 0)], tried[min(best + 1, 40)]
    found = minimize_scalar(energy, bounds=around, method="bounded", options={"xatol": 1e-9 * (high - low)})
    ends = [(u, energy(u)) for u in (low, high)]
    return min([(float(found.x), float(found.fun)), *ends], key=lambda each: each[1])


def giving_minimum(star: Star) -> tuple[np.ndarray, float]:
    """Changes of rises [2] m and the energy there, by scipy from rest."""
    rises = star.rises
    size = star.energy(-0.3 * rises) + star.energy((0.0, 0.0))

    def energy(z: np.ndarray) -> float:
        return star.energy(z * rises) / size

    options = {"ftol": 1e-16, "gtol": 1e-12, "eps": 1e-7, "maxiter": 500}
    bounds = [(-1.0, None), (-1.0, None)]
    found = minimize(energy, np.zeros(2), method="L-BFGS-B", bounds=bounds, options=options)
    again = minimize(energy, found.x, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-10, "fatol": 1e-17})
    return again.x * rises, float(again.fun) * size
