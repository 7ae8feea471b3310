"""The meshes of a cloth's obstacles in the USD file itself, so that it can be simulated where their files are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pxr import Sdf, Usd, Vt

from warp_fabric.errors import UsdError
from warp_fabric.obstacle_mesh import MeshTables, mesh_tables
from warp_fabric.scene.meshes import obstacle_meshes

if TYPE_CHECKING:
    from warp_fabric.scene import Scene

MESHES = "warpFabric:meshes"
"""The namespace of meshes: below it one for each, in which are the arrays of its file."""
SUFFIX = ".npz"
_DOCS = {"time": "[s], of each set of vertices.", "vertices": "[m], set by set.", "faces": "Vertices of triangles."}


def carried_names(scene: Scene) -> dict[str, str]:
    """What the scene's mesh files are called in a USD file, by their paths."""
    names: dict[str, str] = {}
    for k, obstacle in enumerate(scene.obstacles):
        if obstacle.file is not None:
            names.setdefault(obstacle.file, f"obstacle_{k}{SUFFIX}")
    return names


def carry_meshes(prim: Usd.Prim, scene: Scene) -> None:
    """Write the meshes of a scene's obstacles to the root prim, exactly.

    Raises:
        SceneError: where a mesh's file cannot be read.
    """
    names = carried_names(scene)
    for obstacle, mesh in zip(scene.obstacles, obstacle_meshes(scene)):
        if obstacle.file is not None and mesh is not None:
            _carry(prim, names[obstacle.file].removesuffix(SUFFIX), mesh)


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
