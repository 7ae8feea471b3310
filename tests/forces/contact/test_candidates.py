"""Candidates for contact: none is missed while beads stay in their boxes, whatever way they got there."""

import itertools

import numpy as np
import pytest
import warp as wp
from bead_algebra import rows, shares
from sample_cloth import Point, folded, golden_fold, golden_scene, perturbed, sample_model
from textile_cloth import textile_scene

from warp_fabric.forces import empty_held
from warp_fabric.forces.contact.candidates import Candidates
from warp_fabric.model import Model
from warp_fabric.types import vec3

CASES = {"open_touching": golden_fold, "folded_paper": folded, "folded_cotton": folded}


@pytest.fixture(params=CASES)
def point(request, device) -> Point:
    return perturbed(sample_model(request.param, device), seed=31, amount=0.02, lies=CASES[request.param])


def touching(model: Model, position: np.ndarray) -> set[tuple[int, int]]:
    """All pairs that are nearer than they touch at, of those that count: looked at one by one."""
    beads, x = model.beads, shares(model) @ position
    radius, node = beads.radius_made.numpy(), beads.node.numpy()
    gap = np.linalg.norm(x[:, None] - x, axis=-1)
    touch = radius[:, None] + radius
    flat = beads.flat.numpy()
    away = np.linalg.norm(flat[:, None] - flat, axis=-1) >= 2.0 * touch * (1.0 - 1e-9)
    pick, end = np.divmod(node, model.layouts.shapes[0][1])
    spans = [
        np.maximum(axis.max(1)[:, None], axis.max(1)) - np.minimum(axis.min(1)[:, None], axis.min(1))
        for axis in (pick, end)
    ]
    one_cell = (spans[0] <= 1) & (spans[1] <= 1)
    return {(int(a), int(b)) for a, b in np.argwhere((gap < touch) & away & ~one_cell)}


def pairs_of(candidates: Candidates) -> set[tuple[int, int]]:
    return {*zip(rows(candidates).tolist(), candidates.partner.numpy()[: candidates.pair_count].tolist())}


def assert_sorted(candidates: Candidates) -> None:
    first, partner = candidates.first.numpy(), candidates.partner.numpy()
    for a, b in itertools.pairwise(first):
        assert (np.diff(partner[a:b]) > 0).all()


def on_device(model: Model, position: np.ndarray) -> wp.array:
    return wp.array(position, dtype=vec3, device=model.device)


def test_all_pairs_are_found(point):
    model, candidates = point.model, point.held.candidates
    found, expected = pairs_of(candidates), touching(model, point.state.position.numpy())
    assert len(expected) >= 10
    assert expected <= found
    assert found == {(b, a) for a, b in found}
    assert_sorted(candidates)
    assert len(found) < 0.5 * model.bead_count**2, "hardly any pair is left out"


def test_none_is_missed_in_the_boxes(point):
    """Of states between two that are covered, and around them as far as boxes reach."""
    model, candidates, rng = point.model, point.held.candidates, np.random.default_rng(1)
    start = point.state.position.numpy()
    radius = model.beads.radius_made.numpy().min()
    end = start + 1.5 * radius * rng.standard_normal(3) + radius * rng.standard_normal(start.shape)
    candidates.cover(on_device(model, start), on_device(model, end), point.held.obstacle_vertex)
    found, seen = pairs_of(candidates), set()
    for share in np.linspace(0.0, 1.0, 6):
        way = (1.0 - share) * start + share * end
        assert not candidates.left(on_device(model, way))
        for _ in range(20):
            near = way + 0.45 * radius * rng.uniform(-1, 1, start.shape)
            assert not candidates.left(on_device(model, near))
            seen |= touching(model, near)
    assert seen <= found
    assert seen - touching(model, start), "motion brings other beads together"


def test_left(point):
    """By one bead, along any axis, in either direction."""
    model, candidates = point.model, point.held.candidates
    start, share = point.state.position.numpy(), shares(point.model)
    radius = model.beads.radius_made.numpy()
    rng = np.random.default_rng(2)
    for _ in range(10):
        way = np.zeros_like(start)
        node = rng.integers(len(start))
        way[node, rng.integers(3)] = rng.choice([-1.0, 1.0])
        least = (0.5 * radius[share[:, node] > 0.0] / share[share[:, node] > 0.0, node]).min()
        assert not candidates.left(on_device(model, start + 0.99 * least * way))
        assert candidates.left(on_device(model, start + 1.01 * least * way))


