"""Obstacles in USD: where they are at every moment, and what collides."""

import numpy as np
import pytest
from exported import array, exported
from obstructed import FRICTION, SAMPLES, obstructed
from pxr import Usd, UsdGeom, UsdPhysics, UsdShade
from usd_cloth import usd_run

from usd_export.colliders import FINE, sample_times
from warp_fabric.obstacle_shapes import obstacle_shapes

NAMES = ["plane_0", "sphere_1", "capsule_2", "box_3", "mesh_4", "mesh_5"]
AXES = {"Z": np.eye(3), "Y": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])}


def colliders_of(stage) -> dict[str, UsdGeom.Mesh]:
    return {each.GetName(): UsdGeom.Mesh(each) for each in stage.Traverse() if each.IsA(UsdGeom.Mesh)}


def in_world(mesh, code):
    """[V, 3], where the points are on the stage."""
    move = np.array(mesh.ComputeLocalToWorldTransform(Usd.TimeCode(code)))
    return array(mesh.GetPointsAttr(), code) @ move[:3, :3] + move[3, :3]


@pytest.mark.parametrize(
    "options", [{}, {"up_axis": "Y", "unit": "cm", "time_codes_per_second": 24.0}, {"layers": True}, {"clips": 2}]
)
def test_obstacles_are_where_the_scene_has_them(options, tmp_path):
    run = obstructed(tmp_path)
    stage = exported(tmp_path, run=run, surface=False, **options)
    meshes, scale = colliders_of(stage), 100.0 if options.get("unit") == "cm" else 1.0
    assert [*meshes] == NAMES
    for shape, (name, mesh) in zip(obstacle_shapes(run.scene), meshes.items()):
        assert mesh.GetPath().GetParentPath() == "/Cloth/colliders"
        assert mesh.GetPrim().GetAttribute("warpFabric:obstacle").Get() == NAMES.index(name)
        np.testing.assert_array_equal(array(mesh.GetFaceVertexIndicesAttr()).reshape(-1, 3), shape.faces)
        for time in (-1.0, 0.0, 0.017, 0.04, 0.0777, 0.1, 3.0):
            expected = scale * shape.at(time) @ AXES[options.get("up_axis", "Z")]
            there = in_world(mesh, time * stage.GetTimeCodesPerSecond())
            np.testing.assert_allclose(there, expected, atol=1e-6 * scale * np.ptp(expected) + 3e-8 * scale)


def test_a_cloth_far_away_has_its_obstacles_beside_it(tmp_path):
    run = obstructed(tmp_path, fabric__origin=[3e3, 0.0, 0.0])
    stage = exported(tmp_path, run=run, surface=False)
    for shape, mesh in zip(obstacle_shapes(run.scene), colliders_of(stage).values()):
        for time in (0.0, 0.06):
            # meshes that change their shape are not about their own middle
            rounding = 2e-4 if len(shape.times) > 1 else 1e-9
            size = np.ptp(shape.at(time))
            np.testing.assert_allclose(in_world(mesh, 50.0 * time), shape.at(time), atol=rounding + 1e-6 * size)


def test_extents_and_looks(tmp_path):
    stage = exported(tmp_path, run=obstructed(tmp_path), surface=False)
    for name, mesh in colliders_of(stage).items():
        times = mesh.GetPointsAttr().GetTimeSamples()
        assert times == ([50.0 * each for each in SAMPLES] if name == "mesh_5" else [])
        for code in times or [0.0]:
            computed = UsdGeom.PointBased.ComputeExtent(mesh.GetPointsAttr().Get(code))
            np.testing.assert_allclose(array(mesh.GetExtentAttr(), code), np.array(computed))
        assert mesh.GetSubdivisionSchemeAttr().Get() == "none"
        assert mesh.GetDoubleSidedAttr().Get() == (name == "plane_0")
        assert len(mesh.GetDisplayColorAttr().Get()) == 1
        smooth = name in ("sphere_1", "capsule_2")
        assert mesh.GetNormalsInterpolation() == ("vertex" if smooth else "uniform")
        for code in times or [0.0]:
            points, normals = array(mesh.GetPointsAttr(), code), array(mesh.GetNormalsAttr(), code)
            np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, rtol=1e-6)
            corners = points[array(mesh.GetFaceVertexIndicesAttr()).reshape(-1, 3)]
            turned = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            outwards = normals[array(mesh.GetFaceVertexIndicesAttr()).reshape(-1, 3)[:, 0]] if smooth else normals
            assert (np.einsum("fi,fi->f", turned, outwards) > 0.9 * np.linalg.norm(turned, axis=1)).all()
        material = UsdShade.MaterialBindingAPI(mesh.GetPrim()).ComputeBoundMaterial()[0]
        assert material.GetPath() == "/Cloth/Looks/obstacle"


@pytest.mark.parametrize(
    ("options", "purpose"), [({}, "guide"), ({"obstacle_purpose": "render"}, "render"), ({"materials": False}, "guide")]
)
def test_purposes(options, purpose, tmp_path):
    stage = exported(tmp_path, run=obstructed(tmp_path), surface=False, **options)
    for mesh in colliders_of(stage).values():
        assert UsdGeom.Imageable(mesh).ComputePurpose() == purpose


@pytest.mark.parametrize("options", [{"obstacles": False}, {}])
def test_no_obstacles_no_colliders(options, tmp_path):
    run = obstructed(tmp_path, 2) if options else usd_run(2)
    assert not exported(tmp_path, run=run, **options).GetPrimAtPath("/Cloth/colliders")


def test_what_collides(tmp_path):
    run = obstructed(tmp_path, collision={"friction": 0.6})
    stage = exported(tmp_path, run=run, surface=False)
    meshes = colliders_of(stage)
    approximations = {"sphere_1": "boundingSphere", "box_3": "boundingCube"}
    for name, mesh in meshes.items():
        prim = mesh.GetPrim()
        assert prim.HasAPI(UsdPhysics.CollisionAPI) == (name != "mesh_5")  # which changes its shape
        assert prim.HasAPI(UsdPhysics.RigidBodyAPI) == (name not in ("mesh_4", "mesh_5"))
        if name == "mesh_5":
            continue
        given = UsdPhysics.MeshCollisionAPI(prim).GetApproximationAttr().Get()
        assert given == approximations.get(name, "none")
        if name != "mesh_4":
            assert UsdPhysics.RigidBodyAPI(prim).GetKinematicEnabledAttr().Get()
        bound = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial("physics")[0]
        material = UsdPhysics.MaterialAPI(bound)
        expected = FRICTION if name == "sphere_1" else 0.6
        assert material.GetStaticFrictionAttr().Get() == pytest.approx(expected)
        assert material.GetDynamicFrictionAttr().Get() == pytest.approx(expected)


def test_samples_are_as_many_as_the_turn_needs(tmp_path):
    plane, *_rest, still, _moving = obstacle_shapes(obstructed(tmp_path, 2).scene)
    times = sample_times(plane)
    assert times[:2] == [0.0, 0.04]
    assert len(times) == 2 + np.ceil(np.linalg.norm([0.3, 0.9, 0.6]) / FINE)
    assert times[-1] == 0.1
    assert sample_times(still) == [0.0]
