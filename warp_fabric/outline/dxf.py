"""Outlines from DXF drawings, those of garment CAD (ASTM D6673, AAMA) among them.

Garment CAD writes each piece as a block, inserted once, with its boundary on layer 1, cut-outs on 11 and the grain
line on 7. In other drawings every closed curve counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric.checks import suggestion
from warp_fabric.errors import SceneError
from warp_fabric.outline import FLATNESS
from warp_fabric.outline.loops import closed_loops
from warp_fabric.outline.units import METRES

BOUNDARY, GRAIN, CUT_OUT = "1", "7", "11"
"""Layers of garment CAD."""
CURVES = ("LINE", "ARC", "CIRCLE", "ELLIPSE", "LWPOLYLINE", "POLYLINE", "SPLINE")
DRAWING = "Model"
"""What a drawing's own curves, in no block, are called as a piece: DXF's name of the space that they are in."""
INSUNITS = {1: 0.0254, 2: 0.3048, 4: 1e-3, 5: 1e-2, 6: 1.0, 10: 0.9144, 13: 1e-6, 14: 0.1}
"""DXF's numbers of units, those that cloth comes in, and the length of each, m."""
STATED = re.compile(r"\s*units?\s*:\s*(metric|english)\b", re.IGNORECASE)
"""A text by which garment CAD states its unit."""
STATED_UNITS = {"metric": "mm", "english": "in"}
FULL_CURVES = 16
"""Cubic curves that stand for a circle: these are 1e-7 of its radius off."""


def read_dxf(path: Path, unit: str | None = None, piece: str | None = None) -> list[np.ndarray]:
    """The closed curves of a piece, [n, 2] each, m, turned so that its grain line is along y.

    Args:
        path: The file.
        unit: What one unit of its coordinates is, a key of `METRES`; None: as the file says.
        piece: Name of its block; None: there is only one.

    Raises:
        SceneError: where it is no DXF drawing, does not say its unit, has no closed curve, or not that piece.
        OSError: where it cannot be read.
    """
    document = _document(path)
    metres = METRES[unit] if unit else _metres(document, path)
    space = document.modelspace()
    names = [each.dxf.name for each in space.query("INSERT")]
    found = [(name, [*_inside(insert)]) for name, insert in zip(names, space.query("INSERT"))]
    found.append((DRAWING, [each for each in space if each.dxftype() in CURVES]))
    pieces = {name: outline for name, curves in found if (outline := _outline(curves, metres))}
    if not pieces:
        fix = f"draw the outline as a closed polyline; garment CAD has it on layer {BOUNDARY}"
        raise SceneError(f"{path} has no closed curve", fix=fix)
    if piece is None and len(pieces) > 1:
        what = f"{path} has {len(pieces)} pieces: {', '.join(pieces)}"
        raise SceneError(what, fix=f'say which, such as outline_piece = "{next(iter(pieces))}"')
    if piece is not None and piece not in pieces:
        raise SceneError(f"{path} has no piece {piece!r}", fix=suggestion(piece, pieces, "its pieces"))
    return pieces[piece or next(iter(pieces))]


def _document(path: Path) -> Any:
    try:
        from ezdxf import recover
        from ezdxf.filemanagement import readfile
        from ezdxf.lldxf.const import DXFError, DXFStructureError
    except ImportError as error:
        fix = "install it: pip install warp-fabric[dxf]"
        raise SceneError("reading DXF drawings needs ezdxf, which is not installed", fix=fix) from error
    try:
        try:
            return readfile(path)
        except DXFStructureError:  # it has faults: what can be read is
            return recover.readfile(path)[0]
    except (DXFError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # without one it is ezdxf's word for another format
            raise
        raise SceneError(f"{path} is not a DXF drawing: {error}", fix="save it as DXF") from error


def _metres(document: Any, path: Path) -> float:
    if (metres := INSUNITS.get(document.header.get("$INSUNITS", 0))) is not None:
        return metres
    texts = [each.dxf.text for layout in (document.modelspace(), *document.blocks) for each in layout.query("TEXT")]
    for text in texts:
        if (stated := STATED.match(text)) is not None:
            return METRES[STATED_UNITS[stated[1].lower()]]
    fix = 'add outline_unit, the length of one unit of its coordinates, such as "mm"'
    raise SceneError(f"{path} does not say its unit", fix=fix)


def _inside(insert: Any) -> Iterable[Any]:
    """The curves of an inserted block and of those within it, where they are in the drawing."""
    for each in insert.virtual_entities():
        if each.dxftype() == "INSERT":
            yield from _inside(each)
        elif each.dxftype() in CURVES:
            yield each


def _outline(curves: Sequence[Any], metres: float) -> list[np.ndarray]:
    layers = {name: [each for each in curves if each.dxf.layer == name] for name in (BOUNDARY, CUT_OUT, GRAIN)}
    chosen = [*layers[BOUNDARY], *layers[CUT_OUT]] if layers[BOUNDARY] else curves
    loops = closed_loops([_points(each, metres) for each in chosen])
    if layers[BOUNDARY] and layers[GRAIN]:
        turn = _turn([_points(each, metres) for each in layers[GRAIN]])
        loops = [loop @ turn for loop in loops]
    return loops


def _points(curve: Any, metres: float) -> np.ndarray:
    """Points [n, 2] of a curve, m; a closed one ends where it begins."""
    from ezdxf.path import make_path

    flat = make_path(curve, segments=FULL_CURVES, level=6).flattening(FLATNESS / metres)
    return np.array([(point.x, point.y) for point in flat]).reshape(-1, 2) * metres


def _turn(lines: Sequence[np.ndarray]) -> np.ndarray:
    """What points [n, 2] are multiplied by, so that the longest of some lines is along y.

    Which end of a grain line is up is not known. One across the drawing turns anticlockwise; one along it or at 45
    degrees, either way, turns as little as it can. None of these is near where the choice changes.
    """
    across, along = max((line[-1] - line[0] for line in lines), key=lambda each: float(np.hypot(*each)))
    angle = (math.degrees(math.atan2(along, across)) + 22.5) % 180.0 - 22.5
    if angle in (0.0, 90.0):  # exactly, so that straight edges stay on yarns
        return np.array([[0.0, 1.0], [-1.0, 0.0]]) if angle == 0.0 else np.eye(2)
    turn = math.radians(90.0 - angle)
    return np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
