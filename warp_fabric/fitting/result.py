"""What a fit gives back."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric.atomic import replacing
from warp_fabric.errors import FitError
from warp_fabric.initial import initial_state
from warp_fabric.scene import Scene
from warp_fabric.trajectory import COMPONENTS, Trajectory


@dataclass(eq=False)
class FitResult:
    """The answer of `fit`.

    Attributes:
        values: Fitted values by parameter name: floats, or arrays of the value's shape.
        standard_errors: Likewise, in the same units; inf where the observation cannot determine the value, nan where
            an entry was not fitted (times of a pin's path, sliding at the border) or was not asked for.
        statements: What the observation cannot determine, in words.
        labels, correlations: a name for each fitted number, and the correlations of their errors, [P, P].
        scene: The fitted scene. `initial.*` and `forces` are no part of a scene: `save` writes them beside it.
        loss: m2. noise: m, root mean square residual.
        outcome: "converged"; "budget": more evaluations would go further down; "stuck": no way down was found.
        method: "gauss-newton" or "l-bfgs-b". evaluations: gradients (Gauss-Newton: Jacobians) used.
        history: What was evaluated, see `History`. seconds: wall time.
    """

    values: dict[str, Any]
    standard_errors: dict[str, Any]
    statements: list[str]
    labels: list[str]
    correlations: np.ndarray
    scene: Scene
    loss: float
    noise: float
    outcome: str
    method: str
    evaluations: int
    seconds: float
    history: list[dict[str, Any]] = field(repr=False)

    def save(self, path: str | os.PathLike) -> Path:
        """Write the fitted scene as a scene file that simulates.

        A fitted initial state goes into a trajectory file beside it (NAME.initial.h5), which the scene starts from;
        fitted forces into NAME.forces.npy, for `simulate(scene, forces=numpy.load(...))`.

        Raises:
            SceneError, TrajectoryError, FitError: where a file cannot be written.
        """
        path, scene = Path(path), self.scene
        if any(name.startswith("initial.") for name in self.values):
            beside = path.with_name(f"{path.stem}.initial.h5")
            self._initial().save(beside)
            scene = scene.replace({"initial.state": str(beside), "initial.frame": 0})
        if "forces" in self.values:
            beside = path.with_name(f"{path.stem}.forces.npy")
            try:
                with replacing(beside) as temporary, open(temporary, "xb") as file:
                    np.save(file, self.values["forces"])
            except OSError as error:
                fix = "give a path in a folder that has room"
                raise FitError(f"the forces cannot be written: {error}", where=str(beside), fix=fix) from error
        return scene.save(path)

    def _initial(self) -> Trajectory:
        """The fitted initial state, as a trajectory of one frame."""
        state = initial_state(self.scene)
        for name, value in self.values.items():
            if name.startswith("initial."):
                state[name.removeprefix("initial.")] = value
        state["compression"] = np.zeros(state["position"].shape[:2])
        arrays = {name: state[name][None] for name in COMPONENTS}
        return Trajectory(np.zeros(1), **arrays, scene=self.scene, version="", device="")

    def table(self) -> str:
        """Values and standard errors as text, one number a line; of long arrays, the first few."""
        lines = []
        for name, value in self.values.items():
            error, value = np.ravel(self.standard_errors[name]), np.ravel(value)
            for k in range(min(len(value), 12)):
                label = name if len(value) == 1 else f"{name}[{k}]"
                doubt = "not determined" if np.isinf(error[k]) else "" if np.isnan(error[k]) else f"± {error[k]:.2g}"
                lines.append(f"{label:<36} {value[k]:>12.6g}  {doubt}")
            if len(value) > 12:
                lines.append(f"{name} ... {len(value)} numbers")
        return "\n".join(lines)
