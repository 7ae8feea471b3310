"""Errors of operators become reports."""

import pytest

from warp_fabric import SceneError

SCENE_ERROR = SceneError("it is too thick", where="yarns.a", fix="make it thinner")


class Pretended:
    """An operator that fails, and remembers what it reported."""

    def __init__(self, error):
        self.error, self.reports = error, []

    def report(self, kinds, text):
        self.reports.append((kinds, text))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SCENE_ERROR, ["it is too thick", "yarns.a", "make it thinner"]),
        (PermissionError(13, "Permission denied", "/a/b.wif"), ["Permission denied", "/a/b.wif"]),
        (ZeroDivisionError("of zero"), ["ZeroDivisionError", "of zero", "console"]),
    ],
)
@pytest.mark.parametrize("arguments", [("context",), ("context", "event")])
def test_errors_are_reported(addon, error, words, arguments, capsys):
    from blender_addon.operator import reported

    def execute(self, context):
        raise self.error

    def invoke(self, context, event):
        raise self.error

    operator = Pretended(error)
    method = reported(execute if len(arguments) == 1 else invoke)
    assert method(operator, *arguments) == {"CANCELLED"}
    ((kinds, text),) = operator.reports
    assert kinds == {"ERROR"}
    assert all(word in text for word in words)
    assert ("Traceback" in capsys.readouterr().err) is isinstance(error, ZeroDivisionError)


def test_what_works_is_left_alone(addon):
    from blender_addon.operator import reported

    def execute(self, context):
        return {"FINISHED"}

    operator = Pretended(None)
    assert reported(execute)(operator, "context") == {"FINISHED"}
    assert not operator.reports


def test_edits_that_could_not_be_undone_are_refused(addon):
    """In edit mode Blender's steps hold the edited shape alone."""
    import bpy
    from woven_objects import built

    built()
    ops = bpy.ops.fabric
    edits = [ops.weave_set, ops.weave_transform, ops.weave_import, ops.yarn_add, ops.yarn_remove, ops.yarn_load]
    edits += [ops.yarn_move, ops.yarn_preset_load, ops.pin_add, ops.pin_remove]
    assert all(each.poll() for each in edits)
    bpy.ops.object.mode_set(mode="EDIT")
    assert not any(each.poll() for each in edits)
    assert ops.weave_export.poll()
    assert ops.pin_selected.poll()
    bpy.ops.object.mode_set(mode="OBJECT")


def test_a_linked_fabric_is_not_edited(addon, blend_file):
    """Blender crashes where shapes of another file are written to."""
    import bpy
    from woven_objects import built

    built()
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    folder = f"{blend_file}/Object/"
    bpy.ops.wm.link(filepath=f"{folder}Fabric", directory=folder, filename="Fabric")
    bpy.context.view_layer.objects.active = bpy.data.objects["Fabric"]
    ops = bpy.ops.fabric
    edits = (ops.rebuild, ops.weave_set, ops.yarn_add, ops.pin_add, ops.pin_selected)
    assert not any(each.poll() for each in edits)
    bpy.ops.object.make_local(type="ALL")
    assert ops.rebuild() == {"FINISHED"}
    assert len(bpy.context.object.children) == 2
