"""Pictures of weaves in panels."""

import bpy
import numpy as np
import pytest

from blender_addon.fabric.settings.fabric_settings import give_defaults
from blender_addon.weave import pictures


@pytest.fixture
def drawings(monkeypatch) -> list:
    """Each picture that is made."""
    made = []
    real = pictures.swatch
    monkeypatch.setattr(pictures, "swatch", lambda *args: made.append(args) or real(*args))
    return made


def test_a_picture_is_made_only_where_it_changes(addon, drawings):
    settings = bpy.context.scene.fabric
    for _ in range(3):
        pictures.current_icon(settings)
    assert len(drawings) == 1
    settings.weave.view = "STRUCTURE"
    pictures.current_icon(settings)
    settings.yarns[0].color = (1, 0, 0)
    pictures.current_icon(settings)
    bpy.ops.fabric.weave_set(pattern="twill22")
    for _ in range(3):
        pictures.current_icon(settings)
    assert len(drawings) == 4


def test_the_picture_shows_the_weave(addon):
    settings = bpy.context.scene.fabric
    settings.yarns[0].color, settings.yarns[1].color = (1, 0, 0), (0, 0, 1)
    pictures.current_icon(settings)
    preview = pictures.pictures.previews[f"SCENE {bpy.context.scene.session_uid}"]
    width, height = preview.image_size
    pixels = np.empty(width * height * 4, dtype=np.float32)
    preview.image_pixels_float.foreach_get(pixels)
    pixels = pixels.reshape(height, width, 4)
    assert pixels[-1, 0].tolist() == [1, 0, 0, 1]  # upper left: the first end over the first pick
    assert pixels[-1, -1].tolist() == [0, 0, 1, 1]


def test_scenes_and_objects_have_pictures_of_their_own(addon, drawings):
    other = bpy.data.scenes.new("other")
    give_defaults(other.fabric)
    other.fabric.weave.view = "STRUCTURE"
    for _ in range(2):
        pictures.current_icon(bpy.context.scene.fabric)
        pictures.current_icon(other.fabric)
    assert len(drawings) == 2


def test_pictures_go_with_the_add_on(addon):
    pictures.pattern_icon("plain")
    addon.unregister()
    assert pictures.pictures.previews is None
    assert not pictures.pictures.shown
    addon.register()
    pictures.pattern_icon("plain")
