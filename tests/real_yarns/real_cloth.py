"""Cloth of real textile yarns, at the sett they are woven at: hanging, in wind, and sliding over each other.

Derivatives are checked along directions, of which one unit is a scaled component: a number's own value, for vectors a
random direction of their size, for pins' paths about a spacing, for first positions a tenth, for velocities 0.1 m/s.

How a central difference is known to be reliable: its error falls with the square of the step until rounding takes over.
So differences of three steps are taken, each a third of the one before, and neighbours extrapolated (Richardson), which
leaves an error of fourth order. Where the two extrapolated values agree to 1e-6 of the largest scaled component the
difference is what it should be; where they do not, smaller or larger steps are tried, and a test fails that finds none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import tomli_w

from warp_fabric import Scene, Trajectory
from warp_fabric.fitting.problem import Problem
from warp_fabric.initial import initial_state
from warp_fabric.inputs import differentiable_names
from warp_fabric.solver.rollout import Rollout
from warp_fabric.trajectory import COMPONENTS
from warp_fabric.yarn import library_entry

STEP = 1.0e-3
SITUATIONS = ("hanging", "in wind", "sliding")
FIRST_STEPS = (1e-5, 1e-6, 1e-7, 1e-8, 1e-4)
RATIO = 3.0
RELIABLE = 1e-6
"""Of the largest scaled component: by how much two extrapolated differences may differ."""
SLIPPED = 0.01
"""Spacings that yarns slide at least where they are said to."""
Values = dict[str, np.ndarray]


def real_scene(
    yarn: str, size: int, situation: str, integrator: str = "bdf2", steps: int = 10, present: list[str] | None = None
) -> Scene:
    """A square of plain cloth, a frame each step; cut to a mask where there is one."""
    spacing, last = library_entry(yarn).spacing, size - 1
    fabric = {"weave": "plain", "ends": size, "picks": size, "end_spacing": spacing, "pick_spacing": spacing}
    fabric |= {} if present is None else {"present": present}
    tables: dict = {
        "fabric": fabric | {"end_yarns": [yarn], "pick_yarns": [yarn], "pose": "hanging"},
        "yarns": {yarn: {"library": yarn}},
        "pins": [
            {"crossing": [0, 0]},
            {"crossing": [0, last], "path": _path([last * spacing, 0, 0], [0.05, 1, 0.3], spacing)},
        ],
        "time": {"duration": steps * STEP, "step": STEP, "frames_per_second": 1 / STEP, "integrator": integrator},
        "solver": {"tolerance": 1e-12, "device": "cpu"},
    }
    if situation != "hanging":
        tables["environment"] = {"wind": [0.3, 2.0, 0.5], "wind_density": 1.2, "wind_drag": 0.1}
    if situation == "sliding":
        middle = size // 2
        place = [middle * spacing, 0.0, -spacing]
        tables["environment"]["gravity"] = [
            0.0,
            9.8,
            0.0,
        ]  # across the cloth: none of it stands on the yarn that is held
        tables["contact"] = {"sliding_damping": 1e-3, "friction": 0.05}
        tables["pins"] = [
            {"crossing": [1, 0]},
            {"crossing": [1, last]},
            {"crossing": [1, middle], "path": _path(place, [1, 0.3, 0.3], 0.25 * spacing)},
        ]
    return Scene.from_toml(tomli_w.dumps(tables))


CUT = ["########", "########", "########", "###..###", ".##..###", ".#######", "..######", "...####."]
"""Which crossings there are of a square of eight, pick by pick; those that are held in `real_scene` are."""


def _path(start: list[float], way: list[float], speed: float) -> list[list[float]]:
    """A pin's path of two straight pieces whose ends are no steps' ends; `speed` in m a 0.1 s."""
    keys = [(-0.0003, 0.0), (0.0052, 0.06), (0.0403, 0.4)]
    return [[time, *(np.array(start) + share * speed * np.array(way)).tolist()] for time, share in keys]


def bent_start(scene: Scene) -> Values:
    """A first state that is bent a little, so that it is clear to which side yarns give way where they are pushed."""
    start, fabric = initial_state(scene), scene.fabric
    across, down = np.meshgrid(np.linspace(0, 1, fabric.ends), np.linspace(0, 1, fabric.picks))
    wave = np.sin(2.2 * across + 1.3 * down + 0.4)
    position, velocity = start["position"].copy(), start["velocity"].copy()
    position[..., 1] += 0.05 * fabric.end_spacing * wave
    velocity[..., 1] += 0.03 * wave
    return {"initial.position": position, "initial.velocity": velocity}


@dataclass
class Checked:
    """A gradient beside central differences, along directions.

    Attributes:
        scale: The largest scaled component [m2]. errors: of it, by the direction's name. doubts: by how much the
            differences of two pairs of steps differ, likewise. slopes: the gradient's, likewise.
    """

    scale: float
    slopes: dict[str, float]
    errors: dict[str, float]
    doubts: dict[str, float]

    @property
    def worst(self) -> float:
        return max(self.errors.values())


class Case:
    """A scene, its start, and what might have been observed: its motion, off by a tenth of a spacing here and there.

    Attributes:
        problem: At the start's values. slid: how far yarns slid over each other at most, in spacings. halved_steps: of
            the motion. values: of all parameters.
    """

    def __init__(
        self, yarn: str, size: int, situation: str, integrator: str, steps: int, names=None, present=None
    ) -> None:
        scene = real_scene(yarn, size, situation, integrator, steps, present)
        start = bent_start(scene) if situation == "sliding" else {}
        initial = initial_state(scene) | {name.removeprefix("initial."): value for name, value in start.items()}
        rollout = Rollout(scene, initial=initial)
        frames = [rollout.frame(), *rollout.frames()]
        self.scene, self.halved_steps, spacing = scene, rollout.halved_steps, scene.fabric.end_spacing
        arrays = {name: np.array([frame.arrays[name] for frame in frames]) for name in COMPONENTS}
        self.slid = float(np.abs(arrays["sliding"] - arrays["sliding"][0]).max()) / spacing
        off = 0.1 * spacing * np.random.default_rng(1).standard_normal(arrays["position"].shape)
        arrays["position"] += off
        arrays["sliding"] += off[..., :2] * scene.build().slides[..., None]
        times = np.array([frame.time for frame in frames])
        self.target = Trajectory(times, **arrays, scene=scene, version="", device="cpu")
        self.problem = Problem(scene, self.target, names or differentiable_names(scene))
        self.values = self.problem.values() | {name: start[name] for name in start if name in self.problem.names}


def directions(case: Case, seed: int = 2) -> dict[str, Values]:
    """A direction for every parameter; numbers alone, arrays at random."""
    rng, values, spacing = np.random.default_rng(seed), case.values, case.scene.fabric.end_spacing
    inner = case.scene.build().slides[..., None]
    found: dict[str, Values] = {}
    for name, value in values.items():
        way = rng.standard_normal(value.shape)
        if name.endswith((".path", ".gusts")):
            way *= [0.1 * STEP, *3 * [spacing]]
        elif name == "initial.position":
            way *= 0.1 * spacing
        elif name == "initial.sliding":
            way *= 0.1 * spacing * inner
        elif name == "initial.velocity":
            way *= 0.1
        elif name == "initial.sliding_velocity":
            way *= 0.01 * inner
        else:
            way = value if value.ndim == 0 else way * np.linalg.norm(value)
        found[name] = {name: way}
    return found


def grouped(ways: dict[str, Values], seed: int = 3) -> dict[str, Values]:
    """Directions of a kind gone together, with random weights: all of the yarn, of the contact, of the pins, ..."""
    rng, groups = np.random.default_rng(seed), {}
    for name, way in ways.items():
        weight = rng.uniform(0.5, 1.5) * rng.choice([-1, 1])
        groups.setdefault(name.partition(".")[0], {}).update({key: weight * part for key, part in way.items()})
    return groups


def check(case: Case, ways: dict[str, Values], first_steps: tuple[float, ...] = FIRST_STEPS) -> Checked:
    """Compare the gradient at the case's values with central differences; `first_steps` are tried in turn."""
    values, problem = case.values, case.problem
    _, gradient = problem.loss_and_gradient(values)
    slopes = {key: sum(float(np.vdot(gradient[name], way[name])) for name in way) for key, way in ways.items()}
    scale = max(map(abs, slopes.values()))
    result = Checked(scale, {key: slope / scale for key, slope in slopes.items()}, {}, {})

    def loss(way: Values, amount: float) -> float:
        return problem.loss({name: value + amount * way.get(name, 0.0) for name, value in values.items()})

    for key, way in ways.items():
        best = (np.inf, np.inf)
        for first in first_steps:
            found, doubt = extrapolated(lambda amount, way=way: loss(way, amount), first)
            best = min(best, (doubt / scale, abs(found - slopes[key]) / scale))
            if best[0] < RELIABLE:
                break
        result.doubts[key], result.errors[key] = best
    return result


def extrapolated(loss: Callable[[float], float], first: float) -> tuple[float, float]:
    """The derivative of `loss` at 0 by three central differences, and by how much their extrapolations differ."""
    steps = [first / RATIO**k for k in range(3)]
    slopes = [(loss(step) - loss(-step)) / (2 * step) for step in steps]
    better = [b + (b - a) / (RATIO**2 - 1) for a, b in pairwise(slopes)]
    return better[0], abs(better[1] - better[0])
