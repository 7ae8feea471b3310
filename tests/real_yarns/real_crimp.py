"""Crimped and damped cloth of real yarns in motion or at rest, off from what might have been observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tomli_w

import warp_fabric as wf
from warp_fabric import Scene, Trajectory
from warp_fabric.fitting.problem import Problem
from warp_fabric.yarn import library_entry

STEP = 5.0e-4
NAMES = (
    "fabric.end_crimp",
    "fabric.pick_crimp",
    "fabric.crimp_set",
    "contact.crossing_stiffness",
    "contact.twist_rigidity",
    "contact.shear_modulus",
    "contact.shear_damping",
    "yarns.{0}.cohesion",
    "yarns.{0}.damping",
    "yarns.{0}.radius",
    "yarns.{0}.young_modulus",
    "yarns.{0}.bending_modulus",
)


def crimped_scene(yarn: str, integrator: str, size: int = 5, **changes) -> Scene:
    """A square of the yarn, pinned at two corners, one of which is pulled along the picks and down; at rest without
    crimp's forces it would be straight. Changes by dotted key where __ stands for the dot."""
    entry, last = library_entry(yarn), size - 1
    spacing = entry.spacing
    bending = entry.yarn.bending_modulus * np.pi * entry.yarn.radius**2 / spacing  # N m, of the cloth
    away = [last * spacing * 1.02, 0.1 * spacing, -0.3 * spacing]
    tables = {
        "fabric": {"weave": "plain", "ends": size, "picks": size, "end_spacing": spacing, "pick_spacing": spacing}
        | {"end_yarns": [yarn], "pick_yarns": [yarn], "pose": "hanging"}
        | {"end_crimp": 0.06, "pick_crimp": 0.09, "crimp_set": 0.7},
        "yarns": {yarn: {"library": yarn, "cohesion": 4.0, "damping": 3e-3}},
        "contact": {"shear_modulus": 5e4, "twist_rigidity": 0.5 * bending, "crossing_stiffness": 125.0}
        | {"shear_damping": 4e-3, "friction": 0.3, "friction_stiffness": 50.0, "sliding_damping": 1e-3},
        "pins": [
            {"crossing": [0, 0], "stiffness": 200.0},
            {"crossing": [0, last], "stiffness": 200.0, "path": [[0.0, last * spacing, 0.0, 0.0], [0.01, *away]]},
            {"crossing": [last, 0], "stiffness": 200.0},
        ],
        "environment": {"gravity": [0.0, 2.0, -9.8], "wind_density": 0.0},
        "time": {"duration": 5 * STEP, "step": STEP, "frames_per_second": 1 / STEP, "integrator": integrator},
        "solver": {"tolerance": 1e-12, "device": "cpu"},
    }
    if integrator == "static":
        tables["time"] = {"integrator": "static"}
        for pin in tables["pins"][1:2]:
            pin["path"] = [[0.0, *away]]
    given = {name.replace("__", "."): value for name, value in changes.items()}
    return Scene.from_toml(tomli_w.dumps(tables)).replace(given)


@dataclass
class CrimpedCase:
    """As `real_cloth.Case`: a scene, a problem of it, and its values."""

    scene: Scene
    problem: Problem
    values: dict[str, np.ndarray]

    @classmethod
    def of(cls, scene: Scene, names: tuple[str, ...]) -> CrimpedCase:
        """What was observed is what it does, off by a twentieth of a spacing here and there."""
        run = wf.simulate(scene)
        off = 0.05 * scene.fabric.end_spacing * np.random.default_rng(111).standard_normal(run.position.shape)
        target = Trajectory(**{**vars(run), "position": run.position + off})
        problem = Problem(scene, target, names)
        return cls(scene, problem, problem.values())
