"""Outlines from SVG drawings: every closed path and shape that the drawing shows."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from warp_fabric.errors import SceneError
from warp_fabric.outline import FLATNESS, METRES
from warp_fabric.outline.loops import closed_loops

PX = METRES["px"]
UNSEEN = ("symbol", "pattern", "marker", "mask", "clipPath")
SIZE = re.compile(r"\s*\+?(\d*\.?\d+(?:e[-+]?\d+)?)\s*(px|mm|cm|in|pt|)\s*", re.IGNORECASE)
"""A width or height that says how large the drawing is; "100%" does not."""


def read_svg(path: Path, unit: str | None = None) -> list[np.ndarray]:
    """The closed paths and shapes of a drawing, [n, 2] each, m; y points up, as the drawing stands.

    Args:
        path: The file.
        unit: What one unit of its coordinates is, a key of `METRES`; None: what the drawing's width and height say,
            of which bare numbers are pixels, 96 to the inch.

    Raises:
        SceneError: where it is no SVG drawing, does not say how large it is, or has no closed path.
        OSError: where it cannot be read.
    """
    import svgelements

    try:
        root = ElementTree.fromstring(path.read_bytes())
    except ElementTree.ParseError as error:
        raise SceneError(f"{path} is not an SVG drawing: {error}", fix="save it as plain SVG") from error
    if root.tag.rpartition("}")[2] != "svg":
        raise SceneError(f"{path} is not an SVG drawing: its root is <{root.tag}>", fix="save it as plain SVG")
    if unit is not None:  # bare coordinates
        for name in ("width", "height", "viewBox", "preserveAspectRatio"):
            root.attrib.pop(name, None)
    elif not _size_in_px(root):
        fix = 'add outline_unit, the length of one unit of its coordinates, such as "mm"; or give its width and height'
        raise SceneError(f"{path} does not say how large it is", fix=fix)
    metres = PX if unit is None else METRES[unit]
    _put_aside(root)
    drawing = svgelements.SVG.parse(io.BytesIO(ElementTree.tostring(root)), ppi=96.0)
    paths = []
    for shape in drawing.elements(lambda each: isinstance(each, svgelements.Shape)):
        if shape.values.get("visibility") in ("hidden", "collapse"):
            continue
        for part in svgelements.Path(shape).as_subpaths():
            paths.append(_flattened(svgelements.Path(part), FLATNESS / metres) * (metres, -metres))
    loops = closed_loops([each for each in paths if len(each)])
    if not loops:
        raise SceneError(f"{path} has no closed path", fix="close the outline's path in the drawing")
    return loops


def _put_aside(root: ElementTree.Element) -> None:
    """Put what is drawn only where something refers to it among the definitions, which svgelements leaves out."""
    for parent in [*root.iter()]:
        for k, child in enumerate(parent):
            space, _, name = child.tag.rpartition("}") if isinstance(child.tag, str) else ("", "", "")
            if name in UNSEEN and not parent.tag.endswith("defs"):
                parent[k] = ElementTree.Element(f"{space}}}defs" if space else "defs")
                parent[k].append(child)


def _size_in_px(root: ElementTree.Element) -> bool:
    """Writes the drawing's width and height as pixels, as svgelements rounds the inch; False where it has none."""
    for name in ("width", "height"):
        size = SIZE.fullmatch(root.get(name, ""))
        if size is None:
            return False
        root.set(name, repr(float(size[1]) * METRES[size[2].lower() or "px"] / PX))
    return True


def _flattened(path: Any, flatness: float) -> np.ndarray:
    """Points [n, 2] of a path, no further from it than `flatness`; a closed one ends where it begins."""
    from svgelements import Move

    points = [np.empty((0, 2))]
    for segment in path:
        if isinstance(segment, Move):
            points.append(np.array([_xy(segment.end)]))
        elif segment.end is not None:
            share = np.linspace(0.0, 1.0, _pieces(segment, flatness) + 1)[1:-1]
            inner = [_xy(segment.point(each)) for each in share.tolist()]
            points.append(np.array([*inner, _xy(segment.end)]))
    return np.concatenate(points)


def _pieces(segment: Any, flatness: float) -> int:
    """How many straight pieces stand for a segment: where |x''| <= a, one over `h` of it is `a h^2 / 8` off at most."""
    from svgelements import Arc, CubicBezier, QuadraticBezier

    if isinstance(segment, Arc):
        most = max(segment.rx, segment.ry) * (segment.sweep or 0.0) ** 2
    elif isinstance(segment, (QuadraticBezier, CubicBezier)):
        bends = np.diff([_xy(each) for each in segment], n=2, axis=0)
        degree = len(bends) + 1
        most = degree * (degree - 1) * float(np.hypot(*bends.T).max())
    else:
        return 1
    return max(1, math.ceil(math.sqrt(most / (8.0 * flatness))))


def _xy(point: Any) -> tuple[float, float]:
    return float(point.x), float(point.y)
