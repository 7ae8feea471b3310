"""Values in other units are doubted, and what is usual is not."""

import tomllib
import warnings
from pathlib import Path

import pytest
from panelled_scene import panelled_scene
from small_run import small_scene
from textile_cloth import textile_scene

from warp_fabric import Scene, load_scene, simulate
from warp_fabric.scene.doubts import SceneWarning, doubts
from warp_fabric.yarn import library_names

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fabric__end_spacing": 4.0}, "fabric.end_spacing = 4 is in metres: if 4 mm are meant, write 0.004"),
        ({"fabric__pick_spacing": 0.4}, "fabric.pick_spacing"),
        ({"solver__tolerance": 1.0}, "solver.tolerance = 1 m/s accepts velocities that are wrong by about 1 m/s"),
        ({"yarns__soft__radius": 2.8e-6}, "yarns.soft: radius 2.8e-06 m"),
        ({"yarns__soft__linear_density": 2.0}, "tex is 1e-6 kg/m"),
        ({"environment__gravity": [0, 0, -9800.0]}, "environment.gravity of 9800 m/s2"),
        ({"environment__wind": [0, 3000.0, 0.0]}, "environment.wind of 3000 m/s"),
        ({"pins__1__path": [[0.0, 4.0, 0.0, 0.0], [0.02, 3.5, 0.0, 0.0]]}, "pins.1.path leads 4 m away"),
    ],
)
def test_other_units_are_doubted(changes, told):
    (found,) = doubts(small_scene(**changes))
    assert told in found


def test_a_tolerance_is_told_in_what_it_does():
    (found,) = doubts(small_scene(solver__tolerance=1.0, time__step=2.0e-3, time__duration=0.02))
    assert "2 mm in each step of 2 ms" in found
    assert "the cloth moves otherwise than it should" in found
    assert found.endswith("leave this key out, for 1e-7 m/s")


def test_an_equilibrium_has_a_tolerance_in_newtons():
    still = small_scene(time__integrator="static", environment__wind=[0, 0, 0], solver__tolerance=1.0)
    (found,) = doubts(still)
    assert "net force of up to 1 N" in found
    assert "far from its equilibrium" in found
    assert found.endswith("leave this key out, for 1e-10 N")


@pytest.mark.parametrize("yarn", library_names())
def test_library_yarns_are_not_doubted(yarn):
    assert doubts(textile_scene(yarn, (5, 5))) == []


def test_scenes_that_are_there_are_not_doubted():
    found = [
        path for folder in ("examples", "benchmarks", "warp_fabric/demo") for path in (ROOT / folder).glob("*.toml")
    ]
    scenes = [path for path in found if "fabric" in tomllib.loads(path.read_text(encoding="utf-8"))]
    assert len(scenes) >= 2
    for path in scenes:
        assert doubts(load_scene(path)) == [], path


def test_a_run_warns_once_and_goes_on():
    scene = small_scene(solver__tolerance=1.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert simulate(scene).frame_count == 9
    assert [each.category for each in caught] == [SceneWarning]
    assert Scene.from_toml(scene.to_toml()) == scene


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"contact__crossing_stiffness": 100.0}, "contact.crossing_stiffness"),
        ({"fabric__crimp_set": 0.5}, "fabric.crimp_set"),
        ({"yarns__yarn__cohesion": 2.0}, "yarns.yarn.cohesion"),
    ],
)
def test_what_only_crimped_yarns_have_is_doubted_of_straight_ones(change, named):
    (doubt,) = doubts(textile_scene("cotton", (5, 5), **change))
    assert doubt.startswith(f"{named} has no effect")
    assert doubts(textile_scene("cotton", (5, 5), **change, fabric__crimp="touching")) == []


def test_crimp_in_percent_is_doubted():
    found = doubts(textile_scene("cotton", (5, 5), fabric__end_crimp=5.0, fabric__pick_crimp=0.07))
    assert len(found) == 1
    assert "fabric.end_crimp = 5" in found[0]


def test_touching_yarns_that_have_no_room_are_doubted():
    dense = {"fabric__end_spacing": 0.286e-3, "fabric__pick_spacing": 0.286e-3}
    (doubt,) = doubts(textile_scene("cotton", (5, 5), fabric__crimp="touching", **dense))
    assert "cannot be woven so close" in doubt
    assert doubts(textile_scene("cotton", (5, 5), fabric__weave="satin5", fabric__crimp="touching", **dense)) == []
    given = {"fabric__end_crimp": 0.05, "fabric__pick_crimp": 0.07}
    assert doubts(textile_scene("cotton", (5, 5), **given, **dense)) == []


def test_pins_of_panels_have_the_numbers_of_the_scene_in_doubts():
    scene = panelled_scene(pins__4__path=[[0.0, 40.0, 0.0, 0.0]])
    (told,) = [each for each in doubts(scene) if "pins" in each]
    assert told.startswith("panel 'left side': pins.4.path leads 40 m away")
