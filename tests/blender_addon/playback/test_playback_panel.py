"""The Playback panel in every state."""

import bpy
from drawn_panel import drawn
from woven_objects import built, cached


def test_every_state(addon, tmp_path):
    from blender_addon.fabric.files.cache import attach_cache

    assert "fabric.bake" not in drawn("FABRIC_PT_playback").said
    bpy.context.scene.frame_end = 4
    obj = built()
    assert "fabric.bake" not in drawn("FABRIC_PT_playback").said
    cached(obj, tmp_path)
    attach_cache(obj, tmp_path / "cloth.usdc", 1, 4)
    assert drawn("FABRIC_PT_playback").said[0] == "Frames 1 to 4"
    (tmp_path / "cloth.usdc").unlink()
    said = " ".join(drawn("FABRIC_PT_playback").said)
    assert "missing" in said
    assert "fabric.clear_cache" in said


def test_what_was_found_is_offered(addon):
    from blender_addon.fabric.files.found_frames import Found, note_frames
    from blender_addon.fabric.files.paths import cache_folder

    bpy.context.scene.frame_end = 4
    obj = built()
    cache = cache_folder(obj) / "cloth.usdc"
    cache.parent.mkdir(parents=True, exist_ok=True)
    cached(obj, cache.parent)
    note_frames(obj, Found(cache, 1, 4, {}))
    said = drawn("FABRIC_PT_playback").said
    assert "Nothing is simulated yet" not in " ".join(said)
    assert "fabric.show_found" in said
