"""Equilibria of scenes with panels: each panel's own; stopped and gone on with."""

import numpy as np
import pytest
from panelled_scene import STILL, panelled_scene

import warp_fabric as wf
from warp_fabric.errors import SceneError, SolverError
from warp_fabric.initial import initial_state
from warp_fabric.relaxation import STAGES, Relaxation


@pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])
def test_each_panel_comes_to_rest_as_if_it_were_alone(device, yarn):
    run = wf.simulate(panelled_scene(yarn).replace(STILL), device=device)
    assert run.frame_count == 1
    for part, panel in zip(run.scene.parts, run.panels.values(), strict=True):
        alone = wf.simulate(part, device=device)
        assert np.array_equal(panel.position, alone.position)
        assert np.array_equal(panel.compression, alone.compression)
    steps = run.statistics["steps"]
    assert len(steps) == 2
    assert run.statistics["totals"]["iterations"] == sum(step["iterations"] for step in steps)
    assert run.statistics["totals"]["largest_force"] <= run.scene.tolerance


def test_it_goes_on_with_the_panel_where_it_was_stopped(device):
    scene = panelled_scene().replace(STILL)
    start = initial_state(scene)
    whole = Relaxation(scene, device, start, None)
    expected = whole.solve(lambda report: None)
    assert whole.reached()[0] // STAGES == 1

    class Stopped(Exception):
        pass

    first = Relaxation(scene, device, start, None)

    def stop(report):
        if len(first.reports) == 1 and report.iterations == 2:
            raise Stopped

    assert first.reached()[0] == 0
    with pytest.raises(Stopped):
        first.solve(stop)
    left = first.reached()
    assert left[0] // STAGES == 1
    second = Relaxation(scene, device, start, left)
    found = second.solve(lambda report: None)
    assert second.reports[0]["iterations"] <= 1  # it is there already
    np.testing.assert_allclose(found["position"], expected["position"], rtol=0.0, atol=1e-9)


def test_a_panel_that_nothing_holds(device):
    scene = panelled_scene().replace(STILL)
    loose = scene.replace({"pins": [pin for pin in scene.pins if pin.panel == "front"]})
    with pytest.raises(SceneError, match="nothing holds panel 'left side'"):
        wf.simulate(loose, device=device)


def test_a_panel_that_is_free_to_swing_is_named(device):
    scene = panelled_scene().replace(STILL)
    held = [next(pin for pin in scene.pins if pin.panel == panel.name) for panel in scene.panels]
    swings = scene.replace({"pins": held})
    with pytest.raises(SolverError, match=r"of panel 'front'.*free to swing"):
        wf.simulate(swings, device=device)
