"""Triangles that beads may touch: none is missed that they touch or that is nearest to one inside, start or end."""

import itertools

import numpy as np
import pytest
import warp as wp
from bead_algebra import shares
from textile_cloth import textile_scene

from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.model import Model
from warp_fabric.solver.covering import Covering
from warp_fabric.state import State
from warp_fabric.types import f64

SPACING = 3.8e-4


def boxed(device: str, size: float, moved=(0.0, 0.0, 0.0), thickness: float = 0.0):
    """A sheet of cotton in the middle of a box `size` spacings wide that moves by so many spacings in a step, covered:
    the model, what is held, and the places of its beads."""
    box = {"shape": "box", "center": [0.0, 0.0, 0.0], "size": 3 * [size * SPACING], "thickness": thickness}
    box["path"] = [[0.0, 0, 0, 0], [1.0, *(SPACING * np.array(moved))]]
    model = Model(textile_scene("cotton", (4, 5), fabric__pose="flat", obstacles=[box]), device)
    state = State.of(model, position=model.rest_position - model.rest_position.mean(axis=0))
    held = empty_held(model)
    hold(model, Moment.of(state, wp.array([1.0, 0.0], dtype=f64, device=device)), held)
    Covering(model, held).cover(state.position, state.position)
    return model, held, shares(model) @ state.position.numpy()


def rows_of(held) -> list[list[int]]:
    near = held.candidates.near
    first, face = near.first.numpy(), near.face.numpy()
    return [face[a:b].tolist() for a, b in itertools.pairwise(first)]


def distances(model: Model, held, x: np.ndarray, side: int) -> np.ndarray:
    """[K, T] of beads to triangles of a box, which are halves of its faces, so to these."""
    corners = held.obstacle_vertex.numpy()[:, side][model.obstacles.face.numpy()]
    low, high = corners.min(axis=1), corners.max(axis=1)
    return np.linalg.norm(x[:, None] - np.clip(x[:, None], low, high), axis=-1)


@pytest.mark.parametrize("size", [1.0, 4.0, 40.0])
@pytest.mark.parametrize("moved", [(0.0, 0.0, 0.0), (0.7, 0.3, -0.2), (3.0, 0.0, 25.0)])
def test_none_is_missed(device, size, moved):
    model, held, x = boxed(device, size, moved, thickness=0.2 * SPACING)
    found = rows_of(held)
    assert all(each == sorted({*each}) for each in found)
    radius = model.beads.radius_made.numpy()
    for side in range(2):
        away = distances(model, held, x, side)
        place = held.obstacle_vertex.numpy()[:, side]
        inside = ((x > place.min(axis=0)) & (x < place.max(axis=0))).all(axis=1)
        nearest = away < away.min(axis=1)[:, None] * (1.0 + 1e-9)
        needed = (away < (radius + 0.2 * SPACING)[:, None]) | (nearest & inside[:, None])
        for bead, faces in enumerate(found):
            assert {*np.flatnonzero(needed[bead])} <= {*faces}, (side, bead)
    assert any(found)


def test_far_off_there_are_none(device):
    *_, held, _ = boxed(device, 2.0, moved=(0.0, 0.0, 0.0))
    some = sum(map(len, rows_of(held)))
    model, held, _ = boxed(device, 2.0)
    far = State.of(model, position=model.rest_position + 1.0)
    assert some
    Covering(model, held).cover(far.position, far.position)
    assert not any(rows_of(held))


def test_those_of_another_scene_are_not_met(device):
    box = {"shape": "box", "center": [0.0, 0.0, 0.0], "size": 3 * [4.0 * SPACING]}
    scenes = [textile_scene("cotton", (3, 3), fabric__pose="flat", obstacles=each) for each in ([box], [], [box, box])]
    model = Model(scenes, device)
    state, held = State.of(model, position=model.rest_position - model.rest_position.mean(axis=0)), empty_held(model)
    hold(model, Moment.of(state), held)
    Covering(model, held).cover(state.position, state.position)
    found, fabric = rows_of(held), model.beads.fabric.numpy()
    owner = np.array([0, 2, 2])[model.obstacles.face_obstacle.numpy()]
    assert {fabric[bead] for bead, faces in enumerate(found) if faces} == {0, 2}
    assert all((owner[faces] == fabric[bead]).all() for bead, faces in enumerate(found))


