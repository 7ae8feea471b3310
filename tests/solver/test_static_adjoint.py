"""Derivatives of equilibria: against finite differences of whole searches, for all that a rest shape depends on."""

import numpy as np
import pytest
from moving_cloth import trajectory
from sample_cloth import difference, golden_scene, largest

from warp_fabric.errors import SolverError
from warp_fabric.fitting.experiment import Experiment
from warp_fabric.fitting.targets import FramesTarget
from warp_fabric.inputs import differentiable_names
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.static import Equilibrium
from warp_fabric.solver.static_adjoint import EquilibriumAdjoint
from warp_fabric.state import State

PINS = [{"crossing": [j, i]} for j in (0, 1) for i in range(4)]
PINS[0] |= {"path": [[0.0, 1e-4, -0.5e-4, 2e-4]]}
PINS[5] |= {"path": [[-1.0, 1.1e-3, 1e-3, 0.0], [1.0, 1.0e-3, 1.1e-3, 1e-4]], "stiffness": 20.0}
STRIP = golden_scene("static_strip").replace(
    {
        "fabric.picks": 6,
        "fabric.ends": 4,
        "fabric.end_spacing": 1.1e-3,
        "fabric.origin": [0.0, 0.0, 0.0],
        "pins": PINS,
        "contact.friction": 0.02,
        "contact.friction_stiffness": 50.0,
        "contact.parallel_stiffness": 2e4,
        "environment.gravity": [1.0, 0.5, -9.8],
        "solver.tolerance": 1e-15,
    }
)
CUT = STRIP.replace({"fabric.present": ["####", "####", "####", ".###", "####", "##.#"]})
SPACING = 1e-3
SMALL = {"initial.position": 3e-2 * SPACING, "initial.sliding": 3e-5 * SPACING}
STEP = 1e-4
AGREEMENT = 1e-7
"""Of the largest scaled component."""
SEEN = 1e-9
"""Each component is at least that much of the largest one."""


def experiment_of(names, device: str, scene: Scene = STRIP) -> tuple[Experiment, dict[str, np.ndarray]]:
    """The strip and a start that presses and drags its crossings, compared with a shape nearby."""
    rng, fabric = np.random.default_rng(51), scene.build()
    target = trajectory(
        scene,
        position=(fabric.position + 1e-3 * rng.standard_normal(fabric.position.shape))[None],
        sliding=(fabric.sliding + 1e-3 * rng.standard_normal(fabric.sliding.shape))[None],
    )
    found = Experiment(scene, [FramesTarget(target)], names, device)
    values = found.values()
    for name, size in SMALL.items():
        if name in values:
            free = fabric.slides[..., None] if name == "initial.sliding" else 1.0
            values[name] += size * free * rng.standard_normal(values[name].shape)
    return found, values


