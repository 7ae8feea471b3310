"""Frames in the viewport while they are done: each in a file that nobody has had open before."""

import json
import os
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from drawn_panel import drawn
from pretended_task import PretendedJob
from woven_objects import built, cached, duplicated, seen

import warp_fabric as wf
from blender_addon.fabric import simulation_task
from blender_addon.fabric.files.cache import MODIFIER, cache_state, detach_cache, prims_of
from blender_addon.fabric.files.paths import absolute, cache_folder, cache_path, run_path
from blender_addon.fabric.simulation_task import Simulation
from blender_addon.job import child, tasks
from blender_addon.simulate.simulate_fabric import simulation_of


@pytest.fixture
def shown(blend_file, monkeypatch):
    """A fabric, and a function that starts a pretended simulation with these events."""
    bpy.context.scene.frame_end = 4
    obj = built()
    run = cached(obj, cache_folder(obj))
    monkeypatch.setattr(simulation_task, "PAUSE", 0.0)

    name, prims = obj.name, prims_of(obj, run.scene.build())

    def start(*events, **options) -> Simulation:
        obj = bpy.data.objects[name]
        return Simulation(obj, PretendedJob(*([each] for each in events), **options), cache_folder(obj), 1, 4, prims)

    return obj, start


def told(obj, name: str, frames: int, *clips: str) -> dict:
    """An event, and the files that it is about."""
    folder = cache_folder(obj)
    for each in (name, *clips):
        if not (folder / each).exists():
            (folder / each).write_bytes((folder / "cloth.usdc").read_bytes())
    return {"event": "usd", "path": name, "files": [*clips], "frames": frames}


def left(obj) -> set[str]:
    return {each.name for each in cache_folder(obj).glob("cloth.*")}


def test_older_files_go_when_blender_reads_others(shown):
    obj, start = shown
    clips = ("cloth.manifest.usdc", "cloth.clip.0001.usdc")
    task = start(
        *(told(obj, f"cloth.growing.{k}.usdc", k, *clips, f"cloth.clip.0002.{k}.usdc") for k in (1, 2, 3)),
        told(obj, "cloth.usdc", 4),
    )
    for k in (1, 2, 3):
        task.tick()
        assert (cache_path(obj).name, obj.fabric.simulation.frames) == (f"cloth.growing.{k}.usdc", k)
        seen(obj)
    assert left(obj) == {
        "cloth.usdc",
        *clips,
        *(f"cloth.growing.{k}.usdc" for k in (2, 3)),
        *(f"cloth.clip.0002.{k}.usdc" for k in (2, 3)),
    }
    task.tick()
    task.tick()
    assert (cache_path(obj).name, obj.fabric.simulation.frames) == ("cloth.usdc", 4)
    assert left(obj) == {"cloth.usdc"}
    seen(obj)


