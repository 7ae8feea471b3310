"""Panels that start inside each other, or in one place."""

import numpy as np
import pytest
from panelled_scene import panelled_scene

import warp_fabric as wf
from warp_fabric.errors import SceneError
from warp_fabric.scene.doubts import doubts
from warp_fabric.scene.panels_inside import check_places, overlaps
from warp_fabric.yarn import library_entry

SECOND = "panels.left side"


def at(*origin, yarn="cotton", **changes):
    """The two panels of `panelled_scene` lying flat, of 5 x 6 and 5 x 7 crossings."""
    scene = panelled_scene(yarn, collision={}, fabric__pose="flat", pins=[])
    return scene.replace({f"{SECOND}.rotation": [0, 0, 0], f"{SECOND}.origin": [*origin], **changes})


def counts(scene) -> list[tuple]:
    return [(each.first, each.second, each.inside, each.same) for each in overlaps(scene)]


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
def test_panels_in_one_place_are_an_error(yarn):
    scene = at(0.0, 0.0, 0.0, yarn=yarn)
    assert counts(scene) == [(0, 1, 30, 30)]
    with pytest.raises(
        SceneError, match="30 crossings of panel 'left side' start where those of panel 'front' are"
    ) as told:
        check_places(scene)
    assert told.value.where == "panels[1].origin"
    assert "collision.self" in told.value.fix
    with pytest.raises(SceneError, match="where those of"):
        wf.simulate(scene)


def test_one_crossing_in_the_place_of_another():
    spacing = library_entry("cotton").spacing
    with pytest.raises(SceneError, match="1 crossing of panel 'left side' starts where"):
        check_places(at(5 * spacing, 4 * spacing, 0.0))


@pytest.mark.parametrize(("share", "inside"), [(0.49, 30), (0.51, 0)])
def test_panels_inside_each_other_are_doubted(share, inside):
    front = at(0.0, 0.0, 1.0).parts[0].build()
    touch = 2.0 * (front.pick_radius[0] + front.end_radius[0])
    scene = at(0.0, 0.0, -share * touch)
    check_places(scene)
    told = [each for each in doubts(scene) if "inside panel" in each]
    assert told == (
        [f"{inside} crossings of panel 'left side' start inside panel 'front': give it an origin of its own"]
        * bool(inside)
    )


def test_cut_panels_are_inside_where_they_are():
    holes = np.ones((5, 7), bool)
    holes[:2] = False
    scene = at(0.0, 0.0, 0.0, **{f"{SECOND}.present": holes, f"{SECOND}.ends": None})
    assert counts(scene) == [(0, 1, 18, 18)]
    assert (overlaps(scene)[0].crossings[:, 0] >= 2).all()


def test_panels_that_do_not_touch_may_be_anywhere():
    assert overlaps(at(0.0, 0.0, 0.0, **{"collision.self": False})) == []
    assert overlaps(panelled_scene(collision={})) == []
    assert overlaps(at(0.0, 0.0, 0.0).parts[0]) == []


@pytest.mark.parametrize("seed", range(3))
def test_none_is_missed(seed):
    """Against all distances, of panels that lie through each other anyhow."""
    scene = at(0.0, 0.0, 0.0)
    rng, (front, side) = np.random.default_rng(seed), [part.build() for part in scene.parts]
    place = np.concatenate([each.position.reshape(-1, 3) for each in (front, side)])
    place += rng.normal(0.0, 1e-4, place.shape)
    touch = 2.0 * (front.pick_radius[0] + front.end_radius[0])
    away = np.linalg.norm(place[30:, None] - place[:30], axis=2).min(axis=1).reshape(5, 7)
    (found,) = overlaps(scene, place)
    np.testing.assert_array_equal(found.crossings, np.argwhere(away < 0.5 * touch))
