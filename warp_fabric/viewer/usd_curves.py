"""The curves of a USD file as something to show, whoever wrote it. Needs usd-core: `pip install warp-fabric[usd]`."""

# USD fills its modules when they are imported, where a type checker cannot see it.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warp_fabric.errors import UsdError
from warp_fabric.srgb import from_linear
from warp_fabric.viewer.subject import Strands, Subject

Array = NDArray[np.float64]

GREY = (0.72, 0.70, 0.66)
"""Of curves that say nothing about their colour [sRGB]."""


@dataclass(frozen=True, eq=False)
class _Bundle:
    """Curves of one prim.

    Attributes:
        points: The attribute with the points of all the prim's curves.
        transform: `[4, 4]` to metres, z up, for row vectors.
        start, count: `[curves]`, where each curve begins in those points, and how many it has.
        radius: `[curves]` m. color: `[curves, 3]` sRGB.
    """

    points: Any
    transform: Array
    start: NDArray[np.int64]
    count: NDArray[np.int64]
    radius: Array
    color: Array

    def at(self, code: float) -> Array | None:
        """`[curves, points, 3]` m at a time code, where past the end of a shorter one its last point stays; None where
        the file has no such points."""
        value = np.asarray(self.points.Get(code), dtype=np.float64)
        if value.ndim != 2 or len(value) < (self.start + self.count).max():
            return None
        chosen = value[self.start[:, None] + np.minimum(np.arange(self.count.max()), self.count[:, None] - 1)]
        return chosen @ self.transform[:3, :3] + self.transform[3, :3]


class UsdCurves(Subject):
    """The curves of a USD file, with their widths and colours.

    Args:
        path: The file.
        name: As users read it.

    Raises:
        UsdError: where USD is not installed, or the file cannot be read or has no curves.
    """

    grid = None
    fixed_samples = True

    def __init__(self, path: Path, name: str) -> None:
        try:
            from pxr import Tf, Usd, UsdGeom
        except ImportError as error:
            fix = "pip install warp-fabric[usd]"
            raise UsdError("reading USD needs the package usd-core", where=str(path), fix=fix) from error
        if not path.is_file():
            raise UsdError("there is no such USD file", where=str(path), fix="check the path, or export a run first")
        self.name = name
        try:
            stage = Usd.Stage.Open(str(path))
            stage.Reload()  # where an earlier state of the file is still open, USD would show that
        except Tf.ErrorException as error:
            what = "this cannot be read as USD"
            raise UsdError(what, where=str(path), fix="give a .usdc, .usd, .usda or .usdz file") from error
        self._stage = stage  # which the attributes below live in
        prims = [each for each in stage.Traverse() if each.IsA(UsdGeom.BasisCurves)]
        self._bundles = [*filter(None, (_bundle(UsdGeom.BasisCurves(prim)) for prim in prims))]
        codes = sorted({code for each in self._bundles for code in each.points.GetTimeSamples()}) or [0.0]
        self._codes, self.time = codes, (np.array(codes) - codes[0]) / stage.GetTimeCodesPerSecond()
        self.piece_count = sum(int((each.count - 1).sum()) for each in self._bundles)
        if not self.strands(0, 1):
            fix = "give a file with yarns in it, such as `warp-fabric export` writes"
            raise UsdError("there are no curves in this file", where=str(path), fix=fix)

    def strands(self, frame, samples, colors=None, window=None) -> list[Strands]:
        found = []
        for bundle in self._bundles:
            points = bundle.at(self._codes[frame])
            if points is not None:
                color = np.broadcast_to(bundle.color[:, None], (len(points), points.shape[1] - 1, 3))
                there = np.arange(1, points.shape[1]) < bundle.count[:, None]
                found.append(Strands(points, bundle.radius, color, there))
        return found

    def bounds(self, frame: int | None = None) -> tuple[Array, Array]:
        frames = {0, len(self.time) // 2, len(self.time) - 1} if frame is None else {frame}
        points = np.concatenate([each.points.reshape(-1, 3) for k in frames for each in self.strands(k, 1)])
        return points.min(axis=0), points.max(axis=0)

    def facing(self) -> Array:
        points = np.concatenate([each.points.reshape(-1, 3) for each in self.strands(0, 1)])
        offset = points - points.mean(axis=0)
        return np.linalg.svd(offset.T @ offset)[0][:, 2]

    def spacing(self) -> float:
        return 4.0 * float(np.mean(np.concatenate([each.radius for each in self._bundles])))

    def pins(self, time: float) -> Array:
        return np.zeros((0, 3))


def _bundle(curves) -> _Bundle | None:
    """A prim's curves that are more than points; None where there are none."""
    from pxr import Usd, UsdGeom

    stage = curves.GetPrim().GetStage()
    start_code = Usd.TimeCode.EarliestTime()
    counts = np.asarray(curves.GetCurveVertexCountsAttr().Get(start_code) or (), dtype=np.int64)
    if not len(counts) or not curves.GetPointsAttr().HasValue():
        return None
    transform: Array = np.array(UsdGeom.Xformable(curves).ComputeLocalToWorldTransform(start_code))
    unit = UsdGeom.GetStageMetersPerUnit(stage)
    if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y:
        transform = np.matmul(transform, [[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
    size = np.cbrt(abs(np.linalg.det(transform[:3, :3]))) * unit
    transform[:, :3] *= unit
    first = np.cumsum(counts) - counts
    width = _of_each(curves.GetWidthsAttr().Get(start_code), counts, 1)
    colors = UsdGeom.PrimvarsAPI(curves).GetPrimvar("displayColor")
    color = _of_each(colors.ComputeFlattened(start_code) if colors else None, counts, 3)
    radius = np.full(len(counts), 1e-3) if width is None else 0.5 * size * width[:, 0]
    shade = np.tile(GREY, (len(counts), 1)) if color is None else from_linear(color)
    of = counts > 1
    if not of.any():
        return None
    return _Bundle(curves.GetPointsAttr(), transform, first[of], counts[of], radius[of], shade[of])


def _of_each(values, counts: NDArray[np.int64], width: int) -> Array | None:
    """`[curves, width]`, from one value for all, one for each curve or one for each point; None: no such values."""
    value = np.asarray(() if values is None else values, dtype=np.float64).reshape(-1, width)
    if len(value) == 1:
        return np.repeat(value, len(counts), axis=0)
    if len(value) == len(counts):
        return value
    if len(value) == counts.sum():
        return value[np.cumsum(counts) - counts]
    return None
