"""What a simulation will take."""

import bpy
import pytest

from warp_fabric.memory import needs
from warp_fabric.memory.machine import Room


def test_memory_is_what_a_run_checks(addon):
    """The scene that is simulated, and the file that it becomes."""
    from blender_addon.fabric.scene.scene_builder import build_scene
    from blender_addon.simulate.estimate import estimate

    scene, settings = bpy.context.scene, bpy.context.scene.fabric
    scene.frame_start, scene.frame_end = 1, 11
    for integrator in ("bdf2", "static"):
        settings.simulation.integrator = integrator
        simulated = build_scene(settings, bpy.context)
        told = estimate(settings, scene)[1]
        assert told == pytest.approx(needs.PROGRAM + needs.simulation(simulated, written=True).total, rel=1e-3)
    settings.cloth.shear_by, settings.cloth.crimp, settings.cloth.crossings_give = "RIGIDITY", "TOUCHING", True
    simulated = build_scene(settings, bpy.context)
    told = estimate(settings, scene)[1]
    assert told == pytest.approx(needs.PROGRAM + needs.simulation(simulated, written=True).total, rel=1e-3)
    scene.frame_end = 1  # nothing to be simulated yet
    assert estimate(settings, scene)[1] > needs.PROGRAM


def test_bundles_count_as_what_is_simulated(addon):
    from blender_addon.fabric.scene.scene_builder import build_scene
    from blender_addon.simulate.estimate import HELD, START, WRITTEN, bundles_in_words, estimate

    scene, settings = bpy.context.scene, bpy.context.scene.fabric
    scene.frame_start, scene.frame_end = 1, 11
    settings.cloth.ends = settings.cloth.picks = 121
    assert bundles_in_words(settings) is None
    seconds, size = estimate(settings, scene)
    settings.cloth.bundle = 4
    assert bundles_in_words(settings) == "121 x 121 crossings, simulated as 31 x 31 bundles of 4"
    fewer, smaller = estimate(settings, scene)
    written = WRITTEN * 121**2 * 11  # all yarns, in each frame
    assert (fewer - START - written) * 121**2 == pytest.approx((seconds - START) * 31**2)
    simulated = build_scene(settings, bpy.context)
    run = needs.PROGRAM + needs.simulation(simulated, written=True).total
    assert smaller == pytest.approx(run + HELD * 121**2, rel=1e-3)
    assert smaller < size
    settings.cloth.bundle = 0
    assert bundles_in_words(settings) == "121 x 121 crossings, simulated as 61 x 61 bundles of 2"


def test_too_little_memory(addon, monkeypatch):
    from blender_addon.simulate import estimate

    monkeypatch.setattr(estimate, "room", lambda: Room(4 * 10**9, "this machine"))
    assert estimate.lacking(3e9) == ""
    assert estimate.lacking(5.2e9) == "Needs 5.2 GB of memory; this machine has 4.0 GB left"
    monkeypatch.setattr(estimate, "room", lambda: None)
    assert estimate.lacking(1e15) == ""


def test_twice_the_frames_take_twice_as_long(addon):
    from blender_addon.simulate.estimate import START, estimate

    scene, settings = bpy.context.scene, bpy.context.scene.fabric
    scene.frame_start, scene.frame_end = 1, 11
    seconds, size = estimate(settings, scene)
    assert seconds - START == pytest.approx(18e-6 * 400 * 10 * 20)
    scene.frame_end = 21
    assert estimate(settings, scene)[0] - START == pytest.approx(2 * (seconds - START))
    assert estimate(settings, scene)[1] > size
    settings.simulation.integrator = "static"
    still = estimate(settings, scene)
    scene.frame_end = 11
    assert estimate(settings, scene) == still


@pytest.mark.parametrize(
    ("seconds", "size", "words"),
    [
        (12.4, 35e6, ("about 12 s", "35 MB")),
        (600.0, 2.34e9, ("about 10 min", "2.3 GB")),
        (7200.0, 1e9, ("about 2 h", "1.0 GB")),
        (864000.0, 1e9, ("about 10 days", "1.0 GB")),
    ],
)
def test_in_words(addon, seconds, size, words):
    from blender_addon.simulate.estimate import in_words

    assert in_words(seconds, size) == words


def test_what_touches_takes_longer(addon):
    from woven_objects import built

    from blender_addon.fabric.scene.scene_builder import build_scene
    from blender_addon.simulate.estimate import START, estimate

    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 11
    lower, upper = built(), built(ends=8)
    upper.location.z = 0.1
    bpy.context.view_layer.update()
    alone = [estimate(each.fabric, scene)[0] - START for each in (lower, upper)]
    assert estimate(lower.fabric, scene, obstacles=True)[0] - START > 1.1 * alone[0]
    together, size = estimate(lower.fabric, scene, [upper.fabric])
    assert together - START > 1.5 * sum(alone)
    simulated = build_scene(lower.fabric, bpy.context, lower, beside=[upper])
    assert size == pytest.approx(needs.PROGRAM + needs.simulation(simulated, written=True).total, rel=1e-3)
    lower.fabric.collision.self_collision = True
    assert estimate(lower.fabric, scene)[0] - START > 1.1 * alone[0]
