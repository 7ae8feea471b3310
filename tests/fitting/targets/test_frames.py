"""A whole trajectory as target: the loss is that of the scene's documentation."""

import numpy as np
import pytest
from observed_cloth import GRID, SCENE, STATIC, N, check_gradient, check_jacobian, loss, made_up_run, somewhere

from warp_fabric.errors import TargetError, TrajectoryError
from warp_fabric.fitting.targets import FramesTarget


@pytest.fixture(scope="module")
def run():
    return made_up_run()


def by_definition(run, frames, weights=None, sliding=True):
    """The mean over frames of the mean over crossings of |dx|^2 + |ds|^2."""
    weights = np.ones(N) if weights is None else weights.ravel()
    total = 0.0
    for frame in frames:
        position, slid = somewhere(frame)
        square = np.sum((position - run.position[frame].reshape(N, 3)) ** 2, axis=1)
        if sliding:
            square += np.sum((slid - run.sliding[frame].reshape(N, 2)) ** 2, axis=1)
        total += np.average(square, weights=weights)
    return total / len(frames)


def test_the_loss_is_the_mean_over_frames_and_crossings(run):
    assert loss(FramesTarget(run).compare(SCENE)) == pytest.approx(by_definition(run, range(1, 9)), rel=1e-12)


def test_options_change_the_loss_as_they_say(run):
    mask = np.random.default_rng(1).uniform(size=GRID)
    mask[2:, 1] = 0.0
    cases = (
        ({"weight": 3.0}, 3.0 * by_definition(run, range(1, 9))),
        ({"sliding": False}, by_definition(run, range(1, 9), sliding=False)),
        ({"frames": 4}, by_definition(run, (4, 8))),
        ({"mask": mask}, by_definition(run, range(1, 9), mask)),
        ({"mask": mask > 0.5, "frames": [3]}, by_definition(run, (3,), mask > 0.5)),
    )
    for options, expected in cases:
        assert loss(FramesTarget(run, **options).compare(SCENE)) == pytest.approx(expected, rel=1e-12), options


def test_its_own_states_cost_nothing(run):
    comparison = FramesTarget(run).compare(SCENE)
    for frame in comparison.frames:
        r, _ = comparison.residual(frame, run.position[frame].reshape(N, 3), run.sliding[frame].reshape(N, 2))
        assert not r.any()


@pytest.mark.parametrize("options", [{}, {"sliding": False}, {"weight": 2.0, "mask": np.eye(*GRID)}])
def test_derivative(run, options):
    comparison = FramesTarget(run, **options).compare(SCENE)
    check_gradient(comparison)
    check_jacobian(comparison)


def test_an_equilibrium(run):
    answer = made_up_run(1, STATIC)
    comparison = FramesTarget(answer).compare(STATIC)
    assert comparison.frames == (0,)
    assert loss(comparison) == pytest.approx(by_definition(answer, (0,)), rel=1e-12)


def test_another_grid(run):
    other = SCENE.replace({"fabric.ends": 6})
    with pytest.raises(TargetError, match="holds 6 picks x 5 ends, the scene 6 x 6"):
        FramesTarget(run).compare(other)


def test_from_a_file(run, tmp_path):
    path = run.save(tmp_path / "run.h5")
    assert loss(FramesTarget(path).compare(SCENE)) == loss(FramesTarget(run).compare(SCENE))
    with pytest.raises(TargetError, match="no frame 30") as caught:
        FramesTarget(path, frames=[30]).compare(SCENE)
    assert str(path) in caught.value.where
    with pytest.raises(TrajectoryError, match="no such trajectory"):
        FramesTarget(tmp_path / "none.h5")
    with pytest.raises(TargetError, match="not a trajectory"):
        FramesTarget(np.zeros(3))  # pyright: ignore[reportArgumentType]
