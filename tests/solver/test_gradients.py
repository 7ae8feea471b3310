"""Gradients of rollouts by everything that can be differentiated, against finite differences.

An error counts relative to the largest scaled component: gradient times value, for states times about a spacing. Every
difference is of fourth order, and of some step sizes the best one counts, as a crossing may start to slip within the
larger ones, or a step be halved. `slow` are the long runs.
"""

from __future__ import annotations

import numpy as np
import pytest
from gradient_check import Loss, Way, moving_start, record, run, scene_of, slope, ways
from sample_cloth import golden, golden_scene, largest

from warp_fabric.forces.friction import SLIP_START, STICK_END
from warp_fabric.model import Model
from warp_fabric.parameters import of_table
from warp_fabric.solver.rollout import Rollout

TOLERANCE = 1e-7
STEP_SIZES = (1e-6, 1e-5, 2e-7, 3e-6)
both_schemes = pytest.mark.parametrize("integrator", ["euler", "bdf2"])
every_scene = pytest.mark.parametrize("name", ["sticks", "slips", "between"])


def rollout(device: str, name: str, integrator: str, steps: int) -> Rollout:
    scene = scene_of(name, integrator, steps)
    shape = (steps, scene.fabric.picks, scene.fabric.ends, 3)
    forces = 1e-5 * np.random.default_rng(41).standard_normal(shape)
    return Rollout(scene, device, forces=forces, initial=moving_start(Model(scene, device), 3, name))


def check(made: Rollout, steps: int, moves: list[list[Way]]) -> None:
    """Compare derivatives along moves, each made of ways that are gone together."""
    loss = Loss.of(made.model, steps, 42)
    record(made, loss, steps)
    single = [derivative(way) for way in ways(made, 43)]
    scale = largest(np.array(single))
    assert scale > 0.1
    for move in moves:
        actual = sum(derivative(way) for way in move)
        for size in STEP_SIZES:
            error = abs(slope(move, lambda: run(made, loss, steps), size) - actual)
            if error < TOLERANCE * scale:
                break
        assert error < TOLERANCE * scale, f"{' + '.join(way.name for way in move)}: {error / scale:.1e}"


def derivative(way: Way) -> float:
    return float(np.vdot(way.array.grad.numpy(), way.change))


def grouped(made: Rollout) -> list[list[Way]]:
    """Ways of a kind taken together, with random weights: all radii, all contact parameters, all keys, ..."""
    rng = np.random.default_rng(44)

    def kind(way: Way) -> str:
        name = way.name.partition("[")[0]
        return "contact" if name in of_table("contact") else "wind" if name.startswith("wind") else name

    groups: dict[str, list[Way]] = {}
    for way in ways(made, 43):
        groups.setdefault(kind(way), []).append(way)
    return [[way.times(rng.uniform(0.5, 1.5) * rng.choice([-1, 1])) for way in group] for group in groups.values()]


@pytest.mark.parametrize("name", ["sticks", "slips", "between", "cut", "cut and crimped"])
def test_every_parameter_over_one_step(device, name):
    """An Euler step; one of bdf2 is checked with the adjoint of a step."""
    made = rollout(device, name, "euler", 1)
    check(made, 1, [[way] for way in ways(made, 43)])


@pytest.mark.parametrize(
    ("name", "integrator", "steps"),
    [("sticks", "euler", 10), ("slips", "bdf2", 10), ("between", "bdf2", 10), ("cut", "bdf2", 4)],
)
def test_groups_of_parameters_over_some_steps(device, name, integrator, steps):
    made = rollout(device, name, integrator, steps)
    check(made, steps, grouped(made))


@pytest.mark.slow
@both_schemes
@every_scene
@pytest.mark.parametrize("steps", [10, 100])
def test_every_parameter_over_many_steps(device, name, integrator, steps):
    made = rollout(device, name, integrator, steps)
    check(made, steps, [[way] for way in ways(made, 43)])


