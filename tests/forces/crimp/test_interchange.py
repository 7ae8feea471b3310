"""How far rises change: the minimum of each crossing's energy, against scipy's, wherever it lies."""

import numpy as np
import pytest
import warp as wp
from crimp_law import giving_minimum, rigid_minimum, star_of
from sample_cloth import Point, at_rest, perturbed, sample_scene

from warp_fabric.forces.crimp.crimp import Crimp
from warp_fabric.forces.crimp.interchange import BOTH_FLAT, ENDS_FLAT, FREE, NONE, PICKS_FLAT, definite_step
from warp_fabric.model import Model
from warp_fabric.types import f64, vec2

CRIMP = Crimp()
RIGID = {"contact.crossing_stiffness": None}
SCENES = {
    "twill": sample_scene("crimped_twill"),
    "cotton": sample_scene("crimped_cotton"),
    "satin": sample_scene("touching_satin").replace(RIGID),
    "flattening twill": sample_scene("flattening_twill"),
    "flattening satin": sample_scene("touching_satin"),
}
SCALES = {"rest": (1.0, 1.0), "pulled": (1.03, 1.02), "picks flat": (1.05, 0.55), "ends flat": (0.55, 1.05)}
"""Along the picks, and along the ends: where one system has far too much yarn, it takes all of the other's rise."""


def stretched(scene, device: str, along_picks: float, along_ends: float) -> Point:
    model = Model(scene, device)
    return at_rest(model, position=model.rest_position * [along_picks, 1.0, along_ends])


def state(scene, device: str, how: str) -> Point:
    if how in SCALES:
        return stretched(scene, device, *SCALES[how])
    return perturbed(Model(scene, device), seed=31, amount={"gentle": 0.01, "harsh": 0.1}[how])


def changes(point: Point) -> tuple[np.ndarray, np.ndarray]:
    """[picks, ends, 2] m and [picks, ends] what is flat, of the state itself."""
    point.force(CRIMP)
    grid = point.model.layouts.shapes[0]
    return point.held.change.numpy().reshape(*grid, 2).copy(), point.held.flat.numpy().reshape(grid).copy()


@pytest.mark.parametrize("how", [*SCALES, "gentle", "harsh"])
@pytest.mark.parametrize("name", SCENES)
def test_the_minimum_is_one(device, name, how):
    scene = SCENES[name]
    point = state(scene, device, how)
    found, flat = changes(point)
    position = point.state.position.numpy().reshape(*flat.shape, 3)
    sliding = point.state.sliding.numpy().reshape(*flat.shape, 2)
    kinds = set()
    for pick, end in np.ndindex(flat.shape):
        star = star_of(scene, position, sliding, pick, end)
        change = found[pick, end]
        if not star.systems:
            assert not change.any()
            assert flat[pick, end] == NONE
            continue
        size = star.rises.max()
        if star.gives:
            expected, energy = giving_minimum(star)
        else:
            u, energy = rigid_minimum(star)
            expected = np.array([-2 * u, 2 * u])
            assert change[0] == -change[1]
        rounding = 1e-12 * max(abs(energy), star.energy((-0.5 * size, 0.5 * size)))
        assert star.energy(change) <= energy + rounding, (pick, end)
        np.testing.assert_allclose(change, expected, atol=2e-5 * size, err_msg=f"{pick}, {end}")
        bottom = star.rises + change
        assert (bottom >= -1e-15 * size).all()
        touches = [bottom[axis] <= 1e-14 * size for axis in (0, 1)]
        assert touches == [flat[pick, end] in (PICKS_FLAT, BOTH_FLAT), flat[pick, end] in (ENDS_FLAT, BOTH_FLAT)]
        kinds.add(int(flat[pick, end]))
    if how in ("rest", "gentle"):
        assert kinds == {FREE}
    if how == "picks flat" and "satin" not in name:  # whose picks rise too far
        assert PICKS_FLAT in kinds
    if how == "ends flat" and "satin" not in name:
        assert ENDS_FLAT in kinds


