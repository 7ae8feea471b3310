"""A frame of a subject as what is drawn of it: yarns, or a surface with yarns where one looks closely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.color_scale import ColorScale
from warp_fabric.viewer.detail import FINEST
from warp_fabric.viewer.pieces import Pieces, pieces
from warp_fabric.viewer.subject import Subject, Window
from warp_fabric.viewer.surface import Patch, Side, blocks, patches, stride

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """How a subject is drawn.

    Attributes:
        scale: Colours of a quantity; None for the draft's, or for `tint`.
        tint: One colour for all [sRGB], or None.
        samples: Pieces from one crossing to the next; 0: as a surface.
        window: Picks and ends of a surface that are drawn as yarns.
    """

    scale: ColorScale | None = None
    tint: tuple[float, float, float] | None = None
    samples: int = FINEST
    window: Window | None = None


@dataclass(frozen=True, eq=False)
class Painting:
    """What is drawn.

    Attributes:
        yarns: Pieces of yarn, for each direction.
        patches: Parts of the surface.
        colors: Theirs, `[patches, 3]` sRGB.
    """

    yarns: list[Pieces]
    patches: list[Patch]
    colors: Array


def paint(subject: Subject, frame: int, look: Look, centre: Array, scale: float) -> Painting:
    """Paint one frame.

    Args:
        subject: What.
        frame: Which.
        look: How.
        centre: `[3]` m, what becomes the origin.
        scale: View units per metre.
    """
    colors = _crossing_colors(subject, frame, look)
    if look.samples or not isinstance(subject, Cloth):
        return Painting(_yarns(subject, frame, look, colors, None, centre, scale), [], np.zeros((0, 3)))
    yarns = [] if look.window is None else _yarns(subject, frame, look, colors, look.window, centre, scale)
    parts, shades = _surface(subject, frame, look, centre, scale)
    return Painting(yarns, parts, shades)


def _yarns(
    subject: Subject, frame: int, look: Look, colors: Array | None, window: Window | None, centre: Array, scale: float
) -> list[Pieces]:
    strands = subject.strands(frame, look.samples or FINEST, colors, window)
    return [pieces(each, centre, scale, look.tint if subject.grid is None else None) for each in strands]


def _crossing_colors(subject: Subject, frame: int, look: Look) -> Array | None:
    """`[picks, ends, 2, 3]` sRGB, or None for the draft's colours."""
    if not isinstance(subject, Cloth) or subject.grid is None:
        return None
    if look.tint is not None:
        return np.broadcast_to(np.asarray(look.tint), (*subject.grid, 2, 3))
    return None if look.scale is None else look.scale.colors(subject.values(look.scale.quantity, frame))


def _surface(cloth: Cloth, frame: int, look: Look, centre: Array, scale: float) -> tuple[list[Patch], Array]:
    assert cloth.grid is not None
    step = stride(cloth.grid)
    seen: dict[Side, NDArray[np.int64]]
    if look.tint is not None:
        shades = np.array([look.tint])
        seen = {"double": np.zeros(blocks(np.zeros(cloth.grid), step).shape, np.int64)}
    elif look.scale is None:
        shades, (face, back) = cloth.palette
        seen = {"front": face, "back": back}
    else:
        values = cloth.top_values(cloth.values(look.scale.quantity, frame))
        shades = look.scale.levels()
        share = blocks(cloth.fabric.layout.present.astype(float), step)  # what is cut off counts as 0
        seen = {"double": look.scale.level(blocks(values, step) / np.where(share > 0.0, share, 1.0))}
    position = (cloth.run.position[frame] - centre) * scale
    layout = cloth.fabric.layout
    parts = [patches(position, kinds, len(shades), side, step, look.window, layout) for side, kinds in seen.items()]
    return [each for part in parts for each in part], np.tile(shades, (len(parts), 1))