@every_scene
def test_what_the_scenes_are_for(device, name):
    """Crossings stick, slip, or are in between, where the soft clamp is curved; none of the steps is halved."""
    made = rollout(device, name, "bdf2", 10)
    inner, seen = made.model.topology.inner, []
    stiffness, friction = (getattr(made.model.material, key).numpy()[0] for key in ("friction_stiffness", "friction"))
    for _ in range(10):
        assert made.step().parts == 1
        part, held = made.parts[0], made.stepper.equation.held
        slid = np.abs(part.out.sliding.numpy() - part.state.anchor.numpy())[inner]
        seen.append(stiffness * slid / (friction * held.compression.numpy()[inner, None] + 1e-12))
    z = np.array(seen)
    sticks, slips = (z < float(STICK_END)).mean(), (z > float(SLIP_START)).mean()
    assert {"sticks": sticks > 0.95, "slips": slips > 0.5, "between": min(sticks, slips) > 0.15}[name]
    assert name == "sticks" or sticks + slips < 0.99


@pytest.mark.parametrize("name", ["hang_plain_euler", "hang_plain_bdf2", "pull_twill_bdf2", "snag_plain_bdf2"])
def test_golden_gradients(device, name):
    """Of the loss of the scene format, by an independent program."""
    expected, frames = golden(f"{name}_gradient"), golden(name)
    scene, steps = golden_scene(name), int(golden(f"{name}_gradient")["steps"])
    symbols = {"rho": "linear_density", "Y": "young_modulus", "B": "bending_modulus", "R": "radius"}
    contact = {"S": "shear_modulus", "mu": "friction", "kf": "friction_stiffness"}
    contact |= {"df": "sliding_damping", "kc": "parallel_stiffness"}
    changes = {"time.duration": steps * scene.time.step, "solver.tolerance": 1e-12}
    changes |= {
        f"yarns.{yarn}.{key}": float(expected[f"value_{symbol}"][k])
        for symbol, key in symbols.items()
        for k, yarn in enumerate(scene.yarns)
    }
    changes |= {f"contact.{key}": float(expected[f"value_{symbol}"]) for symbol, key in contact.items()}
    made = Rollout(scene.replace(changes), device)
    recording, seeds, loss = made.record(), [], 0.0
    count = made.model.node_count * steps
    for k in range(1, steps + 1):
        made.step()
        away = {key: getattr(made.state, key).numpy() - frames[key][k].reshape(-1, w) for key, w in WIDTHS.items()}
        loss += sum(float(np.vdot(part, part)) for part in away.values()) / count
        seeds.append({key: 2.0 * part / count for key, part in away.items()})
    assert loss == pytest.approx(float(expected["loss"]), rel=1e-8)

    def seed(k, gradient) -> None:
        for key, part in seeds[k - 1].items() if k else ():
            getattr(gradient, key).assign(getattr(gradient, key).numpy() + part)

    recording.backward(seed)
    material = made.model.material
    found = {symbol: getattr(material, key).grad.numpy() for symbol, key in (symbols | contact).items()}
    found |= {key: getattr(material, key).grad.numpy()[0] for key in ("wind", "gravity")}
    values = {symbol: expected[f"value_{symbol}"] for symbol in symbols | contact}
    values |= {key: getattr(material, key).numpy()[0] for key in ("wind", "gravity")}
    scaled = {
        key: (gradient * values[key], expected[f"gradient_{key}"] * values[key]) for key, gradient in found.items()
    }
    scale = max(largest(golden_part) for _, golden_part in scaled.values())
    for key, (actual, golden_part) in scaled.items():
        assert largest(actual - golden_part) < 1e-9 * scale, key
    for key in ("position", "sliding", "velocity", "sliding_velocity"):
        wanted = expected[f"gradient_initial_{key}"]
        inner = np.ones(wanted.shape[:2], bool) if "sliding" not in key else scene.build().slides
        actual = getattr(made.initial, key).grad.numpy().reshape(wanted.shape)
        assert largest((actual - wanted)[inner]) < 1e-8 * largest(wanted), key


WIDTHS = {"position": 3, "sliding": 2}
