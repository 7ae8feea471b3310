"""Keys of scenes that are simulated in bundles."""

import numpy as np
import pytest
from bundled_cloth import square

from warp_fabric import Scene, SceneError


def test_without_it_all_is_as_ever():
    scene = square(9)
    assert scene.bundling is None
    assert scene.build() is scene.real_fabric
    assert scene.grid == (9, 9)


def test_the_grid_is_that_of_bundles():
    scene = square(33, 4, held="quarter")
    fabric = scene.build()
    assert scene.grid == fabric.drawdown.shape == (9, 9)
    assert scene.crossing_count == 81
    np.testing.assert_allclose(fabric.end_spacing, 4 * scene.fabric.end_spacing)
    np.testing.assert_allclose(fabric.position[-1, -1], scene.real_fabric.position[-1, -1], rtol=1e-12)
    assert not fabric.slides.any()
    assert {*scene.held_crossings} == {(pick, end) for pick in range(5) for end in range(5)}


def test_a_cloth_keeps_its_size_where_counts_do_not_divide():
    scene = square(30, 4, pins=[])
    np.testing.assert_allclose(scene.build().position[-1, -1], scene.real_fabric.position[-1, -1], rtol=1e-12)
    assert scene.build().strands == pytest.approx((29 / 7, 29 / 7))


@pytest.mark.parametrize(("most", "bundle", "grid"), [(10_000, 1, 97), (2401, 2, 49), (200, 8, 13), (9, 39, 3)])
def test_auto_takes_as_many_crossings_as_are_given(most, bundle, grid):
    scene = square(97, "auto", fabric__bundle_crossings=most)
    assert scene.fabric.yarns_in_one == bundle
    assert scene.grid == (grid, grid)
    again = Scene.from_toml(scene.to_toml())
    assert again.fabric.bundle == "auto"
    assert again.grid == scene.grid


def test_auto_counts_what_is_not_cut_away():
    present = np.zeros((97, 97), bool)
    present[:25, :] = True
    scene = square(97, "auto", pins=[], fabric__present=present, fabric__bundle_crossings=700)
    assert scene.fabric.yarns_in_one == 2
    assert scene.crossing_count <= 700


@pytest.mark.parametrize("bundle", [0, -1, 1.5, True, "many"])
def test_what_is_no_bundle(bundle):
    with pytest.raises(SceneError, match=r"fabric\.bundle"):
        square(9, 1, fabric__bundle=bundle)


@pytest.mark.parametrize(("size", "bundle"), [(9, 17), (1, 2)])
def test_two_bundles_are_left_on_each_side(size, bundle):
    with pytest.raises(SceneError, match=f"bundles of {bundle} yarns leave 1 of {size} picks"):
        square(9, 1, fabric__picks=size, fabric__ends=size, pins=[]).replace({"fabric.bundle": bundle})


def test_bundles_do_not_slide():
    with pytest.raises(SceneError, match="bundles of yarns do not slide") as error:
        square(9, 2, fabric__sliding=True)
    assert error.value.where == "fabric.sliding"
    assert square(9, 1, fabric__sliding=True).build().slides.any()
    assert not square(9, 1, fabric__sliding=False).build().slides.any()


def test_cut_cloth():
    away = np.hypot(*(np.indices((41, 41)) - 20.0))
    scene = square(41, 4, pins=[{"crossing": [0, 20]}], fabric__present=away <= 20.0)
    present = scene.build().layout.present
    assert present.shape == (11, 11)
    np.testing.assert_array_equal(present, (away <= 20.0)[::4, ::4])
    assert scene.crossing_count == present.sum()
    assert present[scene.held_crossings[0]]


def test_bundles_must_leave_cloth():
    present = np.zeros((41, 41), bool)
    present[1:4, :] = True
    with pytest.raises(SceneError, match="bundles leave no cloth of this shape"):
        square(41, 8, pins=[], fabric__present=present)


def test_panels_may_be_in_bundles():
    panels = [{"name": "front", "bundle": 4}, {"name": "back", "origin": [0.0, 0.0, 0.1]}]
    scene = square(17, 1, pins=[], fabric__sliding=None, panels=panels)
    assert [part.grid for part in scene.parts] == [(5, 5), (17, 17)]
    assert scene.grid == (25 + 289,)
    assert [part.build().layout.sliding for part in scene.parts] == [False, True]
