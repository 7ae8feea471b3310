"""What a simulation will take."""

import bpy
import pytest

from warp_fabric import limits


def test_memory_is_what_a_run_checks(addon):
    from blender_addon.cloth import estimate

    assert estimate.BYTES_PER_CROSSING == limits.BYTES_PER_CROSSING
    assert estimate.BYTES_PER_FRAME == limits.BYTES_PER_FRAME


def test_twice_the_frames_take_twice_as_long(addon):
    from blender_addon.cloth.estimate import START, estimate

    scene, settings = bpy.context.scene, bpy.context.scene.fabric
    scene.frame_start, scene.frame_end = 1, 11
    seconds, size = estimate(settings, scene)
    assert seconds - START == pytest.approx(18e-6 * 400 * 10 * 20)
    scene.frame_end = 21
    assert estimate(settings, scene)[0] - START == pytest.approx(2 * (seconds - START))
    assert estimate(settings, scene)[1] > size
    settings.simulation.integrator = "static"
    assert estimate(settings, scene)[1] < size


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
    from blender_addon.cloth.estimate import in_words

    assert in_words(seconds, size) == words
