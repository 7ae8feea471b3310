"""Each operator does what the public API does, in one step to undo."""

import sys
import types
from dataclasses import replace

import bpy
import numpy as np
import pytest

from blender_addon.fabric.design.weave_text import Weave
from blender_addon.fabric.design.yarn_list import colors
from blender_addon.weave import edits
from blender_addon.weave.weave_operators import FABRIC_OT_weave_set, FABRIC_OT_weave_transform
from warp_fabric import Draft
from warp_fabric.weave import pattern, pattern_names, read_draft, write_draft

OPERATORS = [
    ("weave_set", {"pattern": "herringbone"}),
    ("weave_transform", {"kind": "INVERT"}),
    ("weave_shift", {"ends": 1}),
    ("weave_repeat", {"across": 2}),
    ("weave_resize", {"shafts": 6}),
]


@pytest.fixture(autouse=True)
def _fresh(addon):
    pass


def weave() -> Weave:
    return Weave.from_text(bpy.context.scene.fabric.weave.text)


def striped() -> Draft:
    """With colours of its own: three on the ends, two on the picks."""
    ends, picks = ("#23406e", "#c02020", "#c02020", "#208040"), ("#e8e0d0", "#c02020", "#e8e0d0", "#c02020")
    return replace(pattern("twill22"), end_colors=ends, pick_colors=picks)


@pytest.mark.parametrize("name", [*pattern_names(), "twill35", "Satin 8x5", "herringbone12"])
def test_set_is_the_library(name):
    assert bpy.ops.fabric.weave_set(pattern=name) == {"FINISHED"}
    draft = pattern(name)
    assert (weave().draft.drawdown == draft.drawdown).all()
    assert weave().draft.name == draft.name


def test_a_new_scene_has_two_yarns():
    bpy.context.window.scene = bpy.data.scenes.new("New")
    assert bpy.ops.fabric.weave_set(pattern="herringbone") == {"FINISHED"}
    assert ({*weave().end_yarns}, {*weave().pick_yarns}) == ({0}, {1})


def test_a_name_that_is_not_in_the_library():
    with pytest.raises(RuntimeError, match="did you mean plain"):
        bpy.ops.fabric.weave_set(pattern="plian")


def test_import_is_read_draft_with_yarns_for_its_colours(tmp_path):
    path = tmp_path / "Streifen für morgen.wif"
    write_draft(striped(), path)
    assert bpy.ops.fabric.weave_import(filepath=str(path)) == {"FINISHED"}
    read = read_draft(path)
    assert weave().draft == replace(read, end_colors=None, pick_colors=None)
    shown = colors(bpy.context.scene.fabric)
    assert tuple(shown[k] for k in weave().end_yarns) == read.end_colors
    assert tuple(shown[k] for k in weave().pick_yarns) == read.pick_colors
    yarns = bpy.context.scene.fabric.yarns
    assert [yarn.name for yarn in yarns] == ["ends", "picks", "red", "green"]
    assert yarns[2].tex == yarns[0].tex


def test_importing_twice_adds_no_yarn_twice(tmp_path):
    write_draft(striped(), tmp_path / "a.wif")
    for _ in range(2):
        bpy.ops.fabric.weave_import(filepath=str(tmp_path / "a.wif"))
    assert len(bpy.context.scene.fabric.yarns) == 4


def test_a_file_without_colours_is_of_the_first_two_yarns(tmp_path):
    write_draft(pattern("satin5"), tmp_path / "a.wif")
    bpy.ops.fabric.weave_import(filepath=str(tmp_path / "a.wif"))
    assert (weave().end_yarns, weave().pick_yarns) == ((0,) * 5, (1,) * 5)


def test_what_was_exported_is_read_back(tmp_path):
    write_draft(striped(), tmp_path / "a.wif")
    bpy.ops.fabric.weave_import(filepath=str(tmp_path / "a.wif"))
    for name in ("b.wif", "b.dtx"):
        assert bpy.ops.fabric.weave_export(filepath=str(tmp_path / name)) == {"FINISHED"}
        assert replace(read_draft(tmp_path / name), name=striped().name) == striped()


def test_paths_relative_to_the_blend_file(blend_file):
    bpy.ops.fabric.weave_set(pattern="waffle")
    bpy.ops.fabric.weave_export(filepath="//waffle.wif")
    assert (blend_file.parent / "waffle.wif").is_file()
    bpy.ops.fabric.weave_set(pattern="plain")
    bpy.ops.fabric.weave_import(filepath="//waffle.wif")
    assert (weave().draft.drawdown == pattern("waffle").drawdown).all()


@pytest.mark.parametrize(
    ("name", "text", "said"), [("no.wif", None, "no such file"), ("a.txt", "", "not a weave file")]
)
def test_files_that_cannot_be_read(tmp_path, name, text, said):
    if text is not None:
        (tmp_path / name).write_text(text)
    before = weave()
    with pytest.raises(RuntimeError, match=said):
        bpy.ops.fabric.weave_import(filepath=str(tmp_path / name))
    assert weave() == before


