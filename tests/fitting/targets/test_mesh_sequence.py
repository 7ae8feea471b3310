"""An animated mesh as target."""

import numpy as np
import pytest
from observed_cloth import GRID, SCENE, STATIC, N, check_gradient, check_jacobian, somewhere
from scipy.optimize import nnls

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets import MeshTarget
from warp_fabric.fitting.targets.mesh_files import MeshSequence
from warp_fabric.layout import Layout
from warp_fabric.topology import build_topology

TRIANGLES = build_topology([Layout.full(*GRID)]).triangle
REST = SCENE.build().position.reshape(N, 3)
TIME = np.arange(3) / SCENE.time.frames_per_second


def other_cloth(count: int = 9) -> MeshSequence:
    """A sheet of other vertices: a little bent, 0.3 mm off the cloth and larger than it, different in each frame."""
    low, high = REST.min(axis=0) - 4e-4, REST.max(axis=0) + 4e-4
    u = np.stack(np.meshgrid(*[np.linspace(0.0, 1.0, count)] * 2), axis=-1).reshape(-1, 2)
    i = np.arange(count * count).reshape(count, count)
    quads = np.stack([i[:-1, :-1], i[:-1, 1:], i[1:, 1:], i[1:, :-1]], axis=-1).reshape(-1, 4)
    bend = 2e-4 * np.sin(4.0 * u[:, 0] + np.arange(3)[:, None])
    sheet = np.zeros((3, count * count, 3))
    sheet[..., 0] = low[0] + u[:, 0] * (high[0] - low[0])
    sheet[..., 1] = 3e-4 + bend
    sheet[..., 2] = low[2] + u[:, 1] * (high[2] - low[2])
    return MeshSequence(sheet, quads, TIME)


