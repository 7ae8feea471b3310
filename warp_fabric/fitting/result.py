"""What a fit gives back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric import __version__
from warp_fabric.atomic import replacing
from warp_fabric.errors import FitError
from warp_fabric.initial import initial_state
from warp_fabric.progress import halved_note
from warp_fabric.scene import Initial, Scene
from warp_fabric.trajectory import COMPONENTS, Trajectory

NOTABLE = 1.0e-6
"""A gradient that is less accurate is told of."""
MUCH = 0.5
"""Residuals are told of that are more than this share of the motion."""
SHOWN = 12
"""Numbers of an array that a table shows."""
OUTCOMES = {
    "converged": "converged",
    "budget": "NOT CONVERGED, all evaluations are used: these values are the best so far, and would still change",
    "stuck": "NOT CONVERGED, no way further down was found: look at the standard errors, and start elsewhere or "
    "with narrower bounds",
    "misfit": "NO FIT: the search has ended, but what was observed is further from the cloth than the cloth is wide: "
    "check its units, its origin and its times",
    "undetermined": "NO FIT: the search has ended, but what was observed determines none of the values: observe more, "
    "or fit what it depends on",
}


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
        loss: m2. noise: m, root mean square residual of a coordinate; nan where uncertainties were not asked for.
        outcome: "converged"; "budget": more evaluations would go further down; "stuck": no way down was found;
            "misfit", "undetermined": the search has ended at values that mean nothing.
        method: "gauss-newton" or "l-bfgs-b". evaluations: gradients (Gauss-Newton: Jacobians) used.
        history: What was evaluated, see `History`; the first entry is the start. seconds: wall time, of all runs.
        gradient_accuracy: What rounding left of the linear solves behind gradients and Jacobians, relative, the worst
            of all; nan: not known. motion: m, root mean square, of the simulated cloth; nan: not known.
        steps_taken, halved_steps: time steps of all evaluations, and how many of them did not converge whole and went
            through in parts.
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
    gradient_accuracy: float = float("nan")
    motion: float = float("nan")
    steps_taken: int = 0
    halved_steps: int = 0

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
            # by its name alone: scene files look beside themselves, and the two can be moved together
            scene = replace(scene, initial=Initial(state=beside.name, frame=0))
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
        state["compression"] = np.zeros(state["position"].shape[:-1])
        arrays: dict[str, Any] = {name: state[name][None] for name in COMPONENTS}
        return Trajectory(np.zeros(1), **arrays, scene=self.scene, version=__version__, device="")

    def plot(self, path: str | os.PathLike) -> Path:
        """Draw loss and values over the evaluations as a picture (.png, .pdf or .svg); needs Matplotlib.

        Raises:
            FitError: where it cannot be drawn or written there.
        """
        from warp_fabric.fitting.plot import plot

        return plot(self, path)

    def numbers(self, values: Mapping[str, Any]) -> np.ndarray:
        """[P] the number of each label, of values by name; nan where a name is missing."""
        found = []
        for label in self.labels:
            name, index = _parts(label)
            found.append(float(np.asarray(values[name])[index]) if name in values else np.nan)
        return np.array(found)

    def summary(self) -> str:
        """How the fit ended, the values with their standard errors, and what the observation cannot determine."""
        noise = "" if np.isnan(self.noise) else f", residuals of {self.noise:.2g} m"
        lines = [
            f"{OUTCOMES[self.outcome]}.",
            f"{self.evaluations} evaluations in {self.seconds:.1f} s: loss {self.loss:.3g} m2{noise}.",
            *self.notes(),
            "",
            self.table(),
        ]
        if self.statements:
            lines += ["", "What this observation leaves open:", *(f"  {statement}" for statement in self.statements)]
        return "\n".join(lines)

    def notes(self) -> list[str]:
        """What makes the answer less certain than it looks, in words: steps halved, gradients that rounding spoils."""
        notes = []
        if self.noise > MUCH * self.motion:
            share = f"Residuals are {self.noise / self.motion:.0%} of the motion"
            notes.append(f"{share}: the scene does not do what was observed; look at its pins, wind and start.")
        if (halved := halved_note(self.halved_steps, self.steps_taken)) is not None:
            notes.append(f"{halved}.")
        if self.gradient_accuracy > NOTABLE:
            what = (
                f"Gradients are accurate to {self.gradient_accuracy:.1g} only, as far as rounding lets linear solves go"
            )
            notes.append(f"{what}; take a smaller time.step.")
        return notes

    def table(self) -> str:
        """Start, value and standard error as text, one number a line; of long arrays, the first few."""
        rows = [("", "start", "fitted", "standard error", "")]
        groups: dict[str, list[int]] = {}
        for k, label in enumerate(self.labels):
            groups.setdefault(_parts(label)[0], []).append(k)
        starts, values, errors = map(self.numbers, (self.history[0]["values"], self.values, self.standard_errors))
        for name, indices in groups.items():
            rows += [self._row(self.labels[k], starts[k], values[k], errors[k]) for k in indices[:SHOWN]]
            if len(indices) > SHOWN:
                rows.append((f"{name}: {len(indices) - SHOWN} more", "", "", "", ""))
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = [
            "  ".join((row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))))
            for row in rows
        ]
        return "\n".join(line.rstrip() for line in lines)

    def _row(self, label: str, start: float, value: float, error: float) -> tuple[str, str, str, str, str]:
        first = "" if np.isnan(start) else f"{start:.6g}"
        if np.isinf(error):
            return label, first, f"{value:.6g}", "not determined", ""
        if np.isnan(error) or error == 0.0 or value == 0.0:
            return label, first, f"{value:.6g}", "" if np.isnan(error) else f"{error:.2g}", ""
        digits = int(np.clip(np.ceil(np.log10(abs(value) / error)) + 2, 6, 9))
        return label, first, f"{value:.{digits}g}", f"{error:.2g}", f"{100.0 * error / abs(value):.2g} %"


def _parts(label: str) -> tuple[str, tuple[int, ...]]:
    """The name and the index of a label such as `environment.wind[1]`."""
    name, bracket, index = label.rpartition("[")
    if not bracket or not label.endswith("]") or not index[:-1].replace(",", "").isdigit():
        return label, ()
    return name, tuple(int(k) for k in index[:-1].split(","))
