"""What is doubtful in what a scene says of contact; see `doubts`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.errors import SceneError
from warp_fabric.obstacle_mesh import MeshTables
from warp_fabric.scene.collision import Collision
from warp_fabric.scene.meshes import obstacle_meshes
from warp_fabric.scene.obstacle_motion import passing
from warp_fabric.scene.panels import parted
from warp_fabric.scene.panels_inside import overlaps_in_words
from warp_fabric.scene.pins_inside import pins_inside
from warp_fabric.scene.starting_inside import crossings_inside, in_words

if TYPE_CHECKING:
    from warp_fabric.scene.scene import Scene

FAR = 100.0
"""Sizes of the cloth that an obstacle is moved by, or spacings that one is thick."""
LAYERS = 10
"""Of cloth that contact should carry."""
AT_CORE = 23.7
"""-B'(y_m): the force at the core, in parts of `k a` (`docs/physics.md`, section 13)."""
SHARP = 0.1
"""Of the tolerance: a slip speed that is less cannot be told from sticking."""
TURNED = 20.0
"""rad, more than three turns; 20 degrees are little."""


def contact_doubts(scene: Scene) -> list[str]:
    """What is doubtful, one sentence each, with the key and the likely cause."""
    kinds = (_without_effect, _too_little, _units, _moving_and_split, _pins)
    return [each for kind in kinds for each in kind(scene)]


def start_doubts(scene: Scene, position: NDArray[np.float64] | None = None, time: float = 0.0) -> list[str]:
    """What of the cloth starts inside an obstacle, which throws it out, or inside another panel.

    Args:
        scene: The scene.
        position: [picks, ends, 3] m, with panels [crossings, 3]: where it starts; None: at rest.
        time: [s], when.
    """
    starts = [None] * len(scene.parts) if position is None else parted(scene, position)
    try:
        found = [
            in_words(each)
            for part, start in zip(scene.parts, starts)
            for each in crossings_inside(part, position=start, time=time)
        ]
    except SceneError:
        found = []  # of a mesh that cannot be read, which the model will say
    return found + overlaps_in_words(scene, position)


def _without_effect(scene: Scene) -> list[str]:
    given = scene.collision
    keys = [key for key in ("stiffness", "friction", "slip_speed") if getattr(given, key) != getattr(Collision, key)]
    if scene.touches:
        return []
    return [
        f"collision.{key} has no effect, as nothing touches: set collision.self, or add [[obstacles]]" for key in keys
    ]


def _too_little(scene: Scene) -> list[str]:
    """Contact that cannot carry the cloth, or friction that no step resolves."""
    if not scene.touches:
        return []
    given, found = scene.collision, []
    least = LAYERS * max(_carrying(part) for part in scene.parts)
    if given.stiffness == 0.0:
        found.append("collision.stiffness = 0: cloth passes through itself and obstacles; leave this key out, for 100")
    elif given.stiffness < least:
        what = f"collision.stiffness = {given.stiffness:g} N/m does not carry {LAYERS} layers of this cloth"
        found.append(f"{what}, which takes {least:.1g}: leave this key out, for 100")
    if scene.time.integrator != "static" and given.slip_speed < SHARP * scene.tolerance:
        what = f"collision.slip_speed = {given.slip_speed:g} m/s is far below solver.tolerance, {scene.tolerance:g} m/s"
        found.append(f"{what}, and steps may fail: 1e-3 is usual, and with 1e-6 what sticks creeps by 1 um a second")
    return found


def _carrying(scene: Scene) -> float:
    """N/m, the stiffness with which a crossing's own weight presses it down to its core (`y_m`)."""
    fabric = scene.fabric
    ends, picks = ([scene.yarns[name] for name in names] for names in (fabric.end_yarns, fabric.pick_yarns))
    mass = fabric.pick_spacing * np.mean([yarn.linear_density for yarn in ends])
    mass += fabric.end_spacing * np.mean([yarn.linear_density for yarn in picks])
    touch = np.mean([yarn.radius for yarn in ends]) + np.mean([yarn.radius for yarn in picks])
    return float(mass * np.linalg.norm(scene.environment.gravity) / (AT_CORE * 0.5 * touch))


def _units(scene: Scene) -> list[str]:
    fabric, found = scene.fabric, []
    size = math.hypot(fabric.ends * fabric.end_spacing, fabric.picks * fabric.pick_spacing)
    for k, obstacle in enumerate(scene.obstacles):
        if obstacle.thickness > FAR * scene.spacing:
            what = f"obstacles.{k}.thickness = {obstacle.thickness:g} m is {FAR:g} yarns and more"
            found.append(f"{what}: it is added to its surface, in metres")
        if obstacle.path is None:
            continue
        rows = np.array(obstacle.path)
        moved = float(np.ptp(rows[:, 1:4], axis=0).max())
        if moved > FAR * size:
            what = f"obstacles.{k}.path moves it by {moved:.3g} m, and the cloth is {size:.3g} m in size"
            found.append(f"{what}: paths are in metres")
        turned = float(np.linalg.norm(rows[:, 4:], axis=1).max())
        if turned > TURNED:
            what = f"obstacles.{k}.path turns it by {turned:.4g} rad"
            found.append(f"{what}: if degrees are meant, write {math.radians(turned):.4g}")
    return found


def _pins(scene: Scene) -> list[str]:
    """Pins that pull crossings into obstacles."""
    try:
        return pins_inside(scene)
    except SceneError:
        return []  # of a mesh that cannot be read, which the model will say


def _moving_and_split(scene: Scene) -> list[str]:
    """Obstacles that pass cloth within one step, and meshes that fall apart."""
    try:
        meshes = obstacle_meshes(scene)
    except SceneError:
        return []  # the model will say
    return [*_fast(scene, meshes), *_split(meshes)]


def _fast(scene: Scene, meshes: Sequence[MeshTables | None]) -> list[str]:
    if scene.time.integrator == "static" or not scene.obstacles:
        return []
    fabrics = [part.build() for part in scene.parts]
    thinnest = min(float(fabric.pick_radius.min() + fabric.end_radius.min()) for fabric in fabrics)
    found = []
    for k, (obstacle, mesh) in enumerate(zip(scene.obstacles, meshes)):
        move = passing(obstacle, mesh, scene.time.step_size, thinnest + obstacle.thickness)
        if move is not None:
            moved, thick = (f"{1e3 * each:.3g} mm" for each in move)
            what = f"obstacle {k} ({obstacle.shape}) moves {moved} in a step, and is {thick} thick"
            if mesh is not None and not mesh.closed and obstacle.shape == "mesh":
                what += " (an open mesh, with its thickness and the yarns')"
            found.append(f"{what}: it can pass cloth; take a smaller time.step")
    return found


def _split(meshes: Sequence[MeshTables | None]) -> list[str]:
    """Meshes whose triangles meet in one place, but do not share the vertices there."""
    found = []
    for k, mesh in enumerate(meshes):
        if mesh is None or mesh.closed:
            continue
        place = np.unique(mesh.vertices[0], axis=0, return_inverse=True)[1].reshape(-1)[mesh.faces]
        edges = np.sort(np.stack([place, np.roll(place, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
        alone = np.count_nonzero(np.unique(edges, axis=0, return_counts=True)[1] == 1)
        if (seams := np.count_nonzero(mesh.across < 0) - alone) > 0:
            what = f"obstacle {k} (mesh) has {seams} edges that lie on others and share no vertices with them"
            found.append(f"{what}: it is open there, and felt twice; merge its vertices by distance")
    return found
