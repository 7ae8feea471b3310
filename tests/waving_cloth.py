"""Runs that are made up rather than simulated: cloth that waves, slides and presses in a known way."""

from __future__ import annotations

import numpy as np

from warp_fabric import Scene, Trajectory
from warp_fabric.yarn import library_entry

DURATION = 0.5


def waving(picks=6, ends=5, frames=5, yarn="cotton", swing=1.0, **changes) -> Trajectory:
    """A twill of a library yarn in navy and ecru, pinned at its upper corners.

    By default it hangs. Over time it swings out of its plane, ends are stretched by up to 2 %, picks slide by up to a
    tenth of a spacing, and crossings press with up to 1 mN.

    Args:
        swing: How far it swings, relative to its height.
        changes: To the scene, by dotted key where __ stands for the dot.
    """
    spacing = library_entry(yarn).spacing
    corners = [{"crossing": [0, 0]}, {"crossing": [0, ends - 1]}]
    text = f"""
    [fabric]
    weave = "twill22"
    ends = {ends}
    picks = {picks}
    end_spacing = {spacing}
    pick_spacing = {spacing}
    end_yarns = ["navy"]
    pick_yarns = ["ecru"]
    pose = "hanging"

    [yarns.navy]
    library = "{yarn}"
    color = "#20356b"

    [yarns.ecru]
    library = "{yarn}"
    color = "#e9dfc8"

    [time]
    duration = {DURATION}
    step = 1.0e-3
    frames_per_second = {(frames - 1) / DURATION}
    """
    given = {name.replace("__", "."): value for name, value in changes.items()}
    scene = Scene.from_toml(text).replace({"pins": corners, **given})
    fabric = scene.build()
    time = np.linspace(0.0, DURATION, frames)
    share = (time / DURATION)[:, None, None]
    position = np.repeat(fabric.position[None], frames, axis=0)
    along, out = (2, 1) if scene.fabric.pose == "hanging" else (1, 2)
    down = np.abs(fabric.position[..., along] - fabric.position[0, 0, along])[None]
    position[..., along] += 0.02 * share * (position[..., along] - position[0, 0, 0, along])
    position[..., out] += swing * share * down**2 / down.max()
    sliding = np.repeat(fabric.sliding[None], frames, axis=0)
    sliding[..., 0] += 0.1 * spacing * share * fabric.slides
    press = 1e-3 * share * fabric.slides * np.linspace(0.2, 1.0, ends)
    still = np.zeros_like(sliding)
    return Trajectory(
        time,
        position=position,
        sliding=sliding,
        velocity=np.zeros_like(position),
        sliding_velocity=still,
        anchor=sliding.copy(),
        compression=press,
        scene=scene,
        version="",
        device="",
    )
