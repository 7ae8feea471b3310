"""Several fabrics simulated together, in one run: each plays its own part of it, and they touch each other."""

import bpy
import numpy as np
import pytest
from bodies import body, keyed
from simulated import followed, started
from woven_objects import built, duplicated, seen

import warp_fabric as wf
from blender_addon.fabric.files.cache import cache_state, detach_cache
from blender_addon.fabric.files.found_frames import found_frames
from blender_addon.fabric.files.paths import cache_path, run_path
from blender_addon.fabric.group import group_of, lead_of
from blender_addon.fabric.scene.scene_builder import build_scene
from blender_addon.job import tasks
from blender_addon.simulate.simulate_fabric import can_continue
from warp_fabric.geometry import centre_lines

START = 5


def selected(*objects) -> None:
    for each in bpy.context.selected_objects:
        each.select_set(False)
    for each in objects:
        each.select_set(True)
    bpy.context.view_layer.objects.active = objects[-1]


@pytest.fixture
def pair(blend_file):
    """A flat fabric that is held by its corners, and a smaller one of another yarn above it, turned and free, which
    falls onto it. The upper one leads."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.fabric.simulation.device = START, START + 5, "cpu"
    scene.fabric.simulation.substeps = 10
    lower = built(ends=9, picks=8, pose="FLAT")
    lower.name = "Table.cloth"
    lower.location = (0.01, 0.0, -0.0004)
    upper = built(ends=6, picks=5, pose="FLAT")
    upper.name = "Napkin"
    upper.rotation_euler = (0.1, 0.05, 0.7)
    upper.location = (0.012, 0.001, 0.0018)
    upper.vertex_groups.clear()
    upper.fabric.cloth.pins.clear()
    upper.fabric.yarns[0].take(wf.library_yarn("wool"))
    bpy.ops.fabric.rebuild()
    selected(lower, upper)
    assert bpy.ops.fabric.together() == {"FINISHED"}
    bpy.context.view_layer.update()
    return upper, lower


def shows(obj, lead, part: wf.Trajectory, frame: int) -> None:
    """Whether a fabric and its yarns are in the world where the run has them, whose frame is the lead's."""
    bpy.context.scene.frame_set(START + frame)
    world = np.array(lead.matrix_world)
    lines = centre_lines(part.fabric, part.position[frame])
    children = sorted(obj.children, key=lambda each: each.name)
    assert len(children) == 2
    for each, expected in zip((obj, *children), (part.position[frame], *lines)):
        own = np.array(each.matrix_world)
        points = seen(each) @ own[:3, :3].T + own[:3, 3]
        expected = expected.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]
        np.testing.assert_allclose(points, expected, rtol=0, atol=3e-8)


def test_each_plays_its_own_part(pair):
    upper, lower = pair
    assert group_of(lower, bpy.context.scene) == [upper, lower]
    selected(lower)  # whichever of them is active
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    run = wf.load_trajectory(run_path(upper))
    assert run.scene == build_scene(upper.fabric, bpy.context, upper, beside=[lower])
    assert [*run.panels] == ["Napkin", "Table_cloth"]
    assert run_path(lower) == run_path(upper)
    for obj, part in zip(pair, run.panels.values(), strict=True):
        simulation = obj.fabric.simulation
        assert (simulation.start, simulation.frames, cache_state(obj)) == (START, 6, "ok")
        for frame in (0, 3, 5):
            shows(obj, upper, part, frame)
    force = run.panels["Table_cloth"].contact_force
    assert force is not None
    assert np.abs(force).max() > 0.0, "they have not met"
    ends = {name: [yarn.name for yarn in part.fabric.yarns] for name, part in run.panels.items()}
    assert ends["Napkin"] == ends["Table_cloth"]
    assert [*build_scene(lower.fabric, bpy.context, lower).yarns] == ["ends", "picks"]
    assert len(ends["Napkin"]) == 3, "the yarn that both have is one"
    # pins of each are its own
    assert {pin.panel for pin in run.scene.pins} == {"Table_cloth"}


