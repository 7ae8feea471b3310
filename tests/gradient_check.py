"""Gradients of rollouts against finite differences: scenes, starts far from rest, a loss, and ways to move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import warp as wp
from sample_cloth import AT_ORIGIN, HOLED, at_rest, golden_scene

from warp_fabric import Scene
from warp_fabric.model import Model
from warp_fabric.parameters import IN_MATERIAL
from warp_fabric.solver.newton import NewtonReport
from warp_fabric.solver.rollout import Rollout
from warp_fabric.state import State

DT = 1e-3
STATE = ("position", "sliding", "velocity", "sliding_velocity", "anchor")
TIGHT = {"solver.tolerance": 1e-12}
AIR = {"environment.wind": [0.5, 2.0, 1.0], "environment.wind_density": 1.2, "environment.wind_drag": 0.3}
LOOSE = {"contact.sliding_damping": 0.02, "contact.friction": 0.01, "contact.parallel_stiffness": 1e5}
# Unequal keys between the steps' ends: one before the first step, some within the run, one far beyond.
KEYS = [-0.0004, 0.00035, 0.0006, 0.0033, 0.0061, 0.2]


def _path(x: float, y: float, z: float, speed: float = 0.0) -> list[list[float]]:
    """A path of a pin that wavers around a point [m] and moves away from it across the cloth [m/s]."""
    offsets = 2e-5 * np.random.default_rng(5).uniform(-1, 1, (len(KEYS), 3))
    offsets += speed * np.outer(np.minimum(KEYS, 0.01), [1.0, -0.4, 0.1])
    return [[time, *(float(c) for c in np.array([x, y, z]) + offset)] for time, offset in zip(KEYS, offsets)]


def _gusts() -> list[list[float]]:
    velocities = np.random.default_rng(6).uniform(-1.5, 1.5, (len(KEYS), 3))
    return [[time, *velocity.tolist()] for time, velocity in zip(KEYS, velocities)]


SCENES: dict[str, tuple[str, dict]] = {
    "sticks": (
        "hang_plain_bdf2",
        {
            "contact.friction_stiffness": 50.0,
            "pins": [{"crossing": [0, 0]}, {"crossing": [0, 4], "path": _path(0.004, 0, 0)}],
        },
    ),
    "slips": (
        "snag_plain_bdf2",
        AIR
        | LOOSE
        | {
            "environment.gusts": _gusts(),
            "contact.friction_stiffness": 5.0,
            "pins": [
                {"crossing": [0, 0], "stiffness": 2000.0},
                {"crossing": [3, 3], "stiffness": 2000.0, "path": _path(0.0045, 0.0045, 0.0, 0.2)},
            ],
        },
    ),
    "between": (
        "pull_twill_bdf2",
        {"contact.friction_stiffness": 30.0, "contact.sliding_damping": 0.1}
        | {"pins": [{"crossing": [0, 0]}, {"crossing": [0, 6], "path": _path(0.0066, 0.0, 0.0)}]},
    ),
    "cut": (
        "pull_twill_bdf2",
        {"fabric.present": HOLED, "contact.friction_stiffness": 30.0, "contact.sliding_damping": 0.1}
        | {"pins": [{"crossing": [0, 2]}, {"crossing": [3, 6], "path": _path(0.0066, 0.00285, 0.0)}]},
    ),
    "cut and crimped": (
        "crimp_flatten_plain_euler",
        {"fabric.picks": 6, "fabric.present": HOLED, "contact.twist_rigidity": 1e-9, "contact.shear_damping": 4e-3}
        | {"contact.friction_stiffness": 30.0, "pins": [{"crossing": [0, 2]}, {"crossing": [3, 6]}]},
    ),
    "small": (
        "pull_twill_bdf2",
        LOOSE
        | {"fabric.picks": 5, "fabric.ends": 4, "contact.friction": 0.8, "contact.friction_stiffness": 10.0}
        | {
            "pins": [{"crossing": [0, 0]}, {"crossing": [2, 1], "stiffness": 500.0, "path": _path(0.0011, 0.0019, 0.0)}]
        },
    ),
}


def scene_of(name: str, integrator: str, steps: int) -> Scene:
    """One of `SCENES`, some steps long."""
    base, changes = SCENES[name]
    time = {"time.integrator": integrator, "time.duration": steps * DT}
    return golden_scene(base).replace(AT_ORIGIN | TIGHT | changes | time)


ANCHORED = {
    "sticks": [0.3, -0.6, 0.5, -0.2],
    "slips": [1.6, -2.5, 1.3, -2.0],
    "between": [0.3, -0.6, 0.95, -1.0, 1.05, 1.6, -2.5],
    "cut": [0.3, -0.6, 0.95, -1.0, 1.05, 1.6, -2.5],
    "cut and crimped": [0.3, -0.6, 0.5, -0.2],
}
"""How far crossings have slid from their anchors at first, in parts of how far they would before they slip."""


def moving_start(model: Model, seed: int, name: str = "between", amount: float = 0.01) -> dict[str, np.ndarray]:
    """A first state that is smoothly bent by parts of a spacing, moves and slides; its crossings stick, slip or are
    in between, as `name` says."""
    rng, spacing = np.random.default_rng(seed), spacing_of(model)
    n, inner = model.node_count, model.topology.inner[:, None]
    rest = model.rest_position
    along = (rest - rest.min(axis=0)) / np.ptp(rest, axis=0).max()

    def waves(width: int) -> np.ndarray:
        turns, phase = rng.standard_normal((4, 3, width)), rng.uniform(0, 6, (4, width))
        return np.sin(2.0 * np.einsum("nc,kcw->nkw", along, turns) + phase).mean(axis=1)

    start = {
        "position": rest + amount * spacing * waves(3),
        "sliding": model.rest_sliding + 0.1 * amount * spacing * inner * rng.uniform(-1, 1, (n, 2)),
        "velocity": 0.03 * waves(3),
        "sliding_velocity": 0.003 * inner * rng.standard_normal((n, 2)),
    }
    reach = friction_reach(model, start)
    z = rng.permuted(np.resize(ANCHORED[name], (n, 2)), axis=0)
    return start | {"anchor": start["sliding"] - z * reach[:, None]}


def friction_reach(model: Model, start: dict[str, np.ndarray]) -> np.ndarray:
    """[N] how far crossings slide before they slip [m]."""
    compression = at_rest(model, **start).held.compression.numpy()
    return model.material.friction.numpy()[0] * compression / model.material.friction_stiffness.numpy()[0]


@dataclass
class Loss:
    """A random smooth function of all states after the first: of positions, slides, velocities and anchors alike."""

    weights: dict[str, np.ndarray]
    scales: dict[str, float]
    offsets: dict[str, np.ndarray]

    @classmethod
    def of(cls, model: Model, steps: int, seed: int) -> Loss:
        rng = np.random.default_rng(seed)
        spacing = spacing_of(model)
        scales = {"position": spacing, "sliding": spacing, "velocity": 0.1, "sliding_velocity": 0.1, "anchor": spacing}
        widths = {name: 3 if name in ("position", "velocity") else 2 for name in STATE}
        count = model.node_count
        weights = {name: rng.standard_normal((steps + 1, count, widths[name])) / count for name in STATE}
        offsets = {"position": model.rest_position, "sliding": model.rest_sliding, "anchor": model.rest_sliding}
        return cls(weights, scales, offsets)

    def value(self, k: int, state: State) -> float:
        """Its share after step k."""
        total = 0.0
        for name, array in state.numpy().items():
            z = (array - self.offsets.get(name, 0.0)) / self.scales[name]
            total += float(np.vdot(self.weights[name][k], z + 0.1 * z * z))
        return total

    def seed(self, k: int, state: State, gradient: State) -> None:
        """Add the gradient of `value`."""
        for name, array in state.numpy().items():
            z = (array - self.offsets.get(name, 0.0)) / self.scales[name]
            slope = self.weights[name][k] * (1.0 + 0.2 * z) / self.scales[name]
            into = getattr(gradient, name)
            into.assign(into.numpy() + slope)


def spacing_of(model: Model) -> float:
    return float(model.grid.segment_length.numpy().min())


@dataclass
class Way:
    """A direction to move inputs along, one unit of which is a scaled component: what the array holds times 1, or for
    states about a spacing."""

    name: str
    array: wp.array
    change: np.ndarray

    def times(self, factor: float) -> Way:
        return Way(self.name, self.array, factor * self.change)


def ways(rollout: Rollout, seed: int) -> list[Way]:
    """Every number parameter alone, vectors and keys in random directions, states by array."""
    rng, model = np.random.default_rng(seed), rollout.model
    found: list[Way] = []

    def single(name: str, array: wp.array, row: int, size: float | None = None) -> None:
        values = np.array(array.numpy())
        change = np.zeros_like(values)
        if values.ndim == 1:
            change[row] = values[row] if size is None else size
        else:
            change[row] = rng.standard_normal(3) * (np.linalg.norm(values[row]) if size is None else size)
        found.append(Way(f"{name}[{row}]", array, change))

    for name in (each.array for each in IN_MATERIAL if each.array in model.acting):
        array = getattr(model.material, name)
        for row in range(len(array)):
            single(name, array, row)
    spacing = spacing_of(model)
    pins = model.pins
    for row in range(model.pin_count):
        single("stiffness", pins.stiffness, row)
    for row in range(len(pins.key_time)):
        single("key_position", pins.key_position, row, spacing)
        single("key_time", pins.key_time, row, DT)
    for row in range(len(model.gusts.key_time)):
        single("key_velocity", model.gusts.key_velocity, row, 1.0)
        single("gust key_time", model.gusts.key_time, row, DT)
    inner = model.topology.inner[:, None]
    sizes = {"position": spacing, "sliding": spacing, "velocity": 0.3, "sliding_velocity": 0.3, "anchor": spacing}
    for name in STATE:
        array = getattr(rollout.initial, name)
        free = inner if array.dtype._length_ == 2 else True
        found.append(Way(f"initial {name}", array, sizes[name] * free * rng.standard_normal(array.numpy().shape)))
    if rollout.forces is not None:
        weight = 2e-3 * 2 * spacing * 9.8
        found.append(Way("forces", rollout.forces, weight * rng.standard_normal(rollout.forces.numpy().shape)))
    return found


def run(rollout: Rollout, loss: Loss, steps: int, parts: tuple[int, ...] = (1,)) -> float:
    """The loss of a run from the start; not a number where a step is not made of so many parts, as it jumps there."""
    rollout.restart()
    total = 0.0
    for k in range(1, steps + 1):
        rollout.step()
        if len(rollout.parts) not in parts:
            return float("nan")
        total += loss.value(k, rollout.state)
    return total


def record(rollout: Rollout, loss: Loss, steps: int) -> None:
    """Run and pull back: the inputs' gradients are set."""
    rollout.restart()
    recording = rollout.record()
    states = [rollout.initial]
    for _ in range(steps):
        rollout.step()
        states.append(rollout.state)
    clear_gradients(rollout)
    recording.backward(lambda k, gradient: loss.seed(k, states[k], gradient) if k else None)
    rollout.restart()


