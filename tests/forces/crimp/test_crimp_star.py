"""Stars of halves: their measures and what is interlaced, against the text of the physics; rest lengths of segments."""

import numpy as np
import pytest
import warp as wp
from crimp_law import star_of as expected_star
from sample_cloth import Point, at_rest, perturbed, sample_model, sample_scene

from warp_fabric.forces.crimp.star import arc_length, is_interlaced, rise_ratio, star_of
from warp_fabric.material import Material
from warp_fabric.model import Grid, Model
from warp_fabric.types import f64, vec2, vec3


@wp.kernel
def _stars(
    grid: Grid,
    material: Material,
    crimp: wp.array(dtype=vec2),
    position: wp.array(dtype=vec3),
    sliding: wp.array(dtype=vec2),
    halves: wp.array3d(dtype=f64),
    whole: wp.array2d(dtype=f64),
):
    i = wp.tid()
    star = star_of(grid, material, crimp, position, sliding, i)
    for k in range(4):
        halves[i, k, 0] = star.chord[k]
        halves[i, k, 1] = star.d[k]
        halves[i, k, 2] = star.ks[k]
        halves[i, k, 3] = star.kc[k]
        halves[i, k, 4] = star.rest[k]
        halves[i, k, 5] = star.slope[k]
        halves[i, k, 6] = f64(star.interlaced[k])
        halves[i, k, 7] = f64(star.there[k])
    whole[i, 0] = f64(star.picks)
    whole[i, 1] = f64(star.ends)
    whole[i, 2] = star.lowest[0]
    whole[i, 3] = star.lowest[1]
    whole[i, 4] = star.stiffness


@wp.kernel
def _lengths(grid: Grid, crimp: wp.array(dtype=vec2), out: wp.array(dtype=f64)):
    e = wp.tid()
    out[e] = arc_length(grid, crimp, e)


@wp.kernel
def _ratios(crimp: wp.array(dtype=f64), out: wp.array(dtype=f64)):
    out[wp.tid()] = rise_ratio(crimp[wp.tid()])


@wp.kernel
def _interlaced(grid: Grid, out: wp.array2d(dtype=wp.int32)):
    i, k = wp.tid()
    out[i, k] = is_interlaced(grid, i, k)


def stars(point: Point) -> tuple[np.ndarray, np.ndarray]:
    """[N, 4, 8] and [N, 5]."""
    model, state = point.model, point.state
    halves = wp.zeros((model.node_count, 4, 8), dtype=f64, device=model.device)
    whole = wp.zeros((model.node_count, 5), dtype=f64, device=model.device)
    inputs = [model.grid, model.material, point.held.crimp, state.position, state.sliding]
    wp.launch(_stars, model.node_count, inputs, [halves, whole], device=model.device)
    return halves.numpy(), whole.numpy()


@pytest.mark.parametrize("name", ["crimped_twill", "flattening_twill", "touching_satin", "crimped_cotton"])
def test_stars(device, name):
    scene, point = sample_scene(name), perturbed(sample_model(name, device), seed=41, amount=0.05)
    grid = point.model.layouts.shapes[0]
    halves, whole = stars(point)
    position, sliding = (array.numpy().reshape(*grid, -1) for array in (point.state.position, point.state.sliding))
    for i, (pick, end) in enumerate(np.ndindex(grid)):
        star = expected_star(scene, position, sliding, pick, end)
        there = halves[i, :, 7] == 1.0
        assert there.sum() == len(star.halves)
        for actual, each in zip(halves[i, there], star.halves):
            kc = each.kc if each.interlaced else 0.0
            expected = (each.chord, each.d, each.ks, kc, each.h0, each.t0, each.interlaced, 1.0)
            np.testing.assert_allclose(actual, expected, rtol=1e-12)
        assert whole[i, 0] == sum(each.interlaced for each in star.halves if each.axis == 0)
        assert whole[i, 1] == sum(each.interlaced for each in star.halves if each.axis == 1)
        np.testing.assert_allclose(whole[i, 2:4], -star.rises, rtol=1e-12)
        assert whole[i, 4] == (star.stiffness if star.gives else 0.0)
        # What is not there has no length of 0, which would look like a fault.
        np.testing.assert_array_equal(halves[i, ~there, :2], 1.0)
        np.testing.assert_array_equal(halves[i, ~there, 2:], 0.0)


@pytest.mark.parametrize("name", ["crimped_twill", "touching_satin", "twill", "mixed"])
def test_lengths_at_rest_are_those_of_sliding_coordinates(device, name):
    """Also those of a fabric without crimp beside one with."""
    model = sample_model(name, device)
    point = at_rest(model)
    out = wp.zeros(len(model.topology.segment), dtype=f64, device=device)
    wp.launch(_lengths, len(out), [model.grid, point.held.crimp], [out], device=device)
    first, second = model.topology.segment.T
    along = model.rest_sliding[second] - model.rest_sliding[first]
    np.testing.assert_allclose(out.numpy(), along[np.arange(len(first)), model.topology.segment_axis], rtol=1e-12)


def test_the_slope_of_a_crimped_yarn(device):
    crimp = np.array([0.0, 1e-12, 0.05, 0.4])
    values, out = wp.array(crimp, dtype=f64, device=device, requires_grad=True), wp.zeros(4, dtype=f64, device=device)
    out.requires_grad = True
    with wp.Tape() as tape:
        wp.launch(_ratios, 4, [values], [out], device=device)
    np.testing.assert_allclose(out.numpy(), np.sqrt((1 + crimp) ** 2 - 1), rtol=1e-3)
    np.testing.assert_allclose(out.numpy()[2:], np.sqrt((1 + crimp[2:]) ** 2 - 1), rtol=1e-14)
    tape.backward(grads={out: wp.ones(4, dtype=f64, device=device)})
    slopes = values.grad.numpy()
    assert slopes[0] == 0.0  # a fabric without crimp has no gradient, not an infinite one
    np.testing.assert_allclose(slopes[1:], (1 + crimp[1:]) / np.sqrt(crimp[1:] * (2 + crimp[1:])), rtol=1e-9)


def test_what_is_interlaced(device):
    scene = sample_scene("crimped_twill")
    model = Model(scene, device)
    out = wp.zeros((model.node_count, 4), dtype=wp.int32, device=device)
    wp.launch(_interlaced, (model.node_count, 4), [model.grid], [out], device=device)
    found, drawdown = out.numpy().reshape(6, 7, 4), scene.build().drawdown
    np.testing.assert_array_equal(found[:, :-1, 0], drawdown[:, 1:] != drawdown[:, :-1])
    np.testing.assert_array_equal(found[:, 1:, 1], found[:, :-1, 0])
    np.testing.assert_array_equal(found[:-1, :, 2], drawdown[1:] != drawdown[:-1])
    np.testing.assert_array_equal(found[1:, :, 3], found[:-1, :, 2])
    assert not found[:, -1, 0].any()
    assert not found[0, :, 3].any()
