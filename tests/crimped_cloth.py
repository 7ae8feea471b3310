"""Runs of crimped cotton that are made up rather than simulated: crossings stay, the yarns between them do not."""

from __future__ import annotations

import numpy as np
from textile_cloth import textile_scene

from warp_fabric import Trajectory

FRAMES = 5


def straightening(weave="plain", picks=6, ends=7, **changes) -> Trajectory:
    """Cotton whose picks lose up to 0.3 of their height to the ends, more in each frame, most in the middle.

    Args:
        changes: To the scene, by dotted key where __ stands for the dot; with `contact__crossing_stiffness` crossings
            also flatten by up to 0.2 of a rise.
    """
    given = {"fabric__weave": weave, "fabric__crimp": "touching", "fabric__pose": "flat", **changes}
    scene = textile_scene("cotton", (picks, ends), pins=[], **given)
    fabric = scene.build()
    time = np.arange(FRAMES) / scene.time.frames_per_second
    share = (time / time[-1])[:, None, None] ** 2
    arch = np.outer(np.hanning(picks + 2), np.hanning(ends + 2))[1:-1, 1:-1]
    still = np.zeros((FRAMES, picks, ends, 3))
    sliding = np.repeat(fabric.sliding[None], FRAMES, axis=0)
    return Trajectory(
        time,
        position=still + fabric.position,
        sliding=sliding,
        velocity=still,
        sliding_velocity=still[..., :2],
        anchor=sliding,
        compression=still[..., 0],
        interchange=0.15 * fabric.pick_rise * share * arch,
        flattening=0.2 * fabric.pick_rise * share * arch,
        scene=scene,
        version="",
        device="",
    )
