"""What the cloth is physically, as custom attributes, so that a USD file can be simulated again."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pxr import Sdf, Tf, Usd, Vt

from usd_export.carried_meshes import carried_meshes, carry_meshes
from warp_fabric.errors import UsdError
from warp_fabric.initial import STATE, initial_state
from warp_fabric.parameters import of_table
from warp_fabric.scene import Initial, Scene
from warp_fabric.scene.toml import scene_to_toml

if TYPE_CHECKING:
    from warp_fabric.fabric import Fabric
    from warp_fabric.yarn import Yarn

NAMESPACE = "warpFabric"
SCENE = f"{NAMESPACE}:scene"
"""The attribute that holds the scene file's text."""


PANEL = "panel"
"""The name, within the namespace, of the attribute that names a panel."""
INITIAL = f"{NAMESPACE}:initial"
"""The namespace of the state that a run began with, where that was not rest: an attribute for each array."""

_ROWS = {3: (Sdf.ValueTypeNames.Double3Array, Vt.Vec3dArray), 2: (Sdf.ValueTypeNames.Double2Array, Vt.Vec2dArray)}


def describe_scene(
    prim: Usd.Prim,
    scene: Scene,
    version: str,
    device: str,
    initial: Mapping[str, np.ndarray] | None = None,
    obstacles: bool = True,
) -> None:
    """Write the scene to the root prim. SI units, whatever the stage's are.

    Args:
        prim: The root prim.
        scene: What was simulated.
        version, device: By what.
        initial: Arrays of the state that the scene's `initial` names; None: read them. They are written themselves:
            where the USD file goes, the one they are in need not be.
        obstacles: Whether the file shows them.

    Raises:
        SceneError: where the initial state or the mesh of an obstacle cannot be read.
    """
    names = carry_meshes(prim, scene, needed=obstacles)
    text = scene_to_toml(replace(scene, initial=Initial()), names)
    _write(prim, "scene", Sdf.ValueTypeNames.String, text, "The scene file (TOML) that was simulated.")
    if scene.initial.state is not None:
        for name, array in (initial_state(scene) if initial is None else initial).items():
            kind, rows = _ROWS[array.shape[-1]]
            value = rows.FromNumpy(np.ascontiguousarray(array.reshape(-1, array.shape[-1])))
            _write(prim, f"initial:{name}", kind, value, "What it began with [m, m/s], crossing by crossing.")
    _write(prim, "version", Sdf.ValueTypeNames.String, version, "Version of warp-fabric that simulated it.")
    if device:
        _write(prim, "device", Sdf.ValueTypeNames.String, device, "Device that it was simulated on.")


def describe_fabric(prim: Usd.Prim, fabric: Fabric, panel: str | None = None) -> None:
    """Write a fabric to the prim above its yarns; with the name of the panel that it is. SI units."""
    if panel is not None:
        _write(prim, PANEL, Sdf.ValueTypeNames.String, panel, "Which of the scene's panels it is.")
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
    if not fabric.layout.is_full:
        present = Vt.BoolArray.FromNumpy(np.ascontiguousarray(fabric.layout.present.reshape(-1)))
        text = "Which crossings there are, pick by pick: the cloth was cut."
        _write(prim, "fabric:present", Sdf.ValueTypeNames.BoolArray, present, text)


def describe_yarn(prim: Usd.Prim, yarn: Yarn, direction: str) -> None:
    """Write a yarn's parameters to the prim of its curves. SI units, whatever the stage's are."""
    _write(prim, "direction", Sdf.ValueTypeNames.Token, direction, "end: lengthwise, pick: crosswise.")
    _write(prim, "yarn:name", Sdf.ValueTypeNames.String, yarn.name, "Its name in the scene.")
    for parameter in of_table("yarns").values():
        first, *others = parameter.key.split("_")
        name, value = first + "".join(map(str.title, others)), getattr(yarn, parameter.key)
        _write(prim, f"yarn:{name}", Sdf.ValueTypeNames.Double, value, f"[{parameter.unit or 1}] {parameter.doc}")


def scene_of(path: str | os.PathLike) -> str:
    """The scene of an exported cloth, as the text of a scene file; `warp_fabric.Scene.from_toml` reads it.

    It has no `initial`: where the cloth began with another state than rest, `initial_of` has that. Meshes of obstacles
    are named as `meshes_of` names them, in the folder that `from_toml` is given.

    Args:
        path: A file that `export` wrote, or one that has such a cloth in it.

    Raises:
        UsdError: where the file cannot be read, or holds no such cloth, or several of different scenes.
    """
    return _cloth_of(path).text


