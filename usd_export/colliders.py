"""Colliders: the scene's obstacles as meshes that move as they do, with collision of `UsdPhysics` where it fits."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade, Vt

from usd_export.metadata import NAMESPACE
from usd_export.options import Options
from usd_export.stage import ROOT, Placement, linear, vec3f
from warp_fabric.obstacle_shapes import COLOR, face_normals, obstacle_shapes

if TYPE_CHECKING:
    from warp_fabric.obstacle_shapes import ObstacleShape
    from warp_fabric.scene import Scene

COLLIDERS = ROOT.AppendChild("colliders")
OBSTACLE = f"{NAMESPACE}:obstacle"
"""The attribute with an obstacle's number in the scene."""
FINE = 0.1
"""Radians that a collider turns from sample to sample at most: in between USD turns about a fixed axis."""
APPROXIMATIONS = {"sphere": UsdPhysics.Tokens.boundingSphere, "box": UsdPhysics.Tokens.boundingCube}
"""Exact for these; other shapes collide as the triangles they are."""


def define_colliders(stage: Usd.Stage, scene: Scene, options: Options, placement: Placement) -> list[Sdf.Path]:
    """Write a mesh for each obstacle, all of its motion included; returns their paths.

    Raises:
        SceneError: where the file of a mesh cannot be read.
    """
    if not (scene.obstacles and options.obstacles):
        return []
    UsdGeom.Scope.Define(stage, COLLIDERS)
    paths, materials = [], {}
    for k, shape in enumerate(obstacle_shapes(scene)):
        path = COLLIDERS.AppendChild(f"{shape.kind}_{k}")
        mesh = _define_mesh(stage, path, shape, placement)
        mesh.CreatePurposeAttr().Set(options.obstacle_purpose or UsdGeom.Tokens.guide)
        mesh.GetPrim().CreateAttribute(OBSTACLE, Sdf.ValueTypeNames.Int, True, Sdf.VariabilityUniform).Set(k)
        paths.append(path)
        if len(shape.times) == 1:  # what collides in other programs does not change its shape
            own = scene.obstacles[k].friction
            friction = scene.collision.friction if own is None else own
            if friction not in materials:
                place = COLLIDERS.AppendChild(f"friction_{len(materials)}")
                materials[friction] = _friction(stage, place, friction)
            _collide(mesh.GetPrim(), shape, materials[friction])
    return paths


def _define_mesh(stage: Usd.Stage, path: Sdf.Path, shape: ObstacleShape, placement: Placement) -> UsdGeom.Mesh:
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray(len(shape.faces), 3))
    corners = np.ascontiguousarray(shape.faces.reshape(-1).astype(np.int32))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(corners))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateOrientationAttr(UsdGeom.Tokens.rightHanded)
    mesh.CreateDoubleSidedAttr(not shape.closed)
    mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.constant).Set(vec3f(linear(np.array([COLOR]))))
    smooth = shape.normals is not None
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex if smooth else UsdGeom.Tokens.uniform)
    if len(shape.times) > 1:
        for time, vertices in zip(shape.times.tolist(), shape.vertices):
            _set_points(mesh, shape, vertices, placement.origin, placement, Usd.TimeCode(placement.code(time)))
        return mesh
    # single precision is ample about its own middle
    middle = 0.5 * (shape.vertices[0].min(axis=0) + shape.vertices[0].max(axis=0))
    _set_points(mesh, shape, shape.vertices[0], middle, placement, Usd.TimeCode.Default())
    _move(mesh, shape, middle, placement)
    return mesh


def _set_points(
    mesh: UsdGeom.Mesh,
    shape: ObstacleShape,
    vertices: np.ndarray,
    middle: np.ndarray,
    placement: Placement,
    code: Usd.TimeCode,
) -> None:
    """Write points relative to a middle [m], and normals: renderers would smooth over edges without."""
    at = vec3f(placement.vectors(vertices - middle))
    mesh.CreatePointsAttr().Set(at, code)
    mesh.CreateExtentAttr().Set(UsdGeom.PointBased.ComputeExtent(at), code)
    normals = face_normals(vertices, shape.faces) if shape.normals is None else shape.normals
    mesh.CreateNormalsAttr().Set(vec3f(placement.vectors(normals / placement.scale)), code)


def _move(mesh: UsdGeom.Mesh, shape: ObstacleShape, middle: np.ndarray, placement: Placement) -> None:
    """Place a mesh whose points are about its middle [m]: with samples where it moves."""
    times = sample_times(shape)
    shift = mesh.AddTranslateOp(UsdGeom.XformOp.PrecisionDouble)
    turn = mesh.AddOrientOp(UsdGeom.XformOp.PrecisionDouble) if shape.path[:, 4:].any() else None
    if turn is not None:  # about the origin of the shape's own coordinates
        mesh.AddTranslateOp(UsdGeom.XformOp.PrecisionDouble, "middle").Set(placement.vector(middle))
        middle = np.zeros(3)
    for time in times:
        code = Usd.TimeCode(placement.code(time)) if len(times) > 1 else Usd.TimeCode.Default()
        row = np.array([np.interp(time, shape.path[:, 0], column) for column in shape.path[:, 1:].T])
        shift.Set(placement.vector(row[:3] + middle - placement.origin), code)
        if turn is not None:
            angle = float(np.linalg.norm(row[3:]))
            # sin(angle / 2) / angle along the vector, which numpy's sinc has at 0 too
            axis = placement.vector(0.5 * np.sinc(0.5 * angle / np.pi) * row[3:] / placement.scale)
            turn.Set(Gf.Quatd(np.cos(0.5 * angle), axis), code)


def sample_times(shape: ObstacleShape) -> list[float]:
    """Times [s] between which a rigid shape moves straight and turns little; one where it stays."""
    if not shape.turns:
        return shape.path[:1, 0].tolist()
    times = shape.path[:1, 0].tolist()
    for before, after in pairwise(shape.path):
        parts = max(1, int(np.ceil(np.linalg.norm(after[4:] - before[4:]) / FINE)))
        times += np.linspace(before[0], after[0], parts + 1)[1:].tolist()
    return times


def _friction(stage: Usd.Stage, path: Sdf.Path, friction: float) -> UsdShade.Material:
    material = UsdShade.Material.Define(stage, path)
    physics = UsdPhysics.MaterialAPI.Apply(material.GetPrim())
    physics.CreateStaticFrictionAttr().Set(friction)
    physics.CreateDynamicFrictionAttr().Set(friction)
    return material


def _collide(prim: Usd.Prim, shape: ObstacleShape, friction: UsdShade.Material) -> None:
    UsdPhysics.CollisionAPI.Apply(prim)
    approximation = APPROXIMATIONS.get(shape.kind, UsdPhysics.Tokens.none)
    UsdPhysics.MeshCollisionAPI.Apply(prim).CreateApproximationAttr().Set(approximation)
    if shape.turns:
        UsdPhysics.RigidBodyAPI.Apply(prim).CreateKinematicEnabledAttr().Set(True)
    UsdShade.MaterialBindingAPI.Apply(prim).Bind(friction, materialPurpose="physics")
