"""Where obstacles are at the start and at the end of a step, against SciPy's rotations and finite differences."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import warp as wp
from scipy.spatial.transform import Rotation

import warp_fabric as wf
from warp_fabric.forces.base import Held, Moment
from warp_fabric.forces.contact.posed import Posed
from warp_fabric.model import Model
from warp_fabric.scene.meshes import obstacle_meshes
from warp_fabric.state import State
from warp_fabric.types import f64

GOLDEN = Path(__file__).parents[2] / "data" / "golden" / "contact_elements.toml"
PATH = [[0.0, 0, 0, 0, 0, 0, 0], [0.1, 0.2, -0.1, 0.3, 0, 0, 0], [0.3, 0.5, 0.1, 0.3, 0.8, -1.9, 2.5]]
STILL = {"obstacles.1.path": None}
SCENE = wf.load_scene(GOLDEN).replace({f"obstacles.{k}.path": PATH for k in (0, 1, 2, 3, 5)})
HELD = ("obstacle_turn", "obstacle_shift", "obstacle_first", "obstacle_second", "obstacle_vertex")
TIMES = [(0.0, 0.0), (-1.0, 0.05), (0.1, 0.1001), (0.09, 0.14), (0.17, 0.29), (0.2, 9.0)]
"""When steps start and end, s."""


@dataclass
class Pose:
    """What is held of a model's obstacles over a step."""

    model: Model
    held: Held
    moment: Moment

    @classmethod
    def of(cls, scene, device, times, requires_grad=False):
        model = Model(scene, device)
        clock = wp.array(times[::-1], dtype=f64, device=device)
        held = Held(model, (Posed(),), requires_grad)
        pose = cls(model, held, Moment.of(State.rest(model), clock))
        pose.evaluate()
        return pose

    def evaluate(self) -> dict[str, np.ndarray]:
        Posed().hold(self.model, self.moment, self.held)
        return {name: np.array(getattr(self.held, name).numpy()) for name in HELD}


def posed(obstacle, points, time):
    """[.., 3] points of an obstacle's own coordinates in the world at a time."""
    path = np.array(obstacle.path or np.zeros((1, 7)))
    row = np.array([np.interp(time, path[:, 0], column) for column in path[:, 1:].T])
    return Rotation.from_rotvec(row[3:]).apply(np.reshape(points, (-1, 3))) + row[:3]


def vertices_of(obstacle, mesh, time):
    """[V, 3] in its own coordinates."""
    if obstacle.shape == "box":
        return np.array(obstacle.center) + np.array(obstacle.size) * mesh.vertices[0]
    flat = mesh.vertices.reshape(len(mesh.times), -1)
    return np.array([np.interp(time, mesh.times, column) for column in flat.T]).reshape(-1, 3)


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("changes", [{}, STILL], ids=["moving", "still"])
def test_places_at_both_ends_of_the_step(device, times, changes):
    scene = SCENE.replace(changes)
    meshes, found = obstacle_meshes(scene), Pose.of(scene, device, times).evaluate()
    offset = np.cumsum([0] + [0 if mesh is None else mesh.vertices.shape[1] for mesh in meshes])
    for side, time in enumerate(times):
        for k, (obstacle, mesh) in enumerate(zip(scene.obstacles, meshes)):
            first, second = found["obstacle_first"][k, side], found["obstacle_second"][k, side]
            frame = posed(obstacle, [[0, 0, 0], *np.eye(3)], time)
            np.testing.assert_allclose(found["obstacle_shift"][k, side], frame[0], rtol=1e-13, atol=1e-16)
            np.testing.assert_allclose(found["obstacle_turn"][k, side].T, frame[1:] - frame[0], atol=1e-14)
            if obstacle.shape == "plane":
                normal = np.array(obstacle.normal) / np.linalg.norm(obstacle.normal)
                ends = posed(obstacle, [obstacle.point, obstacle.point + normal], time)
                np.testing.assert_allclose(first, ends[0], rtol=1e-13)
                np.testing.assert_allclose(second, ends[1] - ends[0], atol=1e-13)
            if obstacle.shape == "sphere":
                np.testing.assert_allclose(first, posed(obstacle, obstacle.center, time)[0], rtol=1e-13)
            if obstacle.shape == "capsule":
                ends = posed(obstacle, [obstacle.start, obstacle.end], time)
                np.testing.assert_allclose([first, second], ends, rtol=1e-12)
            if mesh is not None:
                there = found["obstacle_vertex"][offset[k] : offset[k + 1], side]
                expected = posed(obstacle, vertices_of(obstacle, mesh, time), time)
                np.testing.assert_allclose(there, expected, rtol=1e-12, atol=1e-15)


