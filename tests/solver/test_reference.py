"""The trajectory that the model's authors published: how close a correct solver comes to it."""

import numpy as np
import pytest
from sample_cloth import DATA, golden_scene

from warp_fabric.solver.rollout import Rollout

h5py = pytest.importorskip("h5py")

FILE = DATA / "reference" / "authors_wind_yarn_1_2_plain_5x5.h5"
CLOSE = {10: 0.08, 25: 0.06, 50: 0.06, 75: 0.06}
"""RMS error over RMS displacement, by frame (1 ms apart); later the phases of fast stretch waves drift apart."""


@pytest.fixture(scope="module")
def authors() -> np.ndarray:
    """[500, picks, ends, 3] positions; nodes are named by end, then pick."""
    with h5py.File(FILE) as file:
        nodes = [[file[f"Steps/Position/Node {i} {j}/LPOS"][:] for i in range(5)] for j in range(5)]
    return np.moveaxis(np.array(nodes), 2, 0).reshape(500, 5, 5, 3)


def test_their_scene_is_ours(authors):
    """Frame 0 is the cloth at rest; in frame 1 it falls, pins and all."""
    np.testing.assert_allclose(authors[0], golden_scene("hang_plain_bdf2").build().position, atol=1e-12)
    assert authors[1, 0, [0, 4], 2] - 5.0 == pytest.approx([-1e-5, -1e-5], abs=5e-6)
    assert np.abs(authors[2:, 0, [0, 4]] - authors[0, 0, [0, 4]]).max() < 1e-4  # pinned from then on


def test_implicit_euler_follows_them(authors, device):
    changes = {"time.integrator": "euler", "time.step": 2.5e-4, "time.duration": 0.075, "solver.tolerance": 1e-8}
    run = Rollout(golden_scene("hang_plain_bdf2").replace(changes), device)
    assert run.steps_per_frame == 4
    rest = run.frame().arrays["position"]
    errors = {}
    for number, frame in enumerate(run.frames(), start=1):
        if number in CLOSE:
            wrong = frame.arrays["position"] - authors[number]
            errors[number] = np.sqrt((wrong**2).mean() / ((authors[number] - rest) ** 2).mean())
    assert errors.keys() == CLOSE.keys()
    assert all(errors[number] < CLOSE[number] for number in CLOSE), errors
