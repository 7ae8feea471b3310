"""Equilibria of cut cloth: that they are, and on how many levels they are found."""

import numpy as np
import pytest
from cut_cloth import SHAPES, diagonal, disc, textile
from sample_cloth import largest

import warp_fabric as wf
from warp_fabric.errors import SceneError, SolverError
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.static import Equilibrium
from warp_fabric.solver.static import equilibrium as module
from warp_fabric.state import State

STATIC = {"time__integrator": "static", "time__duration": None, "environment__wind_density": 0.0}


def hung(yarn: str, present: np.ndarray, **changes) -> Scene:
    """Held at two ends of its lowest pick, which lies uppermost."""
    row = np.flatnonzero(present[0])
    pins = [{"crossing": [0, int(row[0])]}, {"crossing": [0, int(row[-1])]}]
    return textile(yarn, present, **{"pins": pins} | STATIC | changes)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("yarn", "crimp"), [("cotton", None), ("wool", "touching")])
def test_equilibria(shape, yarn, crimp):
    """To the tolerance, and below any state nearby."""
    run = wf.simulate(hung(yarn, SHAPES[shape], fabric__crimp=crimp))
    assert run.statistics["totals"]["largest_force"] <= run.scene.tolerance
    np.testing.assert_array_equal(run.position[0, ~run.present], run.fabric.position[~run.present])
    assert largest(run.position[0] - run.fabric.position) > 1e-9


@pytest.mark.parametrize("present", [disc(40, 12.0), diagonal(40, 25)], ids=["ring", "strip"])
def test_bundles_lead_to_the_same_shape(present, monkeypatch):
    scene = hung("wool", present, environment__gravity=[0.0, 2.0, -9.8], fabric__pose="flat")
    seen: list[tuple[int, int]] = []
    model = Model(scene, "cpu")
    search = Equilibrium(model, State.rest(model), 1e-10)
    search.solve(lambda report: seen.append(report.grid))
    assert len({*seen}) > 1, "it begins on bundles"
    last = seen.count((40, 40))
    monkeypatch.setattr(module, "levels", lambda *_: [])
    alone = Equilibrium(model, State.rest(model), 1e-10)
    report = alone.solve()
    apart = search.state.position.numpy() - alone.state.position.numpy()
    assert largest(apart) < 1e-3 * largest(alone.state.position.numpy() - model.rest_position)
    assert last < report.iterations


def test_cloth_too_narrow_for_bundles_begins_without():
    scene = hung("cotton", diagonal(40, 3), pins=[{"crossing": [0, 0]}, {"crossing": [39, 39]}])
    model = Model(scene, "cpu")
    state = State.rest(model)
    search = Equilibrium(model, state, 1e-10)
    assert module.levels(model, state, search.held) == []


def test_pieces_that_swing_are_told():
    halves = np.ones((5, 12), bool)
    halves[:, 6] = False
    held = [{"crossing": [0, 0]}, {"crossing": [0, 5]}]
    with pytest.raises(SceneError, match=r"crossing \[0, 7\]"):
        wf.simulate(hung("cotton", halves, pins=held))
    with pytest.raises(SolverError, match="free to"):
        wf.simulate(hung("cotton", halves, pins=[*held, {"crossing": [0, 7]}], environment__gravity=[0, 0, 0]))


def test_an_interrupted_search_goes_on(tmp_path):
    scene, checkpoint = hung("wool", disc(24, 8.0)), tmp_path / "run.checkpoint"
    expected = wf.simulate(scene)
    left = iter(range(3))

    def stop(_) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wf.simulate(scene, checkpoint=checkpoint, on_step=stop)
    run = wf.simulate(scene, checkpoint=checkpoint, resume=True)
    assert largest(run.position - expected.position) < 1e-6 * largest(expected.position - expected.fabric.position)
