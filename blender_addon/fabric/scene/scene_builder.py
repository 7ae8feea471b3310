"""The scene that a fabric's settings and Blender's own describe, as the simulator takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from warp_fabric import Scene, SceneError
from warp_fabric.fabric import Fabric
from warp_fabric.scene import Contact, Environment, SolverSettings, Time

from ..design.fabric_description import damped_strip, is_stale, rest_scene, woven_yarns
from ..files import follower
from ..objects.surface import coordinates, off_rest
from ..settings.units import exact, in_si
from . import environment
from .pinning import pins
from .sampling import sampled, world

if TYPE_CHECKING:
    from ..settings.cloth_settings import ClothSettings
    from ..settings.fabric_settings import FabricSettings


def build_scene(settings: FabricSettings, context: bpy.types.Context, obj: bpy.types.Object | None = None) -> Scene:
    """Everything a run needs, in metres and in the fabric's frame at the scene's start frame.

    Frames, frame rate and gravity are Blender's, wind comes from its force fields; these, and objects that pins
    follow, are sampled at every frame where they can change, so the scene is played through.

    Args:
        settings: Of the fabric; `obj.fabric` where there is an object.
        context: Its scene and view layer are used.
        obj: The fabric that was built; None: the next one, unpinned.

    Raises:
        SceneError: where the settings do not fit each other, the fabric is scaled, moves or is not what the settings
            say, or a pin is impossible.
    """
    if obj is not None:
        _check_built(obj)
    scene, time = context.scene, simulated_time(settings, context.scene)
    woven = rest_scene(settings)
    frames = range(scene.frame_start, scene.frame_start + time.frame_count + 1)
    gravity, wind, found = environment.gravity(scene), environment.wind(context, frames), []
    if obj is not None:
        followed = [each.target for each in settings.cloth.pins if each.target is not None]
        watched = followed or obj.parent or obj.animation_data or obj.constraints
        rest = woven.build()
        _check_surface(obj, rest)
        matrices = sampled(context, {obj, *followed}, frames if watched else frames[:1], world)
        axes = environment.checked_frame(obj, matrices[obj][0], environment.metres(context))
        if environment.moves(matrices[obj]):
            fix = "take away its animation, parent and constraints, and let its pins follow an object instead"
            raise SceneError("the fabric object itself moves", where=obj.name, fix=fix)
        gravity, wind = axes.T @ gravity, wind @ axes
        found = pins(obj, rest.position, matrices, time.frames_per_second)
    if time.integrator == "static" and wind.any():
        fix = "disable the wind fields in viewports, or choose the method Accurate or Damped"
        raise SceneError("a rest shape is found in still air, but wind blows", where="Simulate", fix=fix)
    if error := damped_strip(settings):
        raise error
    cloth = settings.cloth
    return Scene(
        fabric=woven.fabric,
        yarns=woven_yarns(settings),
        contact=contact_of(cloth),
        environment=Environment(
            gravity=[exact(each) for each in gravity],
            wind=[exact(each) for each in wind[0]],
            gusts=environment.gusts(wind, time.frames_per_second),
            wind_density=exact(cloth.wind_density),
            wind_drag=exact(cloth.wind_drag),
        ),
        pins=found,
        time=time,
        solver=SolverSettings(device=settings.simulation.device),
    )


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
