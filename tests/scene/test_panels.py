"""Panels: reading, writing, what is wrong with them, and the scene of each."""

import pickle

import numpy as np
import pytest
from panelled_scene import panelled_scene

import warp_fabric as wf
from warp_fabric.errors import SceneError
from warp_fabric.scene import FabricSettings, Panel, Pin, Scene
from warp_fabric.scene.doubts import doubts
from warp_fabric.scene.panels import crossings_present, gives, joined, of_fabrics, parted, pins_by_part, split
from warp_fabric.weave.files import write_draft
from warp_fabric.yarn import library_yarn


@pytest.fixture(scope="module")
def scene() -> Scene:
    return panelled_scene()


def test_what_a_panel_does_not_say_the_fabric_says(scene):
    front, side = scene.parts
    assert front.fabric == scene.fabric
    assert (side.fabric.ends, side.fabric.picks, side.fabric.weave) == (7, 5, "plain")
    assert side.fabric.rotation == (0.0, 0.0, 90.0)
    assert side.fabric.pose == "hanging"
    assert scene.parts[0] is front
    longer = scene.replace({"fabric.picks": 8})
    assert [part.fabric.picks for part in longer.parts] == [8, 8]


SPACED = """
[fabric]
end_spacing = 1e-3
pick_spacing = 1e-3
bundle = 2
[yarns.cotton]
library = "cotton"
[time]
integrator = "static"
"""


def test_the_fabric_needs_no_size_where_each_panel_has_its_own():
    disc = '[[panels]]\nname = "disc"\noutline = {shape = "disc", diameter = 0.02}\n'
    mask = '[[panels]]\nname = "mask"\npresent = ["####", "####", ".###", ".###"]\n'
    whole = '[[panels]]\nname = "whole"\nends = 7\npicks = 9\n'
    cut = wf.Scene.from_toml(SPACED + disc + mask)
    assert [(part.fabric.picks, part.fabric.ends) for part in cut.parts] == [(21, 21), (4, 4)]
    mixed = wf.Scene.from_toml(SPACED + disc + whole)
    assert [(part.fabric.picks, part.fabric.ends) for part in mixed.parts] == [(21, 21), (9, 7)]
    assert [part.fabric.mask is None for part in mixed.parts] == [False, True]
    assert wf.Scene.from_toml(mixed.to_toml()) == mixed
    with pytest.raises(wf.SceneError, match="key is missing") as told:
        wf.Scene.from_toml(SPACED + disc + whole.replace("picks = 9\n", ""))
    assert told.value.where == "fabric.ends"


def test_each_panel_has_its_own_pins_and_all_else_in_common(scene):
    front, side = scene.parts
    assert [pin.crossing for pin in front.pins] == [(0, 0), (0, 5)]
    assert [pin.crossing for pin in side.pins] == [(0, 0), (0, 6), (0, 3)]
    assert all(pin.panel is None for part in scene.parts for pin in part.pins)
    for part in scene.parts:
        assert (part.yarns, part.contact, part.environment) == (scene.yarns, scene.contact, scene.environment)
        assert Scene.from_toml(part.to_toml()) == part


def test_a_scene_without_panels_is_its_only_part(small):
    assert small.parts == (small,)
    assert small.grid == (3, 4)
    assert "panel" not in small.to_toml()
    assert "rotation" not in small.to_toml()


def test_written_and_read_again(scene, tmp_path):
    again = wf.load_scene(scene.save(tmp_path / "panels.toml"))
    assert again == scene
    assert again.parts == scene.parts
    assert pickle.loads(pickle.dumps(scene)) == scene
    assert "ends = 7" in scene.to_toml()
    assert scene.to_toml().count("pose") == 1  # what a panel leaves open stays open


def test_in_python():
    grid = {"ends": 3, "picks": 3, "end_spacing": 1e-3, "pick_spacing": 1e-3}
    scene = Scene(
        FabricSettings(**grid),
        {"cotton": library_yarn("cotton")},
        panels=[Panel("a"), Panel(name="b", ends=4, origin=(0, 0, 1))],
        pins=[Pin((0, 3), panel="b")],
    )
    assert [part.grid for part in scene.parts] == [(3, 3), (3, 4)]
    assert scene.grid == (21,)
    assert scene.panels[1].origin == (0.0, 0.0, 1.0)


def test_a_draft_of_a_panel_is_relative_to_the_scene_and_written_out(scene, tmp_path):
    write_draft(
        wf.Draft.from_drawdown([[1, 0], [1, 0], [0, 1]], end_colors=("#ff0000", "#00ff00")), tmp_path / "rib.wif"
    )
    text = scene.to_toml().replace('weave = "plain"', 'draft = "rib.wif"')
    found = Scene.from_toml(text, folder=tmp_path)
    assert found.panels[1].draft is None
    assert Scene.from_toml(found.to_toml()) == found
    assert found.parts[1].build().drawdown[:3, :2].tolist() == [[True, False], [True, False], [False, True]]
    assert found.parts[1].build().end_color[0].tolist() == [1.0, 0.0, 0.0]
    assert found.parts[0].fabric.weave == "twill22"


def test_a_crimp_of_a_panel_stands_in_for_the_fabrics(scene):
    some = scene.replace({"fabric.crimp": "touching", "panels.front.end_crimp": 0.05, "panels.front.pick_crimp": 0.04})
    front, side = some.parts
    assert (front.fabric.crimp, front.fabric.end_crimp) == (None, 0.05)
    assert side.fabric.crimp == "touching"
    assert some.crimped
    assert not scene.crimped


