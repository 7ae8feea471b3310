"""Checks of curves, meshes and points that USD's own validators leave out: they pass wrong BasisCurves silently."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom

from usd_export.checks.curve_rules import too_few, unknown, varying_size
from usd_export.checks.findings import Findings
from usd_export.checks.velocity_check import VelocityCheck
from warp_fabric.counts import Tally

EXPORT_AGAIN = "export the run again, or repair the array where it was written"
COUNTS_FIX = "make curveVertexCounts add up to the number of points, at every time"
SIZE_FIX = "give as many values as the interpolation asks for, or change the interpolation"
FINITE_FIX = "repair the simulation or the tool that wrote them: renderers drop or smear such geometry"
WIDTH_FIX = "give every curve or point a diameter above 0, in the stage's unit"
EXTENT_FIX = "compute it again with UsdGeom.Boundable.ComputeExtentFromPlugins, at every time: it is used for culling"
SHARES = ("primvars:displayColor", "primvars:displayOpacity")
SHARES_FIX = "give linear values from 0 to 1"
KIND_FIX = "use what UsdGeomBasisCurves knows: renderers fall back to something, or leave such curves out"


class GeometryCheck:
    """Checks one prim at one time after the other.

    Args:
        prim: A `UsdGeomPointBased` prim.
        found: Where findings go.
        rate: Time codes per second.
    """

    def __init__(self, prim: Usd.Prim, found: Findings, rate: float) -> None:
        self.prim, self.path, self.found = prim, prim.GetPath(), found
        self.based = UsdGeom.PointBased(prim)
        self.curves = UsdGeom.BasisCurves(prim) if prim.IsA(UsdGeom.BasisCurves) else None
        self.mesh = UsdGeom.Mesh(prim) if prim.IsA(UsdGeom.Mesh) else None
        self.times = self.based.GetPointsAttr().GetTimeSamples()
        api = UsdGeom.PrimvarsAPI(prim)
        self.primvars = api.GetPrimvarsWithAuthoredValues()
        self._thickness = prim.GetAttribute("primvars:widths")
        if not (self._thickness and self._thickness.HasAuthoredValue()):
            self._thickness = prim.GetAttribute("widths")
        self._motion = VelocityCheck(self.path.AppendProperty("velocities"), found, rate)
        self._seen: tuple[int, int] | None = None

    def run(self, tally: Tally) -> None:
        """Check the prim at each of its samples."""
        self._fixed()
        for time in self.times or [None]:
            tally.done()
            points = _array(self.based.GetPointsAttr(), time)
            if points is None or not len(points) or points.shape[1:] != (3,):
                self.found.error(self.path, "it has no points", EXPORT_AGAIN, time)
                continue
            finite = self._finite("points", points, time)
            sizes = self._sizes(len(points), time)
            if self._seen is not None and sizes and self._seen != (len(points), sizes["uniform"]):
                what = f"the number of points or curves changes from {self._seen} to {(len(points), sizes['uniform'])}"
                self.found.warning(self.path, what, "keep the topology: else nothing is interpolated or blurred", time)
            if sizes:
                self._check_sizes(sizes, time)
                self._seen = (len(points), sizes["uniform"])
            widths = self._widths(sizes, time)
            if finite:
                self._extent(points, widths, time)
            self._vectors("velocities", points, time)
            self._vectors("accelerations", points, time)
            if self.prim.IsA(UsdGeom.Points):
                self._vectors("ids", points, time)
            velocities = _array(self.based.GetVelocitiesAttr(), time)
            self._motion.next(time, points if finite else None, velocities)
        self._motion.close()

    def _fixed(self) -> None:
        """What does not depend on time."""
        velocities = self.based.GetVelocitiesAttr()
        if velocities.HasAuthoredValue() and velocities.GetTimeSamples() != self.times:
            fix = "write velocities at the same time codes as points: else renderers ignore them"
            self.found.warning(velocities.GetPath(), "they have other time samples than the points", fix)
        if self.curves is None:
            return
        kind, basis, wrap = (_text(self.prim.GetAttribute(name)) for name in ("type", "basis", "wrap"))
        if kind == "cubic" and wrap == "pinned" and basis != "catmullRom":
            fix = "use catmullRom with pinned, or nonperiodic with doubled ends"
            self.found.warning(self.path, f"{basis} curves are pinned, which Blender shows too short", fix)
        if kind == "cubic" and wrap == "nonperiodic" and basis in ("bspline", "catmullRom") and self._ends_apart():
            fix = "use catmullRom with pinned, or repeat the points at both ends"
            self.found.warning(self.path, f"nonperiodic {basis} curves end before their first and last points", fix)
        if self.based.GetNormalsAttr().HasAuthoredValue():
            fix = "leave normals out for round yarns"
            self.found.warning(self.path, "it has normals, which make curves flat ribbons", fix)
        if self._thickness.HasAuthoredValue() and self._interpolation(self._thickness) == "uniform":
            fix = "make a prim for each thickness, with a constant width"
            self.found.warning(self.path, "it has a width for each curve, which Blender reads wrong", fix)

    def _ends_apart(self) -> bool:
        """Whether curves begin or end without repeating a point, as those that are to reach their ends do."""
        time = self.times[0] if self.times else None
        counts, points = (
            _array(self.prim.GetAttribute("curveVertexCounts"), time),
            _array(self.based.GetPointsAttr(), time),
        )
        if counts is None or points is None or counts.sum() != len(points) or counts.min(initial=2) < 2:
            return False
        last = np.cumsum(counts) - 1
        first = last - counts + 1
        return bool((points[first] != points[first + 1]).any() or (points[last] != points[last - 1]).any())

    def _sizes(self, points: int, time: float | None) -> dict[str, int]:
        """Number of values that each interpolation needs; empty where the topology is wrong, or of another kind."""
        if self.curves is not None:
            return self._curve_sizes(self.curves, points, time)
        if self.mesh is not None:
            counts = _array(self.mesh.GetFaceVertexCountsAttr(), time)
            corners = _array(self.mesh.GetFaceVertexIndicesAttr(), time)
            if counts is None or corners is None:
                self.found.error(self.path, "it has no faces", EXPORT_AGAIN, time)
                return {}
            if int(counts.sum()) != len(corners) or (counts < 3).any():
                self.found.error(self.path, "faceVertexCounts do not fit faceVertexIndices", EXPORT_AGAIN, time)
                return {}
            if len(corners) and not (corners.min() >= 0 and corners.max() < points):
                what = f"faces refer to points {corners.min()} to {corners.max()}, and there are {points}"
                self.found.error(self.path, what, EXPORT_AGAIN, time)
                return {}
            return {"uniform": len(counts), "varying": points, "vertex": points, "faceVarying": len(corners)}
        if self.prim.IsA(UsdGeom.Points):
            return {"uniform": 1, "varying": points, "vertex": points, "faceVarying": points}
        return {}

    def _curve_sizes(self, curves: UsdGeom.BasisCurves, points: int, time: float | None) -> dict[str, int]:
        counts = _array(curves.GetCurveVertexCountsAttr(), time)
        if counts is None or not len(counts):
            self.found.error(self.path, "it has no curveVertexCounts", COUNTS_FIX, time)
            return {}
        if int(counts.sum()) != points:
            what = f"curveVertexCounts add up to {int(counts.sum())}, and there are {points} points"
            self.found.error(self.path, what, COUNTS_FIX, time)
            return {}
        kind = _text(curves.GetTypeAttr()), _text(curves.GetBasisAttr()), _text(curves.GetWrapAttr())
        if what := unknown(*kind):
            self.found.error(self.path, f"there are no curves of {what}", KIND_FIX, time)
            return {}
        if what := too_few(counts, *kind):
            self.found.error(self.path, what, "leave such curves out, or give them as many points as they need", time)
            return {}
        varying = varying_size(counts, *kind)
        return {"uniform": len(counts), "varying": varying, "vertex": points, "faceVarying": varying}

    def _check_sizes(self, sizes: dict[str, int], time: float | None) -> None:
        """Arrays that belong to the topology: their sizes, and that they are finite."""
        steady = self._seen is not None and self._seen[1] == sizes["uniform"]
        for primvar in self.primvars:
            attribute = primvar.GetAttr()
            if steady and not (attribute.ValueMightBeTimeVarying() or primvar.ValueMightBeTimeVarying()):
                continue
            values = _array(attribute, time, "biufSUO")
            if values is None or not primvar.GetTypeName().isArray:
                continue
            finite = self._finite(attribute.GetName(), values, time)
            if attribute.GetName() in SHARES and finite and values.size and not 0 <= values.min() <= values.max() <= 1:
                what = f"values from {values.min():.3g} to {values.max():.3g}"
                self.found.warning(attribute.GetPath(), what, SHARES_FIX, time)
            elements, count = len(values) / primvar.GetElementSize(), len(values)
            if primvar.IsIndexed():
                indices = np.array(primvar.GetIndices(_code(time)))
                if len(indices) and not (indices.min() >= 0 and indices.max() < elements):
                    what = f"indices from {indices.min()} to {indices.max()} of {elements:g} values"
                    self.found.error(attribute.GetPath(), what, EXPORT_AGAIN, time)
                elements = count = len(indices)
            self._expect(attribute, primvar.GetInterpolation(), elements, count, sizes, time)

    def _expect(
        self,
        attribute: Usd.Attribute,
        interpolation: str,
        elements: float,
        count: int,
        sizes: dict[str, int],
        time: float | None,
    ) -> None:
        needed = sizes.get(str(interpolation), 1)
        if elements == needed:
            return
        what = f"{count} values where {interpolation} interpolation needs {needed}"
        # constant arrays of any length are common: programs keep data there
        tell = self.found.warning if interpolation == "constant" else self.found.error
        tell(attribute.GetPath(), what, SIZE_FIX, time)

    def _interpolation(self, widths: Usd.Attribute) -> str:
        if widths.GetName().startswith("primvars:"):
            return str(UsdGeom.Primvar(widths).GetInterpolation())
        given = widths.GetMetadata("interpolation")
        return str(given or UsdGeom.Tokens.vertex)

    def _widths(self, sizes: dict[str, int], time: float | None) -> NDArray | None:
        """Diameters; None where there are none, or impossible ones."""
        if self.mesh is not None or not self._thickness:
            return None
        widths = _array(self._thickness, time)
        if widths is None or not len(widths):
            self.found.error(self.path, "it has no widths: programs choose some of their own", WIDTH_FIX, time)
            return None
        if not self._finite("widths", widths, time):
            return None
        if widths.min() <= 0:
            what = f"{np.count_nonzero(widths <= 0)} of {len(widths)} widths are not above 0"
            self.found.error(self._thickness.GetPath(), what, WIDTH_FIX, time)
            return None
        if sizes and self._thickness.GetName() == "widths":  # as a primvar it was checked with the others
            self._expect(self._thickness, self._interpolation(self._thickness), len(widths), len(widths), sizes, time)
        return widths

    def _extent(self, points: NDArray, widths: NDArray | None, time: float | None) -> None:
        attribute = self.based.GetExtentAttr()
        extent = _array(attribute, time)
        if extent is None:
            self.found.warning(self.path, "it has no extent: programs must look at all points", EXTENT_FIX, time)
            return
        if extent.shape != (2, 3) or not np.isfinite(extent).all():
            self.found.error(attribute.GetPath(), "it is not two finite corners", EXTENT_FIX, time)
            return
        pad = 0.0 if widths is None else 0.5 * float(widths.max())
        low, high = points.min(axis=0).astype(float) - pad, points.max(axis=0).astype(float) + pad
        rounding = 1e-6 * np.abs(points).max() + 1e-3 * pad
        outside = max((extent[0] - low).max(), (high - extent[1]).max())
        beyond = max((low - extent[0]).max(), (extent[1] - high).max())
        if outside > rounding:
            what = f"points, or half their widths, lie up to {outside:.3g} outside of it"
            self.found.error(attribute.GetPath(), what, EXTENT_FIX, time, float(outside))
        elif beyond > 0.5 * np.linalg.norm(high - low) + pad:
            what = f"it is larger than the points and their widths by {beyond:.3g}"
            self.found.warning(attribute.GetPath(), what, EXTENT_FIX, time, float(beyond))

    def _vectors(self, name: str, points: NDArray, time: float | None) -> None:
        values = _array(self.prim.GetAttribute(name), time)
        if values is None:
            return
        self._finite(name, values, time)
        if len(values) != len(points):
            what = f"{len(values)} values for {len(points)} points"
            self.found.error(self.path.AppendProperty(name), what, "give one for each point", time)

    def _finite(self, name: str, values: NDArray, time: float | None) -> bool:
        if not np.issubdtype(values.dtype, np.floating) or np.isfinite(values).all():
            return True
        wrong = np.count_nonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))
        what = f"{wrong} of {len(values)} are not finite"
        self.found.error(self.path.AppendProperty(name), what, FINITE_FIX, time, wrong)
        return False


def _code(time: float | None) -> Usd.TimeCode:
    return Usd.TimeCode.Default() if time is None else Usd.TimeCode(time)


def _text(attribute: Usd.Attribute) -> str:
    return str(attribute.Get() or "")


def _array(attribute: Any, time: float | None, kinds: str = "biuf") -> NDArray | None:
    """An array, by default of numbers; None where there is something else: USD's validators tell of wrong types."""
    value = attribute.Get(_code(time)) if attribute else None
    array = np.asarray(value)
    return None if value is None or not array.ndim or array.dtype.kind not in kinds else array
