"""Pictures of weaves in panels: made when a weave changes, kept by Blender until the add-on goes."""

from __future__ import annotations

import bpy.utils.previews
import numpy as np

from ..yarn.yarn_list import colors
from .face import swatch
from .weave_text import Weave, library_weave

SIZE = 256
LIBRARY_COLORS = ("#23406e", "#e8e0d0")

_previews: bpy.utils.previews.ImagePreviewCollection | None = None
_shown: dict[str, tuple] = {}
"""What each picture is of, by its name."""


def attach() -> None:
    global _previews
    _previews = bpy.utils.previews.new()


def detach() -> None:
    global _previews
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
    _previews = None
    _shown.clear()


def current_icon(settings) -> int:
    """Blender's number for the picture of a fabric's weave; it is made again only where the weave looks different.

    Raises:
        DraftError: where the weave's text is damaged.
    """
    owner, weave = settings.id_data, Weave.from_text(settings.weave.text)
    return _icon(f"{owner.id_type} {owner.session_uid}", weave, colors(settings), SIZE, settings.weave.view)


def pattern_icon(name: str) -> int:
    """Blender's number for the picture of a weave of the library."""
    return _icon(f"library {name}", library_weave(name, 2), LIBRARY_COLORS, SIZE // 4, "COLOR")


def _icon(slot: str, *shown) -> int:
    """The number of one of our pictures, which shows what `swatch` makes of the rest."""
    assert _previews is not None, "the add-on is registered"
    preview = _previews.get(slot) or _previews.new(slot)
    if _shown.get(slot) != shown:
        picture = swatch(*shown)
        height, width = picture.shape[:2]
        pixels = np.ones((height, width, 4), dtype=np.float32)
        pixels[..., :3] = picture[::-1]  # Blender counts from the lowest row
        preview.image_size = (width, height)
        preview.image_pixels_float.foreach_set(pixels.ravel())
        _shown[slot] = shown
    return preview.icon_id
