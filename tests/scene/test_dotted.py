import numpy as np
import pytest

from warp_fabric.errors import SceneError
from warp_fabric.scene import Environment, FabricSettings, Pin
from warp_fabric.weave.draft import Draft
from warp_fabric.weave.files import write_draft
from warp_fabric.yarn import library_yarn

CHANGES = {
    "yarns.cotton.young_modulus": 4e5,
    "yarns.thin.color": "#102030",
    "time.duration": 0.25,
    "pins.1.path": ((0.0, 1.0, 2.0, 3.0),),
    "pins[0].crossing": (1, 1),
    "environment.wind": (0.0, 5.0, 0.0),
    "fabric.end_yarns": ("thin",),
    "fabric.origin": (1.0, 2.0, 3.0),
    "contact.friction": 0.25,
    "solver.tolerance": 1e-9,
    "pins.1.path.0.3": 7.0,
}


@pytest.mark.parametrize(("name", "value"), CHANGES.items())
def test_what_is_replaced_is_what_is_got(small, name, value):
    changed = small.replace({name: value})
    assert changed.get(name) == value != small.get(name)
    assert changed.replace({name: small.get(name)}) == small


def test_replacing_nothing_gives_the_same_scene(small):
    assert small.replace({}) == small


def test_several_changes_at_once_in_any_order(small):
    changes = {"pins.0.stiffness": 5, "pins": [{"crossing": [0, 0]}, Pin((1, 1))], "pins.1.path": [[0, 1, 2, 3]]}
    scene = small.replace(changes)
    assert scene.pins == (Pin((0, 0), stiffness=5), Pin((1, 1), path=[[0, 1, 2, 3]]))
    assert small.replace(dict(reversed(changes.items()))) == scene


def test_values_may_be_numpy_or_settings(small):
    scene = small.replace(
        {
            "environment.wind": np.array([1.0, 2.0, 3.0]),
            "yarns.cotton.radius": np.float64(4e-4),
            "yarns.new": library_yarn("wool"),
            "pins.0": Pin((2, 2)),
        }
    )
    assert scene.environment.wind == (1.0, 2.0, 3.0)
    assert type(scene.yarns["cotton"].radius) is float
    assert scene.yarns["new"].radius == library_yarn("wool").radius
    assert scene.pins[0] == Pin((2, 2))
    assert small.replace({"environment": Environment(wind_drag=1)}).environment.wind_drag == 1.0


def test_none_takes_a_key_back_to_its_default(small):
    scene = small.replace({"pins.1.path": None, "pins.1.stiffness": None, "time.frames_per_second": None})
    assert scene.pins[1] == Pin((2, 0))
    with pytest.raises(SceneError, match="missing") as caught:
        small.replace({"fabric.ends": None})
    assert caught.value.where == "fabric.ends"


def test_a_new_weave_stands_in_for_the_old_one(small, tmp_path):
    write_draft(Draft.from_drawdown([[1, 1, 0]]), tmp_path / "rib.wif")
    lists = {"fabric.threading": [1, 2], "fabric.tie_up": [[1], [2]], "fabric.treadling": [1, 2]}
    scene = small
    for changes, first_pick in [
        ({"fabric.weave": "twill22"}, [1, 1, 0, 0]),
        ({"fabric.draft": tmp_path / "rib.wif"}, [1, 1, 0, 1]),
        ({"fabric.weave": "plain"}, [1, 0, 1, 0]),
        (lists, [1, 0, 1, 0]),
        ({"fabric.threading": [1, 2, 2]}, [1, 0, 0, 1]),
        ({"fabric.lift_plan": [[2], [1]]}, [0, 1, 1, 0]),
        ({"fabric.tie_up": [[1, 2], []], "fabric.treadling": [1, 2]}, [1, 1, 1, 1]),
    ]:
        scene = scene.replace(changes)
        assert scene.build().drawdown[0].astype(int).tolist() == first_pick


def test_a_yarn_by_tex_or_from_the_library(small):
    assert small.replace({"yarns.cotton.tex": 1500}).yarns["cotton"].linear_density == pytest.approx(1.5e-3)
    scene = small.replace({"yarns.cotton.library": "wool", "yarns.cotton.radius": 1e-4})
    wool = library_yarn("wool")
    assert (scene.yarns["cotton"].radius, scene.yarns["cotton"].young_modulus) == (1e-4, wool.young_modulus)
    assert small.get("yarns.cotton.tex") == pytest.approx(2000)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("fabrics.ends", "did you mean fabric"),
        ("yarns.coton.radius", "did you mean cotton"),
        ("yarns.cotton.radios", "did you mean radius"),
        ("contact.fricton", "did you mean friction"),
        ("pins.2.path", "known here: 0, 1"),
        ("pins.first", "known here: 0, 1"),
        ("pins.-1", "did you mean 1"),
        ("environment.wind.3", "known here: 0, 1, 2"),
        ("time.duration.0", "nothing"),
        ("initial.position", "known here: state, frame"),
        ("forces", "known here"),
        ("", "known here"),
        (3, "dotted key"),
    ],
)
def test_names_that_no_scene_has(small, name, says):
    for use in (small.get, lambda name: small.replace({name: 1.0})):
        with pytest.raises(SceneError, match=says) as caught:
            use(name)
        assert caught.value.fix


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"yarns.cotton.radius": -1}, "yarns.cotton.radius"),
        ({"fabric.ends": 2}, "pins[0].crossing"),
        ({"pins": 3}, "pins"),
        ({"yarns": 3}, "yarns"),
        ({"yarns": 3, "yarns.cotton.radius": 1}, "yarns.cotton"),
        ({"fabric.end_yarns": ["wool"]}, "fabric.end_yarns"),
        ({"time.integrator": "static", "environment.wind": [1, 0, 0]}, "environment.wind"),
        ({"yarns.new": {"radius": 1}}, "yarns.new.linear_density"),
    ],
)
def test_changes_are_checked_like_files(small, changes, where):
    with pytest.raises(SceneError) as caught:
        small.replace(changes)
    assert caught.value.where == where


def test_whole_parts_can_be_got(small):
    assert isinstance(small.get("fabric"), FabricSettings)
    assert small.get("pins.0") == small.pins[0]
    assert small.get("yarns.cotton") is small.yarns["cotton"]
