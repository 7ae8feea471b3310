"""What is doubtful in a scene, though possible: most often numbers in another unit than the scene file's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from warp_fabric.fabric import rotation_matrix
from warp_fabric.scene.bundle_doubts import bundle_doubts
from warp_fabric.scene.obstacle_doubts import contact_doubts, start_doubts
from warp_fabric.scene.panels import pins_by_part
from warp_fabric.scene.weaving import WAVY, FabricSettings
from warp_fabric.yarn import Yarn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warp_fabric.scene.scene import Scene

WIDE = 0.1
"""Spacing [m] from which on yarns are far apart even for a net."""
DENSITIES = (5.0, 2.0e4)
"""Least and greatest density [kg/m3] within a yarn's outline that any material has: aerogel, gold."""
LOOSE_VELOCITY, LOOSE_FORCE = 1.0e-3, 1.0e-4
"""Tolerances from which on results show them: m/s, N."""
STRONG_GRAVITY, STORM = 100.0, 150.0
"""m/s2 and m/s."""
FAR = 100.0
"""Sizes of the cloth that a pin is pulled away from it."""


class SceneWarning(UserWarning):
    """A value of a scene that is possible, but hardly meant."""


def doubts(scene: Scene, at_rest: bool = True) -> list[str]:
    """What is doubtful, one sentence each, with the key and the likely cause.

    Args:
        scene: The scene.
        at_rest: Whether cloth begins at rest, unless `initial` says otherwise. Of other beginnings see `start_doubts`.
    """
    kinds = (_yarns, _tolerance, _environment, _unused_crimp, contact_doubts)
    found = [doubt for kind in kinds for doubt in kind(scene)]
    found += start_doubts(scene) if at_rest and scene.initial.state is None else []
    for k, (part, numbers) in enumerate(zip(scene.parts, pins_by_part(scene))):
        own = [*_spacings(part), *_crimp(part), *_pins(part, numbers), *bundle_doubts(part, numbers)]
        found += [f"panel {scene.panels[k].name!r}: {each}" for each in own] if scene.panels else own
    return list(dict.fromkeys(found))


def _spacings(scene: Scene) -> list[str]:
    found = []
    for key in ("end_spacing", "pick_spacing"):
        value = getattr(scene.fabric, key)
        if value > WIDE:
            found.append(f"fabric.{key} = {value:g} is in metres: if {value:g} mm are meant, write {1e-3 * value:.4g}")
    return found


def _yarns(scene: Scene) -> list[str]:
    found = []
    for name, yarn in scene.yarns.items():
        density = yarn.linear_density / (math.pi * yarn.radius**2)
        if not DENSITIES[0] <= density <= DENSITIES[1]:
            measures = f"radius {yarn.radius:g} m and linear density {yarn.linear_density:g} kg/m"
            what = f"are {density:.2g} kg/m3, as no yarn is: look at their units (tex is 1e-6 kg/m)"
            found.append(f"yarns.{name}: {measures} {what}")
    return found


def _crimp(scene: Scene) -> list[str]:
    if not scene.crimped:
        return []
    if scene.fabric.crimp == "touching" and _crowding(scene) > 1.0:
        what = 'fabric.crimp = "touching": round yarns as thick as these cannot be woven so close'
        return [f"{what}; give larger spacings, thinner yarns, or end_crimp and pick_crimp"]
    high = [(key, value) for key in ("end_crimp", "pick_crimp") if (value := getattr(scene.build(), key)) > WAVY]
    return [
        f"fabric.{key} = {value:g}: these yarns would be {100 * value:g} % longer than the cloth; 0.05 is 5 %"
        for key, value in high
    ]


def _unused_crimp(scene: Scene) -> list[str]:
    if scene.crimped:
        return []
    sets = {part.fabric.crimp_set for part in scene.parts}
    unused = ["fabric.crimp_set"] if sets != {FabricSettings.crimp_set} else []
    unused += ["contact.crossing_stiffness"] if scene.contact.crossing_stiffness is not None else []
    unused += [f"yarns.{name}.cohesion" for name, yarn in scene.yarns.items() if yarn.cohesion != Yarn.cohesion]
    cure = 'give fabric.end_crimp and pick_crimp, or fabric.crimp = "touching"'
    return [f"{key} has no effect, as the yarns are straight: {cure}" for key in unused]


def _crowding(scene: Scene) -> float:
    """Above 1, round yarns of the mean radii have no room (F. T. Peirce, The geometry of cloth structure, 1937); of
    plain weaves, as floats need less."""
    fabric = scene.real_fabric
    on_top = fabric.drawdown
    if (on_top[:, 1:] == on_top[:, :-1]).any() or (on_top[1:] == on_top[:-1]).any():
        return 0.0
    reach = 2.0 * float(fabric.pick_radius.mean() + fabric.end_radius.mean())
    spacings = (fabric.end_spacing, fabric.pick_spacing)
    return sum(math.sqrt(1.0 - (spacing / reach) ** 2) for spacing in spacings if spacing < reach)


def _tolerance(scene: Scene) -> list[str]:
    tolerance, step = scene.tolerance, scene.time.step or 0.0
    if scene.time.integrator == "static":
        if tolerance < LOOSE_FORCE:
            return []
        what = f"solver.tolerance = {tolerance:g} N takes the cloth to be at rest while a net force of up to "
        what += f"{tolerance:g} N still acts on each crossing: what comes out may be far from its equilibrium"
        return [f"{what}; leave this key out, for 1e-10 N"]
    if tolerance < LOOSE_VELOCITY:
        return []
    what = (
        f"solver.tolerance = {tolerance:g} m/s accepts velocities that are wrong by about {tolerance:g} m/s, which is "
    )
    what += (
        f"{1e3 * tolerance * step:g} mm in each step of {1e3 * step:g} ms, and these errors add up: the cloth moves "
    )
    return [f"{what}otherwise than it should; it is no relative tolerance: leave this key out, for 1e-7 m/s"]


def _environment(scene: Scene) -> list[str]:
    found, environment = [], scene.environment
    gravity, wind = np.linalg.norm(environment.gravity), np.linalg.norm(environment.wind)
    if gravity > STRONG_GRAVITY:
        found.append(f"environment.gravity of {gravity:g} m/s2: the earth's is 9.8, in metres")
    if wind > STORM:
        found.append(f"environment.wind of {wind:g} m/s is more than any storm: is it in other units?")
    return found


def _pins(scene: Scene, numbers: Sequence[int]) -> list[str]:
    """Of a scene of one fabric, whose pins have these numbers in the whole scene."""
    fabric = scene.fabric
    size = math.hypot((fabric.ends - 1) * fabric.end_spacing, (fabric.picks - 1) * fabric.pick_spacing)
    across = (0.0, 0.0, -fabric.pick_spacing) if fabric.pose == "hanging" else (0.0, fabric.pick_spacing, 0.0)
    turn = rotation_matrix(fabric.rotation or (0.0, 0.0, 0.0))
    for k, pin in zip(numbers, scene.pins):
        if pin.path is None:
            continue
        pick, end = pin.crossing
        rest = np.asarray(fabric.origin) + turn @ (pick * np.array(across) + (end * fabric.end_spacing, 0.0, 0.0))
        away = float(np.linalg.norm(np.asarray(pin.path, float)[:, 1:] - rest, axis=1).max())
        if away > FAR * size > 0.0:
            what = f"pins.{k}.path leads {away:.3g} m away from the crossing, and the cloth is {size:.3g} m in size"
            return [f"{what}: paths are in metres"]
    return []
