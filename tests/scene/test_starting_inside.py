"""Cloth that starts inside obstacles: which crossings, and where the obstacle may go."""

import dataclasses

import numpy as np
import pytest
from textile_cloth import textile_scene

import warp_fabric as wf
from warp_fabric.scene.distances import obstacle_distance
from warp_fabric.scene.meshes import obstacle_meshes
from warp_fabric.scene.starting_inside import crossings_inside, in_words


def flat(*obstacles, yarn="cotton", count=(9, 7)):
    return textile_scene(yarn, count, fabric__pose="flat", obstacles=list(obstacles))


def touches(scene):
    fabric = scene.build()
    return fabric.position.reshape(-1, 3), (fabric.pick_radius[:, None] + fabric.end_radius).ravel()


def moved(obstacle, shift):
    return dataclasses.replace(obstacle, path=[[0.0, *shift]])


def shapes(scene):
    """Obstacles of every kind about the middle of the cloth, some mm large."""
    x, _ = touches(scene)
    middle, size = x.mean(axis=0), np.ptp(x, axis=0)[:2].min() / 3
    low, along, up = middle - [0, 0, 0.6 * size], np.array([size, 0, 0]), np.array([0, 0, size])
    return [
        wf.Obstacle("plane", point=low + 0.7 * up, normal=[0.0, 0.0, 2.0]),
        wf.Obstacle("sphere", center=low, radius=size),
        wf.Obstacle("capsule", start=low - along, end=low + along, radius=size),
        wf.Obstacle("box", center=low, size=[size, size, 2 * size]),
    ]


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
@pytest.mark.parametrize("kind", range(4), ids=["plane", "sphere", "capsule", "box"])
def test_where_it_is_moved_it_just_does_not_touch(yarn, kind):
    obstacle = shapes(flat(yarn=yarn))[kind]
    (found,) = crossings_inside(flat(obstacle, yarn=yarn))
    assert (found.obstacle, found.shape) == (0, obstacle.shape)
    assert found.shift[2] < 0.0  # all of them are mostly below the cloth
    x, radius = touches(flat(yarn=yarn))
    gaps = obstacle_distance(moved(obstacle, found.shift), None, x, 1.0) - radius
    assert 0.0 <= gaps.min() < 0.03 * radius.max()
    assert crossings_inside(flat(moved(obstacle, found.shift), yarn=yarn)) == []


def test_which_crossings():
    ball = shapes(flat())[1]
    x, radius = touches(flat())
    (found,) = crossings_inside(flat(ball))
    inside = np.linalg.norm(x - ball.center, axis=1) - ball.radius < 0.5 * radius
    np.testing.assert_array_equal(found.crossings, np.stack(np.divmod(np.flatnonzero(inside), 7), axis=1))
    assert 0 < len(found.crossings) < 63


def test_touching_is_not_inside_and_thickness_counts():
    x, radius = touches(flat())
    plane = {"point": x[0] - [0, 0, 0.6 * radius[0]], "normal": [0.0, 0.0, 1.0]}
    assert crossings_inside(flat(wf.Obstacle("plane", **plane))) == []
    (found,) = crossings_inside(flat(wf.Obstacle("plane", **plane, thickness=0.01)))
    assert found.shift == pytest.approx([0, 0, -0.01 - 0.4 * radius[0]])


def test_a_mesh_as_its_box(tmp_path):
    from warp_fabric.obstacle_mesh import box_mesh

    box = shapes(flat())[3]
    unit = box_mesh()
    vertices = unit.vertices[0] * box.size + box.center
    np.savez(tmp_path / "box.npz", vertices=vertices, faces=unit.faces)
    mesh = wf.Obstacle("mesh", file=str(tmp_path / "box.npz"))
    (by_box,), (by_mesh,) = crossings_inside(flat(box)), crossings_inside(flat(mesh))
    np.testing.assert_array_equal(by_mesh.crossings, by_box.crossings)
    np.testing.assert_allclose(by_mesh.shift, by_box.shift, rtol=1e-9)
    assert obstacle_meshes(flat(mesh))[0] is not None


def test_only_along_given_directions():
    ball = shapes(flat())[1]
    up = np.array([[0.0, 0.0, 1.0]])
    (found,) = crossings_inside(flat(ball), up)
    assert found.shift[2] > ball.radius
    plane = shapes(flat())[0]
    (found,) = crossings_inside(flat(plane), up)
    assert found.shift is None
    assert in_words(found).endswith("; move it, or the cloth")


def test_in_words():
    plane = wf.Obstacle("plane", point=[0.0, 0.0, 2.9e-3], normal=[0.0, 0.0, 1.0])
    (found,) = crossings_inside(flat(plane))
    assert in_words(found) == f"63 crossings start inside obstacle 0 (plane); move it by {shown(found)} mm along -z"
    one = dataclasses.replace(found, crossings=found.crossings[:1], shift=np.array([0.0, 1.2341e-2, 0.0]))
    assert in_words(one) == "1 crossing starts inside obstacle 0 (plane); move it by 13 mm along y"


def shown(found):
    """Two digits, not less than it is."""
    return f"{np.ceil(-1e4 * found.shift[2]) / 10:g}"


def test_what_comes_in_the_way_of_the_move():
    """The box leaves the cloth sideways, where it meets crossings that were free."""
    x, _ = touches(flat())
    box = wf.Obstacle("box", center=x[0], size=[2e-3, 2e-3, 0.05])
    (found,) = crossings_inside(flat(box), np.array([[1.0, 0.0, 0.0]]))
    assert len(found.crossings) < 15
    assert found.shift[0] > np.ptp(x[:, 0])
