"""Torch runs and steps of scenes with panels: gradients through what panels do to each other, and the panels' parts."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from panelled_scene import panelled_scene
from touching_panels import GRIDS, NAMES, slip, touching_panels

import warp_fabric as wf
from warp_fabric.inputs import differentiable_names

torch = pytest.importorskip("torch")

from warp_fabric.torch_bridge import TorchRollout  # noqa: E402

TOLERANCE = 1e-6
STEP_SIZES = (1e-5, 1e-6, 1e-7)
OUTPUTS = ("position", "velocity", "sliding")


@cache
def rollout(yarn: str, friction: str, integrator: str, checkpoint: int = 1, device: str = "cpu") -> TorchRollout:
    return TorchRollout(touching_panels(yarn, friction, integrator), device, checkpoint)


def moved(sim: TorchRollout, seed: int = 1) -> dict[str, torch.Tensor]:
    """A first state in which the upper cloth flies at the lower one, and both are bent a little."""
    rng, length, start = np.random.default_rng(seed), sim.scene.fabric.end_spacing, sim.start()
    position = start.position + torch.tensor(0.002 * length * rng.standard_normal(start.position.shape))
    speed = {name: torch.zeros(*grid, 3, dtype=torch.float64) for name, grid in GRIDS.items()}
    speed["above"] += torch.tensor([0.1, 0.2, -0.3], dtype=torch.float64) * length / 4e-4
    return {"initial.position": position, "initial.velocity": sim.joined(speed)}


def values_of(sim: TorchRollout) -> dict[str, torch.Tensor]:
    """All that the run depends on, apart from sliding coordinates, which those of the crimp set."""
    found = {}
    for name in differentiable_names(sim.scene):
        if not name.startswith("initial"):
            found[name] = torch.tensor(sim._engine._parameters.value(name))
    return found | moved(sim) | {"forces": torch.zeros(sim.step_count, *sim.scene.grid, 3, dtype=torch.float64)}


def way(sim: TorchRollout, name: str, value: torch.Tensor, rng) -> torch.Tensor:
    """A random change, of the size of the value or of what is natural to it."""
    length = sim.scene.fabric.end_spacing
    key = name.rpartition(".")[2]
    sizes = {"position": 0.1 * length, "velocity": 0.1, "forces": 1e-6 * (length / 4e-4) ** 2}
    size = sizes.get(key, length if key in ("path", "center", "thickness") else value.abs())
    change = size * torch.tensor(rng.standard_normal(value.shape))
    if key == "path":
        change[..., 0] = 0.0
    return change


def loss_of(sim: TorchRollout, values: dict[str, torch.Tensor]) -> torch.Tensor:
    rng, scale = np.random.default_rng(2), sim.scene.fabric.end_spacing
    total = torch.zeros((), dtype=torch.float64)
    for x, size in zip(sim(values, OUTPUTS), (scale, 0.1, scale)):
        weight, z = torch.tensor(rng.standard_normal(x[1:].shape)), x[1:] / size
        total = total + (weight * (z + 0.1 * z * z)).sum()
    return total


ALONE = [
    *("panels.below.crimp_set", "panels.above.end_crimp", "fabric.end_crimp", "fabric.crimp_set", "pins.1.path"),
    *("collision.stiffness", "collision.friction", "obstacles.0.radius", "yarns.yarn.radius", "initial.velocity"),
]
CASES = [("cotton", "sticks", "bdf2"), ("paper-yarn-1", "slips", "bdf2")]
SLOW = [("cotton", "slips", "euler"), ("paper-yarn-1", "sticks", "euler")]


@pytest.mark.parametrize(
    ("yarn", "friction", "integrator"), [*CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW)]
)
def test_gradients_through_contact_between_panels(yarn, friction, integrator):
    sim = rollout(yarn, friction, integrator)
    values = values_of(sim)
    with torch.no_grad():
        velocity = sim(values, "velocity").numpy()
    assert slip(sim.scene, velocity) < 0.9 if friction == "sticks" else slip(sim.scene, velocity) > 1.1
    leaves = {name: value.clone().requires_grad_() for name, value in values.items()}
    loss_of(sim, leaves).backward()
    assert sim.halved_steps == 0
    rng = np.random.default_rng(3)
    ways = {name: {name: way(sim, name, value, rng)} for name, value in values.items()}
    found = {name: float((leaves[name].grad * ways[name][name]).sum()) for name in values}
    scale = max(abs(value) for value in found.values())
    for name in ALONE:
        assert abs(found[name]) > 1e-9 * scale, name
    for table in {name.split(".")[0] for name in values}:  # of what is left, all of a table at once
        others = [name for name in values if name.split(".")[0] == table and name not in ALONE]
        ways[table] = {name: ways.pop(name)[name] for name in others}
        found[table] = sum(found[name] for name in others)
    for name, changes in ways.items():
        errors = []
        for size in STEP_SIZES:
            f = {}
            for k in (-1, 1):
                there = {each: values[each] + k * size * change for each, change in changes.items()}
                with torch.no_grad():
                    f[k] = float(loss_of(sim, values | there))
            slope = (f[1] - f[-1]) / (2.0 * size)
            errors.append(abs(slope - found[name]) / scale)
            if errors[-1] < TOLERANCE:
                break
        assert min(errors) < TOLERANCE, (name, errors, found[name] / scale)


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
def test_runs_and_steps_are_those_of_simulate(integrator, device):
    """To the last bit on the CPU."""
    sim = rollout("cotton", "slips", integrator, device=device)
    run = wf.simulate(sim.scene, device=device)
    assert min(np.abs(part.contact_force).max() for part in run.parts) > 0.0
    tolerance = {"rtol": 0.0, "atol": 0.0 if device == "cpu" else 1e-12}
    position, sliding = sim(outputs=["position", "sliding"])
    np.testing.assert_allclose(position.cpu(), run.position, **tolerance)
    np.testing.assert_allclose(sliding.cpu(), run.sliding, **tolerance)
    state = sim.start()
    for _ in range(sim.step_count):
        state = sim.step(state)
    np.testing.assert_allclose(state.position.cpu(), run.position[-1], **tolerance)
    np.testing.assert_allclose(state.anchor.cpu(), run.anchor[-1], **tolerance)
    first = {"below": 0, "above": math.prod(GRIDS["below"])}
    for name, view in sim.panels(position).items():
        np.testing.assert_allclose(view.cpu(), run.panels[name].position, **tolerance)
        assert view.data_ptr() == position[:, first[name] :].data_ptr()


def test_steps_give_the_gradients_of_the_run_whatever_is_kept_of_it():
    expected = None
    for checkpoint in (1, 2, 3):
        sim = rollout("cotton", "sticks", "bdf2", checkpoint)
        leaves = {name: value.clone().requires_grad_() for name, value in values_of(sim).items()}
        position = sim(leaves)
        weight = torch.tensor(np.random.default_rng(4).standard_normal(position[-1].shape))
        gradients = torch.autograd.grad((weight * position[-1]).sum(), list(leaves.values()))
        expected = expected or gradients
        for name, gradient, other in zip(leaves, gradients, expected):
            np.testing.assert_allclose(gradient, other, rtol=1e-9, atol=1e-12 * float(other.abs().max()), err_msg=name)
    leaves = {name: value.clone().requires_grad_() for name, value in values_of(sim).items()}
    parameters = {name: x for name, x in leaves.items() if not name.startswith(("initial", "forces"))}
    given = {name: leaves[f"initial.{name}"] for name in ("position", "velocity")}
    state = sim.start(parameters, **given)
    for force in leaves["forces"]:
        state = sim.step(state, force, parameters)
    gradients = torch.autograd.grad((weight * state.position).sum(), list(leaves.values()))
    sizes = {name: way(sim, name, value.detach(), np.random.default_rng(3)).abs() for name, value in leaves.items()}
    scale = max(float((size * gradient).max()) for size, gradient in zip(sizes.values(), expected))
    for name, gradient, other in zip(leaves, gradients, expected):
        assert float((sizes[name] * (gradient - other)).abs().max()) < 1e-9 * scale, name


DIFFERENT = {
    "crimp": {"fabric.end_crimp": 0.05, "fabric.pick_crimp": 0.03},
    "crimp of their own": {
        "fabric.end_crimp": 0.05,
        "fabric.pick_crimp": 0.03,
        "panels.left side.crimp": "touching",
        "panels.front.crimp_set": 0.7,
    },
    "nothing": {},
    "cut": {"panels.left side.present": ["#######", "#######", "###.###", "#######", "#####.."]},
    "in bundles": {"panels.left side.bundle": 2, "panels.front.ends": 8, "fabric.picks": 9},
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_of_panels_that_do_not_touch_it_is_the_sum_of_the_panels_own(what, device):
    scene = panelled_scene("cotton", time__duration=0.004, solver__tolerance=1e-13).replace(DIFFERENT[what])
    rng = np.random.default_rng(5)
    sims = [TorchRollout(each, device) for each in (scene, *scene.parts)]
    names = [name for name in differentiable_names(scene) if not name.startswith("initial")]
    leaves = {name: torch.tensor(sims[0]._engine._parameters.value(name), requires_grad=True) for name in names}
    seen = sims[0].panels(sims[0]())
    weights = {name: torch.tensor(rng.standard_normal(x.shape), device=sims[0].device) for name, x in seen.items()}
    views = sims[0].panels(sims[0](leaves))
    found = torch.autograd.grad(sum((weights[name] * views[name]).sum() for name in views), list(leaves.values()))
    expected = dict.fromkeys(names)
    for panel, part, sim in zip(scene.panels, scene.parts, sims[1:]):
        own = {name: name for name in differentiable_names(part) if not name.startswith("initial")}
        pins = [k for k, pin in enumerate(scene.pins) if pin.panel == panel.name]
        for name in own:
            if name.startswith("pins"):
                own[name] = ".".join(["pins", str(pins[int(name.split(".")[1])]), name.split(".")[2]])
            elif f"panels.{panel.name}.{name.split('.')[-1]}" in names and name.startswith("fabric"):
                own[name] = f"panels.{panel.name}.{name.split('.')[-1]}"
        mine = {name: leaves[own[name]].detach().requires_grad_() for name in own}
        gradients = torch.autograd.grad((weights[panel.name] * sim(mine)).sum(), list(mine.values()))
        for name, gradient in zip(mine, gradients):
            expected[own[name]] = gradient + (0.0 if expected[own[name]] is None else expected[own[name]])
    scale = max(float((x * leaves[name].detach()).abs().max()) for name, x in zip(names, found))
    for name, gradient in zip(names, found):
        error = float(((gradient - expected[name]) * leaves[name].detach()).abs().max())
        assert error < 1e-9 * scale, (name, error / scale)


def test_panels_are_parted_and_joined():
    sim = rollout("cotton", "sticks", "bdf2")
    x = torch.randn(2, *sim.scene.grid, 3, dtype=torch.float64)
    parts = sim.panels(x)
    assert {name: tuple(part.shape) for name, part in parts.items()} == {n: (2, *GRIDS[n], 3) for n in NAMES}
    assert torch.equal(sim.joined(dict(reversed(parts.items()))), x)
    with pytest.raises(wf.SceneError, match="not tensors of the scene's panels") as told:
        sim.joined({"above": parts["above"]})
    assert told.value.fix == "give one for each of below, above, by name"
    alone = TorchRollout(sim.scene.parts[0], "cpu")
    assert alone.panels(alone.start().position) == {}


def test_what_is_no_tensor_of_the_panels_is_refused():
    sim = rollout("cotton", "sticks", "bdf2")
    parts = sim.panels(torch.zeros(2, *sim.scene.grid, 3))
    with pytest.raises(wf.SceneError, match=r"a tensor of shape \(5, 3\)") as told:
        sim.panels(torch.zeros(5, 3))
    assert (told.value.where, told.value.fix) == ("tensor", "give one of all crossings, [..., 24, k]")
    with pytest.raises(wf.SceneError, match="not one of the panels"):
        sim.panels(torch.zeros(24))
    with pytest.raises(wf.SceneError, match="not one of the panels"):
        sim.panels(np.zeros((24, 3)))
    for wrong, says, fix in (
        (parts["above"].transpose(1, 2), r"shape \(2, 4, 3, 3\) is not one of this panel", "[..., 3, 4, k]"),
        (parts["above"][0, :, 0], r"shape \(3, 3\) is not one of this panel", "[..., 3, 4, k]"),
        (parts["above"].numpy(), "is not one of this panel", "[..., 3, 4, k]"),
        (parts["above"][0], r"shape \(3, 4, 3\) does not fit the first", "(2, 3, 4, 3)"),
        (parts["above"][..., :2], r"shape \(2, 3, 4, 2\) does not fit the first", "(2, 3, 4, 3)"),
    ):
        with pytest.raises(wf.SceneError, match=says) as told:
            sim.joined({**parts, "above": wrong})
        assert told.value.where == "tensors['above']"
        assert fix in told.value.fix
    with pytest.raises(wf.SceneError, match="not tensors of the scene's panels"):
        sim.joined([*parts.values()])
    alone = TorchRollout(sim.scene.parts[0], "cpu")
    with pytest.raises(wf.SceneError, match="has no panels to join") as told:
        alone.joined({})
    assert told.value.fix == "give the tensor [..., picks, ends, k] as it is"


def test_panels_that_start_in_one_place_are_refused():
    sim = rollout("cotton", "sticks", "bdf2")
    position = sim.start().position
    position[12] = position[0]
    says = "1 crossing of panel 'above' starts where those of panel 'below' are"
    with pytest.raises(wf.SceneError, match=says):
        sim({"initial.position": position})
    with pytest.raises(wf.SceneError, match=says):
        sim.start(position=position)
    same = {"origin": [0.0, 0.0, 0.0], "rotation": [0.0, 0.0, 0.0], "end_crimp": 0.03, "pick_crimp": 0.05}
    own = TorchRollout(sim.scene.replace({f"panels.above.{key}": value for key, value in same.items()}), "cpu")
    with pytest.raises(wf.SceneError, match="start where those of panel 'below' are"):
        own()
    elsewhere = sim.start().position.t().contiguous().t()  # in another order in memory
    assert own({"initial.position": elsewhere}).isfinite().all()
