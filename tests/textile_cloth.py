"""Cloth of any size and of the library's yarns, for tests of solvers: from one crossing up, one fabric or several."""

from __future__ import annotations

from functools import cache

import numpy as np
from sample_cloth import perturbed

from warp_fabric import Scene
from warp_fabric.model import Model
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.step import Stepper
from warp_fabric.state import State
from warp_fabric.topology import OFFSETS, SLOTS
from warp_fabric.yarn import library_entry

Shape = tuple[int, int]

FABRICS: dict[str, tuple[Shape, ...]] = {
    "1x1": ((1, 1),),
    "1x7": ((1, 7),),
    "7x1": ((7, 1),),
    "2x2": ((2, 2),),
    "3x3": ((3, 3),),
    "4x9": ((4, 9),),
    "9x4": ((9, 4),),
    "5x5": ((5, 5),),
    "6x6": ((6, 6),),
    "12x9": ((12, 9),),
    "side by side": ((1, 7), (6, 6), (2, 2), (4, 9)),
}
"""(picks, ends) of each fabric of a model, by a name for reports."""

STEP = Scheme.euler(1e-3)


def textile_scene(yarn: str, shape: Shape, **changes) -> Scene:
    """A plain weave of one of the library's yarns, held at its two upper corners; changes by dotted key where __ stands
    for the dot."""
    picks, ends = shape
    spacing = library_entry(yarn).spacing
    pins = sorted({(picks - 1, 0), (picks - 1, ends - 1)})
    text = f"""
    [fabric]
    weave = "plain"
    ends = {ends}
    picks = {picks}
    end_spacing = {spacing}
    pick_spacing = {spacing}
    end_yarns = ["yarn"]
    pick_yarns = ["yarn"]
    pose = "hanging"

    [yarns.yarn]
    library = "{yarn}"

    [time]
    duration = 0.01
    step = 1.0e-3
    frames_per_second = 100.0
    """
    held = {"pins": [{"crossing": [*crossing]} for crossing in pins]}
    given = {name.replace("__", "."): value for name, value in changes.items()}
    return Scene.from_toml(text).replace(held | given)


@cache
def textile_model(shapes: tuple[Shape, ...], device: str, yarn: str = "cotton") -> Model:
    """Fabrics side by side; shared by all tests, so leave it as it was."""
    return Model([textile_scene(yarn, shape) for shape in shapes], device)


def random_matrix(model: Model, seed: int, dominance: float = 25.0) -> BlockMatrix:
    """Random blocks wherever there is a neighbour, not symmetric; `dominance` times one on the diagonal besides."""
    blocks = np.random.default_rng(seed).standard_normal((model.node_count, SLOTS, 5, 5))
    joined = model.topology.neighbor >= 0
    joined[:, 5:9] &= joined[:, 1:5]  # along a yarn that is whole between
    blocks *= joined[..., None, None]
    blocks[:, 0] += dominance * np.eye(5)
    matrix = BlockMatrix(model)
    matrix.blocks.assign(blocks)
    return matrix


def part_of(matrix: BlockMatrix, offsets: list[tuple[int, int]]) -> np.ndarray:
    """The matrix with the blocks of some neighbours only, by their (pick, end) steps; written out."""
    some = BlockMatrix(matrix.model)
    chosen = np.isin(np.arange(SLOTS), [OFFSETS.index(offset) for offset in offsets])
    some.blocks.assign(np.where(chosen[None, :, None, None], matrix.blocks.numpy(), 0.0))
    return some.to_scipy().toarray()


def band_of(matrix: BlockMatrix, axis: int, reach: int) -> np.ndarray:
    """What couples crossings up to `reach` steps apart on picks (axis 0) or on ends (axis 1); written out."""
    steps = range(-reach, reach + 1)
    return part_of(matrix, [(step, 0) if axis else (0, step) for step in steps])


@cache
def fallen(shape: Shape, yarn: str, device: str, steps: int) -> tuple[np.ndarray, ...]:
    """The arrays of a state some steps after rest, where yarns carry weight."""
    model = textile_model((shape,), device, yarn)
    stepper = Stepper(model, "euler", STEP.h, 1e-7)
    state, out = State.rest(model), State.empty(model)
    for k in range(steps):
        stepper.step(state, None, out, k * STEP.h)
        state, out = out, state
    return tuple(np.array(array.numpy()) for array in state.arrays())


def falling_step(shape: Shape, yarn: str, device: str, steps: int = 4, tremble: float = 1e-6) -> StepEquation:
    """The equation of the step that follows `fallen`, evaluated away from its answer with its exact Jacobian.

    Args:
        tremble: m/s, by how much velocities are off besides.
    """
    model = textile_model((shape,), device, yarn)
    state = State.rest(model)
    for array, values in zip(state.arrays(), fallen(shape, yarn, device, steps)):
        array.assign(values)
    equation = StepEquation(model)
    equation.set_time(STEP.h)
    equation.begin(STEP, state, state)
    equation.guess(state)
    inner = np.concatenate([np.ones((model.node_count, 3)), np.repeat(model.topology.inner[:, None], 2, 1)], axis=1)
    noise = tremble * np.random.default_rng(61).standard_normal((model.node_count, 5)) * inner
    equation.unknown.assign(equation.unknown.numpy() + noise)
    equation.evaluate(STEP)
    equation.evaluate_jacobian(STEP)
    return equation


def shaken_step(model: Model, amount: float, seed: int = 91, scheme: Scheme = STEP) -> StepEquation:
    """The equation of a step from coordinates that are off by up to `amount` spacings, with its exact Jacobian."""
    point = perturbed(model, seed=seed, amount=amount)
    equation = StepEquation(model)
    equation.set_time(scheme.h)
    equation.begin(scheme, point.state, point.state)
    equation.guess(point.state)
    equation.evaluate(scheme)
    equation.evaluate_jacobian(scheme)
    return equation
