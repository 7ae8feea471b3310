"""Pictures in panels: made when what they show changes, kept by Blender until the add-on goes."""

from __future__ import annotations

from collections.abc import Callable

import bpy.utils.previews
import numpy as np


class Pictures:
    """One topic's pictures, each by a name of its own. `attach` comes first, and `detach` frees them all.

    Attributes:
        previews: Blender's own, None while the add-on is not registered.
        shown: What each picture is of, by its name.
    """

    def __init__(self) -> None:
        self.previews: bpy.utils.previews.ImagePreviewCollection | None = None
        self.shown: dict[str, tuple] = {}

    def attach(self) -> None:
        self.previews = bpy.utils.previews.new()

    def detach(self) -> None:
        if self.previews is not None:
            bpy.utils.previews.remove(self.previews)
        self.previews = None
        self.shown.clear()

    def icon(self, name: str, shown: tuple, draw: Callable[[], np.ndarray]) -> int:
        """Blender's number for a picture; it is drawn again only where it shows something else.

        Args:
            name: The picture's.
            shown: What it is of.
            draw: Gives its pixels, [height, width, 4] RGBA from 0 to 1, the lowest row first.
        """
        assert self.previews is not None, "the add-on is registered"
        preview = self.previews.get(name) or self.previews.new(name)
        if self.shown.get(name) != shown:
            pixels = draw()
            preview.image_size = (pixels.shape[1], pixels.shape[0])
            preview.image_pixels_float.foreach_set(pixels.ravel())
            self.shown[name] = shown
        return preview.icon_id
