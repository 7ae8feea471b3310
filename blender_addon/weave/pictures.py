"""Pictures of weaves in panels: made when a weave changes, kept by Blender until the add-on goes."""

from __future__ import annotations

import bpy.utils.previews
import numpy as np

from warp_fabric.weave import pattern

from ..yarn.yarn_list import colors
from .face import swatch
from .weave_text import Weave

SIZE, ICON = 256, 32
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
    owner = settings.id_data
    key = (settings.weave.text, settings.weave.view, colors(settings))
    return _icon(f"{owner.id_type} {owner.session_uid}", key, SIZE)


def pattern_icon(name: str) -> int:
    """Blender's number for the picture of a weave of the library."""
    return _icon(f"library {name}", (name, "COLOR", LIBRARY_COLORS), SIZE // 4)


def _icon(slot: str, key: tuple, size: int) -> int:
    assert _previews is not None, "the add-on is registered"
    preview = _previews.get(slot) or _previews.new(slot)
    if _shown.get(slot) != key:
        source, view, palette = key
        weave = library_weave(source, 2) if slot.startswith("library") else Weave.from_text(source)
        picture = swatch(weave, palette, size, view)
        _fill(preview, "image", picture)
        _fill(preview, "icon", picture[:ICON, :ICON])
        _shown[slot] = key
    return preview.icon_id


def library_weave(name: str, yarn_count: int) -> Weave:
    """A weave of the library of the list's first two yarns, as its own colours alternate if it has any.

    Raises:
        DraftError: where there is none of that name.
    """
    draft = pattern(name)
    last = yarn_count - 1
    if draft.end_colors is None or draft.pick_colors is None:
        return Weave.of(draft, (0,), (min(1, last),))
    order = [*dict.fromkeys((*draft.end_colors, *draft.pick_colors))]
    ends, picks = (tuple(min(order.index(c), last) for c in side) for side in (draft.end_colors, draft.pick_colors))
    return Weave.of(draft, ends, picks)


def _fill(preview: bpy.types.ImagePreview, kind: str, picture: np.ndarray) -> None:
    """Give a preview its pixels, which Blender counts from the lowest row."""
    height, width = picture.shape[:2]
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., :3] = picture[::-1]
    setattr(preview, f"{kind}_size", (width, height))
    getattr(preview, f"{kind}_pixels_float").foreach_set(pixels.ravel())
