"""What the parts of a scene must agree on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from warp_fabric.checks import suggestion
from warp_fabric.errors import SceneError
from warp_fabric.fabric import repeated
from warp_fabric.scene.woven import real_layout

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene


def check_agreement(scene: Scene) -> None:
    """Raises a `SceneError` where the parts of a scene, each right in itself, do not fit each other."""
    _check_yarns(scene)
    _check_thickness(scene)
    _check_damping(scene)
    _check_pins(scene)
    _ = scene.bundling  # raises where it leaves no cloth
    if scene.time.integrator == "static" and scene.environment.wind_blows:
        what = 'wind blows, but integrator = "static" looks for rest in still air'
        fix = 'set environment.wind = [0, 0, 0], without gusts, or time.integrator = "bdf2"'
        raise SceneError(what, where="environment.wind", fix=fix)


def _check_yarns(scene: Scene) -> None:
    for axis in ("end_yarns", "pick_yarns"):
        for name in getattr(scene.fabric, axis):
            if name not in scene.yarns:
                near = suggestion(name, scene.yarns, "defined yarns")
                fix = f'add a [yarns.{name}] table (library = "..." fills it), or name another yarn: {near}'
                raise SceneError(f"no yarn {name!r} is defined", where=f"fabric.{axis}", fix=fix)


def _check_thickness(scene: Scene) -> None:
    """Yarns so thick for their sett that even straight corners would jam (see forces/shear)."""
    fabric = scene.fabric
    picks = set(repeated(fabric.pick_yarns, fabric.picks)[1:-1])
    ends = set(repeated(fabric.end_yarns, fabric.ends)[1:-1])
    room = math.sqrt(2.0) * 0.5 * (fabric.end_spacing + fabric.pick_spacing)
    pairs = [(scene.yarns[pick].radius + scene.yarns[end].radius, pick, end) for pick in picks for end in ends]
    thick, pick, end = max(pairs, default=(0.0, "", ""))
    if thick >= room:
        yarn = max(pick, end, key=lambda name: scene.yarns[name].radius)
        what = (
            f"the yarns are too thick for their sett: pick {pick!r} and end {end!r} have radii of together "
            f"{thick:.4g} m, and must stay below sqrt(2) times the mean spacing, {room:.4g} m"
        )
        fix = f"use thinner yarns, or end_spacing and pick_spacing above {thick / math.sqrt(2.0):.4g} m"
        raise SceneError(what, where=f"yarns.{yarn}.radius", fix=fix)


def _check_damping(scene: Scene) -> None:
    """A strip of one yarn has no surface, and nothing tells how it bends out of it."""
    fabric = scene.fabric
    if scene.has_surface:
        return
    for name in {*repeated(fabric.end_yarns, fabric.ends), *repeated(fabric.pick_yarns, fabric.picks)}:
        if scene.yarns[name].damping > 0.0:
            what = "a fabric of a single end or pick has no surface that its yarns could bend out of"
            raise SceneError(what, where=f"yarns.{name}.damping", fix="leave it out, or weave two yarns each way")


def _check_pins(scene: Scene) -> None:
    size = (scene.fabric.picks, scene.fabric.ends)
    spacings = (scene.fabric.pick_spacing, scene.fabric.end_spacing)
    first: dict[Any, int] = {}
    for k, pin in enumerate(scene.pins):
        if any(index >= count for index, count in zip(pin.crossing, size)):
            what = f"crossing {list(pin.crossing)} is outside a fabric of {size[0]} picks x {size[1]} ends"
            fix = f"give [pick, end] from [0, 0] to [{size[0] - 1}, {size[1] - 1}]"
            raise SceneError(what, where=f"pins[{k}].crossing", fix=fix)
        if scene.fabric.mask is not None and not scene.fabric.mask[pin.crossing]:
            nearest = [*real_layout(scene).nearest(pin.crossing[0], pin.crossing[1], spacings)]
            what = f"crossing {list(pin.crossing)} is cut away: it is outside the outline"
            raise SceneError(what, where=f"pins[{k}].crossing", fix=f"the nearest there is {nearest}")
        if first.setdefault(pin.crossing, k) != k:
            what = f"crossing {list(pin.crossing)} is already pinned by pins[{first[pin.crossing]}]"
            raise SceneError(what, where=f"pins[{k}].crossing", fix="keep one pin per crossing")
