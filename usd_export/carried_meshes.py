"""The meshes of a cloth's obstacles in the USD file itself, so that it can be simulated where their files are not."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from pxr import Sdf, Usd, Vt

from warp_fabric.errors import SceneError, UsdError
from warp_fabric.obstacle_mesh import MeshTables, mesh_tables
from warp_fabric.scene.doubts import SceneWarning
from warp_fabric.scene.meshes import obstacle_mesh

if TYPE_CHECKING:
    from warp_fabric.scene import Scene

MESHES = "warpFabric:meshes"
"""The namespace of meshes: below it one for each, in which are the arrays of its file."""
SUFFIX = ".npz"
LEAVE_OUT = "or export without obstacles"
_DOCS = {"time": "[s], of each set of vertices.", "vertices": "[m], set by set.", "faces": "Vertices of triangles."}


def carry_meshes(prim: Usd.Prim, scene: Scene, needed: bool = True) -> dict[str, str]:
    """Write the meshes of a scene's obstacles to the root prim, exactly.

    Args:
        prim: The root prim.
        scene: What was simulated.
        needed: Whether the file shows obstacles. Where it does not, meshes that cannot be read are left out with a
            warning.

    Returns:
        What their files are called there, by their paths.

    Raises:
        SceneError: where a mesh's file cannot be read and is needed.
    """
    names: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for k, obstacle in enumerate(scene.obstacles):
        if obstacle.file is None or obstacle.file in names:
            continue
        try:
            mesh = obstacle_mesh(obstacle, f"obstacles[{k}]")
        except SceneError as error:
            if needed:
                raise SceneError(error.what, where=error.where, fix=f"{error.fix}; {LEAVE_OUT}") from error
            left_out[obstacle.file] = error.what
            continue
        if mesh is not None:
            names[obstacle.file] = f"obstacle_{k}{SUFFIX}"
            _carry(prim, names[obstacle.file].removesuffix(SUFFIX), mesh)
    if left_out:
        text = f"meshes of obstacles are left out: {'; '.join(left_out.values())}"
        warnings.warn(f"{text}; the USD file can be shown, but not simulated again", SceneWarning, stacklevel=2)
    return names


def _carry(prim: Usd.Prim, name: str, mesh: MeshTables) -> None:
    values = {
        "time": (Sdf.ValueTypeNames.DoubleArray, Vt.DoubleArray.FromNumpy(mesh.times)),
        "vertices": (Sdf.ValueTypeNames.Double3Array, Vt.Vec3dArray.FromNumpy(_whole(mesh.vertices.reshape(-1, 3)))),
        "faces": (Sdf.ValueTypeNames.IntArray, Vt.IntArray.FromNumpy(_whole(mesh.faces.reshape(-1).astype(np.int32)))),
    }
    for key, (kind, value) in values.items():
        attribute = prim.CreateAttribute(f"{MESHES}:{name}:{key}", kind, True, Sdf.VariabilityUniform)
        attribute.Set(value)
        attribute.SetDocumentation(_DOCS[key])


def _whole(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array)


def carried_meshes(prim: Usd.Prim) -> dict[str, dict[str, np.ndarray]]:
    """The meshes that a root prim carries, by the names that its scene has for their files.

    Returns:
        `time` [T] s, `vertices` [T, V, 3] m and `faces` [F, 3] of each.

    Raises:
        UsdError: where one of them is not whole.
    """
    found: dict[str, dict[str, np.ndarray]] = {}
    for attribute in prim.GetPropertiesInNamespace(MESHES):
        name, key = attribute.GetName().removeprefix(f"{MESHES}:").rpartition(":")[::2]
        value = attribute.Get() if isinstance(attribute, Usd.Attribute) else None
        found.setdefault(name + SUFFIX, {})[key] = np.array(() if value is None else value)
    return {name: _shaped(arrays, prim, name.removesuffix(SUFFIX)) for name, arrays in found.items()}


def mesh_tables_of(prim: Usd.Prim) -> dict[str, MeshTables]:
    """The meshes that a root prim carries, ready for use, by the names that its scene has for their files.

    Raises:
        UsdError: where one of them is not whole.
        SceneError: where one of them is impossible.
    """
    meshes = carried_meshes(prim)
    return {name: mesh_tables(each["time"], each["vertices"], each["faces"], name) for name, each in meshes.items()}


def _shaped(arrays: dict[str, np.ndarray], prim: Usd.Prim, name: str) -> dict[str, np.ndarray]:
    time, vertices, faces = (arrays.get(key, np.zeros(0)) for key in _DOCS)
    fits = time.size and vertices.size and vertices.size % (3 * time.size) == 0 and faces.size % 3 == 0
    if not fits or faces.dtype.kind != "i":
        what = f"{MESHES}:{name} is not a whole mesh: time, vertices and faces"
        raise UsdError(what, where=str(prim.GetPath()), fix="export the run again")
    return {"time": time, "vertices": vertices.reshape(len(time), -1, 3), "faces": faces.reshape(-1, 3)}
