"""The stage: its units, axes and time codes, and the layer that describes all but the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pxr import Gf, Kind, Sdf, Tf, Usd, UsdGeom, Vt

from usd_export.options import UNITS, Options
from warp_fabric.srgb import to_linear

if TYPE_CHECKING:
    from warp_fabric.fabric import Fabric

Array = NDArray[np.float64]

ROOT = Sdf.Path("/Cloth")
"""The prim that all of an export lies under, and the layer's default prim: the cloth, or the parent of its panels."""
CLIPS = "clips"
"""The root prim's metadata that names value clips."""
LOOKS = ROOT.AppendChild("Looks")
"""Where materials lie."""
LENGTHS, UV = "st", "uv"
"""Names of texture coordinates: lengths of yarn [m], a pick's and an end's, and 0 to 1 over the uncut cloth."""
FINE = 2e-3
"""Share of the thinnest yarn's radius that points may be rounded by."""


@dataclass(frozen=True)
class Placement:
    """From the simulation's metres, z up, and seconds to the stage's units, up axis and time codes.

    Attributes:
        scale: Stage units per metre.
        y_up: Whether the stage's up axis is y.
        origin: [3] m, what points are relative to; the root prim is translated there.
        rate: Time codes per second.
        root: The prim that the fabric lies under.
        frame: [4, 4] of a panel whose points are in a frame of its own: the rigid motion from there to the simulation
            [m], which its root prim has; None: they are in the simulation's.
    """

    scale: float
    y_up: bool
    origin: Array
    rate: float
    root: Sdf.Path = ROOT
    frame: Array | None = None

    @classmethod
    def of(cls, options: Options, fabric: Fabric, frames_per_second: float) -> Placement:
        """The placement that an export's options ask for; of panels, `fabric` is the first."""
        return cls(
            scale=1.0 / UNITS[options.unit],
            y_up=options.up_axis == "Y",
            origin=origin_of(fabric),
            rate=options.time_codes_per_second or frames_per_second,
        )

    def points(self, points: Array) -> NDArray[np.float32]:
        """[n, 3] float32, points [m] in stage units relative to the root prim."""
        if self.frame is not None:
            return self.vectors(points - self.frame[:3, 3])
        return self.vectors(points - self.origin if self.origin.any() else points)

    def vectors(self, vectors: Array) -> NDArray[np.float32]:
        """[n, 3] float32, vectors [m or m/s] in stage units (a second)."""
        vectors = vectors.reshape(-1, 3)
        if self.frame is not None:
            vectors = vectors @ self.frame[:3, :3]
        result = np.empty(vectors.shape, dtype=np.float32)
        axes = ((0, 0, 1.0), (1, 2, 1.0), (2, 1, -1.0)) if self.y_up else ((0, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0))
        for to, source, sign in axes:
            np.multiply(vectors[:, source], sign * self.scale, out=result[:, to], casting="same_kind")
        return result

    def vector(self, vector: Array) -> Gf.Vec3d:
        """A vector [3] m in stage units, in double precision."""
        x, y, z = (self.scale * vector).tolist()
        return Gf.Vec3d(x, z, -y) if self.y_up else Gf.Vec3d(x, y, z)

    def move(self) -> Gf.Matrix4d | None:
        """The transform of a panel's root prim, as USD has it: for rows; None where there is no frame."""
        if self.frame is None:
            return None
        axes = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]] if self.y_up else np.eye(3), dtype=float)
        matrix = np.eye(4)
        matrix[:3, :3] = (axes @ self.frame[:3, :3] @ axes.T).T
        matrix[3, :3] = self.scale * axes @ (self.frame[:3, 3] - self.origin)
        return Gf.Matrix4d(matrix.tolist())

    def code(self, time: float) -> float:
        """The time code of a time [s]; whole where it is but for rounding."""
        code = time * self.rate
        return float(round(code)) if abs(code - round(code)) < 1e-6 * max(1.0, abs(code)) else float(code)


def origin_of(fabric: Fabric) -> Array:
    """[3] m, what the points of an export are relative to: 0, but where that would round them visibly to float32."""
    first = np.asarray(fabric.position[0, 0], dtype=np.float64)
    radius = min(fabric.end_radius.min(), fabric.pick_radius.min())
    far = 0.5 * np.finfo(np.float32).eps * np.abs(first).max() > FINE * radius
    return first if far else np.zeros(3)


def open_stage(layer: Sdf.Layer, placement: Placement, comment: str) -> Usd.Stage:
    """A stage on an empty layer with its metadata and root prim."""
    stage = Usd.Stage.Open(layer)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y if placement.y_up else UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0 / placement.scale)
    stage.SetTimeCodesPerSecond(placement.rate)
    stage.SetFramesPerSecond(placement.rate)
    layer.documentation = comment
    root = UsdGeom.Xform.Define(stage, ROOT)
    stage.SetDefaultPrim(root.GetPrim())
    Usd.ModelAPI(root).SetKind(Kind.Tokens.component)
    if placement.origin.any():
        root.AddTranslateOp().Set(placement.vector(placement.origin))
    return stage


def close_span(layer: Sdf.Layer, first: float, last: float) -> None:
    """Say from which time code to which there are samples."""
    layer.startTimeCode, layer.endTimeCode = first, last


def vec3f(array: NDArray[np.float32]) -> Vt.Vec3fArray:
    """A USD array of [n, 3] float32."""
    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(array))


def vec2f(array: NDArray[np.floating]) -> Vt.Vec2fArray:
    """A USD array of [n, 2] floats."""
    return Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(array, dtype=np.float32))


def write_coordinates(geometry: UsdGeom.Gprim, name: str, values: Array) -> None:
    """Write texture coordinates of a mesh's or of curves' points, [n, 2]; where values repeat, each once."""
    kind, single = Sdf.ValueTypeNames.TexCoord2fArray, np.ascontiguousarray(values, dtype=np.float32)
    primvar = UsdGeom.PrimvarsAPI(geometry).CreatePrimvar(name, kind, UsdGeom.Tokens.vertex)
    pairs = single.view(np.uint64).reshape(-1)  # as one number each: sorted faster by far
    _once, first, indices = np.unique(pairs, return_index=True, return_inverse=True)
    if len(first) < len(single):
        primvar.Set(vec2f(single[first]))
        primvar.SetIndices(Vt.IntArray.FromNumpy(indices.astype(np.int32)))
    else:
        primvar.Set(vec2f(single))


def write_primvar(primvar: UsdGeom.Primvar, values: NDArray[np.float32]) -> None:
    """Write a primvar, [n] floats or [n, 3]; where values repeat, each once, with indices."""
    once, indices = np.unique(values, axis=0, return_inverse=True)
    repeat = len(once) < len(values)
    kept = once if repeat else values
    primvar.Set(vec3f(kept) if kept.ndim > 1 else Vt.FloatArray.FromNumpy(np.ascontiguousarray(kept)))
    if repeat:
        primvar.SetIndices(Vt.IntArray.FromNumpy(indices.reshape(-1).astype(np.int32)))


def linear(srgb: Array) -> NDArray[np.float32]:
    """Linear colours, as USD has them, of sRGB ones, both 0 to 1."""
    return to_linear(srgb).astype(np.float32)


def prim_name(name: str, taken: set[str]) -> str:
    """A name as USD allows it, that is not taken yet; it is taken from now on."""
    base = valid = Tf.MakeValidIdentifier(name) if name else "unnamed"
    count = 2
    while valid in taken:
        valid, count = f"{base}_{count}", count + 1
    taken.add(valid)
    return valid