def scaled_directions(values: dict[str, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Each number as far as it is large, vectors and arrays in random directions."""
    rng, found = np.random.default_rng(52), []
    for name, value in values.items():
        change = rng.standard_normal(value.shape) if value.ndim else np.array(float(value))
        if name in SMALL:
            change *= SMALL[name] * (STRIP.build().slides[..., None] if name == "initial.sliding" else 1.0)
        elif name.endswith("path"):
            change *= SPACING * (np.array([0.0, 1.0, 1.0, 1.0]) if len(value) == 1 else 1.0)
        elif value.ndim:
            change *= 9.8
        found.append((name, change))
    return found


@pytest.mark.parametrize("scene", [STRIP, CUT], ids=["strip", "cut strip"])
def test_gradients_against_whole_searches(device, scene):
    """Each component against its own differences, too."""
    nothing = {"contact.sliding_damping", "environment.wind", "initial.velocity", "initial.sliding_velocity"}
    nothing |= {"yarns.y0.damping", "yarns.y1.damping", "contact.shear_damping"}
    air = {"environment.wind_density", "environment.wind_drag"}
    others = {f"yarns.y1.{key}" for key in ("young_modulus", "bending_modulus", "radius")}
    others |= {"contact.twist_rigidity"}  # a strip that bends along its length does not twist
    others |= {f"pins.{k}.{key}" for k in range(8) for key in ("stiffness", "path") if k not in (0, 5)}
    names = [name for name in differentiable_names(STRIP) if name not in air | others]
    experiment, values = experiment_of(names, device, scene)
    loss, gradient = experiment.loss_and_gradient(values)
    away = ~scene.build().layout.present
    assert not any(gradient[name][away].any() for name in gradient if name.startswith("initial."))
    assert loss == pytest.approx(experiment.loss(values), rel=1e-12)
    assert not any(gradient[name].any() for name in nothing)
    directions = [(name, change) for name, change in scaled_directions(values) if name not in nothing]
    changed = [name for name, _ in directions]
    assert len(changed) == 5 + 4 + 1 + 4 + 2, f"does a new one matter at rest? If not, add it to `nothing`: {changed}"
    size = max(abs(float(np.vdot(gradient[name], change))) for name, change in directions)
    for name, change in directions:
        ends = [experiment.loss(values | {name: values[name] + sign * STEP * change}) for sign in (1.0, -1.0)]
        actual, expected = float(np.vdot(gradient[name], change)), (ends[0] - ends[1]) / (2 * STEP)
        assert abs(actual - expected) < AGREEMENT * size, (name, actual / size, expected / size)
        assert abs(actual) > SEEN * size, name
        assert actual == pytest.approx(expected, rel=1e-3, abs=1e-10 * size), name


def test_directions_against_gradients(device):
    """Along all of them at once, the residuals change as the gradient says."""
    names = ["yarns.y0.bending_modulus", "yarns.y1.linear_density", "contact.friction", "environment.gravity"]
    names += ["pins.0.path", "pins.5.path", "pins.5.stiffness", "initial.position", "initial.sliding"]
    experiment, values = experiment_of(names, device)
    _, gradient = experiment.loss_and_gradient(values)
    directions = scaled_directions(values)
    changes = [{each: change if each == name else 0.0 * values[each] for each in names} for name, change in directions]
    (frame,) = experiment.linearise(values, changes).frames
    expected = np.array([np.vdot(gradient[name], change) for name, change in directions])
    assert difference(2.0 * frame.jacobian.T @ frame.residual, expected) < 1e-7
    for name, value in experiment.values().items():
        np.testing.assert_array_equal(value, values[name])


def solved(scene: Scene, device: str) -> tuple[Model, State, State]:
    model = Model(scene, device)
    start = State.of(model, requires_grad=True)
    search = Equilibrium(model, start, scene.tolerance)
    search.solve()
    return model, start, search.state


def test_pull_and_push_are_transposed(device):
    """What a force moves, seen along a gradient, is what the gradient pulls out of that force."""
    adjoint = EquilibriumAdjoint(*solved(STRIP, device))
    rng, force = np.random.default_rng(53), None
    net = adjoint.net_force()
    assert net.shape == (24, 5)
    assert largest(net) < 1e-12
    force, gradient = (rng.standard_normal(net.shape) for _ in range(2))
    moved = adjoint.push(1e-6 * force)
    assert not moved[~STRIP.build().slides.ravel(), 3:].any()
    adjoint.pull(gradient)
    density = adjoint.model.material.linear_density
    step = 1e-6 * density.numpy()
    base, forces = density.numpy().copy(), []
    for sign in (1.0, -1.0):
        density.assign(base + sign * step)
        forces.append(adjoint.net_force())
    density.assign(base)
    expected = np.vdot(gradient, adjoint.push((forces[0] - forces[1]) / 2.0))
    assert density.grad.numpy() @ step == pytest.approx(expected, rel=1e-6)


def test_gradients_add_up(device):
    """Like those of all reverse passes."""
    model, start, found = solved(STRIP, device)
    gradient = np.random.default_rng(54).standard_normal((24, 5))
    adjoint = EquilibriumAdjoint(model, start, found)
    adjoint.pull(gradient)
    once = [model.material.bending_modulus.grad.numpy().copy(), start.position.grad.numpy().copy()]
    adjoint.pull(gradient)
    twice = [model.material.bending_modulus.grad.numpy(), start.position.grad.numpy()]
    for a, b in zip(once, twice):
        assert largest(a) > 0.0
        np.testing.assert_allclose(b, 2.0 * a, rtol=1e-9, atol=1e-9 * largest(a))


def test_a_saddle_has_no_derivative(device):
    """Upside down: in its plane the strip is at rest, but would fall over."""
    scene = STRIP.replace({"fabric.pose": "hanging", "environment.gravity": [0.0, 0.0, 9.8], "pins": PINS[1:5]})
    model = Model(scene, device)
    start = State.of(model, requires_grad=True)
    with pytest.raises(SolverError, match="no minimum") as error:
        EquilibriumAdjoint(model, start, start.clone())
    assert "solver.tolerance" in error.value.fix
