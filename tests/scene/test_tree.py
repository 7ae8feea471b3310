import pytest

from warp_fabric.errors import SceneError
from warp_fabric.scene import Pin, Scene
from warp_fabric.scene.tree import scene_from_tree, scene_tree, settings_tree, tokens
from warp_fabric.yarn import library_yarn


def test_there_and_back(small):
    tree = scene_tree(small)
    assert tree["yarns"]["thin"]["radius"] == library_yarn("silk").radius
    assert tree["pins"][0] == {"crossing": [0, 3], "stiffness": 1.0e4}
    assert scene_from_tree(tree) == small


def test_a_part_leaves_out_what_is_not_given():
    assert settings_tree(Pin((1, 2), path=[[0, 1, 2, 3]])) == {
        "crossing": [1, 2],
        "stiffness": 1.0e4,
        "path": [[0.0, 1.0, 2.0, 3.0]],
    }
    assert "name" not in settings_tree(library_yarn("silk"))


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        ({"fabrik": {}}, "fabrik", "did you mean fabric"),
        ({"fabric": None}, "fabric.ends", "missing"),
        ({"time": None}, "time.duration", "missing"),
        ({"time": {}}, "time.duration", "missing"),
        ({"yarns": []}, "yarns", "not a table"),
        ({"yarns": {"cotton": 3}}, "yarns.cotton", "not a table"),
        ({"contact": [1]}, "contact", "not a table"),
        ({"contact": {"fricton": 1}}, "contact.fricton", "did you mean friction"),
        ({"pins": {"crossing": [0, 0]}}, "pins", r"\[\[pins\]\]"),
        ({"pins": [[0, 0]]}, "pins[0]", "not a table"),
        ({"pins": [{"crossing": [0, 0]}, {}]}, "pins[1].crossing", "missing"),
        ({"pins": [{"crossing": [0, 0], "path": [[0, 0, 0, True]]}]}, "pins[0].path[0][3]", "not a number"),
        ({"pins": [{"crossing": [0, 0], "paths": []}]}, "pins[0].paths", "did you mean path"),
        ({"initial": {"state": 3}}, "initial.state", "text"),
    ],
)
def test_wrong_tables(small, change, where, says):
    tree = {key: value for key, value in {**scene_tree(small), **change}.items() if value is not None}
    with pytest.raises(SceneError, match=says) as caught:
        scene_from_tree(tree)
    assert caught.value.where == where
    assert caught.value.fix


@pytest.mark.parametrize("key", ["ends", "picks", "end_spacing", "pick_spacing"])
def test_required_keys(small, key):
    tree = scene_tree(small)
    del tree["fabric"][key]
    with pytest.raises(SceneError, match="missing") as caught:
        scene_from_tree(tree)
    assert caught.value.where == f"fabric.{key}"


def test_paths_start_from_the_scenes_folder(small, tmp_path):
    tree = {**scene_tree(small), "initial": {"state": "../run.h5"}}
    scene = scene_from_tree(tree, tmp_path / "scenes")
    assert scene.initial.state == str(tmp_path / "run.h5")
    assert Scene.from_toml(scene.to_toml(), folder="/elsewhere") == scene


def test_tokens():
    assert tokens("pins[0].path") == tokens("pins.0.path") == ["pins", "0", "path"]