def test_they_follow_a_mesh_that_moves(device):
    """Also where no bead has left its box."""
    model, held, _ = boxed(device, 2.0, moved=(0.0, 0.0, 50.0))
    state = State.of(model, position=model.rest_position - model.rest_position.mean(axis=0))
    assert any(rows_of(held))
    hold(model, Moment.of(state, wp.array([1.0, 0.9], dtype=f64, device=device)), held)
    Covering(model, held).cover(state.position, state.position, moved=False)
    assert any(rows_of(held))
    Covering(model, held).cover(state.position, state.position)
    assert not any(rows_of(held))


def pillar(path, sides: int = 48, radius: float = 6.0, height: float = 4.0) -> str:
    """A closed cylinder around the origin, its size in spacings, whose caps are fans of thin triangles."""
    angle = 2.0 * np.pi * np.arange(sides) / sides
    ring = SPACING * np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], axis=1)
    half = 0.5 * height * SPACING * np.array([0.0, 0.0, 1.0])
    k = np.arange(sides)
    after = (k + 1) % sides
    walls = [np.stack([k, after, sides + after], 1), np.stack([k, sides + after, sides + k], 1)]
    fan = np.stack([0 * k[1:-1], k[1:-1], k[2:]], axis=1)
    faces = np.concatenate([*walls, fan[:, ::-1], sides + fan])
    np.savez(path, vertices=np.concatenate([ring - half, ring + half]), faces=faces)
    return str(path)


def closest(x: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Distances [P, T] of points from triangles, by clipping to edges and, inside, to the plane."""
    found = np.full((len(x), len(a)), np.inf)
    for p, q in ((a, b), (b, c), (c, a)):
        t = np.einsum("ptk,tk->pt", x[:, None] - p, q - p) / ((q - p) ** 2).sum(axis=1)
        found = np.minimum(found, np.linalg.norm(x[:, None] - p - np.clip(t, 0, 1)[..., None] * (q - p), axis=-1))
    normal = np.cross(b - a, c - a)
    within = np.ones(found.shape, bool)
    for p, q in ((a, b), (b, c), (c, a)):
        within &= np.einsum("ptk,tk->pt", x[:, None] - p, np.cross(normal, q - p)) >= 0.0
    height = np.abs(np.einsum("ptk,tk->pt", x[:, None] - a, normal)) / np.linalg.norm(normal, axis=1)
    return np.where(within, np.minimum(found, height), found)


@pytest.mark.parametrize("off", [(0.0, 0.0, 0.0), (5.0, 5.0, 1.9), (4.0, -5.0, 1.0), (8.5, 0.0, 0.0)])
def test_where_there_are_some_the_nearest_is_one(device, tmp_path, off):
    """Of thin triangles whose boxes reach far: the one that is nearest tells outside from inside."""
    obstacle = {"shape": "mesh", "file": pillar(tmp_path / "pillar.npz")}
    model = Model(textile_scene("cotton", (7, 8), fabric__pose="flat", obstacles=[obstacle]), device)
    place = model.rest_position - model.rest_position.mean(axis=0) + SPACING * np.array(off)
    state, held = State.of(model, position=place), empty_held(model)
    hold(model, Moment.of(state), held)
    Covering(model, held).cover(state.position, state.position)
    corners = held.obstacle_vertex.numpy()[:, 0][model.obstacles.face.numpy()]
    x = shares(model) @ place
    away = closest(x, *np.moveaxis(corners, 1, 0))
    found, some = rows_of(held), 0
    touch = model.beads.radius_made.numpy()
    for bead, faces in enumerate(found):
        nearest = away[bead].min()
        assert faces or nearest > touch[bead]
        if faces:
            some += 1
            assert away[bead][faces].min() < nearest + 1e-12
    assert some
    assert off[:2] == (0.0, 0.0) or some < len(found)