def test_what_is_no_number_has_not_left(point):
    position = np.full_like(point.state.position.numpy(), np.nan)
    assert not point.held.candidates.left(on_device(point.model, position))


def test_found_anew_only_where_a_bead_has_left(point):
    model, candidates, held = point.model, point.held.candidates, point.held
    start = point.state.position.numpy()
    radius = model.beads.radius_made.numpy().min()
    before = pairs_of(candidates)
    apart = start * [1.0, 1.0, 5.0]
    candidates.cover(on_device(model, start + 0.4 * radius), on_device(model, start), held.obstacle_vertex)
    assert pairs_of(candidates) == before
    candidates.cover(on_device(model, apart), on_device(model, apart), held.obstacle_vertex)
    assert len(pairs_of(candidates)) < 0.5 * len(before)
    candidates.cover(on_device(model, start), on_device(model, start), held.obstacle_vertex)
    assert pairs_of(candidates) == before


def test_growth(device):
    """Cloth that is crumpled has more candidates than there is room for: arrays are new, and none is missing."""
    model = Model(textile_scene("cotton", (8, 9), fabric__pose="flat", collision={"stiffness": 50.0}), device)
    held, rng = empty_held(model), np.random.default_rng(3)
    candidates = held.candidates
    flat = model.rest_position
    candidates.cover(on_device(model, flat), on_device(model, flat), held.obstacle_vertex)
    before = candidates.partner.ptr
    spacing = flat[1, 0] - flat[0, 0]
    heap = spacing * rng.uniform(-1.0, 1.0, flat.shape)
    assert candidates.cover(on_device(model, heap), on_device(model, heap), held.obstacle_vertex)
    assert candidates.partner.ptr != before
    sizes = {len(array) for array in (candidates.partner, candidates.normal, candidates.limit, candidates.coupling)}
    assert len(sizes) == 1
    assert max(np.diff(candidates.first.numpy())) > 32, "rows longer than there was room for"
    assert touching(model, heap) <= pairs_of(candidates)
    assert_sorted(candidates)
    assert not candidates.cover(on_device(model, flat), on_device(model, flat), held.obstacle_vertex)


@pytest.mark.parametrize("crumpled", [False, True])
def test_couplings_stay_when_others_are_found(device, crumpled):
    """Also where arrays are new: the matrix that they belong to serves on."""
    model = Model(textile_scene("cotton", (8, 9), fabric__pose="flat", collision={"stiffness": 50.0}), device)
    candidates, vertex = empty_held(model).candidates, wp.zeros((0, 2), dtype=vec3, device=device)
    flat, start = model.rest_position, folded(model)
    candidates.cover(on_device(model, start), on_device(model, start), vertex)
    values = np.zeros((len(candidates.coupling), 3, 3))
    values[: candidates.pair_count : 3] = np.eye(3)
    candidates.coupling.assign(values)
    candidates.pack()
    before, rows_before = candidates.acting(), candidates.first.numpy().copy()
    assert len(before[0]) > 5
    spacing, rng = flat[1, 0] - flat[0, 0], np.random.default_rng(4)
    then = spacing * rng.uniform(-1.0, 1.0, flat.shape) if crumpled else flat
    assert candidates.cover(on_device(model, then), on_device(model, then), vertex) == crumpled
    assert (candidates.first.numpy() != rows_before).any()
    for one, other in zip(candidates.acting(), before):
        np.testing.assert_array_equal(one, other)
    first, second, coupling = candidates.acting(once=True)
    kept = before[0] < before[1]
    for one, other in zip((first, second, coupling), before):
        np.testing.assert_array_equal(one, other[kept])


def test_members_of_a_batch_do_not_meet(device):
    scene = golden_scene("contact_fold_small_euler")
    model = Model([scene, scene], device)
    held, position = empty_held(model), on_device(model, folded(model))
    held.candidates.cover(position, position, held.obstacle_vertex)
    fabric = model.beads.fabric.numpy()
    assert {(fabric[a], fabric[b]) for a, b in pairs_of(held.candidates)} == {(0, 0), (1, 1)}


def test_gradients_only_where_they_are_wanted(device):
    model = sample_model("folded_paper", device)
    for wanted in (False, True):
        candidates = Candidates(model, model.material, requires_grad=wanted)
        position = on_device(model, folded(model))
        candidates.cover(position, position, wp.zeros((0, 2), dtype=vec3, device=device))
        assert [array.grad is not None for array in (candidates.normal, candidates.limit)] == [wanted, wanted]
