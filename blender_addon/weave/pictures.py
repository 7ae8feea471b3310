"""Pictures of weaves in panels: made when a weave changes, kept by Blender until the add-on goes."""

from __future__ import annotations

import numpy as np

from ..fabric.design.weave_text import Weave, library_weave
from ..fabric.design.yarn_list import colors
from ..previews import Pictures
from .face_picture import swatch

SIZE = 256
LIBRARY_COLORS = ("#23406e", "#e8e0d0")

pictures = Pictures()
attach, detach = pictures.attach, pictures.detach


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


def _icon(name: str, *shown) -> int:
    """The number of one of our pictures, which shows what `swatch` makes of the rest."""
    return pictures.icon(name, shown, lambda: _pixels(swatch(*shown)))


def _pixels(picture: np.ndarray) -> np.ndarray:
    """RGBA of a picture in RGB, from the lowest row on, as Blender counts."""
    pixels = np.ones((*picture.shape[:2], 4), dtype=np.float32)
    pixels[..., :3] = picture[::-1]
    return pixels
