"""Natural scales and default bounds of parameters, by their kind, and which entries of a value can be learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from warp_fabric.checks import shown
from warp_fabric.errors import SceneError
from warp_fabric.inputs import value_shape
from warp_fabric.parameters import place_of
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import crossings_present, gathered, of_fabrics
from warp_fabric.scene.settings import GRAVITY
from warp_fabric.scene.tree import tokens

Bound = float | np.ndarray | None
"""A bound in the value's unit, of a shape that broadcasts to the value's; None: the default."""

BROAD = 1e3
"""Default bounds of what is positive: so many times less and more than at the start."""
BROAD_RADIUS = 10.0
"""Likewise for radii, unless yarns would become too thick for their sett before."""


def learnable(scene: Scene, name: str) -> np.ndarray:
    """Indices into the flat value of the entries that can be learnt."""
    free = np.ones(value_shape(scene, name), bool)
    if name == "forces" or name.startswith("initial."):
        free &= crossings_present(scene)[..., None]
    if name in ("initial.sliding", "initial.sliding_velocity"):
        free &= of_fabrics(scene, "slides")[..., None]
    place = place_of(scene, tokens(name))
    if place is not None and place.parameter.is_path:
        free[:, 0] = False
    return np.flatnonzero(free)


def is_yarn_radius(name: str) -> bool:
    """Whether it is a yarn's radius, which its sett bounds."""
    parts = tokens(name)
    return parts[0] == "yarns" and parts[-1] == "radius"


def natural_scale(scene: Scene, name: str, start: np.ndarray) -> np.ndarray | None:
    """Value per u, of a shape that broadcasts to the value's, where the value is affine in u; None where u is the
    logarithm of value / start.

    Raises:
        SceneError: where the start is no possible value.
    """
    place = place_of(scene, tokens(name))
    if place is None:
        return _scale_of_state(scene, name)
    if place.shape == () and start > 0:
        return None
    # Some of what is positive may be 0, and has no logarithm there.
    scale, above = place.parameter.scale, place.parameter.above
    if place.shape == () and (start < 0 or scale is None or (above is not None and start <= above)):
        raise SceneError(f"a fit of this parameter cannot start from {float(start):g}", where=name, fix="start above 0")
    natural: Any = scale(start, place.settings, scene) if callable(scale) else scale
    return np.asarray(natural, float)


def _scale_of_state(scene: Scene, name: str) -> np.ndarray:
    if scene.panels:  # each crossing has its panel's
        return gathered(scene, (np.full((*part.grid, 1), _scale_of_state(part, name)) for part in scene.parts))
    fabric, spacing = scene.build(), scene.spacing
    size = float(np.hypot(fabric.pick_count * fabric.pick_spacing, fabric.end_count * fabric.end_spacing))
    gravity = float(np.linalg.norm(scene.environment.gravity)) or GRAVITY
    fall = (size / gravity) ** 0.5  # [s] cloth that falls or swings moves by its own size in about this time
    if name == "forces":
        density = np.array([yarn.linear_density for yarn in fabric.yarns])
        pick, end = density[fabric.pick_yarn].mean(), density[fabric.end_yarn].mean()
        strands = fabric.strands
        # The weight of one crossing's share of the cloth.
        return np.asarray(
            (strands[0] * pick * fabric.end_spacing + strands[1] * end * fabric.pick_spacing) * gravity, float
        )
    slip = 0.1 * spacing  # yarns slide over each other by parts of a spacing
    scales = {"position": spacing, "velocity": size / fall, "sliding": slip, "sliding_velocity": slip / fall}
    return np.asarray(scales[tokens(name)[-1]], float)


def radius_growth(scene: Scene, starts: Mapping[str, np.ndarray]) -> float:
    """How many times the radii among `starts` may grow, all together and by default: most of the way to where the scene
    would refuse yarns too thick for their sett."""
    if scene.panels:
        return min(radius_growth(part, starts) for part in scene.parts)
    fabric = scene.real_fabric
    fitted = {tokens(name)[1]: float(start) for name, start in starts.items() if is_yarn_radius(name)}
    grows = np.array([fitted.get(yarn.name, 0.0) for yarn in fabric.yarns])
    stays = np.array([0.0 if yarn.name in fitted else yarn.radius for yarn in fabric.yarns])
    room = np.sqrt(0.5) * (fabric.end_spacing + fabric.pick_spacing)  # see Scene
    limits = []
    for pick in np.unique(fabric.pick_yarn[1:-1]):
        for end in np.unique(fabric.end_yarn[1:-1]):
            if grows[pick] + grows[end] > 0:
                limits.append((room - stays[pick] - stays[end]) / (grows[pick] + grows[end]))
    return min(BROAD_RADIUS, 1.0 + 0.9 * (min(limits, default=np.inf) - 1.0))


def bounds_of(
    scene: Scene,
    name: str,
    start: np.ndarray,
    free: np.ndarray,
    scale: np.ndarray | None,
    growth: float,
    given: tuple[Bound, Bound],
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bounds, in u, of the entries that are in u.

    Args:
        scene, name: Which parameter.
        start, free: The value at the start, and what `learnable` says of it. scale: Of the free entries, or of all.
        growth: See `radius_growth`.
        given: Bounds from outside.

    Raises:
        SceneError: where they are no bounds of this value, or the start is not within them.
    """
    first = start.ravel()[free]
    positive = start.ndim == 0  # all numbers are, all vectors have a sign
    low, high = np.full_like(first, -np.inf), np.full_like(first, np.inf)
    place = place_of(scene, tokens(name))
    least, most = (place.parameter.least, place.parameter.most) if place is not None else (None, None)
    if positive:
        thick = is_yarn_radius(name)
        low = first / (BROAD_RADIUS if thick else BROAD)
        high = first * (growth if thick else BROAD) if scale is None else low + BROAD * scale
        if place is not None:
            high = np.minimum(high, np.maximum(first, place.parameter.highest))
    if given[0] is not None:
        wanted = _entries(name, start, free, given[0])
        low = np.where(wanted > 0, wanted, low) if positive else wanted
    if given[1] is not None:
        high = _entries(name, start, free, given[1])
    if positive:  # beyond these the scene would refuse what is learnt
        low = low if not least else np.maximum(low, least)
        high = high if most is None else np.minimum(high, most)
    if not (np.all(low <= first) and np.all(first <= high)):
        k = int(np.argmax((low > first) | (first > high)))
        what = f"the start value {first[k]:.6g} is not within its bounds, {low[k]:.6g} to {high[k]:.6g}"
        raise SceneError(what, where=name, fix="start within them, or give wider ones")
    if scale is None:
        return np.log(low / first), np.log(high / first)
    return (low - first) / scale, (high - first) / scale


def _entries(name: str, start: np.ndarray, free: np.ndarray, bound: Any) -> np.ndarray:
    """A bound of each entry that is in u, in the value's unit."""
    try:
        entries = np.broadcast_to(np.asarray(bound, float), start.shape).ravel()[free]
    except (ValueError, TypeError) as error:
        fix = f"give a number, or numbers of shape {start.shape}"
        raise SceneError(f"{shown(bound)} is not a bound of this value", where=name, fix=fix) from error
    if np.isnan(entries).any():
        raise SceneError("a bound is not a number", where=name, fix="give numbers; inf: no bound")
    return entries
