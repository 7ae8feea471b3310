"""Gradients of runs through contact by everything that it depends on, against differences of whole runs.

An error counts relative to the largest scaled component: gradient times value, or times a size where values may be 0.
"""

from __future__ import annotations

import numpy as np
import pytest
from moving_cloth import trajectory
from textile_cloth import textile_scene

import warp_fabric as wf
from warp_fabric.inputs import differentiable_names
from warp_fabric.solver.rollout import Rollout

TOLERANCE = 1e-6
STEP_SIZES = (1e-5, 1e-4, 1e-6)
STEPS = 5
SPACING = {"cotton": 3.8e-4, "paper-yarn-1": 1.9e-3}
FRICTION = {
    "sticks": {"friction": 3.0, "slip_speed": 2.0},
    "slips": {"friction": 0.03, "slip_speed": 1e-3},
}
PATH = [[0.0, 0, 0, 0, 0, 0, 0], [0.0035, 1.0, -0.5, 0.1, 0.02, -0.01, 0.03], [1.0, 90.0, 1.0, 1.0, 0.1, 0.2, 0.3]]
"""Spacings and radians; a key within a step."""


def ridge(file, length: float, moving: bool) -> dict:
    """An open mesh like a roof below the cloth, of which vertices move apart or which is rigid."""
    x, y = np.meshgrid(np.linspace(-1.5, 5.5, 4), np.linspace(-1.5, 4.5, 3), indexing="ij")
    z = -0.15 * np.abs(x - 1.8)
    points = length * np.stack([x, y, z], axis=-1).reshape(-1, 3)
    corner = (3 * np.arange(3)[:, None] + np.arange(2)).reshape(-1, 1)
    faces = np.concatenate([corner + [0, 3, 1], corner + [1, 3, 4]])
    times = np.array([0.0, 0.0035, 1.0]) if moving else np.zeros(1)
    rng = np.random.default_rng(1)
    samples = np.array([points + k * 0.3 * length * rng.uniform(-1, 1, points.shape) for k in range(len(times))])
    np.savez(file, time=times, vertices=samples, faces=faces)
    return {"shape": "mesh", "file": str(file)}


def obstacles(kind: str, length: float, file) -> list[dict]:
    """Under a flat cloth whose lower left crossing is at the origin, and whose beads' radius is 0.55 spacings."""
    path = [[t, *(length * np.array(p)).tolist(), *w] for t, *both in PATH for p, w in [(both[:3], both[3:])]]
    if kind == "box":  # an edge under the cloth's middle
        center = (length * np.array([0.3, 1.5, -2.0])).tolist()
        return [{"shape": "box", "center": center, "size": (length * np.array([3.0, 2.6, 3.2])).tolist(), "path": path}]
    if kind == "solids":
        plane = {"shape": "plane", "point": [0.0, 0.0, -0.45 * length], "normal": [0.02, 0.03, 1.5]}
        rod = {"shape": "capsule", "start": [length, -length, 0.93 * length], "radius": 0.5 * length}
        rod |= {"end": [length, 1.6 * length, 0.9 * length]}
        return [plane | {"path": path}, rod | {"path": path}]
    mesh = ridge(file, length, moving=kind == "moving mesh")
    return [mesh if kind == "moving mesh" else mesh | {"path": path}]


def pressed(yarn: str, kind: str, friction: str, integrator: str, file) -> wf.Scene:
    """Heavy cloth just above something that moves below it."""
    length = SPACING[yarn]
    sizes = {f"fabric__{axis}_spacing": length for axis in ("end", "pick")}
    scene = textile_scene(yarn, (4, 5), fabric__pose="flat", **sizes)
    bead = 2.0 * scene.yarns["yarn"].radius
    own = {"friction": FRICTION[friction]["friction"]}
    given = [{"thickness": 0.05 * length} | each | own for each in obstacles(kind, length, file)]
    given[0].pop("friction") if kind == "box" else None
    return scene.replace(
        {
            "fabric.origin": [0.0, 0.0, -0.4 * length + 0.85 * bead],
            "environment.gravity": [1.0, 2.0, -90.0],
            "pins": [],
            "collision": {"self": False, "stiffness": 40.0} | FRICTION[friction],
            "obstacles": given,
            "time.step": 1e-3,
            "time.duration": STEPS * 1e-3,
            "time.frames_per_second": 1000.0,
            "time.integrator": integrator,
            "solver.tolerance": 1e-13,
        }
    )


