"""A final rest shape as target."""

import numpy as np
import pytest
from observed_cloth import GRID, SCENE, STATIC, N, check_gradient, loss, made_up_run, somewhere

from warp_fabric.errors import TargetError
from warp_fabric.fitting.targets import FramesTarget, MarkerTarget, MeshTarget, RestShapeTarget
from warp_fabric.fitting.targets.marker_files import Markers
from warp_fabric.fitting.targets.mesh_files import MeshSequence
from warp_fabric.fitting.targets.rest_shape import at_rest


@pytest.fixture(scope="module")
def run():
    return made_up_run()


def squares(shape):
    return np.sum((somewhere(0)[0] - shape.reshape(N, 3)) ** 2, axis=1)


def test_positions(run):
    shape = run.position[-1]
    target = RestShapeTarget(shape)
    comparison = target.compare(target.scene_for(SCENE))
    assert comparison.frames == (0,)
    assert loss(comparison) == pytest.approx(squares(shape).mean(), rel=1e-12)
    check_gradient(comparison)
    mask = np.zeros(GRID)
    mask[1, 2], mask[4, 4] = 1.0, 3.0
    comparison = RestShapeTarget(shape, mask=mask, weight=2.0).compare(STATIC)
    expected = 2.0 * np.average(squares(shape), weights=mask.ravel())
    assert loss(comparison) == pytest.approx(expected, rel=1e-12)


def test_the_last_frame_of_a_trajectory(run, tmp_path):
    expected = squares(run.position[-1]).mean()
    for shape in (run, run.save(tmp_path / "run.h5"), FramesTarget(run, sliding=False)):
        assert loss(RestShapeTarget(shape).compare(STATIC)) == pytest.approx(expected, rel=1e-12)
    slid = np.sum((somewhere(0)[1] - run.sliding[-1].reshape(N, 2)) ** 2, axis=1).mean()
    both = RestShapeTarget(run, sliding=True).compare(STATIC)
    assert loss(both) == pytest.approx(expected + slid, rel=1e-12)
    chosen = FramesTarget(run, sliding=False, frames=[3], weight=5.0)
    rest = RestShapeTarget(chosen)
    assert loss(rest.compare(STATIC)) == pytest.approx(5.0 * squares(run.position[3]).mean(), rel=1e-12)
    assert loss(RestShapeTarget(chosen, weight=1.0).compare(STATIC)) == pytest.approx(loss(rest.compare(STATIC)) / 5.0)
    assert chosen.weight == 5.0


def test_markers_and_meshes(run):
    markers = Markers(run.time, ["1:1", "2:3"], run.position[:, [1, 2], [1, 3]])
    comparison = RestShapeTarget(MarkerTarget(markers)).compare(STATIC)
    expected = squares(run.position[-1]).reshape(GRID)[[1, 2], [1, 3]].mean()
    assert loss(comparison) == pytest.approx(expected, rel=1e-12)
    triangles = [[0, 1, 6], [0, 6, 5]]
    mesh = MeshSequence(run.position.reshape(9, N, 3), np.array(triangles), run.time)
    comparison = RestShapeTarget(MeshTarget(mesh, direction="to_cloth")).compare(STATIC)
    r, _ = comparison.residual(0, run.position[-1].reshape(N, 3), run.sliding[-1].reshape(N, 2))
    assert np.abs(r).max() < 1e-15


def test_the_scene_at_rest():
    moving = SCENE.replace({"solver.tolerance": 1e-6, "environment.gusts": [[0.0, 1.0, 0.0, 0.0]]})
    still = at_rest(moving)
    assert still.time.integrator == "static"
    assert not still.environment.wind_blows
    assert still.tolerance == 1e-10
    assert still.pins[0].path is None
    assert still.pins[1].path == ((0.0, 0.0035, 0.0, 0.0),)  # where its path ends
    half = at_rest(SCENE.replace({"time.duration": 0.01}))
    assert half.pins[1].path == ((0.0, pytest.approx(0.00375), 0.0, 0.0),)
    assert at_rest(STATIC) is STATIC
    assert still.yarns == SCENE.yarns
    target = RestShapeTarget(np.zeros((*GRID, 3)), scene=moving)
    assert target.scene_for(STATIC) == still


def test_what_does_not_fit(run):
    with pytest.raises(TargetError, match="compared with an equilibrium"):
        RestShapeTarget(run).compare(SCENE)
    with pytest.raises(TargetError, match="6 picks x 4 ends, the scene 6 x 5"):
        RestShapeTarget(run.position[0, :, :4]).compare(STATIC)
    shape = run.position[0].copy()
    shape[3, 1, 2] = np.nan
    with pytest.raises(TargetError, match=r"crossing \[3, 1\] is not finite"):
        RestShapeTarget(shape)
    for bad in (run.position, None, "abc.xyz", [["a"]]):
        with pytest.raises(TargetError):
            RestShapeTarget(bad)  # pyright: ignore[reportArgumentType]
