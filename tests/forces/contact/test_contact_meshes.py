"""The inside of closed meshes: which side a centre is on, and the force out; adjoints of both sides by vertices."""

import numpy as np
import pytest
from touched_mesh import touch

from warp_fabric.obstacle_mesh import MeshTables, box_mesh, mesh_tables

K = 100.0
TOUCH = (2.0e-4, 1.7e-3)
"""m, of cotton and of the paper's yarn."""


def tables(vertices, faces) -> MeshTables:
    return mesh_tables(np.zeros(1), np.asarray(vertices, float)[None], np.asarray(faces), "mesh")


def box(size) -> MeshTables:
    mesh = box_mesh()
    return tables(np.asarray(size) * mesh.vertices[0], mesh.faces)


def stair(width: float) -> MeshTables:
    """Two steps: a solid with convex edges, and one concave edge."""
    outline = width * np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]], float)
    ends = [np.column_stack([outline[:, 0], np.full(6, y), outline[:, 1]]) for y in (0.0, 3.0 * width)]
    cap = [(0, 1, 2), (0, 2, 3), (0, 3, 5), (3, 4, 5)]
    faces = [*cap, *((c + 6, b + 6, a + 6) for a, b, c in cap)]
    for k in range(6):
        j = (k + 1) % 6
        faces += [(k, k + 6, j + 6), (k, j + 6, j)]
    return tables(np.concatenate(ends), faces)


def spike(height: float) -> MeshTables:
    """A tent on a square, so steep that at its top the nearest face's plane alone does not tell inside from outside."""
    corners = [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0], [0.9, 0.0, height]]
    return tables(corners, [[0, 2, 1], [0, 3, 2], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])


def winding(mesh: MeshTables, x: np.ndarray) -> np.ndarray:
    """How often the mesh winds around each point [n, 3]: solid angles of its triangles, over 4 pi."""
    a, b, c = (mesh.vertices[0][mesh.faces[:, k]] - x[:, None] for k in range(3))
    la, lb, lc = (np.linalg.norm(p, axis=-1) for p in (a, b, c))
    dot = lambda p, q: (p * q).sum(axis=-1)  # noqa: E731
    below = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb
    return np.arctan2(dot(a, np.cross(b, c)), below).sum(axis=1) / (2.0 * np.pi)


@pytest.mark.parametrize("mesh", [box([1.0, 2.0, 3.0]), stair(1.0), spike(3.0)], ids=["box", "stair", "spike"])
def test_inside_is_what_a_mesh_winds_around(device, mesh):
    random = np.random.default_rng(0)
    low, high = mesh.vertices[0].min(axis=0) - 0.5, mesh.vertices[0].max(axis=0) + 0.5
    x = random.uniform(low, high, (400, 3))
    corners = mesh.vertices[0][random.integers(mesh.vertices.shape[1], size=200)]
    x = np.concatenate([x, corners + 0.05 * random.normal(size=(200, 3))])  # where vertices and edges are nearest
    expected = np.round(winding(mesh, x)) == 1.0
    assert 50 < expected.sum() < 500
    order = random.permutation(len(mesh.faces))
    for looked in (None, order):
        found = touch(mesh, x, K, 0.1, device, order=looked)
        np.testing.assert_array_equal(found.inside, expected)


def test_vertices_of_blades(device):
    """Where faces of very different sizes meet at a sharp vertex, only their angles weigh them rightly."""
    random = np.random.default_rng(4)
    for _ in range(20):
        corners = random.normal(size=(4, 3)) * [1.0, 1.0, 0.1] * random.uniform(0.1, 3.0, (4, 1))
        turned = np.linalg.det(corners[1:] - corners[0]) < 0.0
        faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
        mesh = tables(corners, faces[:, ::-1] if turned else faces)
        x = np.repeat(corners, 30, axis=0) + 0.02 * random.normal(size=(120, 3))
        found = touch(mesh, x, K, 0.1, device)
        np.testing.assert_array_equal(found.inside, np.round(winding(mesh, x)) == 1.0)


