"""Objects at frames of the scene, whether or not the viewport shows them."""

import bpy
import pytest

from warp_fabric import SceneError


@pytest.fixture
def runner(addon):
    """An object that is at x = frame, in a collection of its own."""
    return runner_in(bpy.context.scene)


def runner_in(scene):
    obj = bpy.data.objects.new("Runner", None)
    obj.driver_add("location", 0).driver.expression = "frame"
    collection = bpy.data.collections.new("Track")
    scene.collection.children.link(collection)
    collection.objects.link(obj)
    return obj


def ran(obj, frames=(2, 5, 8)):
    from blender_addon.fabric.scene.sampling import sampled, world

    return [each[0, 3] for each in sampled(bpy.context, [obj], frames, world)[obj]]


def test_the_frame_stays(runner):
    bpy.context.scene.frame_set(4, subframe=0.5)
    assert ran(runner, range(2, 9, 3)) == [2.0, 5.0, 8.0]
    assert (bpy.context.scene.frame_current, bpy.context.scene.frame_subframe) == (4, 0.5)


def test_the_frame_is_restored_after_an_error(runner):
    bpy.context.scene.frame_set(4)
    with pytest.raises(TypeError):
        ran(runner, [7, "no frame"])
    assert bpy.context.scene.frame_current == 4


def test_where_an_object_was_moved_without_a_key_is_no_part_of_its_motion(addon):
    obj = bpy.data.objects.new("Keyed", None)
    bpy.context.collection.objects.link(obj)
    obj.keyframe_insert("location", frame=1)
    bpy.context.scene.frame_set(1)
    obj.location.x = 5.0
    assert ran(obj, range(1, 4)) == [0.0, 0.0, 0.0]


def layer(name="Track"):
    return bpy.context.view_layer.layer_collection.children[name]


HIDDEN = {
    "disabled": lambda obj: setattr(obj, "hide_viewport", True),
    "eye": lambda obj: obj.hide_set(True),
    "disabled collection": lambda obj: setattr(bpy.data.collections["Track"], "hide_viewport", True),
    "excluded collection": lambda obj: setattr(layer(), "exclude", True),
    "collection's eye": lambda obj: setattr(layer(), "hide_viewport", True),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_what_is_hidden_moves_all_the_same(runner, how):
    HIDDEN[how](runner)
    scene, view = bpy.context.scene, bpy.context.view_layer

    def state():
        shown = runner.name in view.objects
        return (
            runner.hide_viewport,
            shown and runner.hide_get(),
            shown and runner.visible_get(),
            [*runner.users_collection],
            [*bpy.data.collections],
            [(each.name, each.exclude, each.hide_viewport) for each in view.layer_collection.children],
            view.active_layer_collection,
            scene.frame_current,
        )

    before = state()
    assert ran(runner) == [2.0, 5.0, 8.0]
    assert ran(runner, [scene.frame_current]) == [scene.frame_current]
    assert state() == before
    with pytest.raises(TypeError):
        ran(runner, ["no frame"])
    assert state() == before


def test_an_object_of_another_scene(addon):
    other = bpy.data.scenes.new("Other")
    obj = runner_in(other)
    assert ran(obj) == [2.0, 5.0, 8.0]
    assert obj.name not in bpy.context.scene.objects


def test_what_was_deleted_does_not_move_any_more(runner):
    bpy.context.scene.fabric.cloth.pins.add().target = runner
    bpy.ops.object.select_all(action="SELECT")
    bpy.ops.object.delete()
    assert runner.name in bpy.data.objects  # the pin keeps it
    with pytest.raises(SceneError, match="no longer in any scene") as caught:
        ran(runner)
    assert caught.value.where == "Runner"


def test_an_animated_visibility_is_an_error(runner):
    runner.driver_add("hide_viewport").driver.expression = "frame > 4"
    with pytest.raises(SceneError, match="frame 5") as caught:
        ran(runner)
    assert caught.value.where == "Runner"
    assert [each.name for each in bpy.data.collections] == ["Track"]


def test_what_is_switched_on(runner):
    from blender_addon.fabric.scene.sampling import switched_on

    inner = bpy.data.collections.new("Inner")
    bpy.data.collections["Track"].children.link(inner)
    obj = bpy.data.objects.new("Inner", None)
    inner.objects.link(obj)

    def on():
        found = switched_on(bpy.context.view_layer)
        graph = bpy.context.evaluated_depsgraph_get()
        for each in (runner, obj):
            assert (each in found) == each.evaluated_get(graph).is_evaluated
        return found

    assert {*on()} == {runner, obj}
    runner.hide_viewport = True
    assert on() == [obj]
    runner.hide_viewport = False
    layer().exclude = True
    assert on() == []
    layer().children["Inner"].exclude = False
    assert on() == [obj]
    layer().exclude = layer().children["Inner"].exclude = False
    bpy.data.collections["Track"].hide_viewport = True
    assert on() == []