def test_dotted_keys_go_by_name(scene):
    assert scene.get("panels.left side.ends") == 7
    assert scene.get("panels.front.ends") is None
    changed = scene.replace({"panels.front.weave": "satin5", "panels.left side.rotation": None})
    assert changed.parts[0].fabric.weave == "satin5"
    assert changed.panels[1].rotation is None
    back = changed.replace({"panels": [], "pins": []})
    assert back.parts == (back,)


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"pins.0.panel": "back"}, "pins[0].panel", "no panel 'back'.*there are: front, left side"),
        ({"pins.0.panel": None}, "pins[0].panel", 'missing.*panel = "front"'),
        ({"panels": []}, "pins[0].panel", "has no panels"),
        ({"panels": [{"name": "front"}, {"name": "front"}]}, "panels[1].name", "'front' is there already"),
        ({"panels": [{"ends": 3}]}, "panels[0].name", "missing"),
        ({"panels": [{"name": "a/b"}]}, "panels[0].name", "cannot be a panel's name"),
        ({"panels": {"front": {}}}, "panels", "not a list of tables"),
        ({"panels": [3]}, "panels[0]", "not a table"),
        ({"panels.front.ends": 0}, "panels[0].ends", "at least 1"),
        ({"panels.front.weave": "tartan"}, "panels[0].weave", "tartan"),
        ({"panels.front.rotation": [1.0, 2.0]}, "panels[0].rotation", "3 are needed"),
        ({"fabric.weave": "tartan"}, "fabric.weave", "tartan"),
        ({"panels.left side.end_yarns": ["wool"]}, "panels[1].end_yarns", "no yarn 'wool'"),
        ({"fabric.end_yarns": ["wool"]}, "fabric.end_yarns", "no yarn 'wool'.*panel 'front'"),
        ({"pins.1.crossing": [0, 6]}, "pins[1].crossing", r"outside a fabric of 5 picks x 6 ends.*panel 'front'"),
        ({"pins.2.crossing": [0, 0]}, "pins[2].crossing", "already pinned"),
        ({"panels.front.end_crimp": 0.05}, "panels[0].pick_crimp", "given alone"),
        ({"panels.back.ends": 3}, "panels.back", "no such key.*front, left side"),
        ({"panels.front.length": 3}, "panels.front.length", "no such key"),
    ],
)
def test_what_is_wrong(scene, changes, where, says):
    with pytest.raises(SceneError, match=f"(?s){says}") as error:
        scene.replace(changes)
    assert error.value.where == where


def test_panels_are_panels(scene):
    for panels, where in (("front", "panels"), ([{"name": "front"}], "panels[0]")):
        with pytest.raises(SceneError) as error:
            Scene(scene.fabric, scene.yarns, panels=panels)
        assert error.value.where == where


def test_several_fabrics_are_not_one(scene):
    with pytest.raises(SceneError, match="several fabrics, its panels front, left side"):
        scene.build()


def test_arrays_of_all_crossings(scene):
    parts = [part.build().position for part in scene.parts]
    whole = joined(scene, [{"position": each} for each in parts])["position"]
    assert whole.shape == (*scene.grid, 3)
    for view, part in zip(parted(scene, whole), parts, strict=True):
        assert np.array_equal(view, part)
        assert np.shares_memory(view, whole)
    over_time = np.arange(2 * 65).reshape(2, 65)
    views = parted(scene, over_time, axis=1)
    assert [view.shape for view in views] == [(2, 5, 6), (2, 5, 7)]
    assert np.array_equal(np.concatenate([view.reshape(2, -1) for view in views], axis=1), over_time)
    assert [*split(scene, {"x": over_time}, axis=1)[1]] == ["x"]
    sparse = joined(scene, [{"a": np.ones((5, 6))}, {}])["a"]
    assert sparse.sum() == 30.0


def test_doubts_name_the_panel(scene):
    wide = scene.replace({"panels.left side.end_spacing": 0.4})
    (doubt,) = (each for each in doubts(wide) if "metres" in each)
    assert doubt.startswith("panel 'left side': fabric.end_spacing")
    assert doubts(scene) == []


def test_what_each_fabric_has_is_gathered_in_one_array(scene):
    cut = scene.replace({"panels.left side.present": ["#######", "#######", "###.###", "#######", "#######"]})
    slides, present = of_fabrics(cut, "slides"), crossings_present(cut)
    assert slides.shape == present.shape == cut.grid == (65,)
    for part, own, there in zip(cut.parts, parted(cut, slides), parted(cut, present)):
        np.testing.assert_array_equal(own, part.build().slides)
        np.testing.assert_array_equal(there, part.build().layout.present)
    assert present.sum() == 64
    np.testing.assert_array_equal(of_fabrics(cut.parts[0], "position"), cut.parts[0].build().position)


def test_whose_a_key_and_a_pin_are(scene):
    front, side = scene.replace({"panels.left side.end_crimp": 0.03, "panels.left side.pick_crimp": 0.03}).panels
    assert [gives(side, key) for key in ("weave", "treadling", "crimp", "ends", "crimp_set")] == [True] * 4 + [False]
    assert not any(gives(front, key) for key in ("weave", "crimp", "ends", "end_crimp"))
    assert pins_by_part(scene) == [[1, 3], [0, 2, 4]]
    assert pins_by_part(scene.parts[0]) == [[0, 1]]