def test_a_box_pushes_out_of_its_nearest_face(device):
    r = TOUCH[1]
    size = r * np.array([6.0, 8.0, 4.0])
    x = r * np.array([[2.7, 1.0, 0.5], [-2.7, 0.1, 0.2], [1.0, -3.8, 0.1], [0.3, 0.2, 1.9], [0.0, 0.0, -1.0]])
    normal = np.array([[1.0, 0, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    found = touch(box(size), x, K, r, device)
    assert found.inside.all()
    depth = np.array([0.3, 0.3, 0.2, 0.1, 1.0]) * r
    y, least = -(depth / r + 0.5) / 0.5, 0.05
    slope = 2 * (1 - least) * np.log(least) - (1 - least) ** 2 / least
    curvature = -2 * np.log(least) + 4 * (1 - least) / least + ((1 - least) / least) ** 2
    push = -K * 0.5 * r * (slope + (y - least) * curvature)
    np.testing.assert_allclose(found.force, push[:, None] * normal, rtol=1e-10, atol=1e-10 * K * r)
    stiffness = -K * curvature * normal[:, :, None] * normal[:, None, :]
    np.testing.assert_allclose(found.derivative, stiffness, atol=1e-9 * K * curvature)
    np.testing.assert_allclose(found.convex, stiffness, atol=1e-9 * K * curvature)


def test_behind_a_diagonal_there_is_no_edge(device):
    """Centres behind the line along which a box's faces are cut, as of cloth laid evenly on it."""
    r = TOUCH[0]
    size = r * np.array([8.0, 8.0, 8.0])
    share = np.linspace(-2.5, 2.5, 21)
    for sign in (1.0, -1.0):
        x = np.column_stack([r * share, sign * r * share, np.full(21, 3.5 * r)])
        found = touch(box(size), x, K, r, device)
        assert found.inside.all()
        up = np.zeros((3, 3))
        up[2, 2] = found.derivative[0, 2, 2]
        np.testing.assert_allclose(found.derivative, np.tile(up, (21, 1, 1)), atol=1e-9 * abs(up[2, 2]))
        x[:, 2] = 4.7 * r  # and above
        found = touch(box(size), x, K, r, device)
        assert not found.inside.any()
        up[2, 2] = found.derivative[0, 2, 2]
        np.testing.assert_allclose(found.derivative, np.tile(up, (21, 1, 1)), atol=1e-9 * abs(up[2, 2]))


def around_stair(r: float, seed: int = 0, count: int = 120):
    """A stair some touch distances wide and beads on both sides of its surface, none where it has a kink."""
    mesh = stair(3.0 * r)
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(3), count)
    corners = mesh.vertices[0][mesh.faces[random.integers(len(mesh.faces), size=count)]]
    x = np.einsum("nk,nki->ni", weights, corners) + 0.5 * r * random.normal(size=(count, 3))
    notch = np.array([3.0 * r, 0.0, 3.0 * r])  # behind the concave edge, where it is the nearest
    angle = np.radians(random.uniform(190.0, 260.0, 30))
    behind = notch + r * random.uniform(0.2, 0.8, 30)[:, None] * np.column_stack(
        [np.cos(angle), 0 * angle, np.sin(angle)]
    )
    behind[:, 1] = r * random.uniform(2.0, 7.0, 30)
    return mesh, np.concatenate([x, behind])


@pytest.mark.parametrize("r", TOUCH)
def test_derivatives_on_both_sides(device, r):
    mesh, x = around_stair(r)
    found, step = touch(mesh, x, K, r, device), 1e-6 * r
    by_energy, by_force = np.zeros_like(found.force), np.zeros_like(found.derivative)
    same = np.ones(len(x), bool)
    for axis in range(3):
        ends = [touch(mesh, x + sign * step * np.eye(3)[axis], K, r, device) for sign in (1.0, -1.0)]
        by_energy[:, axis] = (ends[0].energy - ends[1].energy) / (2 * step)
        by_force[:, :, axis] = (ends[0].force - ends[1].force) / (2 * step)
        same &= (ends[0].inside == found.inside) & (ends[1].inside == found.inside)
    assert same.all()
    assert 40 < found.inside.sum() < 120
    np.testing.assert_allclose(-by_energy, found.force, rtol=1e-5, atol=1e-6 * K * r)
    scale = np.abs(found.derivative).max()
    np.testing.assert_allclose(by_force, found.derivative, rtol=1e-5, atol=1e-7 * scale)


@pytest.mark.parametrize("width", [0.5, 3.0])
def test_the_convex_part(device, width):
    """With all that edges and vertices do, of a stair as fine as a bead and of a coarser one."""
    r = TOUCH[0]
    mesh = stair(width * r)
    low, high = mesh.vertices[0].min(axis=0) - r, mesh.vertices[0].max(axis=0) + r
    found = touch(mesh, np.random.default_rng(5).uniform(low, high, (500, 3)), K, r, device)
    values, vectors = np.linalg.eigh(found.derivative)
    assert (values > K).any()
    expected = np.einsum("nij,nj,nkj->nik", vectors, np.minimum(values, 0.0), vectors)
    np.testing.assert_allclose(found.convex, expected, atol=1e-9 * np.abs(values).max())


@pytest.mark.parametrize("r", TOUCH)
def test_adjoint_by_centres_and_vertices(device, r):
    mesh, x = around_stair(r, count=30)
    random = np.random.default_rng(2)
    seed = random.normal(size=x.shape)
    found, step = touch(mesh, x, K, r, device, seed=seed), 1e-6 * r
    change, moved = random.normal(size=x.shape), random.normal(size=mesh.vertices[0].shape)

    def total(centres: float, vertices: float) -> float:
        shape = tables(mesh.vertices[0] + vertices * moved, mesh.faces)
        return float((touch(shape, x + centres * change, K, r, device).force * seed).sum())

    by_centres = (total(step, 0.0) - total(-step, 0.0)) / (2 * step)
    by_vertices = (total(0.0, step) - total(0.0, -step)) / (2 * step)
    assert by_centres == pytest.approx((found.by_centre * change).sum(), rel=1e-5)
    assert by_vertices == pytest.approx((found.by_vertex * moved).sum(), rel=1e-5)


def test_centres_on_the_surface_are_outside(device):
    """On faces, edges and vertices: finite, and pushed out."""
    r = TOUCH[0]
    mesh = box(r * np.array([4.0, 4.0, 4.0]))
    x = r * np.array([[2.0, 0.3, 0.1], [2.0, 2.0, 0.3], [2.0, 2.0, 2.0], [2.0, 0.0, 0.0], [-2.0, -2.0, 2.0]])
    found = touch(mesh, x, K, r, device, seed=np.ones((5, 3)))
    assert not found.inside.any()
    for each in (found.force, found.energy, found.derivative, found.by_centre, found.by_vertex):
        assert np.isfinite(each).all()
    assert ((found.force * x).sum(axis=1) > 0.0).all()
