"""DXF drawings for tests, as programs write them."""

from pathlib import Path

import ezdxf
from ezdxf.layouts import BaseLayout

FRONT = [(0, 0), (300, 0), (300, 80), (260, 120), (0, 120)]
"""A piece that lies with its grain along x, mm."""
SLEEVE = [(0, 0), (200, 0), (150, 240), (50, 240)]
"""A piece that stands with its grain along y, mm."""
UNITS = {None: 0, "mm": 4, "cm": 5, "m": 6, "in": 1}


def plain_drawing(path: Path, unit: str | None = "mm") -> Path:
    """A washer of 60 with a hole of 20 and a square beside it, each as another program would draw it."""
    document = ezdxf.new("R2010", units=UNITS[unit])
    space = document.modelspace()
    space.add_circle((30, 30), 30)
    space.add_lwpolyline([(40, 30, 1.0), (20, 30, 1.0)], format="xyb", close=True)  # two half circles
    space.add_line((100, 0), (140, 0))
    space.add_polyline2d([(140, 40), (140, 0)])
    space.add_polyline2d([(140, 40), (100, 40), (100, 0)])
    space.add_line((0, 100), (50, 100))
    document.saveas(path)
    return path


def garment_drawing(path: Path, stated: str | None = "UNITS: METRIC") -> Path:
    """Two pieces as garment CAD writes them, in blocks: a front with a cut-out, grain along x; a sleeve's along y."""
    document = ezdxf.new("R12")
    front, sleeve = document.blocks.new("FRONT_M"), document.blocks.new("SLEEVE_M")
    _piece(front, FRONT, grain=[(50, 60), (250, 60)])
    front.add_polyline2d([(100, 40), (140, 40), (140, 80), (100, 80)], close=True, dxfattribs={"layer": "11"})
    _piece(sleeve, SLEEVE, grain=[(100, 20), (100, 200)])
    space = document.modelspace()
    space.add_blockref("FRONT_M", (1000, 0))
    space.add_blockref("SLEEVE_M", (2000, 500))
    if stated is not None:
        space.add_text(stated, dxfattribs={"layer": "1"})
    document.saveas(path)
    return path


def _piece(block: BaseLayout, outline: list, grain: list) -> None:
    block.add_polyline2d([*outline, outline[0]], dxfattribs={"layer": "1"})
    block.add_line(*grain, dxfattribs={"layer": "7"})
    block.add_point(outline[0], dxfattribs={"layer": "2"})
    seam = [(0.9 * x + 10, 0.9 * y + 5) for x, y in outline]
    block.add_polyline2d(seam, close=True, dxfattribs={"layer": "14"})
    block.add_polyline2d(seam[:3], close=True, dxfattribs={"layer": "8"})
    block.add_text("PIECE NAME: PART", dxfattribs={"layer": "1"})