def test_without_the_reader_of_weavepoint_files(tmp_path, monkeypatch):
    (tmp_path / "a.wpo").write_bytes(b"\x7b\x07\x64")
    monkeypatch.setitem(sys.modules, "dtx_to_wif", None)
    with pytest.raises(RuntimeError, match=r"(?s)dtx_to_wif is not installed.*install the add-on again"):
        bpy.ops.fabric.weave_import(filepath=str(tmp_path / "a.wpo"))


def test_what_weavepoint_alone_writes(tmp_path):
    with pytest.raises(RuntimeError, match="only WIF and DTX"):
        bpy.ops.fabric.weave_export(filepath=str(tmp_path / "a.wpo"), check_existing=False)


def test_the_format_that_is_chosen_ends_the_files_name(addon):
    from blender_addon.weave.weave_operators import FABRIC_OT_weave_export

    class Chosen:
        check_extension, filepath, ending = True, "/tmp/cloth.wif", ".dtx"
        filename_ext = FABRIC_OT_weave_export.filename_ext

    chosen = Chosen()
    assert FABRIC_OT_weave_export.check(chosen, bpy.context)
    assert chosen.filepath == "/tmp/cloth.dtx"


@pytest.mark.parametrize("kind", edits.TRANSFORMS)
def test_transform_is_the_edit(kind):
    bpy.ops.fabric.weave_set(pattern="waffle")
    before = weave()
    assert bpy.ops.fabric.weave_transform(kind=kind) == {"FINISHED"}
    assert weave() == edits.TRANSFORMS[kind](before)


def test_shift_repeat_and_resize_are_the_edits():
    bpy.ops.fabric.weave_set(pattern="twill22")
    expected = weave()
    bpy.ops.fabric.weave_shift(ends=1, picks=-1)
    expected = edits.shift(expected, 1, -1)
    bpy.ops.fabric.weave_repeat(across=3, along=2)
    expected = edits.repeat(expected, 3, 2)
    bpy.ops.fabric.weave_resize(ends=10, shafts=5)
    assert weave() == edits.resize(expected, ends=10, shafts=5)


def test_limits_are_reported():
    with pytest.raises(RuntimeError, match="128 ends"):
        bpy.ops.fabric.weave_repeat(across=64)
    with pytest.raises(RuntimeError, match="17 shafts"):
        bpy.ops.fabric.weave_resize(shafts=17)


@pytest.mark.parametrize(("name", "values"), OPERATORS)
def test_each_edit_is_one_step_to_undo(name, values):
    bpy.ops.fabric.weave_set(pattern="twill31")
    bpy.ops.ed.undo_push(message="before")
    before = weave()
    getattr(bpy.ops.fabric, name)("EXEC_DEFAULT", True, **values)
    after = weave()
    assert after != before
    bpy.ops.ed.undo()
    assert weave() == before
    bpy.ops.ed.redo()
    assert weave() == after


def test_importing_with_new_yarns_is_one_step_to_undo(tmp_path):
    write_draft(striped(), tmp_path / "a.wif")
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.fabric.weave_import("EXEC_DEFAULT", True, filepath=str(tmp_path / "a.wif"))
    bpy.ops.ed.undo()
    assert (bpy.context.scene.fabric.weave.text, len(bpy.context.scene.fabric.yarns)) == ("", 2)


def test_a_built_fabric_is_edited_while_it_is_active():
    cloth = bpy.data.objects.new("cloth", bpy.data.meshes.new("cloth"))
    bpy.context.scene.collection.objects.link(cloth)
    bpy.context.view_layer.objects.active = cloth
    cloth.fabric.built = True
    bpy.ops.fabric.weave_set(pattern="satin5")
    assert Weave.from_text(cloth.fabric.weave.text).draft.end_count == 5
    assert bpy.context.scene.fabric.weave.text == ""


def test_a_large_file(tmp_path):
    bits = np.random.default_rng(0)
    draft = Draft(threading=bits.integers(1, 17, 300), lift_plan=bits.random((400, 16)) < 0.5)
    write_draft(draft, tmp_path / "a.wif")
    bpy.ops.fabric.weave_import(filepath=str(tmp_path / "a.wif"))
    assert (weave().draft.drawdown == draft.drawdown).all()


def test_a_damaged_weave_can_only_be_replaced():
    bpy.context.scene.fabric.weave.text = "{"
    for name in ("weave_transform", "weave_shift", "weave_repeat", "weave_resize", "weave_export"):
        with pytest.raises(RuntimeError, match="choose one from the library"):
            getattr(bpy.ops.fabric, name)()
    assert bpy.ops.fabric.weave_set(pattern="plain") == {"FINISHED"}


def test_buttons_say_what_they_do():
    for name in ("set", "import", "export", "transform", "shift", "repeat", "resize", "edit", "stroke"):
        assert getattr(bpy.ops.fabric, f"weave_{name}").get_rna_type().description
    kind = types.SimpleNamespace(kind="ROTATE", bl_rna=bpy.ops.fabric.weave_transform.get_rna_type())
    assert "ends become picks" in FABRIC_OT_weave_transform.description(bpy.context, kind)
    assert "twill35" in FABRIC_OT_weave_set.description(bpy.context, types.SimpleNamespace(pattern="twill35"))
