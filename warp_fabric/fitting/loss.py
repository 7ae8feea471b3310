"""The loss between a scene's simulation and what was observed, and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from warp_fabric.errors import SceneError
from warp_fabric.fitting.problem import Problem
from warp_fabric.inputs import differentiable_names
from warp_fabric.limits import memory_told
from warp_fabric.scene import Scene


class Gradient(dict[str, "float | np.ndarray"]):
    """A gradient by parameter, and how far it can be trusted.

    Attributes:
        accuracy: What rounding leaves of the linear solves that the gradient comes from, relative, the worst of all
            steps: about 1e-12 for soft yarns, 1e-10 for cotton. Up to 1e-4 it is no matter; from there on a
            `GradientWarning` says so, and from 1e-2 on it would be worthless and is an error. nan: not known.
        halved_steps: How many steps did not converge whole and went through in parts. Results depend on rounding
            there, and may jump where parameters change; a smaller time.step helps.
    """

    accuracy: float = float("nan")
    halved_steps: int = 0


def loss_and_gradient(
    scene: Scene,
    target: Any,
    parameters: Sequence[str] | None = None,
    *,
    device: str | None = None,
    forces: np.ndarray | None = None,
    checkpoint: str | int = "auto",
) -> tuple[float, Gradient]:
    """Simulate a scene, compare it with what was observed, and differentiate the loss exactly.

    The loss of a trajectory is the mean over frames after the first (static: the one frame) of the mean over crossings
    of |dx|^2 + |ds|^2, over the frames that scene and target share, matched by time. Several targets add up.

    Args:
        scene: What to simulate; "static": its equilibrium.
        target: A `Trajectory`, a file of one, a `Target` such as `MarkerTarget`, or a list of those.
        parameters: Dotted keys of the scene file, `initial.position` (likewise `velocity`, `sliding`,
            `sliding_velocity`), `forces`; None: all but forces that have an effect.
        device: "cpu", "cuda:0", "auto"; None takes the scene's.
        forces: [steps, picks, ends, 3], N, forces from outside, per step; of panels also by name, see `simulate`.
        checkpoint: Steps between states kept for the reverse pass, or "auto"; see `Rollout`.

    Returns:
        The loss [m2], and its gradient by parameter, per unit of that parameter: a float, or an array of the value's
        shape (`pins.K.path`: [keys, 4], by time and position; `initial.*`: [picks, ends, 3 or 2], with panels
        [crossings, 3 or 2]; border crossings cannot slide and have 0). Anchors and pin targets are held where the
        initial state is changed. Its `accuracy` says how accurate it is, its `halved_steps` whether it depends on
        rounding; see `Gradient`.

    Raises:
        SceneError: where a parameter is unknown or cannot be differentiated by, or the forces do not fit.
        TargetError: where target and scene do not fit.
        SolverError: where a step or the equilibrium is not reached, or the gradient would be worthless.
    """
    if isinstance(parameters, str):
        raise SceneError(f"{parameters!r} is not a list of names", where="parameters", fix=f"give [{parameters!r}]")
    names = list(differentiable_names(scene) if parameters is None else parameters)
    problem = Problem(scene, target, names, device, forces, checkpoint)
    with memory_told(scene):
        loss, gradient = problem.loss_and_gradient(problem.values())
    found = Gradient({name: float(value) if value.ndim == 0 else value for name, value in gradient.items()})
    found.accuracy, found.halved_steps = problem.accuracy, problem.halved_steps
    return loss, found
