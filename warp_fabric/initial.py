"""The state a run starts from: at rest, or a frame of an earlier run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from warp_fabric.errors import SceneError, TrajectoryError
from warp_fabric.fabric import Fabric
from warp_fabric.scene import Scene
from warp_fabric.scene.panels import joined
from warp_fabric.trajectory import Trajectory, load_trajectory

STATE = ("position", "sliding", "velocity", "sliding_velocity", "anchor")


def initial_state(scene: Scene) -> dict[str, np.ndarray]:
    """The state a scene's run starts from: the frame its `initial` names, else at rest.

    Returns:
        `position` [picks, ends, 3] m, `sliding` [picks, ends, 2] m, `velocity`, `sliding_velocity` [m/s] and
        `anchor` [picks, ends, 2] m; with panels [crossings, ...] each.

    Raises:
        SceneError: where the trajectory cannot be read, lacks the frame, or is of another grid or other panels.
    """
    if scene.initial.state is None:
        return joined(scene, [_at_rest(part) for part in scene.parts])
    try:
        run = load_trajectory(scene.initial.state)
    except TrajectoryError as error:
        raise SceneError(f"{error.what} ({error.where})", where="initial.state", fix=error.fix) from error
    names, found = ([panel.name for panel in each.panels] for each in (scene, run.scene))
    if names != found:
        said, has = (", ".join(each) or "none" for each in (found, names))
        what = f"{scene.initial.state} has the panels {said}, and the scene {has}"
        raise SceneError(what, where="initial.state", fix="start from a run of the same panels")
    return joined(scene, [_state_in(part, of_part) for part, of_part in zip(scene.parts, run.parts)])


def _at_rest(scene: Scene) -> dict[str, np.ndarray]:
    fabric = scene.build()
    return {
        "position": fabric.position.copy(),
        "sliding": fabric.sliding.copy(),
        "velocity": np.zeros_like(fabric.position),
        "sliding_velocity": np.zeros_like(fabric.sliding),
        "anchor": fabric.sliding.copy(),
    }


def _state_in(scene: Scene, run: Trajectory) -> dict[str, np.ndarray]:
    """The state that a scene of one fabric starts from, of an earlier run."""
    fabric, rest = scene.build(), _at_rest(scene)
    try:
        frame = run.frame(scene.initial.frame)
    except TrajectoryError as error:
        raise SceneError(f"{error.what} ({scene.initial.state})", where="initial.frame", fix=error.fix) from error
    state = {name: frame[name] for name in STATE}
    border, shape = ~fabric.slides, fabric.position.shape
    if state["position"].shape != shape:
        picks, ends = state["position"].shape[:2]
        what = f"{scene.initial.state} holds {picks} picks x {ends} ends, the scene {shape[0]} x {shape[1]}"
        raise SceneError(what, where="initial.state", fix="start from a run of the same fabric")
    if (place := other_cut(run.fabric, fabric)) is not None:
        what = f"{scene.initial.state} is of cloth that is cut otherwise, at crossing {place}"
        raise SceneError(
            what, where="initial.state", fix="give the scene the outline of that run, or start from another"
        )
    if not np.allclose(state["sliding"][border], rest["sliding"][border], rtol=1e-9, atol=1e-15):
        difference, fix = other_rest(run.fabric, fabric)
        raise SceneError(f"{scene.initial.state} is of a fabric with {difference}", where="initial.state", fix=fix)
    return state


def other_cut(earlier: Fabric, fabric: Fabric) -> list[int] | None:
    """A crossing [pick, end] that is there in one of two fabrics on the same grid alone; None: there is none."""
    differs = np.argwhere(earlier.layout.present != fabric.layout.present)
    return differs[0].tolist() if len(differs) else None


def other_rest(earlier: Fabric, fabric: Fabric) -> tuple[str, str]:
    """What makes an earlier run's yarns have other lengths than this fabric's, and how the scene is fixed."""
    if (earlier.end_spacing, earlier.pick_spacing) != (fabric.end_spacing, fabric.pick_spacing):
        return "other spacings", "give end_spacing and pick_spacing of that run"
    crimps = earlier.end_crimp, earlier.pick_crimp
    if crimps == (0.0, 0.0):
        return "straight yarns", "leave out the crimp, or start from a run with it"
    if crimps != (fabric.end_crimp, fabric.pick_crimp):
        return "other crimp", f"give end_crimp = {crimps[0]!r} and pick_crimp = {crimps[1]!r} of that run"
    return "another weave", "give the weave of that run"


def begun_with(scene: Scene, state: Mapping[str, np.ndarray], path: str | os.PathLike) -> Scene:
    """The scene, to begin with a state that is in no file yet: it is written to one.

    Args:
        scene: A scene that begins at rest.
        state: Arrays as `initial_state` gives them.
        path: The trajectory file to write, of one frame.

    Raises:
        TrajectoryError: where the state does not fit the scene, or the file cannot be written.
    """
    arrays: dict[str, Any] = {name: state[name][None] for name in STATE}
    compression = np.zeros(arrays["sliding"].shape[:-1])
    run = Trajectory(time=np.zeros(1), **arrays, compression=compression, scene=scene, version="", device="")
    return scene.replace({"initial.state": os.path.abspath(run.save(path))})