def clear_gradients(rollout: Rollout) -> None:
    forces = [] if rollout.forces is None else [rollout.forces]
    for array in (*rollout.model.differentiable(), *rollout.initial.arrays(), *forces):
        array.grad.zero_()


def slope(move: list[Way], value: Callable[[], float], step: float) -> float:
    """Derivative of `value()` along some ways at once: four points, fourth order."""
    arrays = {id(way.array): way.array for way in move}
    starts = {key: np.array(array.numpy()) for key, array in arrays.items()}
    changes = {key: sum(way.change for way in move if way.array is array) for key, array in arrays.items()}
    values = []
    for amount in (step, -step, 2 * step, -2 * step, 0.0):
        for key, array in arrays.items():
            array.assign(starts[key] + amount * changes[key])
        if amount:
            values.append(value())
    return (8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * step)


def halve(rollout: Rollout, steps: tuple[int, ...]) -> None:
    """Let Newton fail in some steps for what is longer than a third of a step, so that they are made of four parts."""
    solve = rollout.stepper.newton.solve

    def failing(scheme, *args):
        now = rollout.stepper.equation.clock.numpy()[0] / DT
        if scheme.h > 0.3 * DT and any(k - 0.9999 < now < k + 0.0001 for k in steps):
            return NewtonReport(reason="too long for this test")
        return solve(scheme, *args)

    rollout.stepper.newton.solve = failing


def without_effect(model: Model) -> set[str]:
    """Keys of the numbers that are 0 or absent in the model, so that no force of it reads them."""
    return {each.array for each in IN_MATERIAL if each.components == 1} - model.acting
