import numpy as np
import pytest
from exported import array, exported
from pxr import UsdGeom
from usd_cloth import usd_run

from warp_fabric.geometry import cloth_mesh


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    return exported(tmp_path_factory.mktemp("usd"))


@pytest.fixture
def mesh(stage) -> UsdGeom.Mesh:
    return mesh_of(stage)


def mesh_of(stage) -> UsdGeom.Mesh:
    return UsdGeom.Mesh(stage.GetPrimAtPath("/Cloth/Surface"))


def test_quads_between_crossings(mesh):
    run = usd_run()
    assert array(mesh.GetFaceVertexCountsAttr()).tolist() == [4] * 24
    np.testing.assert_array_equal(array(mesh.GetFaceVertexIndicesAttr()), cloth_mesh(run.position[0])[1].reshape(-1))
    assert UsdGeom.Mesh.ValidateTopology(
        mesh.GetFaceVertexIndicesAttr().Get(), mesh.GetFaceVertexCountsAttr().Get(), 35
    )
    assert mesh.GetSubdivisionSchemeAttr().Get() == "catmullClark"
    assert not mesh.GetNormalsAttr().HasAuthoredValue()
    assert UsdGeom.Imageable(mesh).ComputePurpose() == "proxy"


@pytest.mark.parametrize(
    ("options", "stands_for"),
    [
        ({}, True),
        ({"yarn_purpose": "default"}, False),
        ({"surface_purpose": "render"}, False),
        ({"yarns": False, "surface_purpose": "proxy"}, False),
    ],
)
def test_it_stands_for_the_yarns(options, stands_for, tmp_path):
    stage = exported(tmp_path, **options)
    yarns = stage.GetPrimAtPath("/Cloth/Yarns/ends_thin")
    found = UsdGeom.Imageable(yarns).ComputeProxyPrim() if yarns else None
    assert (found is not None and found[0] == mesh_of(stage).GetPrim()) == stands_for
    assert bool(stage.GetRelationshipAtPath("/Cloth/Yarns.proxyPrim").GetTargets()) == stands_for if yarns else True


@pytest.mark.parametrize("frame", [0, 5])
def test_points_and_velocities_are_the_crossings(mesh, frame):
    run = usd_run()
    np.testing.assert_allclose(array(mesh.GetPointsAttr(), frame), run.position[frame].reshape(-1, 3), rtol=1e-6)
    velocity = run.velocity[frame].reshape(-1, 3)
    np.testing.assert_allclose(array(mesh.GetVelocitiesAttr(), frame), velocity, rtol=1e-6)
    computed = UsdGeom.Boundable.ComputeExtentFromPlugins(mesh, frame)
    np.testing.assert_array_equal(array(mesh.GetExtentAttr(), frame), np.array(computed))


def test_one_set_of_texture_coordinates_slides_and_one_stays(mesh):
    run, primvars = usd_run(), UsdGeom.PrimvarsAPI(mesh)
    sliding, fixed = primvars.GetPrimvar("st"), primvars.GetPrimvar("st1")
    assert (sliding.GetInterpolation(), fixed.GetInterpolation()) == ("vertex", "vertex")
    for frame in (0, 4):
        np.testing.assert_allclose(array(sliding.GetAttr(), frame), run.sliding[frame].reshape(-1, 2), rtol=1e-6)
    np.testing.assert_allclose(array(fixed.GetAttr()), run.fabric.sliding.reshape(-1, 2), rtol=1e-6)
    assert fixed.GetAttr().GetTimeSamples() == []


def test_colours_are_those_of_the_yarn_on_top(mesh):
    fabric = usd_run().fabric
    color = array(mesh.GetDisplayColorAttr()).reshape(5, 7, 3)
    assert (color[fabric.drawdown].max(axis=-1) == 1).all()
    assert (color[~fabric.drawdown] < 0.5).all()


def test_there_is_none_where_not_asked_for_or_without_faces(tmp_path):
    assert not mesh_of(exported(tmp_path, surface=False))
    run = usd_run(2, fabric__picks=1, pins=[])
    assert not mesh_of(exported(tmp_path, "one.usdc", run))
    assert UsdGeom.Imageable(mesh_of(exported(tmp_path, "alone.usdc", yarns=False))).ComputePurpose() == "default"