@pytest.mark.parametrize("name", SCENES)
def test_rest_changes_nothing(device, name):
    found, _ = changes(stretched(SCENES[name], device, 1.0, 1.0))
    rise = max(SCENES[name].build().pick_rise, SCENES[name].build().end_rise)
    assert np.abs(found).max() < 1e-13 * rise


def test_some_crossings_of_satin_interlace_in_one_system_alone(device):
    """And these do not flatten."""
    scene = SCENES["flattening satin"]
    point = state(scene, device, "gentle")
    found, flat = changes(point)
    drawdown = scene.build().drawdown
    along, up = np.zeros(flat.shape, bool), np.zeros(flat.shape, bool)
    for side in (np.s_[:, :-1], np.s_[:, 1:]):
        along[side] |= drawdown[:, 1:] != drawdown[:, :-1]
    for side in (np.s_[:-1], np.s_[1:]):
        up[side] |= drawdown[1:] != drawdown[:-1]
    one, both = along ^ up, along & up
    assert one.any()
    assert both.any()
    np.testing.assert_array_equal(found[one].sum(axis=-1), 0.0)
    assert (found[both].sum(axis=-1) != 0.0).all()
    assert (flat[~(along | up)] == NONE).all()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", ["cotton", "twill"])
def test_rises_that_end_at_0_are_known_to(device, name, seed):
    """However bisection rounds: of what is flat, the curvature is that of the other coordinates alone."""
    scene = SCENES[name]
    rng = np.random.default_rng(seed)
    model = Model(scene, device)
    scale = [1.0 + 0.1 * rng.random(), 1.0, 0.5 + 0.1 * rng.random()]
    noise = 0.03 * scene.fabric.end_spacing * rng.uniform(-1, 1, model.rest_position.shape)
    point = at_rest(model, position=model.rest_position * scale + noise)
    found, flat = changes(point)
    at_bound = scene.build().pick_rise + found[..., 0] < 1e-12 * scene.build().pick_rise
    assert at_bound.any()
    assert (flat[at_bound] == PICKS_FLAT).all()
    assert not point.held.inverse.numpy()[at_bound.ravel()].any()


def test_it_depends_on_the_state_alone(device):
    """Not on what was found before."""
    first = state(SCENES["flattening twill"], device, "gentle")
    expected, _ = changes(first)
    rest = first.coordinates()
    first.move_to(rest * [1.1, 1.0, 0.9, 1.0, 1.0])
    assert np.abs(changes(first)[0] - expected).max() > 1e-6
    first.move_to(rest)
    np.testing.assert_array_equal(changes(first)[0], expected)


@pytest.mark.parametrize("fault", ["inverted", "no length"])
def test_impossible_segments_have_none(device, fault):
    point = state(SCENES["twill"], device, "rest")
    coordinates = point.coordinates()
    if fault == "inverted":
        coordinates[17, 3] += 2e-3
    else:
        coordinates[17, :3] = coordinates[18, :3]
    point.move_to(coordinates)
    found, flat = changes(point)
    assert np.isfinite(found).all()
    assert flat.ravel()[17] == NONE
    assert np.isnan(point.force(CRIMP)).any()


@wp.kernel
def _step(first: vec2, pp: f64, pe: f64, ee: f64, out: wp.array(dtype=vec2)):
    out[0] = definite_step(first, pp, pe, ee)


@pytest.mark.parametrize("matrix", [(3.0, 1.0, 2.0), (1.0, 0.0, -2.0), (-1.0, 0.7, -0.5), (1.0, 1.0, 1.0), (2.0, 0, 2)])
def test_steps_lead_downhill(device, matrix):
    """By the sizes of the eigenvalues, none less than 1e-6 of the larger."""
    pp, pe, ee = matrix
    first, out = np.array([0.3, -0.8]), wp.zeros(1, dtype=vec2, device=device)
    wp.launch(_step, 1, [vec2(*first), f64(pp), f64(pe), f64(ee)], [out], device=device)
    values, vectors = np.linalg.eigh([[pp, pe], [pe, ee]])
    values = np.maximum(np.abs(values), 1e-6 * np.abs(values).max())
    np.testing.assert_allclose(out.numpy()[0], -vectors @ ((vectors.T @ first) / values), rtol=1e-9)
    assert first @ out.numpy()[0] < 0.0
