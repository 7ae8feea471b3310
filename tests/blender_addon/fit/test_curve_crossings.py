"""Curves that are a fabric's yarns are found to be, wherever they are; others are not."""

import numpy as np
import pytest
from crimped_cloth import straightening

from blender_addon.fit.curve_crossings import curve_crossings
from usd_export.options import Options
from usd_export.yarn_lines import YarnLines
from warp_fabric import Yarn
from warp_fabric.geometry import relief_of
from warp_fabric.scene import FabricSettings, Scene


@pytest.fixture
def fabric():
    thin = Yarn(radius=3e-4, linear_density=1e-3, young_modulus=5e5, bending_modulus=1e-4)
    thick = Yarn(radius=5e-4, linear_density=1e-3, young_modulus=5e5, bending_modulus=1e-4)
    woven = FabricSettings(
        weave="twill22", ends=6, picks=5, end_spacing=2e-3, pick_spacing=1.5e-3, end_yarns=["a"], pick_yarns=["b", "a"]
    )
    return Scene(fabric=woven, yarns={"a": thin, "b": thick}).build()


def waves(fabric, time=1.0):
    """[picks, ends, 3] crossings of a cloth in motion, at rest at first."""
    x, y = fabric.position[..., 0], fabric.position[..., 1]
    return fabric.position + time * 1e-3 * np.stack([0.2 * np.sin(900 * y), 0.1 * x / 1e-2, np.cos(500 * x)], axis=-1)


def split(group, points):
    """[n, 3] of each of a group's curves."""
    return np.split(points, np.cumsum(group.counts)[:-1])


def curves_of(fabric, position, groups=(0, 1, 2), **options):
    """Points of curves as an export has them, and their yarns' numbers."""
    lines = YarnLines(fabric, Options(**options))
    shapes = lines.at(position, np.zeros((*position.shape[:2], 2)))
    found, numbers = [], []
    for k in groups:
        group = lines.groups[k]
        found += split(group, shapes[k])
        first = 0 if group.direction == "end" else 6
        numbers += np.repeat(first + group.members, max(options.get("plies", 0), 1)).tolist()
    return found, numbers


def turned(points):
    angle = np.array([[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    return points @ angle.T + [0.5, -0.1, 0.2]


def check(fabric, groups, yarns, put, atol, seen=None, **options):
    first, numbers = curves_of(fabric, fabric.position, groups, **options)
    later, _ = curves_of(fabric, waves(fabric), groups, **options)
    found = curve_crossings(fabric, [put(each) for each in first], numbers if yarns else [])
    assert found is not None
    there = found.positions(np.concatenate([put(each) for each in later]))
    expected = waves(fabric)
    known = np.isfinite(there).all(axis=-1)
    assert known.sum() == (30 if seen is None else seen)
    np.testing.assert_allclose(there[known], expected[known], atol=atol)


@pytest.mark.parametrize("put", [lambda points: points, lambda points: points + np.array([0.5, 0.0, 0.2]), turned])
@pytest.mark.parametrize("samples", [1, 4, 7])
def test_an_export_says_which_yarns_its_curves_are(fabric, samples, put):
    check(fabric, (0, 1, 2), True, put, 1e-9, samples_per_crossing=samples)


@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (0.5, -0.1, 0.2)])
@pytest.mark.parametrize("samples", [1, 4])
def test_curves_are_known_by_where_they_are(fabric, samples, shift):
    check(fabric, (0, 1, 2), False, lambda points: points + shift, 1e-6, samples_per_crossing=samples)


def test_curves_that_run_backwards_and_in_another_order(fabric):
    first, _ = curves_of(fabric, fabric.position)
    found = curve_crossings(fabric, [each[::-1] for each in first[::-1]], [])
    assert found is not None
    there = found.positions(np.concatenate([each[::-1] for each in first[::-1]]))
    np.testing.assert_allclose(there, fabric.position, atol=1e-9)


@pytest.mark.parametrize("yarns", [True, False])
def test_plies_are_one_yarn(fabric, yarns):
    check(fabric, (0, 1, 2), yarns, lambda points: points, 5e-5, plies=3, ply_twist=100.0)


@pytest.mark.parametrize(
    ("groups", "seen", "atol"), [((0,), 30, 4e-5), ((1, 2), 30, 4e-5), ((0, 1), 30, 4e-5), ((1,), 12, 2e-4)]
)
@pytest.mark.parametrize("yarns", [True, False])
def test_part_of_the_yarns(fabric, groups, yarns, seen, atol):
    """The fewer there are, the less is known of which way they are beside their crossings."""
    check(fabric, groups, yarns, lambda points: points, atol, seen)


def test_numbers_of_another_fabric(fabric):
    first, numbers = curves_of(fabric, fabric.position)
    for wrong in ([each + 1 for each in numbers], numbers[::-1]):
        found = curve_crossings(fabric, first, wrong)
        assert found is not None
        np.testing.assert_allclose(found.positions(np.concatenate(first)), fabric.position, atol=1e-9)


def test_curves_through_the_crossings_themselves(fabric):
    found = curve_crossings(fabric, [*fabric.position], [])
    assert found is not None
    assert not found.centred
    np.testing.assert_array_equal(found.positions(waves(fabric).reshape(-1, 3)), waves(fabric))


def test_what_is_not_the_fabrics_yarns(fabric):
    first, numbers = curves_of(fabric, fabric.position)
    rest = fabric.position
    between = [*(0.5 * (rest[:, 1:] + rest[:, :-1])).swapaxes(0, 1), *rest.swapaxes(0, 1)]
    for curves, yarns in (
        ([each[:-1] for each in first], []),  # no sample on each crossing
        ([each * 3.0 for each in first], numbers),  # of another size
        ([each * 3.0 for each in first], []),
        (between, []),  # woven more densely
        ([np.random.default_rng(1).random((5, 3))], []),
    ):
        assert curve_crossings(fabric, curves, yarns) is None


@pytest.mark.parametrize("radius", [5e-4, 6.2e-4])
def test_dense_cloth_whose_crossings_are_drawn_beside_themselves(radius):
    yarn = Yarn(radius=radius, linear_density=1e-3, young_modulus=5e5, bending_modulus=1e-4)
    woven = FabricSettings(
        weave="twill22", ends=8, picks=9, end_spacing=1.8e-3, pick_spacing=1.8e-3, end_yarns=["a"], pick_yarns=["a"]
    )
    fabric = Scene(fabric=woven, yarns={"a": yarn}).build()
    assert (relief_of(fabric).shift is not None) == (radius > 5.5e-4)
    lines = YarnLines(fabric, Options())
    both = (lines.at(position, fabric.sliding) for position in (fabric.position, waves(fabric)))
    first, later = ([curve for group in zip(lines.groups, each) for curve in split(*group)] for each in both)
    found = curve_crossings(fabric, first, [*range(17)])
    assert found is not None
    np.testing.assert_allclose(found.positions(np.concatenate(later)), waves(fabric), atol=1e-9)


def test_crimped_yarns_lie_beside_their_crossings_as_at_rest():
    run = straightening("twill22", fabric__crimp=None, fabric__end_crimp=0.1, fabric__pick_crimp=0.02)
    lines = YarnLines(run.fabric, Options())
    shapes = lines.at(run.position[0], run.sliding[0])
    curves = [each for group in zip(lines.groups, shapes) for each in split(*group)]
    found = curve_crossings(run.fabric, curves, [])
    assert found is not None
    np.testing.assert_allclose(found.positions(np.concatenate(curves)), run.position[0], atol=1e-9)