def refined(vertices: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same surface: each triangle cut in four, with corners of their own, and its vertices in another order."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    corners = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3)
    order = np.random.default_rng(0).permutation(len(corners))
    return corners[order], np.argsort(order).reshape(-1, 3)


def square_distance(point, vertices, faces):
    """By least squares over each triangle's weights of at least 0, whose sum a heavy last row makes 1."""
    heavy, least = 1.0e2, np.inf
    for face in faces:
        share, _ = nnls(np.vstack([vertices[face].T, np.full(3, heavy)]), np.append(point, heavy))
        least = min(least, float(np.sum((share @ vertices[face] / share.sum() - point) ** 2)))
    return least


def sum_of_squares(comparison, frame, position):
    r, _ = comparison.residual(frame, position, np.zeros((N, 2)))
    return float(r @ r)


@pytest.mark.parametrize("direction", ["both", "to_mesh", "to_cloth"])
def test_the_loss_is_the_mean_squared_distance(direction):
    mesh = other_cloth(5)
    comparison = MeshTarget(mesh, direction=direction, weight=3.0).compare(SCENE)
    assert comparison.frames == (1, 2)
    for frame in comparison.frames:
        position, _ = somewhere(frame)
        to_mesh = np.mean([square_distance(x, mesh.vertices[frame], mesh.faces) for x in position])
        to_cloth = np.mean([square_distance(v, position, TRIANGLES) for v in mesh.vertices[frame]])
        expected = {"both": 0.5 * (to_mesh + to_cloth), "to_mesh": to_mesh, "to_cloth": to_cloth}[direction]
        assert sum_of_squares(comparison, frame, position) == pytest.approx(3.0 / 2.0 * expected, rel=1e-6)


@pytest.mark.parametrize("direction", ["both", "to_mesh", "to_cloth"])
def test_gradient(direction):
    check_gradient(MeshTarget(other_cloth(), direction=direction).compare(SCENE))


def test_gradient_with_masks():
    rng = np.random.default_rng(5)
    target = MeshTarget(other_cloth(), mask=rng.uniform(0.5, 1.0, GRID), vertex_mask=rng.uniform(size=81))
    check_gradient(target.compare(SCENE))


def test_jacobian_of_crossings():
    check_jacobian(MeshTarget(other_cloth(), direction="to_mesh").compare(SCENE))


def test_cloth_that_lies_in_the_mesh_costs_nothing():
    position, sliding = somewhere(1)
    vertices, faces = refined(position, TRIANGLES)
    mesh = MeshSequence(np.stack([vertices] * 2), faces, TIME[:2])
    r, _ = MeshTarget(mesh).compare(SCENE).residual(1, position, sliding)
    assert r.size == 3 * (N + len(vertices))
    assert np.abs(r).max() < 1e-12


def test_a_mesh_moved_off_the_cloth():
    """Flat cloth, and the same flat cloth a step in front: all distances are the step."""
    vertices, faces = refined(REST, TRIANGLES)
    mesh = MeshSequence(np.stack([vertices + np.array([0.0, 2e-4, 0.0])] * 2), faces, TIME[:2])
    assert sum_of_squares(MeshTarget(mesh).compare(SCENE), 1, REST) == pytest.approx(4e-8, rel=1e-12)


def test_the_cloth_slides_along_the_mesh_at_no_cost():
    """To first order a residual changes only as the cloth moves towards a vertex: Gauss-Newton must not hold it."""
    vertices = REST[[7, 8, 12]] + np.array([2e-4, 1e-4, -3e-4])  # in front of faces, away from their edges
    mesh = MeshSequence(np.stack([vertices] * 2), np.array([[0, 1, 2]]), TIME[:2])
    _, derivative = MeshTarget(mesh, direction="to_cloth").compare(SCENE).residual(1, REST, np.zeros((N, 2)))
    for axis in range(3):
        change = np.tile(np.eye(5)[axis], N)
        moved = (derivative @ change).reshape(3, 3) * 3**0.5
        assert moved == pytest.approx(np.tile([0.0, float(axis == 1), 0.0], (3, 1)), abs=1e-12)


def test_masks_and_vertices_of_no_face():
    mesh = other_cloth(5)
    position, _ = somewhere(1)
    distances = np.array([square_distance(x, mesh.vertices[1], mesh.faces) for x in position])
    mask = np.random.default_rng(2).uniform(size=GRID) * (np.arange(5) != 2)
    comparison = MeshTarget(mesh, mask=mask, direction="to_mesh", frames=[1]).compare(SCENE)
    expected = np.average(distances, weights=mask.ravel())
    assert sum_of_squares(comparison, 1, position) == pytest.approx(expected, rel=1e-6)

    distances = np.array([square_distance(v, position, TRIANGLES) for v in mesh.vertices[1]])
    weights = np.arange(25.0) % 4
    loose = MeshSequence(
        np.concatenate([mesh.vertices, np.full((3, 1, 3), 7.0)], axis=1), mesh.faces, TIME
    )  # the last vertex belongs to no face
    loose.vertices[:, -1] = REST[0]
    comparison = MeshTarget(loose, vertex_mask=[*weights, 9.0], direction="to_cloth", frames=[1]).compare(SCENE)
    expected = np.average(distances, weights=weights)
    assert sum_of_squares(comparison, 1, position) == pytest.approx(expected, rel=1e-6)


def test_a_mask_leaves_out_the_vertices_at_masked_crossings():
    mask = np.zeros(GRID)
    mask[:3] = 1.0
    vertices = REST + np.array([0.0, 1e-4, 0.0])
    vertices.reshape(*GRID, 3)[3:, :, 1] = 5e-4  # far off, where it does not count
    mesh = MeshSequence(np.stack([vertices] * 2), TRIANGLES, TIME[:2])
    comparison = MeshTarget(mesh, mask=mask, direction="to_cloth").compare(SCENE)
    assert sum_of_squares(comparison, 1, REST) == pytest.approx(1e-8, rel=1e-9)


def test_units_axes_and_time():
    mesh = other_cloth()
    expected = sum_of_squares(MeshTarget(mesh).compare(SCENE), 2, REST)
    x, y, z = np.moveaxis(mesh.vertices, -1, 0)
    lying = MeshSequence(1e3 * np.stack([x, z, -y], axis=-1), mesh.faces, TIME + 5.0)
    comparison = MeshTarget(lying, scale=1e-3, up="y", start=5.0).compare(SCENE)
    assert sum_of_squares(comparison, 2, REST) == pytest.approx(expected, rel=1e-9)
    with pytest.raises(TargetError, match="in size, the cloth") as caught:
        MeshTarget(lying, up="y", start=5.0).compare(SCENE)
    assert "scale" in caught.value.fix
    with pytest.raises(TargetError, match="none of the observed frames"):
        MeshTarget(lying, up="y", scale=1e-3).compare(SCENE)


def test_from_files_and_for_an_equilibrium(tmp_path):
    mesh = other_cloth()
    np.savez(tmp_path / "cloth.npz", vertices=mesh.vertices, faces=mesh.faces, frames_per_second=200.0)
    expected = sum_of_squares(MeshTarget(mesh).compare(SCENE), 2, REST)
    target = MeshTarget(tmp_path / "cloth.npz")
    assert sum_of_squares(target.compare(SCENE), 2, REST) == pytest.approx(expected, rel=1e-12)
    comparison = MeshTarget(tmp_path / "cloth.npz", frames=[2]).compare(STATIC)
    assert comparison.frames == (0,)
    assert sum_of_squares(comparison, 0, REST) == pytest.approx(2.0 * expected, rel=1e-12)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"up": "x"}, "'x' is none of z, y"),
        ({"direction": "back"}, "none of both, to_mesh, to_cloth"),
        ({"scale": 0.0}, "scale: 0.0 is not"),
        ({"start": np.inf}, "start: inf is not"),
        ({"vertex_mask": np.ones(3)}, r"shape \(3,\)"),
        ({"vertex_mask": np.zeros(81)}, "nothing is left"),
    ],
)
def test_impossible_options(options, says):
    with pytest.raises(TargetError, match=says):
        MeshTarget(other_cloth(), **options)


def test_no_vertex_left():
    mesh = MeshSequence(np.stack([REST] * 2), TRIANGLES[:1], TIME[:2])
    unused = np.ones(N, bool)
    unused[TRIANGLES[0]] = False
    with pytest.raises(TargetError, match="no vertex is left"):
        MeshTarget(mesh, vertex_mask=unused).compare(SCENE)
