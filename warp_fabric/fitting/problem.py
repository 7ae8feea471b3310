"""All experiments of a fit together: one set of values, one loss, one Jacobian."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from warp_fabric.errors import SceneError
from warp_fabric.fitting.experiment import Change, Experiment, Linearised, Values
from warp_fabric.fitting.targets.target import Target, as_target
from warp_fabric.inputs import value_shape
from warp_fabric.limits import check_scene, find_device
from warp_fabric.scene import Scene

MATERIAL = ("yarns", "contact")
"""What experiments under different scenes have in common; wind, pins and starts are each scene's own."""


class Problem:
    """Targets observed of one cloth, under one scene or several.

    Args:
        scene: What is fitted.
        target: A trajectory, a file, a `Target`, or a list of those; a target may bring a scene of its own.
        names: Dotted names of the parameters.
        device, forces, checkpoint: See `Rollout`; forces act in the fitted scene only.
        on_step: Called after each step; an exception of it stops the work.
        finer: So many times smaller steps than the scenes'.
        pushes: Whether it is linearised, rather than gradients pulled back: which takes other memory.

    Raises:
        SceneError, TargetError: where they do not fit each other.
    """

    def __init__(
        self,
        scene: Scene,
        target: Any,
        names: Sequence[str],
        device: str | None = None,
        forces: np.ndarray | None = None,
        checkpoint: str | int = "auto",
        on_step: Callable[[], None] = lambda: None,
        finer: int = 1,
        pushes: bool = False,
    ) -> None:
        check_scene(scene)
        device = find_device(scene, device)
        self.scene, self.names = scene, tuple(names)
        self.targets = [as_target(each) for each in (target if isinstance(target, (list, tuple)) else [target])]
        if not self.targets:
            raise SceneError("there is nothing to compare with", where="target", fix="give a trajectory or a target")
        for name in self.names:
            value_shape(scene, name)  # raises where there is no such parameter
        groups: list[tuple[Scene, bool, list[Target]]] = []
        for each in self.targets:
            seen, own = each.scene_for(scene), each.scene is not None
            if seen is scene or seen.to_toml() == scene.to_toml():
                seen, own = scene, False
            for other, _, members in groups:
                if other is seen or other.to_toml() == seen.to_toml():
                    members.append(each)
                    break
            else:
                groups.append((seen, own, [each]))
        unknowns = sum(int(np.prod(value_shape(scene, name))) for name in self.names) if pushes else None
        self.experiments = [
            Experiment(
                _in_finer_steps(seen, finer),
                members,
                [name for name in self.names if _acts(name, scene, seen, own)],
                device,
                forces if seen is scene else None,
                checkpoint,
                on_step,
                unknowns,
                again=int(pushes and finer == 1),
            )
            for seen, own, members in groups
        ]
        for name in self.names:
            if not any(name in experiment.names for experiment in self.experiments):
                fix = "leave it out, or add a target that depends on it"
                raise SceneError("no target depends on this parameter", where=name, fix=fix)

    @property
    def steps(self) -> int:
        """Time steps of one simulation of all experiments."""
        return sum(experiment.steps for experiment in self.experiments)

    @property
    def accuracy(self) -> float:
        """Of the last gradient or Jacobian: the worst relative residual of its linear solves; nan: not known."""
        return float(np.fmax.reduce([experiment.accuracy for experiment in self.experiments]))

    @property
    def halved_steps(self) -> int:
        """How many steps of the last simulation of all experiments went through in parts only."""
        return sum(experiment.halved_steps for experiment in self.experiments)

    def values(self) -> dict[str, np.ndarray]:
        """The parameters' values that the problem starts from."""
        found: dict[str, np.ndarray] = {}
        for experiment in sorted(self.experiments, key=lambda each: each.scene is self.scene):
            found |= experiment.values()
        return {name: found[name] for name in self.names}

    def loss(self, values: Values) -> float:
        """The loss [m2], summed over targets."""
        return sum(experiment.loss(values) for experiment in self.experiments)

    def loss_and_gradient(self, values: Values) -> tuple[float, dict[str, np.ndarray]]:
        """The loss [m2] and its gradient by name, in the values' shapes."""
        total, gradient = 0.0, {name: np.zeros(np.shape(values[name])) for name in self.names}
        for experiment in self.experiments:
            loss, part = experiment.loss_and_gradient(values)
            total += loss
            for name, amount in part.items():
                gradient[name] += amount
        return total, gradient

    def linearise(self, values: Values, changes: Sequence[Change]) -> Linearised:
        """Residuals of all targets and how they change along each of `changes`."""
        parts = [
            experiment.linearise(values, [{k: v for k, v in c.items() if k in experiment.names} for c in changes])
            for experiment in self.experiments
        ]
        motion = float(np.mean([part.motion**2 for part in parts])) ** 0.5
        return Linearised([frame for part in parts for frame in part.frames], motion)


def _in_finer_steps(scene: Scene, finer: int) -> Scene:
    if finer == 1 or scene.time.integrator == "static":
        return scene
    return scene.replace({"time.step": scene.time.step_size / finer})


def _acts(name: str, scene: Scene, seen: Scene, own: bool) -> bool:
    """Whether a parameter of the fitted scene is one of the scene a target was seen under."""
    if seen is scene:
        return True
    section = name.split(".")[0]
    if section == "forces" or (own and section not in MATERIAL):
        return False
    if name.startswith(("environment.wind", "environment.gusts")) and seen.time.integrator == "static":
        return False  # still air
    try:
        return value_shape(seen, name) == value_shape(scene, name)  # a pin's path may be held at its end there
    except SceneError:
        return False
