"""Fabrics that are simulated, for tests of what simulations leave in Blender and on the disk."""

import time

import bpy
import numpy as np
from woven_objects import built, seen

import warp_fabric as wf
from blender_addon.job import tasks
from blender_addon.simulate.simulate_fabric import simulation_of
from warp_fabric.geometry import centre_lines


def windy(frames: int = 20, **cloth) -> bpy.types.Object:
    """A fabric in the wind, in a scene of so many frames from frame 5 on."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 5, 4 + frames
    bpy.ops.object.effector_add(type="WIND", rotation=(1.5, 0.2, 0.0))
    bpy.context.object.field.strength = 4.0
    scene.fabric.cloth.wind_drag, scene.fabric.simulation.device = 0.5, "cpu"
    scene.fabric.simulation.substeps = 4
    return built(**{"ends": 8, "picks": 8, **cloth})


def started(obj, **options):
    task = simulation_of(obj, bpy.context, **options)
    tasks.begin(task)
    return task


def followed(task, until=lambda task: not task.job.living) -> None:
    while not until(task):
        assert task.job.living, (task.job.error, list(task.job.log))
        task.tick()
        time.sleep(0.02)


def sticks_to(obj, run: wf.Trajectory, frames=None, heights: float = 0.0) -> None:
    """Whether the evaluated points of all objects are those of a run.

    Args:
        heights: By how much [m] yarns may be drawn at other heights than today.
    """
    fabric, start = run.fabric, obj.fabric.simulation.start
    for k in range(run.frame_count) if frames is None else frames:
        bpy.context.scene.frame_set(start + k)
        size = np.abs(run.position[k]).max()
        np.testing.assert_allclose(seen(obj), run.position[k].reshape(-1, 3), rtol=0, atol=1e-6 * size)
        ends, picks = centre_lines(fabric, run.position[k])
        for child, lines in zip(sorted(obj.children, key=lambda each: each.name), (ends, picks)):
            np.testing.assert_allclose(seen(child), lines.reshape(-1, 3), rtol=0, atol=2e-6 * size + heights)
