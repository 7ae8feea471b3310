"""Outlines from DXF drawings, those of garment CAD (ASTM D6673, AAMA) among them.

Garment CAD writes each piece as a block, inserted once, with its boundary on layer 1, cut-outs on 11, the grain
line on 7, and the line about which half a piece is mirrored on 6. In other drawings every closed curve counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from warp_fabric.checks import suggestion
from warp_fabric.errors import SceneError
from warp_fabric.outline import FLATNESS, METRES
from warp_fabric.outline.loops import checked_loops, closed_loops, without_repeats

BOUNDARY, MIRROR, GRAIN, CUT_OUT = "1", "6", "7", "11"
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
    def on(layer: str) -> list[np.ndarray]:
        return [_points(each, metres) for each in curves if each.dxf.layer == layer]

    if not on(BOUNDARY):
        return closed_loops([_points(each, metres) for each in curves])
    loops = closed_loops([*on(BOUNDARY), *on(CUT_OUT)])
    if loops and (mirror := _longest(on(MIRROR))) is not None:
        loops = _unfolded(loops, *mirror)
    if (grain := _longest(on(GRAIN))) is not None:
        loops = [loop @ _turn(*(grain[1] - grain[0])) for loop in loops]
    return loops


def _longest(lines: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray] | None:
    """The ends of the longest of some lines; None where none is longer than a point."""
    ends = [(line[0], line[-1]) for line in lines if len(line) and np.any(line[0] != line[-1])]
    return max(ends, key=lambda each: float(np.hypot(*(each[1] - each[0]))), default=None)


def _unfolded(loops: Sequence[np.ndarray], start: np.ndarray, end: np.ndarray) -> list[np.ndarray]:
    """Loops and what they are mirrored about a line, as one piece."""
    import shapely

    along = (end - start) / np.hypot(*(end - start))
    beside = np.array([-along[1], along[0]])
    halves = []
    for side in (1.0, -1.0):
        half = []
        for loop in checked_loops(loops, cell=0.0):
            off = (loop - start) @ beside
            off[np.abs(off) <= FLATNESS] = 0.0  # so that no gap stays open along the line
            half.append(start + np.outer((loop - start) @ along, along) + side * np.outer(off, beside))
        halves.append(reduce(shapely.symmetric_difference, map(shapely.Polygon, half)))
    whole = shapely.union(*halves, grid_size=1e-4 * FLATNESS)
    areas = shapely.get_parts(whole)
    rings = [ring for area in areas for ring in (area.exterior, *area.interiors)]
    return [without_repeats(shapely.get_coordinates(ring)) for ring in rings]


def _points(curve: Any, metres: float) -> np.ndarray:
    """Points [n, 2] of a curve, m; a closed one ends where it begins."""
    from ezdxf.path import make_path

    flat = make_path(curve, segments=FULL_CURVES, level=6).flattening(FLATNESS / metres)
    return np.array([(point.x, point.y) for point in flat]).reshape(-1, 2) * metres


def _turn(across: float, along: float) -> np.ndarray:
    """What points [n, 2] are multiplied by, so that a line (x, y) is along y.

    Which end of a grain line is up is not known. One across the drawing turns anticlockwise; one along it or at 45
    degrees, either way, turns as little as it can. None of these is near where the choice changes.
    """
    angle = (math.degrees(math.atan2(along, across)) + 22.5) % 180.0 - 22.5
    if angle in (0.0, 90.0):  # exactly, so that straight edges stay on yarns
        return np.array([[0.0, 1.0], [-1.0, 0.0]]) if angle == 0.0 else np.eye(2)
    turn = math.radians(90.0 - angle)
    return np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
