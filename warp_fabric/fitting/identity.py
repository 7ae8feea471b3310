"""What tells one fit from another, so that none is gone on with from the history of another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from warp_fabric.fitting.experiment import Experiment
from warp_fabric.fitting.parameters import Parameters
from warp_fabric.fitting.problem import Problem
from warp_fabric.progress import finite
from warp_fabric.scene.meshes import meshes_digest
from warp_fabric.scene.panels import of_fabrics

VERSION = 1
PARTS = {
    "warp_fabric_fit": "the version of the file",
    "scene": "the scene",
    "start": "the start, or the forces",
    "scenes": "the scenes that targets were observed under",
    "meshes": "the meshes of obstacles",
    "observations": "the targets, or their frames, weights or masks",
    "parameters": "the parameters",
    "bounds": "the bounds",
    "method": "the method",
}
"""Keys of an identity, in words."""
TOLERANCE = 1.0e-9
"""Of numbers: sums round differently from machine to machine."""


def identity(problem: Problem, parameters: Parameters, method: str) -> dict[str, Any]:
    """All that decides what a fit does, as JSON; large arrays by a few sums over them."""
    lower, upper = parameters.lower.tolist(), parameters.upper.tolist()
    return finite(
        {
            "warp_fabric_fit": VERSION,
            "method": method,
            "parameters": list(parameters.names),
            "bounds": [lower, upper] if len(lower) <= 1000 else _sums([parameters.lower, parameters.upper]),
            "observations": [_observed(experiment) for experiment in problem.experiments],
            "start": [_started(experiment) for experiment in problem.experiments],
            "scene": problem.scene.to_toml(),
            "scenes": [each.scene.to_toml() for each in problem.experiments if each.scene is not problem.scene],
            "meshes": _meshes(problem),
        }
    )


def difference(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """In words, what differs between two identities; None: nothing."""
    for key, words in PARTS.items():
        if not _alike(one.get(key), other.get(key)):
            return words
    return None


def _observed(experiment: Experiment) -> list[Any]:
    """By the residuals of cloth at rest: they show observations, frames, weights and masks."""
    position = of_fabrics(experiment.scene, "position").reshape(-1, 3)
    sliding = of_fabrics(experiment.scene, "sliding").reshape(-1, 2)
    found = []
    for comparison in experiment.comparisons:
        residuals = [comparison.residual(frame, position, sliding)[0] for frame in comparison.frames]
        found.append([[int(frame) for frame in comparison.frames], _sums(residuals)])
    return found


def _meshes(problem: Problem) -> list[str] | None:
    """Of each experiment's scene; None without any, as in histories of earlier versions."""
    found = [meshes_digest(experiment.scene) for experiment in problem.experiments]
    return found if any(found) else None


def _started(experiment: Experiment) -> list[float]:
    inputs = experiment.inputs
    arrays = [array.numpy() for array in inputs.initial.arrays()]
    return _sums(arrays if inputs.forces is None else [*arrays, inputs.forces.numpy()])


def _sums(arrays: Sequence[np.ndarray]) -> list[float]:
    flat = np.concatenate([np.ravel(array) for array in arrays])
    flat = np.clip(flat, -1e300, 1e300)  # bounds may be infinite
    weights = 1.0 + np.cos(np.arange(len(flat)))  # the order counts too
    return [len(flat), float(np.abs(flat).sum()), float(np.abs(flat) @ weights), float(flat @ weights)]


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_alike(a, b) for a, b in zip(one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-18)
    return type(one) is type(other) and one == other