def meshes_of(path: str | os.PathLike) -> dict[str, dict[str, np.ndarray]]:
    """The meshes of an exported cloth's obstacles, as exactly as the run had them, by the names in its scene.

    Args:
        path: See `scene_of`.

    Returns:
        `time` [T] s, `vertices` [T, V, 3] m and `faces` [F, 3] of each, as `numpy.savez(name, **arrays)` takes them to
        make the file that the scene names.

    Raises:
        UsdError: as `scene_of` does, and where a mesh is not whole.
    """
    return _cloth_of(path).meshes


def initial_of(path: str | os.PathLike) -> dict[str, np.ndarray] | None:
    """The state that an exported cloth began with; None where that was rest.

    Args:
        path: See `scene_of`.

    Returns:
        `position` [picks, ends, 3] m, `sliding` [picks, ends, 2] m, `velocity`, `sliding_velocity` [m/s] and
        `anchor` [picks, ends, 2] m; with panels [crossings, ...] each.

    Raises:
        UsdError: as `scene_of` does, and where the state is not whole.
    """
    cloth = _cloth_of(path)
    text, arrays = cloth.text, cloth.initial
    if not any(array.size for array in arrays.values()):
        return None
    shape = Scene.from_toml(text).grid
    for name, array in arrays.items():
        if len(array) != math.prod(shape) or not np.isfinite(array).all():
            fix = "export the run again"
            raise UsdError(f"{INITIAL}:{name} is not one finite value for each crossing", where=str(path), fix=fix)
    return {name: array.reshape(*shape, -1) for name, array in arrays.items()}


@dataclass(frozen=True, eq=False)
class _Described:
    """The text of a scene, the arrays of the initial state, empty where there is none, and the meshes of obstacles."""

    text: str
    initial: dict[str, np.ndarray]
    meshes: dict[str, dict[str, np.ndarray]]

    @property
    def key(self) -> tuple:
        """What cloths share that are the same."""
        arrays = [*self.initial.values(), *(array for mesh in self.meshes.values() for array in mesh.values())]
        return self.text, *(array.tobytes() for array in arrays)


def _cloth_of(path: str | os.PathLike) -> _Described:
    path = Path(path)
    if not path.is_file():
        raise UsdError("there is no such USD file", where=str(path), fix="check the path, or export a run first")
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        what = f"this cannot be read as USD: {summary(error)}"
        raise UsdError(what, where=str(path), fix="give a .usdc, .usda or .usdz file") from error
    found: dict[tuple, tuple[Usd.Prim, _Described]] = {}
    for prim in stage.Traverse(Usd.PrimAllPrimsPredicate):
        text = prim.GetAttribute(SCENE).Get() if prim.HasAttribute(SCENE) else None
        if isinstance(text, str):
            described = _Described(text, _initial_arrays(prim), carried_meshes(prim))
            found.setdefault(described.key, (prim, described))
    if not found:
        fix = "give a file that `warp-fabric export` wrote"
        raise UsdError(f"no prim has the attribute {SCENE}", where=str(path), fix=fix)
    if len(found) > 1:
        prims = ", ".join(str(prim.GetPath()) for prim, _described in found.values())
        what = f"it holds cloths of {len(found)} scenes: {prims}"
        raise UsdError(what, where=str(path), fix="give the file of one of them")
    ((_prim, described),) = found.values()
    return described


def _initial_arrays(prim: Usd.Prim) -> dict[str, np.ndarray]:
    values = ((name, prim.GetAttribute(f"{INITIAL}:{name}")) for name in STATE)
    return {name: np.array(value.Get() if value else [], dtype=np.float64) for name, value in values}


def summary(error: Exception) -> str:
    """What USD says went wrong, without where in its sources."""
    said = [part.rstrip("'\" )") for part in str(error).split(" : '")[1:]]
    return (said[0].split("', Error in")[0].split("'\n")[0] if said else str(error)).strip()


def _write(prim: Usd.Prim, name: str, kind: Sdf.ValueTypeName, value: Any, text: str) -> None:
    attribute = prim.CreateAttribute(f"{NAMESPACE}:{name}", kind, True, Sdf.VariabilityUniform)
    attribute.Set(value)
    attribute.SetDocumentation(text)
