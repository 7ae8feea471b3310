"""A result as a fit might give it, made without one."""

from __future__ import annotations

from typing import Any

import numpy as np
from small_run import small_scene

from warp_fabric.fitting.parameters import Parameters
from warp_fabric.fitting.result import FitResult
from warp_fabric.scene import Scene

NAMES = ("yarns.soft.young_modulus", "environment.wind", "contact.friction")


def made_result(
    names=NAMES, scene: Scene | None = None, values: dict[str, Any] | None = None, evaluations: int = 4, **others
) -> FitResult:
    """Values that go from those of the scene to `values` (else 1.2 times as much), with errors of 1 % of them.

    Args:
        others: Attributes that are to be otherwise.
    """
    scene = scene or small_scene()
    starts = {name: np.array(scene.get(name)) for name in names} if values is None else {}
    ends = {name: 1.2 * start for name, start in starts.items()} if values is None else values
    starts = starts or {name: 0.8 * np.asarray(end) for name, end in ends.items()}
    parameters = Parameters(scene, [*ends], {name: np.asarray(end) for name, end in ends.items()})
    history = []
    for k in range(evaluations):
        share = k / max(evaluations - 1, 1)
        now = {name: ((1 - share) * starts[name] + share * np.asarray(ends[name])).tolist() for name in ends}
        entry = {"evaluation": k + 1, "loss": 10.0 ** (-6 - 2 * k), "best": True, "seconds": 0.5 * k, "values": now}
        history.append(entry)
    attributes = {
        "values": {name: float(end) if np.ndim(end) == 0 else end for name, end in ends.items()},
        "standard_errors": {name: 0.01 * np.abs(end) for name, end in ends.items()},
        "statements": [],
        "labels": parameters.labels,
        "correlations": np.eye(parameters.size),
        "scene": parameters.scene_with(scene, {name: np.asarray(end) for name, end in ends.items()}),
        "loss": history[-1]["loss"],
        "noise": 1.0e-6,
        "outcome": "converged",
        "method": "gauss-newton",
        "evaluations": evaluations,
        "seconds": 2.5,
        "history": history,
    }
    return FitResult(**{**attributes, **others})