def test_with_a_reader(pair, monkeypatch):
    from blender_addon.fabric.files import follower

    monkeypatch.setattr(follower, "forced", True)
    upper, lower = pair
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    run = wf.load_trajectory(run_path(upper))
    for obj, part in zip(pair, run.panels.values(), strict=True):
        shows(obj, upper, part, 4)
    detach_cache(lower)
    bpy.context.scene.frame_set(START + 3)
    rest = build_scene(lower.fabric, bpy.context, lower).build().position
    assert np.allclose(seen(lower), rest.reshape(-1, 3), rtol=0, atol=1e-8)


@pytest.mark.slow
def test_pins_of_both_follow_objects(pair):
    upper, lower = pair
    hand = bpy.data.objects.new("Hand", None)
    bpy.context.collection.objects.link(hand)
    keyed(hand, "location", {START: (0, 0, 0), START + 5: (0, 0, 0.003)})
    lower.fabric.cloth.pins[0].target = hand
    group = upper.vertex_groups.new(name="one")
    group.add([7], 1.0, "REPLACE")
    upper.fabric.cloth.pins.add().group = "one"
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    run = wf.load_trajectory(run_path(upper))
    held = {pin.panel: tuple(pin.crossing) for pin in run.scene.pins}
    assert held["Napkin"] == (1, 1)
    index = np.ravel_multi_index(held["Table_cloth"], (8, 9))
    rest = build_scene(lower.fabric, bpy.context, lower, start_only=True).build().position.reshape(-1, 3)[index]
    for frame, lift in ((0, 0.0), (5, 0.003)):
        bpy.context.scene.frame_set(START + frame)
        assert np.allclose(seen(lower)[index], rest + np.array([0, 0, lift]), rtol=0, atol=2e-4)


@pytest.mark.slow
def test_stopped_it_goes_on(pair):
    upper, lower = pair
    bpy.context.scene.frame_end = START + 3000
    task = started(upper)
    assert tasks.running(lower, "simulate") == [task]
    followed(task, lambda task: lower.fabric.simulation.frames >= 3)
    selected(lower)
    assert not bpy.ops.fabric.simulate.poll()
    assert not bpy.ops.fabric.apart.poll()
    assert bpy.ops.fabric.cancel() == {"FINISHED"}
    followed(task)
    frames = upper.fabric.simulation.frames
    assert lower.fabric.simulation.frames == frames
    task = started(upper, resume=True)
    followed(task, lambda task: lower.fabric.simulation.frames > frames)
    task.job.stop(300.0)
    lower.location.x += 0.001
    with pytest.raises(RuntimeError, match="settings have changed"):
        bpy.ops.fabric.simulate(resume=True)


@pytest.mark.slow
def test_going_on_from_a_frame(pair):
    upper, lower = pair
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    first = wf.load_trajectory(run_path(upper))
    assert can_continue(upper, START + 2, bpy.context.scene)
    bpy.context.scene.gravity[2] = 5.0
    bpy.context.view_layer.update()
    assert bpy.ops.fabric.simulate(from_frame=START + 2) == {"FINISHED"}
    run = wf.load_trajectory(run_path(upper))
    assert np.array_equal(run.position[:3], first.position[:3])
    assert not np.array_equal(run.position[3:], first.position[3:])
    shows(lower, upper, run.panels["Table_cloth"], 5)
    # by themselves they have no frames to go on from
    assert bpy.ops.fabric.apart() == {"FINISHED"}
    for obj in pair:
        selected(obj)
        assert not can_continue(obj, START + 2, bpy.context.scene)
        with pytest.raises(RuntimeError, match="run with other fabrics than are simulated together now"):
            bpy.ops.fabric.simulate(from_frame=START + 2)


