"""Runs that begin with another state than rest: what of that is inside something is told, not what of the rest is."""

import warnings

import numpy as np
import pytest
from panelled_scene import panelled_scene
from textile_cloth import textile_scene

from warp_fabric.errors import SceneError
from warp_fabric.initial import begun_with, initial_state
from warp_fabric.kept_frames import run_at_frame
from warp_fabric.run import Run
from warp_fabric.trajectory import load_trajectory

UP = 0.01
FLOOR = {"shape": "plane", "point": [0, 0, -1e-3], "normal": [0, 0, 1]}


def lying(yarn: str, height: float, **changes):
    """Flat cloth at a height above a floor."""
    origin = [0.0, 0.0, height]
    return textile_scene(yarn, (4, 5), fabric__pose="flat", fabric__origin=origin, obstacles=[FLOOR], **changes)


def beginning(scene, folder, shift):
    """The scene, to begin at rest but for being moved."""
    state = initial_state(scene)
    return begun_with(scene, {**state, "position": state["position"] + shift}, folder / "start.h5")


def told(*arguments, **options) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Run(*arguments, **options)
    return [str(each.message) for each in caught if "inside" in str(each.message)]


@pytest.mark.parametrize("yarn", ["cotton", "wool"])
def test_an_earlier_state_inside_an_obstacle_is_told(tmp_path, yarn):
    (text,) = told(beginning(lying(yarn, 0.0), tmp_path, [0, 0, -2e-3]))
    assert text.startswith("20 crossings start inside obstacle 0 (plane); move it by ")
    assert told(beginning(lying(yarn, 0.0), tmp_path, [0, 0, 2e-3])) == []


def test_rest_is_not_told_of_where_it_is_not_begun_with(tmp_path):
    deep = lying("cotton", -2e-3)
    assert len(told(deep)) == 1
    assert told(beginning(deep, tmp_path, [0, 0, UP])) == []


def test_from_a_frame_its_state_and_its_time_count(tmp_path):
    """The floor rises, or the cloth has."""
    rising = {**FLOOR, "path": [[0.0, 0, 0, 0], [0.01, 0, 0, 2 * UP], [0.02, 0, 0, 0]]}
    scene = lying("cotton", UP, time__duration=0.02, time__frames_per_second=100.0)
    scene = scene.replace({"obstacles": [rising]})
    start = load_trajectory(beginning(scene, tmp_path, [0, 0, 0]).initial.state)
    start.time = np.array([0.0, 0.01, 0.02])
    for name in ("position", "sliding", "velocity", "sliding_velocity", "anchor", "compression", "contact_force"):
        setattr(start, name, np.repeat(getattr(start, name), 3, axis=0))
    for frame, count in ((0, 0), (1, 1), (2, 0)):
        assert len(told(scene, begun=run_at_frame(start.save(tmp_path / "run.h5"), scene, frame))) == count


def test_panels_that_begin_inside_each_other(tmp_path):
    flat = {"fabric__pose": "flat", "collision": {}, "pins": []}
    changes = {"panels.left side.rotation": [0, 0, 0], "panels.left side.origin": [0, 0, UP]}
    scene = panelled_scene("cotton", **flat).replace(changes)
    count = scene.parts[0].crossing_count
    shift = np.zeros((scene.crossing_count, 3))
    shift[count:, 2] = 2e-5 - UP
    (text,) = told(beginning(scene, tmp_path, shift))
    assert text.startswith("30 crossings of panel 'left side' start inside panel 'front'")
    shift[count:, 2] = -UP
    with pytest.raises(SceneError, match="30 crossings of panel 'left side' start where"):
        told(beginning(scene, tmp_path, shift))