def test_a_mesh_that_changes_its_shape_is_between_its_samples(device):
    """The closed stair of the golden elements."""
    (mesh,) = [mesh for mesh in obstacle_meshes(SCENE) if mesh is not None and len(mesh.times) > 1]
    middle = 0.5 * (mesh.times[0] + mesh.times[1])
    found = Pose.of(SCENE, device, (mesh.times[0] - 1.0, middle)).evaluate()["obstacle_vertex"]
    assert not np.allclose(mesh.vertices[0], mesh.vertices[1], rtol=0.0, atol=1e-6)
    for side, expected in enumerate((mesh.vertices[0], 0.5 * (mesh.vertices[0] + mesh.vertices[1]))):
        start = 8  # after the box's
        np.testing.assert_allclose(found[start : start + len(expected), side], expected, rtol=1e-13, atol=1e-18)


@pytest.mark.parametrize("times", [(0.0, 0.0), (0.05, 0.17), (0.1, 9.0)])
def test_gradients_by_paths_and_shapes(device, times):
    """Also where an obstacle is not turned; by times there is none."""
    pose = Pose.of(SCENE, device, times, requires_grad=True)
    rng, found = np.random.default_rng(3), pose.evaluate()
    weights = {name: rng.standard_normal(value.shape) for name, value in found.items()}

    def value() -> float:
        return sum(float(np.vdot(weights[name], array)) for name, array in pose.evaluate().items())

    with wp.Tape() as tape:
        Posed().hold(pose.model, pose.moment, pose.held)
    for name, array in weights.items():
        getattr(pose.held, name).grad.assign(array)
    tape.backward()
    obstacles, moved = pose.model.obstacles, 0
    for name in ("key_shift", "key_turn", "point", "normal", "center", "start", "end", "size"):
        array = getattr(obstacles, name)
        start, gradient = np.array(array.numpy()), np.array(array.grad.numpy())
        expected = np.zeros_like(start)
        for entry in np.ndindex(start.shape):
            values = []
            for step in (1e-3, -1e-3, 2e-3, -2e-3):
                changed = start.copy()
                changed[entry] += step
                array.assign(changed)
                values.append(value())
            expected[entry] = (8.0 * (values[0] - values[1]) - (values[2] - values[3])) / 12e-3
        array.assign(start)
        if name == "normal":  # not of other shapes, where it is 0
            expected[1:], gradient[1:] = 0.0, gradient[1:]
        np.testing.assert_allclose(gradient, expected, atol=1e-8 * np.abs(expected).max() + 1e-10, err_msg=name)
        moved += bool(gradient.any())
    assert moved == 8
    assert obstacles.key_time.grad is None


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-4, 0.0999, 0.1001, 1.0, 3.0])
def test_turns_are_exact_and_so_are_their_gradients(device, angle):
    """About where series give way to quotients, as elsewhere."""
    w = angle * np.array([0.6, -0.48, 0.64])
    scene = SCENE.replace({"obstacles.1.path": [[0.0, 0, 0, 0, *w]]})
    pose = Pose.of(scene, device, (0.0, 0.0), requires_grad=True)
    turn = pose.evaluate()["obstacle_turn"][1, 1]
    np.testing.assert_allclose(turn, Rotation.from_rotvec(w).as_matrix(), rtol=1e-15, atol=5e-16)
    keys = pose.model.obstacle_keys[1]
    for i, j in np.ndindex(3, 3):
        with wp.Tape() as tape:
            Posed().hold(pose.model, pose.moment, pose.held)
        seed = np.zeros((pose.model.obstacle_count, 2, 3, 3))
        seed[1, 1, i, j] = 1.0
        pose.held.obstacle_turn.grad.assign(seed)
        tape.backward()
        gradient = np.array(pose.model.obstacles.key_turn.grad.numpy())[keys][0]
        tape.zero()
        expected = [slope(w, axis)[i, j] for axis in range(3)]
        np.testing.assert_allclose(gradient, expected, atol=2e-11)


def slope(w, axis, step=1e-3):
    """d exp([w]x) / dw, of sixth order."""
    total = np.zeros((3, 3))
    for times, weight in ((1, 45.0), (2, -9.0), (3, 1.0)):
        for sign in (1.0, -1.0):
            moved = w + sign * times * step * np.eye(3)[axis]
            total += sign * weight * Rotation.from_rotvec(moved).as_matrix()
    return total / (60.0 * step)


def test_cloth_without_obstacles_holds_nothing(device):
    found = Pose.of(SCENE.replace({"obstacles": []}), device, (0.0, 0.1)).evaluate()
    assert not any(value.size for value in found.values())