@pytest.mark.slow
def test_by_itself_again(pair):
    upper, lower = pair
    bpy.ops.fabric.simulate()
    copy = duplicated(upper)
    assert lead_of(copy, bpy.context.scene) == copy
    selected(lower)
    assert bpy.ops.fabric.apart() == {"FINISHED"}
    assert group_of(upper, bpy.context.scene) == [upper]
    selected(upper)
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    run = wf.load_trajectory(run_path(upper))
    assert not run.scene.panels
    for each in (upper, copy):
        shows(each, upper, run, 5)
    # its file holds the other no longer
    assert (cache_state(upper), cache_state(lower)) == ("ok", "none")
    assert found_frames(lower) is None
    selected(lower)
    assert bpy.ops.fabric.simulate() == {"FINISHED"}
    assert cache_path(lower).parent != cache_path(upper).parent
    shows(lower, lower, wf.load_trajectory(run_path(lower)), 5)


@pytest.mark.slow
def test_put_to_rest_its_frames_are_found(pair, blend_file):
    upper, lower = pair
    bpy.ops.wm.save_mainfile()
    bpy.ops.fabric.simulate()
    run = wf.load_trajectory(run_path(upper))
    for obj in pair:
        detach_cache(obj)
        assert cache_state(obj) == "none"
    for obj in (lower, upper):
        selected(obj)
        assert bpy.ops.fabric.show_found() == {"FINISHED"}
    shows(lower, upper, run.panels["Table_cloth"], 4)
    # so are they after a crash, and where it was only opened again
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    upper, lower = bpy.data.objects["Napkin"], bpy.data.objects["Table.cloth"]
    assert lead_of(lower, bpy.context.scene) == upper
    for obj in (lower, upper):
        selected(obj)
        assert bpy.ops.fabric.show_found() == {"FINISHED"}
    shows(lower, upper, run.panels["Table_cloth"], 4)
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))
    upper, lower = bpy.data.objects["Napkin"], bpy.data.objects["Table.cloth"]
    shows(lower, upper, run.panels["Table_cloth"], 2)


@pytest.mark.slow
def test_one_that_is_deleted_or_rebuilt_meanwhile(pair):
    upper, lower = pair
    bpy.context.scene.frame_end = START + 3000
    task = started(upper)
    followed(task, lambda task: upper.fabric.simulation.frames >= 1)
    selected(lower)
    assert bpy.ops.fabric.delete_whole() == {"FINISHED"}
    frames = upper.fabric.simulation.frames
    followed(task, lambda task: upper.fabric.simulation.frames > frames)
    task.job.stop(300.0)
    assert group_of(upper, bpy.context.scene) == [upper]
    other = built(ends=4, picks=4, pose="FLAT")
    other.location.z = 0.2
    selected(other, upper)
    bpy.ops.fabric.together()
    bpy.context.view_layer.update()
    task = started(upper)
    followed(task, lambda task: other.fabric.simulation.frames >= 1)
    other.fabric.cloth.ends += 1
    selected(other)
    bpy.ops.fabric.rebuild()
    followed(task)
    assert (task.job.state, cache_state(other)) == ("cancelled", "none")


def test_what_cannot_be_is_told(pair):
    upper, lower = pair
    upper.fabric.simulation.integrator = "static"
    with pytest.raises(RuntimeError, match=r"(?s)rest shape .*one fabric alone, not together with Table.cloth.*Damped"):
        bpy.ops.fabric.simulate()
    upper.fabric.simulation.integrator = "euler"
    lower.scale.x *= 2.0
    bpy.context.view_layer.update()
    with pytest.raises(RuntimeError, match=r"(?s)Table.cloth: the fabric is scaled by 2"):
        bpy.ops.fabric.simulate()


def test_polls(pair, addon):
    upper, _ = pair
    selected(upper)
    assert not bpy.ops.fabric.together.poll()
    assert bpy.ops.fabric.apart.poll()
    assert bpy.ops.fabric.apart() == {"FINISHED"}
    assert not bpy.ops.fabric.apart.poll()
    selected(body(location=(0, 0, -1)))
    assert not bpy.ops.fabric.together.poll()
