"""What triangles add up to over a mesh: a flat region once, a convex edge once, each wall of a concave corner."""

import numpy as np
import pytest
from scipy.spatial import Delaunay
from touched_mesh import touch

from warp_fabric.obstacle_mesh import MeshTables, box_mesh, mesh_tables

K = 100.0
TOUCH = (2.0e-4, 1.7e-3)
"""m, of cotton and of the paper's yarn."""


def tables(vertices, faces) -> MeshTables:
    return mesh_tables(np.zeros(1), np.asarray(vertices, float)[None], np.asarray(faces), "mesh")


def phi(d, r) -> np.ndarray:
    """The law, where it is not cut off."""
    y = np.minimum((np.asarray(d) / r - 0.5) / 0.5, 1.0)
    assert (y > 0.05).all()
    return -K * (0.5 * r) ** 2 * (1 - y) ** 2 * np.log(y)


def push(d, r) -> np.ndarray:
    y = np.minimum((np.asarray(d) / r - 0.5) / 0.5, 1.0)
    assert (y > 0.05).all()
    return K * 0.5 * r * ((1 - y) ** 2 / y - 2 * (1 - y) * np.log(y))


def flat_square(r: float, seed: int, turn: np.ndarray, cell: float = 0.7) -> MeshTables:
    """A square, 12 r wide, cut at random into triangles about `cell` r wide; the same border whatever the seed."""
    random = np.random.default_rng(seed)
    side = np.linspace(-6.0, 6.0, 13)
    border = [(s, e) for s in side for e in (-6.0, 6.0)] + [(e, s) for s in side[1:-1] for e in (-6.0, 6.0)]
    points = np.concatenate([border, random.uniform(-5.9, 5.9, (int((12.0 / cell) ** 2), 2))])
    faces = Delaunay(points).simplices
    a, b, c = (points[faces[:, k]] for k in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    faces = np.where(area[:, None] > 0.0, faces, faces[:, ::-1])[np.abs(area) > 1e-9]
    return tables(r * np.column_stack([points, np.zeros(len(points))]) @ turn.T, faces)


def turned(angle: float) -> np.ndarray:
    axis = np.array([1.0, 2.0, 2.0]) / 3.0
    cross = np.cross(np.eye(3), axis)
    return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross


@pytest.mark.parametrize("r", TOUCH)
def test_a_flat_region_counts_once_however_it_is_cut(device, r):
    turn = turned(0.7)
    random = np.random.default_rng(0)
    place = random.uniform(-4.0, 4.0, (60, 2))
    for seed in range(3):
        mesh = flat_square(r, seed, turn)
        flat = mesh.vertices[0] @ turn / r
        inner = flat[np.abs(flat[:, :2]).max(axis=1) < 4.0][:20, :2]  # straight above vertices
        middle = 0.5 * (flat[mesh.faces[:, 0]] + flat[mesh.faces[:, 1]])  # and above edges
        middle = middle[np.abs(middle[:, :2]).max(axis=1) < 4.0][:20, :2]
        over = np.concatenate([place, inner, middle])
        height = np.resize([0.55, 0.7, 0.95, -0.6, -0.9], len(over))
        found = touch(mesh, r * np.column_stack([over, height]) @ turn.T, K, r, device)
        normal = np.sign(height)[:, None] * turn[:, 2]
        np.testing.assert_allclose(found.energy, phi(np.abs(height) * r, r), rtol=0, atol=1e-12 * K * r**2)
        expected = push(np.abs(height) * r, r)[:, None] * normal
        np.testing.assert_allclose(found.force, expected, rtol=0, atol=1e-12 * K * r)
        stiffness = np.einsum("nij,i,j->n", found.derivative, turn[:, 2], turn[:, 2])
        rest = found.derivative - stiffness[:, None, None] * np.outer(turn[:, 2], turn[:, 2])
        assert np.abs(rest).max() < 1e-10 * np.abs(stiffness).max()


@pytest.mark.parametrize("r", TOUCH)
def test_nor_does_it_matter_at_its_border(device, r):
    """Beads over the border, and beside it, of two cuts whose border is the same."""
    random = np.random.default_rng(1)
    x = r * np.column_stack(
        [random.uniform(5.0, 6.6, 40), random.uniform(-6.6, 6.6, 40), random.uniform(-0.8, 0.8, 40)]
    )
    one, two = (touch(flat_square(r, seed, np.eye(3)), x, K, r, device) for seed in (0, 1))
    np.testing.assert_allclose(one.energy, two.energy, rtol=0, atol=1e-12 * K * r**2)
    np.testing.assert_allclose(one.force, two.force, rtol=0, atol=1e-11 * K * r)
    assert one.energy.any()


def test_centres_in_a_flat_region(device):
    """On its faces, edges and vertices a bead is pushed to the outer side, as if there were one plane."""
    r = TOUCH[0]
    mesh = flat_square(r, 0, np.eye(3))
    flat = mesh.vertices[0]
    inner = np.abs(flat).max(axis=1) < 4.0 * r
    a, b, c = (flat[mesh.faces[:, k]] for k in range(3))
    well = inner[mesh.faces].all(axis=1)
    x = np.concatenate([flat[inner], 0.5 * (a + b)[well], (a + b + c)[well] / 3.0])
    found = touch(mesh, x, K, r, device)
    assert np.isfinite(found.force).all()
    straight_up = np.tile(found.force[-1], (len(x), 1))
    np.testing.assert_allclose(found.force, straight_up, atol=1e-9 * np.abs(straight_up).max())
    assert found.force[-1, 2] > 0.0
    for each in (found.energy, found.derivative):
        assert np.isfinite(each).all()


ROOF = [[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, -1.0], [0.0, -1.0, -1.0]]
"""Two triangles on a ridge along x; their outer side is up. The other way up they are a gutter."""
ROOF_FACES = [[0, 1, 2], [1, 0, 3]]


@pytest.mark.parametrize("r", TOUCH)
def test_a_convex_edge_counts_once(device, r):
    angle = np.radians([-40.0, -10.0, 0.0, 25.0, 44.0])
    distance = r * np.array([0.6, 0.7, 0.8, 0.9, 0.95])
    x = np.column_stack([r * np.linspace(-0.5, 0.5, 5), distance * np.sin(angle), distance * np.cos(angle)])
    found = touch(tables(4.0 * r * np.array(ROOF), ROOF_FACES), x, K, r, device)
    np.testing.assert_allclose(found.energy, phi(distance, r), rtol=1e-11)
    out = np.column_stack([np.zeros(5), np.sin(angle), np.cos(angle)])
    np.testing.assert_allclose(found.force, push(distance, r)[:, None] * out, atol=1e-12 * K * r)


@pytest.mark.parametrize("r", TOUCH)
def test_in_a_concave_corner_both_walls_push(device, r):
    gutter = tables(8.0 * r * np.array(ROOF) * [1.0, 1.0, -1.0], [face[::-1] for face in ROOF_FACES])
    normals = np.array([[0.0, -1.0, 1.0], [0.0, 1.0, 1.0]]) / np.sqrt(2.0)
    first, second = 0.8 * r, 0.9 * r  # so far from the edge that it is out of reach
    found = touch(gutter, [first * normals[0] + second * normals[1]], K, r, device)
    expected = push(first, r) * normals[0] + push(second, r) * normals[1]
    np.testing.assert_allclose(found.force, expected[None], atol=1e-12 * K * r)
    np.testing.assert_allclose(found.energy, phi(first, r) + phi(second, r), rtol=1e-11)


def test_a_wall_is_felt_once_beside_a_corner(device):
    """A bead that touches one wall of a gutter only, though its other wall and edge are triangles nearby."""
    r = TOUCH[0]
    gutter = tables(8.0 * r * np.array(ROOF) * [1.0, 1.0, -1.0], [face[::-1] for face in ROOF_FACES])
    wall, along = np.array([0.0, -1.0, 1.0]) / np.sqrt(2.0), np.array([0.0, 1.0, 1.0]) / np.sqrt(2.0)
    found = touch(gutter, [0.7 * r * wall + 1.5 * r * along], K, r, device)
    np.testing.assert_allclose(found.force, [push(0.7 * r, r) * wall], atol=1e-12 * K * r)


def test_a_corner_of_a_box_counts_once(device):
    r = TOUCH[1]
    box = box_mesh()
    box = mesh_tables(box.times, 10.0 * r * box.vertices, box.faces, "box")
    out = np.array([1.0, 2.0, 2.0]) / 3.0
    found = touch(box, 5.0 * r + 0.7 * r * out * np.array([[1.0, 1.0, 1.0]]), K, r, device)
    np.testing.assert_allclose(found.force, [push(0.7 * r, r) * out], atol=1e-12 * K * r)
