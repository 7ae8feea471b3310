"""The yarns of a fabric as hair curves: one object for each yarn and direction, as an exported file has prims."""

from __future__ import annotations

import re

import bpy
import numpy as np
from mathutils import Matrix

from usd_export.options import Options
from usd_export.yarn_lines import Group, YarnLines
from warp_fabric.fabric import Fabric
from warp_fabric.geometry import cloth_uv

from .surface import UV

DIRECTION = "fabric_direction"
"""Custom property of the objects: "end" or "pick"."""
YARN = "fabric_yarn"
"""Custom property of the objects: which yarn in the fabric's list they are made of."""
TURNS = "fabric_turns"
"""Custom property of the objects: turns of twist on the longest yarn, for its material."""
SHARE = "fabric_share"
"""Attribute of the curves' points: the length of their curve over that of the longest; cut yarns have fewer turns."""
TWIST = 0.45
"""Turns of twist in a length of one diameter, as far as can be seen: a look, no quantity of the simulation."""


def yarn_objects(obj: bpy.types.Object) -> dict[tuple[str, int], bpy.types.Object]:
    """The yarns of a fabric by direction and yarn."""
    return {(each[DIRECTION], each[YARN]): each for each in obj.children if DIRECTION in each and each.type == "CURVES"}


def yarn_groups(fabric: Fabric) -> list[tuple[tuple[str, int], Group, np.ndarray]]:
    """What objects a fabric has: direction and yarn, the group, and its curves' points at rest [points, 3] in m."""
    lines = YarnLines(fabric, Options())
    number = {yarn.name: k for k, yarn in enumerate(fabric.yarns)}
    shapes = lines.at(fabric.position, fabric.sliding)
    return [((each.direction, number[each.yarn.name]), each, shape) for each, shape in zip(lines.groups, shapes)]


def yarn_uvs(fabric: Fabric) -> list[np.ndarray]:
    """[points, 2] for each of these, where in the uncut cloth the points are."""
    return YarnLines(fabric, Options()).across(cloth_uv(fabric.layout))


def own_data(obj: bpy.types.Object) -> None:
    """Before an object's points change: a linked duplicate (Alt-D) keeps its own."""
    if obj.data.users > 1:
        obj.data = obj.data.copy()


def prim_paths(groups: list[Group], root: str = "/Cloth") -> list[str]:
    """Where an exported file has these groups, whose fabric lies under `root`."""
    paths: list[str] = []
    for each in groups:
        # USD looks at bytes: a letter with an accent becomes several underscores
        name = re.sub(rb"[^A-Za-z0-9_]", b"_", f"{each.direction}s_{each.yarn.name}".encode()).decode()
        path, count = f"{root}/Yarns/{name}", 2
        while path in paths:
            path, count = f"{root}/Yarns/{name}_{count}", count + 1
        paths.append(path)
    return paths


def place_yarns(obj: bpy.types.Object, fabric: Fabric) -> None:
    """Make the yarns of a fabric its children, at rest; objects that are there already are used again."""
    before = yarn_objects(obj)
    for (key, group, shape), uv in zip(yarn_groups(fabric), yarn_uvs(fabric)):
        name = f"{group.direction.capitalize()}s: {group.yarn.name}"
        child = before.pop(key, None)
        if child is None:
            child = _new_child(obj, name)
            child[DIRECTION], child[YARN] = key
        child.matrix_parent_inverse.identity()  # Blender moves them where a fabric's rotation is applied
        child.matrix_basis = Matrix()
        lengths = [_length(part) for part in np.split(shape, np.cumsum(group.counts)[:-1])]
        _renew(child, _curves(child.data.name, group, shape, uv, lengths))
        child[TURNS] = float(round(TWIST * max(lengths) / (2.0 * group.radius)))
    for child in before.values():
        curves = child.data
        bpy.data.objects.remove(child)
        if not curves.users:
            bpy.data.hair_curves.remove(curves)


def _new_child(obj: bpy.types.Object, name: str) -> bpy.types.Object:
    child = bpy.data.objects.new(name, bpy.data.hair_curves.new(name))
    for each in obj.users_collection:
        each.objects.link(child)
    child.parent = obj
    # a yarn dragged off its cloth is a mistake: what moves is the fabric
    child.lock_location = child.lock_rotation = child.lock_scale = (True, True, True)
    return child


def _renew(child: bpy.types.Object, curves: bpy.types.Curves) -> None:
    """Give a yarn other curves with the materials it has. Blender 4.2 cannot take curves away from what is there."""
    before = child.data
    for each in before.materials:
        curves.materials.append(each)
    child.data = curves
    if not before.users:
        name = before.name
        bpy.data.hair_curves.remove(before)
        curves.name = name


def _length(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _curves(name: str, group: Group, shape: np.ndarray, uv: np.ndarray, lengths: list[float]) -> bpy.types.Curves:
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves(group.counts.tolist())
    position = np.ascontiguousarray(shape, dtype=np.float32).ravel()
    curves.attributes["position"].data.foreach_set("vector", position)
    radius = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", np.full(len(shape), group.radius, np.float32))
    place = curves.attributes.new(UV, "FLOAT2", "POINT")
    place.data.foreach_set("vector", np.ascontiguousarray(uv).ravel())
    shares = np.repeat(np.array(lengths) / max(lengths), group.counts).astype(np.float32)
    curves.attributes.new(SHARE, "FLOAT", "POINT").data.foreach_set("value", shares)
    return curves