def slip_ratios(scene: wf.Scene) -> np.ndarray:
    """Slip over slip speed of all contacts that are held over a run, [contacts]."""
    made, found = Rollout(scene, "cpu"), []
    for _ in range(STEPS):
        assert made.step().parts == 1
        held, model = made.stepper.equation.held, made.model
        touches = held.touch_limit.numpy() > 0.0
        beads = model.beads.node.numpy()[:, 0]
        assert (model.beads.weight.numpy() == 1.0).all()
        slip = made.state.velocity.numpy()[beads][:, None] - held.touch_speed.numpy()
        normal = held.touch_normal.numpy()
        slip -= (slip * normal).sum(axis=-1, keepdims=True) * normal
        found.append(np.linalg.norm(slip, axis=-1)[touches] / scene.collision.slip_speed)
    return np.concatenate(found)


def sizes_of(scene: wf.Scene, name: str) -> np.ndarray:
    """By how much a parameter is moved at random."""
    value, length = np.asarray(scene.get(name), float), scene.fabric.end_spacing
    if name.endswith("path"):
        return np.tile([0.0, *3 * [length], *3 * [0.1]], (len(value), 1))
    if name.rpartition(".")[2] in ("center", "point", "start", "end", "thickness"):
        return np.full(value.shape, length)
    return np.abs(value)


CASES = [("box", "cotton", "bdf2", "sticks"), ("moving mesh", "cotton", "bdf2", "slips")]
SLOW = [
    ("box", "cotton", "bdf2", "slips"),
    ("box", "paper-yarn-1", "euler", "sticks"),
    ("box", "paper-yarn-1", "euler", "slips"),
    ("solids", "paper-yarn-1", "bdf2", "sticks"),
    ("solids", "paper-yarn-1", "bdf2", "slips"),
    ("mesh", "cotton", "euler", "sticks"),
    ("mesh", "cotton", "euler", "slips"),
    ("moving mesh", "cotton", "bdf2", "sticks"),
]


@pytest.mark.parametrize(
    ("kind", "yarn", "integrator", "friction"),
    [*CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW)],
)
def test_by_all_that_contact_depends_on(tmp_path, kind, yarn, integrator, friction):
    scene = pressed(yarn, kind, friction, integrator, tmp_path / "mesh.npz")
    ratios = slip_ratios(scene)
    assert len(ratios) >= 3 * STEPS
    shares = (ratios < 0.9).mean(), (ratios > 1.1).mean()
    assert shares[0] == 1.0 if friction == "sticks" else shares[1] > 0.5
    names = [name for name in differentiable_names(scene) if name.startswith(("collision", "obstacles"))]
    names += ["yarns.yarn.radius", "environment.gravity"]
    rng, shape = np.random.default_rng(2), (STEPS + 1, 4, 5)
    target = trajectory(
        scene,
        position=wf.simulate(scene).position + scene.fabric.end_spacing * rng.standard_normal((*shape, 3)),
        sliding=np.zeros((*shape, 2)),
    )
    _, gradient = wf.loss_and_gradient(scene, target, names)
    moves = {name: sizes_of(scene, name) * rng.standard_normal(np.shape(scene.get(name))) for name in names}
    found = {name: float(np.vdot(gradient[name], move)) for name, move in moves.items()}
    scale = max(abs(value) for value in found.values())
    own = {"thickness"} | ({"path"} if kind != "moving mesh" else {"friction"})
    assert {f"obstacles.0.{key}" for key in own} <= {*names}

    def loss(name: str, share: float) -> float:
        value = np.asarray(scene.get(name), float) + share * moves[name]
        run = wf.simulate(scene.replace({name: value.tolist()}))
        return float(((run.position - target.position)[1:] ** 2).sum() + (run.sliding[1:] ** 2).sum()) / (STEPS * 20)

    for name in names:
        errors = []
        for size in STEP_SIZES:
            f = {k: loss(name, k * size) for k in (-2, -1, 1, 2)}
            slope = (8.0 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12.0 * size)
            errors.append(abs(slope - found[name]) / scale)
            if errors[-1] < TOLERANCE:
                break
        assert min(errors) < TOLERANCE, (name, errors, found[name] / scale)