def test_not_more_often_than_twice_a_second(shown, monkeypatch):
    obj, start = shown
    now, attached = [100.0], []
    monkeypatch.setattr(simulation_task, "PAUSE", 0.5)
    monkeypatch.setattr(simulation_task.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(simulation_task, "show_found", lambda obj, found: attached.append(found.cache))
    task = start(*(told(obj, f"cloth.growing.{k}.usdc", k) for k in range(1, 31)))
    for k in range(30):
        now[0] = 100.0 + 0.1 * k
        monkeypatch.setattr(simulation_task, "cache_path", lambda obj: attached[-1] if attached else None)
        task.tick()
    assert 5 <= len(attached) <= 7
    # of what was never played, nothing is left
    assert len(left(obj)) <= 2 + 5 + 1


def test_an_undo_is_made_good_at_once(shown, monkeypatch):
    obj, start = shown
    monkeypatch.setattr(simulation_task, "PAUSE", 1000.0)
    task = start(told(obj, "cloth.growing.1.usdc", 1), {"event": "step"})
    task.tick()
    detach_cache(obj)
    task.tick()
    assert cache_path(obj).name == "cloth.growing.1.usdc"


def test_undoing_something_else_leaves_nothing_astray(shown):
    """Blender crashes where modifiers and their cache file are in no undo step, and were so in an earlier one."""
    obj, start = shown
    name = obj.name
    for steps in (("simulated",), ("something", "something else")):
        for step in steps:
            bpy.ops.ed.undo_push(message=step)
        task = start(told(obj, "cloth.growing.1.usdc", 1), {"event": "step"})
        task.tick()
        bpy.ops.ed.undo()
        obj = bpy.data.objects[name]
        playing = [each for each in (obj, *obj.children) if MODIFIER in each.modifiers]
        assert all(each.modifiers[MODIFIER].cache_file in [*bpy.data.cache_files] for each in playing)
    task.tick()
    assert cache_path(obj).name == "cloth.growing.1.usdc"
    seen(obj)


def test_files_that_cannot_be_removed_do_no_harm(shown, monkeypatch):
    obj, start = shown

    def refuse(path, missing_ok=False) -> None:
        raise PermissionError("it is open")

    monkeypatch.setattr(Path, "unlink", refuse)
    task = start(*(told(obj, f"cloth.growing.{k}.usdc", k) for k in (1, 2, 3)), told(obj, "cloth.usdc", 4))
    while task.job.living:
        task.tick()
    assert (task.job.state, cache_path(obj).name) == ("done", "cloth.usdc")


def test_a_file_saved_meanwhile_shows_the_last_frames(shown, blend_file):
    obj, start = shown
    task = start(*(told(obj, f"cloth.growing.{k}.usdc", k) for k in (1, 2, 3)))
    tasks.begin(task)
    task.tick()
    bpy.ops.wm.save_mainfile()
    task.tick()
    task.tick()
    assert "cloth.growing.1.usdc" not in left(obj)
    bpy.ops.wm.open_mainfile(filepath=str(blend_file))  # Blender has crashed, say
    obj = bpy.context.object
    assert (cache_path(obj).name, cache_state(obj)) == ("cloth.growing.3.usdc", "ok")
    assert obj.fabric.simulation.frames == 3


def test_a_stopped_one_keeps_what_is_played(shown):
    obj, start = shown
    task = start(told(obj, "cloth.growing.1.usdc", 2, "cloth.clip.0001.usdc"), end="cancelled")
    while task.job.living:
        task.tick()
    assert left(obj) == {"cloth.usdc", "cloth.growing.1.usdc", "cloth.clip.0001.usdc"}
    assert cache_state(obj) == "ok"


@pytest.fixture
def locked(monkeypatch, tmp_path):
    """What Blender plays can be neither replaced nor removed, as on Windows."""
    note = tmp_path / "open.json"

    def opened() -> list[str]:
        played = {str(absolute(each.filepath)) for each in bpy.data.cache_files}
        return [os.path.realpath(each) for each in played]

    def refusing(change):
        def refuse(*paths, **options):
            for each in paths:
                if isinstance(each, str | os.PathLike) and os.path.realpath(each) in opened():
                    raise PermissionError(13, "another program has it open", str(each))
            return change(*paths, **options)

        return refuse

    def tell() -> None:
        # what was open a moment ago may be, too
        before = json.loads(note.read_text(encoding="utf-8")) if note.exists() else []
        partial = note.with_suffix(".new")
        partial.write_text(json.dumps([*opened(), *before[: len(opened())]]), encoding="utf-8")
        replace(partial, note)

    replace = os.replace
    for name in ("replace", "rename", "unlink", "remove"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))
    runner, command = Path(__file__).with_name("locking_runner.py"), child.command
    monkeypatch.setattr(
        child, "command", lambda *arguments: [*command()[:-1], str(runner), *command(*arguments)[-1 - len(arguments) :]]
    )
    environment = child.environment
    monkeypatch.setattr(child, "environment", lambda: {**environment(), "OPEN_FILES": str(note)})
    return tell


def test_simulating_again_what_is_played_where_it_is_locked(blend_file, locked):
    scene = bpy.context.scene
    scene.frame_end = 12
    obj = built(ends=8, picks=8)
    obj.fabric.simulation.device, copy = "cpu", obj
    # where Blender does not look until the end, it still plays the earlier file
    for substeps, watched, name in ((4, True, "cloth.usdc"), (5, False, "cloth.2.usdc"), (6, True, "cloth.usdc")):
        obj.fabric.simulation.substeps = substeps
        bpy.context.view_layer.objects.active = obj
        locked()
        task = simulation_of(obj, bpy.context)
        tasks.begin(task)
        while task.job.living:
            if watched or task.job._process.poll() is not None:
                task.tick()
                locked()
            time.sleep(0.02)
        assert task.job.state == "done", (task.job.error, list(task.job.log))
        run = wf.load_trajectory(run_path(obj))
        assert run.scene.time.steps_per_frame == substeps
        for each in (obj, copy):
            scene.frame_set(scene.frame_end)
            np.testing.assert_allclose(seen(each), run.position[-1].reshape(-1, 3), rtol=1e-6, atol=1e-9)
        assert left(obj) == {name}
        copy = duplicated(obj) if copy == obj else copy


def test_halved_steps_are_told_at_the_end_in_the_panel_s_words(shown):
    obj, start = shown
    note = "2 of 10 steps were halved: results depend on rounding there; take a smaller time.step"
    task = start(told(obj, "cloth.usdc", 4), {"event": "done", "totals": {}, "note": note})
    while task.job.living:
        task.tick()
    expected = "2 of 10 steps were halved: results depend on rounding there; take more substeps"
    assert (task.note, task.outcome()) == (expected, f"Simulated 4 frames; {expected}")
    tasks.begin(task)
    assert expected in " ".join(drawn(bpy.types.FABRIC_PT_simulate).texts)
