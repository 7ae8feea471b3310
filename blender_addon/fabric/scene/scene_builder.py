"""The scene that a fabric's settings and Blender's own describe, as the simulator takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import bpy
import numpy as np

from warp_fabric import Scene, SceneError
from warp_fabric.fabric import Fabric
from warp_fabric.scene import Collision, Contact, Environment, SolverSettings, Time
from warp_fabric.scene.collision import APART

from ..design.fabric_description import damped_strip, in_bundles, is_stale, rest_scene, woven_yarns
from ..files import follower
from ..files.paths import made_folder
from ..objects.surface import coordinates, off_rest
from ..settings.units import exact, in_si
from . import environment
from .colliders import Collider, colliders, may_move
from .obstacles import Surroundings, obstacle_of
from .pin_motion import surface_parts
from .pinning import pins
from .sampling import sampled
from .seen import Reader, Seen
from .together import panels_of, parts_of

if TYPE_CHECKING:
    from ..settings.cloth_settings import ClothSettings
    from ..settings.collision_settings import CollisionSettings
    from ..settings.fabric_settings import FabricSettings


def build_scene(
    settings: FabricSettings,
    context: bpy.types.Context,
    obj: bpy.types.Object | None = None,
    start_only: bool = False,
    beside: Sequence[bpy.types.Object] = (),
    bundles: bool = True,
) -> Scene:
    """Everything a run needs, in metres and in the fabric's frame at the scene's start frame.

    Frames, frame rate and gravity are Blender's, wind comes from its force fields; these, obstacles, and what pins
    follow, are sampled at every frame where they can change, so the scene is played through. Meshes of obstacles are
    written into the fabric's folder.

    Args:
        settings: Of the fabric; `obj.fabric` where there is an object.
        context: Its scene and view layer are used.
        obj: The fabric that was built; None: the next one, unpinned and without obstacles.
        start_only: All is still, as it is at the start frame.
        beside: Other fabrics, which are simulated with it and touch it, as panels of the scene. Time, air, contact and
            collisions are as the settings of the first say.
        bundles: Whether large cloth is simulated in bundles of its yarns, as its settings say.

    Raises:
        SceneError: where the settings do not fit each other, the fabric is scaled, moves or is not what the settings
            say, or a pin or an obstacle is impossible.
        TrajectoryError, OSError: where the mesh of an obstacle cannot be written.
    """
    fabrics = [] if obj is None else [obj, *beside]
    for each in fabrics:
        _check_built(each)
    scene, time = context.scene, simulated_time(settings, context.scene)
    woven = rest_scene(settings)
    frames = range(scene.frame_start, scene.frame_start + (0 if start_only else time.frame_count) + 1)
    gravity, wind = environment.gravity(scene), environment.wind(context, frames)
    panels, yarns, touched, seen = [], woven_yarns(settings), [], {}
    if obj is not None:
        met = colliders(context, settings.collision)
        seen = _seen(fabrics, met, context, frames)
        unit = environment.metres(context)
        axes, *_ = [_checked_axes(each, seen[each], unit) for each in fabrics]
        gravity, wind = axes.T @ gravity, wind @ axes
        if met:
            back = np.linalg.inv(seen[obj][0].world)
            around = Surroundings(seen, back, time.frames_per_second, unit, made_folder(obj))
            touched = [obstacle_of(each, around) for each in met]
    if beside:
        parts, yarns = parts_of(fabrics)
        panels = panels_of(parts, {each: seen[each][0].world for each in fabrics})
        _check_together(time, beside)
    if time.integrator == "static" and wind.any():
        fix = "disable the wind fields in viewports, or choose the method Accurate or Damped"
        raise SceneError("a rest shape is found in still air, but wind blows", where="Simulate", fix=fix)
    if error := damped_strip(settings):
        raise error
    cloth = settings.cloth
    unpinned = Scene(
        fabric=in_bundles(settings, woven.fabric) if bundles else woven.fabric,
        yarns=yarns,
        contact=contact_of(cloth),
        environment=Environment(
            gravity=[exact(each) for each in gravity],
            wind=[exact(each) for each in wind[0]],
            gusts=environment.gusts(wind, time.frames_per_second),
            wind_density=exact(cloth.wind_density),
            wind_drag=exact(cloth.wind_drag),
        ),
        panels=panels,
        collision=collision_of(settings.collision, bool(touched), bool(beside)),
        obstacles=touched,
        time=time,
        solver=SolverSettings(device=settings.simulation.device),
    )
    found = []
    for each, part, panel in zip(fabrics, unpinned.parts, panels or [None]):
        held = pins(each, part.real_fabric, seen, time.frames_per_second, obj)
        found += held if panel is None else [replace(pin, panel=panel.name) for pin in held]
    return replace(unpinned, pins=found)


def _checked_axes(obj: bpy.types.Object, seen: list[Seen], unit: float) -> np.ndarray:
    """[3, 3] the axes of a fabric that is as it was built and rests.

    Raises:
        SceneError: where it is not, or does not.
    """
    _check_surface(obj, rest_scene(obj.fabric).build())
    axes = environment.checked_frame(obj, seen[0].world, unit)
    if environment.moves([each.world for each in seen]):
        fix = "take away its animation, parent and constraints, and let its pins follow an object instead"
        raise SceneError("the fabric object itself moves", where=obj.name, fix=fix)
    return axes


def _check_together(time: Time, beside: Sequence[bpy.types.Object]) -> None:
    if time.integrator == "static":
        fix = "choose the method Damped and as many frames as it takes, or press Simulate by Itself"
        what = "a rest shape can be found for one fabric alone, not together with"
        raise SceneError(f"{what} {', '.join(each.name for each in beside)}", where="Simulate", fix=fix)
    for each in beside:
        if error := damped_strip(each.fabric):
            raise error


def _seen(
    fabrics: list[bpy.types.Object], met: list[Collider], context: bpy.types.Context, frames: range
) -> dict[bpy.types.Object, list[Seen]]:
    """The fabrics and all that acts on them, at each frame; at the first alone where none of it can move."""
    followed = [each for obj in fabrics for each in obj.fabric.cloth.pins if each.target is not None]
    meshes: dict[bpy.types.Object, set[str]] = {each.obj: set() for each in met}
    for pin in followed:
        if (parts := surface_parts(pin)) is not None:
            meshes.setdefault(pin.target, set()).update(parts)
    around = {each for collider in met for each in (collider.obj, *collider.instancers)}
    moves = any(obj.parent or obj.animation_data or obj.constraints for obj in fabrics)
    watched = followed or moves or any(map(may_move, around))
    reader = Reader(meshes, {each.target for each in followed if each.bone})
    looked_at = {*fabrics, *around, *(each.target for each in followed)}
    return sampled(context, looked_at, frames if watched else frames[:1], reader)


def collision_of(collision: CollisionSettings, obstacles: bool, together: bool = False) -> Collision:
    """How the cloth touches itself and obstacles.

    Args:
        obstacles: Whether there are any. together: Whether there is other cloth, which it can touch only as itself.
    """
    touches = collision.self_collision or together
    if not (obstacles or touches):
        return APART
    return Collision(self=touches, stiffness=exact(collision.stiffness), friction=exact(collision.friction))


def contact_of(cloth: ClothSettings) -> Contact:
    """How crossing and neighbouring yarns act on each other."""
    by_yarns, wavy = cloth.shear_by == "MODULUS", cloth.crimp != "NONE"
    return Contact(
        shear_modulus=exact(cloth.shear_modulus) if by_yarns else None,
        shear_rigidity=None if by_yarns else exact(cloth.shear_rigidity),
        shear_damping=in_si(cloth.shear_damping, "ms"),
        friction=exact(cloth.friction),
        friction_stiffness=exact(cloth.friction_stiffness),
        sliding_damping=exact(cloth.sliding_damping),
        parallel_stiffness=exact(cloth.parallel_stiffness),
        crossing_stiffness=exact(cloth.crossing_stiffness) if wavy and cloth.crossings_give else None,
    )


REBUILD = "press Rebuild in the Cloth panel"


def _check_built(obj: bpy.types.Object) -> None:
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    if is_stale(obj):
        what = "the settings have changed since the fabric was built, or some of its yarns or vertices are gone"
        raise SceneError(what, where=obj.name, fix=REBUILD)


def _check_surface(obj: bpy.types.Object, rest: Fabric) -> None:
    if follower.needed() and follower.players(obj):
        return  # it shows the present frame in the mesh itself
    if off_rest(coordinates(obj.data), rest):
        what = "the surface is not as it was built: its vertices, rotation or origin were moved"
        raise SceneError(what, where=obj.name, fix=REBUILD)


def simulated_time(settings: FabricSettings, scene: bpy.types.Scene) -> Time:
    """Frames and steps of a simulation.

    Raises:
        SceneError: where the scene's frame range is empty.
    """
    simulation, rate = settings.simulation, scene.render.fps / scene.render.fps_base
    if simulation.integrator == "static":
        return Time(integrator="static", frames_per_second=rate)
    frames = scene.frame_end - scene.frame_start
    if frames < 1:
        what = f"the scene's frame range, {scene.frame_start} to {scene.frame_end}, has no frame after the first"
        raise SceneError(what, where="Timeline", fix="set a later end frame, or choose the method Rest Shape")
    return Time(
        duration=frames / rate,
        step=1.0 / rate / simulation.substeps,
        frames_per_second=rate,
        integrator=simulation.integrator,
    )
