"""What the cloth is physically, as custom attributes, so that a USD file can be simulated again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pxr import Sdf, Tf, Usd, Vt

from warp_fabric.errors import UsdError

if TYPE_CHECKING:
    from warp_fabric.scene import Scene
    from warp_fabric.yarn import Yarn

NAMESPACE = "warpFabric"
SCENE = f"{NAMESPACE}:scene"
"""The attribute that holds the scene file's text."""


def describe_cloth(prim: Usd.Prim, scene: Scene, version: str, device: str) -> None:
    """Write the scene and the fabric to the root prim. SI units, whatever the stage's are."""
    fabric = scene.build()
    _write(prim, "scene", Sdf.ValueTypeNames.String, scene.to_toml(), "The scene file (TOML) that was simulated.")
    _write(prim, "version", Sdf.ValueTypeNames.String, version, "Version of warp-fabric that simulated it.")
    if device:
        _write(prim, "device", Sdf.ValueTypeNames.String, device, "Device that it was simulated on.")
    facts = (
        ("ends", Sdf.ValueTypeNames.Int, fabric.end_count, "Number of lengthwise yarns."),
        ("picks", Sdf.ValueTypeNames.Int, fabric.pick_count, "Number of crosswise yarns."),
        ("endSpacing", Sdf.ValueTypeNames.Double, fabric.end_spacing, "Between neighbouring ends at rest [m]."),
        ("pickSpacing", Sdf.ValueTypeNames.Double, fabric.pick_spacing, "Between neighbouring picks at rest [m]."),
    )
    for name, kind, value, text in facts:
        _write(prim, f"fabric:{name}", kind, value, text)
    drawdown = Vt.BoolArray.FromNumpy(np.ascontiguousarray(fabric.drawdown.reshape(-1)))
    text = "Whether the end is on top, crossing by crossing, pick by pick."
    _write(prim, "fabric:drawdown", Sdf.ValueTypeNames.BoolArray, drawdown, text)


def describe_yarn(prim: Usd.Prim, yarn: Yarn, direction: str) -> None:
    """Write a yarn's parameters to the prim of its curves. SI units, whatever the stage's are."""
    _write(prim, "direction", Sdf.ValueTypeNames.Token, direction, "end: lengthwise, pick: crosswise.")
    _write(prim, "yarn:name", Sdf.ValueTypeNames.String, yarn.name, "Its name in the scene.")
    facts = (
        ("radius", yarn.radius, "Of its round outline [m]."),
        ("linearDensity", yarn.linear_density, "Mass per length [kg/m]."),
        ("youngModulus", yarn.young_modulus, "Tensile modulus over the outline's area [Pa]."),
        ("bendingModulus", yarn.bending_modulus, "Bending rigidity over the outline's area [N]."),
    )
    for name, value, text in facts:
        _write(prim, f"yarn:{name}", Sdf.ValueTypeNames.Double, value, text)


def scene_of(path: str | os.PathLike) -> str:
    """The scene of an exported cloth, as the text of a scene file; `warp_fabric.Scene.from_toml` reads it.

    Args:
        path: A file that `export` wrote, or one that has such a cloth in it.

    Raises:
        UsdError: where the file cannot be read, or holds no such cloth, or several of different scenes.
    """
    path = Path(path)
    if not path.is_file():
        raise UsdError("there is no such USD file", where=str(path), fix="check the path, or export a run first")
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        what = f"this cannot be read as USD: {summary(error)}"
        raise UsdError(what, where=str(path), fix="give a .usdc, .usda or .usdz file") from error
    found = {}
    for prim in stage.Traverse(Usd.PrimAllPrimsPredicate):
        text = prim.GetAttribute(SCENE).Get() if prim.HasAttribute(SCENE) else None
        if isinstance(text, str):
            found.setdefault(text, str(prim.GetPath()))
    if not found:
        fix = "give a file that `warp-fabric export` wrote"
        raise UsdError(f"no prim has the attribute {SCENE}", where=str(path), fix=fix)
    if len(found) > 1:
        what = f"it holds cloths of {len(found)} scenes: {', '.join(found.values())}"
        raise UsdError(what, where=str(path), fix="give the file of one of them")
    return next(iter(found))


def summary(error: Exception) -> str:
    """What USD says went wrong, without where in its sources."""
    said = [part.rstrip("'\" )") for part in str(error).split(" : '")[1:]]
    return (said[0].split("', Error in")[0].split("'\n")[0] if said else str(error)).strip()


def _write(prim: Usd.Prim, name: str, kind: Sdf.ValueTypeName, value: Any, text: str) -> None:
    attribute = prim.CreateAttribute(f"{NAMESPACE}:{name}", kind, True, Sdf.VariabilityUniform)
    attribute.Set(value)
    attribute.SetDocumentation(text)
