"""Guides: where pins hold the cloth, as `UsdGeomPoints` that move along the pins' paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pxr import Gf, Sdf, Usd, UsdGeom, Vt

from usd_export.metadata import NAMESPACE
from usd_export.options import Options
from usd_export.stage import Placement, vec3f
from warp_fabric.scene.pin_path import pin_targets

if TYPE_CHECKING:
    from warp_fabric.scene import Scene

PINS = "Pins"
"""The name of the prim of a fabric's pins."""
SIZE = 4.0
"""A pin's diameter, in diameters of the thickest yarn."""
COLOR = (0.8, 0.05, 0.02)


def define_pins(stage: Usd.Stage, scene: Scene, options: Options, placement: Placement) -> None:
    """Write the pins' targets: where paths have a key, and the same before and after."""
    if not (scene.pins and options.pins):
        return
    fabric = scene.real_fabric
    points = UsdGeom.Points.Define(stage, placement.root.AppendChild(PINS))
    points.CreatePurposeAttr().Set(UsdGeom.Tokens.guide)
    thickest = 2.0 * max(fabric.end_radius.max(), fabric.pick_radius.max())
    # one for each: USD computes no extent of points with a single width
    widths = Vt.FloatArray(len(scene.pins), SIZE * thickest * placement.scale)
    points.CreateWidthsAttr(widths)
    points.SetWidthsInterpolation(UsdGeom.Tokens.vertex)
    points.CreateIdsAttr(Vt.Int64Array(range(len(scene.pins))))
    points.CreateDisplayColorPrimvar(UsdGeom.Tokens.constant).Set(Vt.Vec3fArray([Gf.Vec3f(*COLOR)]))
    crossings = Vt.Vec2iArray([Gf.Vec2i(*pin.crossing) for pin in scene.pins])
    points.GetPrim().CreateAttribute(f"{NAMESPACE}:crossings", Sdf.ValueTypeNames.Int2Array, True).Set(crossings)
    times = sorted({row[0] for pin in scene.pins for row in pin.path or ()})
    for time in times or [None]:
        code = Usd.TimeCode.Default() if time is None else Usd.TimeCode(placement.code(time))
        at = vec3f(placement.points(pin_targets(scene.pins, fabric.position, time or 0.0)))
        points.CreatePointsAttr().Set(at, code)
        points.CreateExtentAttr().Set(UsdGeom.Points.ComputeExtent(at, widths), code)
