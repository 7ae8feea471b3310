"""Yarns as Blender presets."""

from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from drawn_panel import RecordedLayout

from blender_addon.yarn.yarn_presets import FABRIC_PT_yarn_presets


@pytest.fixture
def yarn(addon):
    return bpy.context.scene.fabric.yarns[0]


def saved() -> list[Path]:
    return sorted(Path(bpy.utils.user_resource("SCRIPTS", path="presets/fabric/yarn")).glob("*.py"))


def test_a_saved_yarn_can_be_loaded_into_another(yarn):
    bpy.ops.fabric.yarn_load(library="wool")
    yarn.tex, yarn.fuzz, yarn.color = 123, 0.75, (0.1, 0.2, 0.3)
    yarn.cohesion, yarn.damping = 4.0, 2.5
    assert bpy.ops.fabric.yarn_preset_add(name="Grüne Wolle") == {"FINISHED"}
    (path,) = saved()

    settings = bpy.context.scene.fabric
    settings.active_yarn = 1
    assert bpy.ops.fabric.yarn_preset_load(filepath=str(path)) == {"FINISHED"}
    loaded = settings.yarns[1]
    assert (loaded.name, loaded.tex) == ("Grüne Wolle", 123)
    assert loaded.fuzz == pytest.approx(0.75)
    assert (loaded.cohesion, loaded.damping) == (4.0, 2.5)
    assert loaded.young_modulus == yarn.young_modulus
    assert tuple(loaded.color) == tuple(yarn.color)
    settings.active_yarn = 0
    bpy.ops.fabric.yarn_preset_load(filepath=str(path))
    assert [each.name for each in settings.yarns] == ["Grüne Wolle 2", "Grüne Wolle"]

    assert bpy.ops.fabric.yarn_preset_add(name="Grüne Wolle", remove_name=True) == {"FINISHED"}
    assert saved() == []


def test_loading_is_one_step_to_undo(yarn):
    bpy.ops.fabric.yarn_preset_add(name="as it was")
    yarn.tex = 5
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.fabric.yarn_preset_load("EXEC_DEFAULT", True, filepath=str(saved()[0]))
    assert bpy.context.scene.fabric.yarns[0].tex == 2000
    bpy.ops.ed.undo()
    assert bpy.context.scene.fabric.yarns[0].tex == 5
    bpy.ops.fabric.yarn_preset_add(name="as it was", remove_name=True)


def test_a_preset_of_an_earlier_version_is_a_yarn_without_cohesion(yarn, tmp_path):
    path = tmp_path / "old.py"
    path.write_text("import bpy\nyarn = bpy.context.window_manager.fabric_yarn\nyarn.tex = 123.0\n")
    yarn.cohesion = 4.0
    assert bpy.ops.fabric.yarn_preset_load(filepath=str(path)) == {"FINISHED"}
    assert (yarn.tex, yarn.cohesion) == (123.0, 1.0)


def test_before_any_is_saved_one_can_be(yarn, monkeypatch):
    monkeypatch.setattr(bpy.utils, "preset_paths", lambda folder: [])
    layout = RecordedLayout()
    FABRIC_PT_yarn_presets.draw(
        SimpleNamespace(layout=layout, preset_add_operator="fabric.yarn_preset_add"), bpy.context
    )
    assert layout.texts[0] == "No yarns saved yet"
    assert layout.buttons == [("fabric.yarn_preset_add", {"name": bpy.context.window_manager.preset_name})]


def test_a_preset_that_is_gone(yarn, tmp_path):
    with pytest.raises(RuntimeError, match=r"gone\.py"):
        bpy.ops.fabric.yarn_preset_load(filepath=str(tmp_path / "gone.py"))


def test_a_preset_without_a_path(yarn):
    with pytest.raises(RuntimeError, match="no such preset"):
        bpy.ops.fabric.yarn_preset_load()


@pytest.mark.parametrize("name", ["..", ".", " _ "])
def test_what_is_no_name_for_a_preset(yarn, name):
    with pytest.raises(RuntimeError, match="cannot name a preset"):
        bpy.ops.fabric.yarn_preset_add(name=name)
    assert saved() == []


def test_presets_are_for_the_chosen_yarn(yarn):
    manager = bpy.context.window_manager
    assert manager.fabric_yarn == yarn
    bpy.context.scene.fabric.yarns.clear()
    assert manager.fabric_yarn is None
    assert not bpy.ops.fabric.yarn_preset_add.poll()
    assert not bpy.ops.fabric.yarn_preset_load.poll()


def test_the_way_to_the_chosen_yarn_goes_with_the_add_on(addon):
    addon.unregister()
    assert not hasattr(bpy.types.WindowManager, "fabric_yarn")
    addon.register()
