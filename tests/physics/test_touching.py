"""Cloth on slopes, on meshes, on a ball, and cloth that meets itself in free space."""

import numpy as np
import pytest
from rig import GRAVITY, mass_and_centre, momentum, started
from sample_cloth import at_rest, folded
from textile_cloth import textile_scene

import warp_fabric as wf
from warp_fabric.forces import INERTIA, POTENTIALS
from warp_fabric.model import Model
from warp_fabric.yarn import library_entry

YARNS = ("cotton", "wool", "paper-yarn-1")
CLOSED = {yarn: 3.8 * library_entry(yarn).yarn.radius for yarn in YARNS}
"""m, of setts in which crossing beads meet."""
STEP = 1.0e-3
SLIP_SPEED = 1.0e-3
MU = 0.3
each_yarn = pytest.mark.parametrize("yarn", YARNS)


def sheet(yarn: str, picks: int, ends: int, duration: float, integrator: str = "euler", **changes) -> wf.Scene:
    """Flat and free."""
    sizes = {f"fabric__{axis}_spacing": CLOSED[yarn] for axis in ("end", "pick")}
    time = {"time__step": STEP, "time__duration": duration, "time__frames_per_second": 1.0 / STEP}
    made = textile_scene(
        yarn, (picks, ends), fabric__pose="flat", time__integrator=integrator, **sizes, **time, **changes
    )
    return made.replace({"pins": []})


def bead(scene: wf.Scene) -> float:
    return 2.0 * scene.yarns["yarn"].radius


def on_slope(yarn: str, degrees: float, integrator: str) -> wf.Scene:
    """A sheet that lies on a plane; the world is turned, not the plane."""
    angle = np.radians(degrees)
    gravity = [GRAVITY * np.sin(angle), 0.0, -GRAVITY * np.cos(angle)]
    plane = {"shape": "plane", "point": [0, 0, 0], "normal": [0, 0, 1]}
    collision = {"self": False, "friction": MU, "slip_speed": SLIP_SPEED}
    scene = sheet(yarn, 4, 5, 0.06, integrator, environment__gravity=gravity, obstacles=[plane], collision=collision)
    return scene.replace({"fabric.origin": [0.0, 0.0, 0.99 * bead(scene)]})


@each_yarn
@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
def test_it_slides_down_a_slope(simulate, yarn, integrator):
    run = simulate(on_slope(yarn, 30.0, integrator))
    linear, _ = momentum(run)
    mass, _ = mass_and_centre(run)
    speed = linear[:, 0] / mass
    expected = GRAVITY * (np.sin(np.radians(30.0)) - MU * np.cos(np.radians(30.0)))
    assert (speed[-1] - speed[20]) / (40 * STEP) == pytest.approx(expected, rel=1e-3)


@each_yarn
@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
def test_it_sticks_to_a_slope_but_for_a_creep(simulate, yarn, integrator):
    run = simulate(on_slope(yarn, 10.0, integrator))
    linear, _ = momentum(run)
    mass, _ = mass_and_centre(run)
    creep = SLIP_SPEED * np.tan(np.radians(10.0)) / MU
    assert creep < 0.9 * SLIP_SPEED
    assert linear[-1, 0] / mass == pytest.approx(creep, rel=1e-3)
    assert np.abs(linear[-1, 1] / mass) < 1e-3 * creep


def plate(path, length: float, seed: int) -> dict:
    """A flat square cut into triangles at random, its border as it is."""
    rng, count = np.random.default_rng(seed), 5
    x, y = np.meshgrid(np.linspace(-2.0, 7.0, count), np.linspace(-2.0, 6.0, count), indexing="ij")
    inner = np.zeros((count, count), bool)
    inner[1:-1, 1:-1] = True
    for axis in (x, y):
        axis[inner] += rng.uniform(-0.9, 0.9, inner.sum())
    number = np.arange(count * count).reshape(count, count)
    a, b, c, d = (part.ravel() for part in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]))
    flip = rng.random(len(a)) < 0.5
    first = np.where(flip[:, None], np.stack([a, b, c], 1), np.stack([a, b, d], 1))
    second = np.where(flip[:, None], np.stack([a, c, d], 1), np.stack([b, c, d], 1))
    points = length * np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3)
    lines = [f"v {' '.join(repr(float(v)) for v in p)}" for p in points]
    lines += [f"f {' '.join(str(v + 1) for v in face)}" for face in np.concatenate([first, second])]
    path.write_text("\n".join(lines))
    return {"shape": "mesh", "file": str(path), "friction": MU}


@each_yarn
def test_it_does_not_matter_how_a_mesh_is_cut(simulate, tmp_path, yarn):
    """A sheet that falls on a plate, at 1 m/s and sideways, moves as on a plane."""
    scene = sheet(yarn, 4, 5, 0.02, "bdf2")
    scene = scene.replace({"fabric.origin": [0.0, 0.0, 1.2 * bead(scene)], "solver.tolerance": 1e-13})
    plane = {"shape": "plane", "point": [0, 0, 0], "normal": [0, 0, 1], "friction": MU}
    obstacles = [plane, *(plate(tmp_path / f"{seed}.obj", CLOSED[yarn], seed) for seed in (1, 2))]
    fall = np.tile([0.05, -0.03, -1.0], (4, 5, 1))
    fall[0, 0] *= 0.5  # a corner later
    runs = []
    for obstacle in obstacles:
        each = scene.replace({"collision": {"self": False}, "obstacles": [obstacle]})
        runs.append(simulate(started(each, tmp_path, velocity=fall)).position)
    assert np.diff(runs[0][..., 2], axis=0).max() > 0.0, "nothing bounced"
    way = np.abs(runs[0] - runs[0][0]).max()
    for other in runs[1:]:
        assert np.abs(other - runs[0]).max() < 1e-9 * way


@pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])
def test_a_sheet_stays_on_a_frictionless_ball_that_it_is_laid_on_centred(simulate, yarn):
    length, count = CLOSED[yarn], 7
    ball = {"shape": "sphere", "center": [0, 0, 0], "radius": 6.0 * length, "friction": 0.0}
    scene = sheet(yarn, count, count, 0.2, obstacles=[ball], collision={"self": False})
    middle = -0.5 * (count - 1) * length
    run = simulate(scene.replace({"fabric.origin": [middle, middle, 6.0 * length + 0.99 * bead(scene)]}))
    _, centre = mass_and_centre(run)
    assert np.abs(centre[:, :2] - centre[0, :2]).max() < 1e-6
    assert centre[-1, 2] > 3.0 * length
    assert yarn == "cotton" or np.ptp(run.position[-1, ..., 2]) > length, "it does not drape"


def meeting(tmp_path, yarn: str, integrator: str) -> wf.Scene:
    """A strip bent over whose ends fly at each other; of yarns that bend so easily that it does not spring open."""
    collision = {"stiffness": 100.0, "friction": MU, "slip_speed": 0.05}
    scene = sheet(yarn, 3, 10, 0.004, integrator, collision=collision)
    scene = scene.replace(
        {
            "environment.gravity": [0.0, 0.0, 0.0],
            "environment.wind_density": 0.0,
            "yarns.yarn.bending_modulus": 1e-4,
            "solver.tolerance": 1e-12,
            "time.step": 1e-4,
            "time.frames_per_second": 1e4,
        }
    )
    start = folded(Model(scene, "cpu"), gap=1.05)
    above = start[:, 2] > 0.5 * np.ptp(start[:, 2])
    velocity = np.where(above[:, None], [0.1, 0.2, -1.0], [0.0, 0.0, 1.0])
    grid = (3, 10, 3)
    return started(scene, tmp_path, position=start.reshape(grid), velocity=velocity.reshape(grid))


def colliding(tmp_path, yarn: str, integrator: str) -> wf.Scene:
    """Two pieces of cloth that fly at each other in free space, one turned and off the middle of the other."""
    scene = sheet(yarn, 5, 6, 0.004, integrator, collision={"stiffness": 100.0, "friction": MU, "slip_speed": 0.05})
    length, touch = CLOSED[yarn], 2.0 * bead(scene)
    scene = scene.replace(
        {
            "environment.gravity": [0.0, 0.0, 0.0],
            "environment.wind_density": 0.0,
            "solver.tolerance": 1e-12,
            "time.step": 1e-4,
            "time.frames_per_second": 1e4,
            "panels": [
                {"name": "below", "picks": 4},
                {"name": "above", "origin": [1.3 * length, 0.4 * length, 1.05 * touch], "rotation": [0.0, 2.0, 20.0]},
            ],
        }
    )
    velocity = np.concatenate([np.tile([0.0, 0.0, 1.0], (24, 1)), np.tile([0.1, 0.2, -1.0], (30, 1))])
    return started(scene, tmp_path, velocity=velocity)


def energies(run: wf.Trajectory) -> tuple[np.ndarray, np.ndarray]:
    """[T] J, all energy but that of friction at crossings; and that of contact."""
    model, total, contact = Model(run.scene, "cpu"), [], []
    names = ("position", "sliding", "velocity", "sliding_velocity", "anchor")
    for k in range(len(run.time)):
        arrays = {name: getattr(run, name)[k].reshape(model.node_count, -1) for name in names}
        point = at_rest(model, **arrays)
        parts = {force.name: point.energy(force) for force in POTENTIALS if force.name != "friction"}
        total.append(sum(parts.values()) + point.energy(INERTIA))
        contact.append(parts["contact_self"])
    return np.array(total), np.array(contact)


@each_yarn
@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
def test_cloth_that_meets_itself_keeps_its_momentum(simulate, tmp_path, yarn, integrator):
    run = simulate(meeting(tmp_path, yarn, integrator))
    linear, _ = momentum(run)
    mass, _ = mass_and_centre(run)
    speed = np.abs(run.velocity[0]).max()
    assert energies(run)[1].max() > 0.0, "nothing has touched"
    assert np.abs(linear - linear[0]).max() < 1e-9 * mass * speed


@each_yarn
@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
def test_two_pieces_that_collide_keep_their_momentum(simulate, tmp_path, yarn, integrator):
    """Each is pushed; both together are not."""
    run = simulate(colliding(tmp_path, yarn, integrator))
    below, above = (momentum(part)[0] for part in run.parts)
    pushed = np.linalg.norm(np.diff(below[[0, -1]], axis=0))
    assert pushed > 0.1 * np.linalg.norm(below[0]), "they missed"
    linear = below + above
    assert np.abs(linear - linear[0]).max() < 1e-9 * np.linalg.norm(below[0])


@each_yarn
@pytest.mark.parametrize("scene_of", [meeting, colliding])
def test_energy_does_not_rise(simulate, tmp_path, yarn, scene_of):
    total, contact = energies(simulate(scene_of(tmp_path, yarn, "euler")))
    assert contact.max() > 1e-6 * total[0], "it hardly touched"
    assert np.diff(total).max() < 1e-9 * total[0]
