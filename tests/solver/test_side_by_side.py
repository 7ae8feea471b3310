"""Panels that nothing couples: each moves as in a run of its own; together they are resumed bit for bit."""

import numpy as np
import pytest
import warp as wp
from panelled_scene import panelled_scene

import warp_fabric as wf
from warp_fabric.errors import SolverError
from warp_fabric.initial import initial_state
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.side_by_side import SideBySide, naming_panel, rollout_of
from warp_fabric.trajectory import COMPONENTS, components
from warp_fabric.types import vec3


def side_by_side(scene, device, forces=None) -> SideBySide:
    return SideBySide(scene, device, forces, initial_state(scene))


@pytest.mark.parametrize("yarn", ["cotton", "wool", "paper-yarn-1"])
@pytest.mark.parametrize("integrator", ["bdf2", "euler"])
def test_each_panel_moves_as_if_it_were_alone(device, yarn, integrator):
    run = wf.simulate(panelled_scene(yarn, time__integrator=integrator), device=device)
    assert [*run.panels] == ["front", "left side"]
    for part, panel in zip(run.scene.parts, run.panels.values(), strict=True):
        alone = wf.simulate(part, device=device)
        assert np.abs(alone.position - alone.position[0]).max() > 1e-6
        for name in ("time", *COMPONENTS):
            assert np.array_equal(getattr(panel, name), getattr(alone, name)), name


def test_one_panel_is_crimped_and_the_other_is_not(device):
    changes = {"panels__front__crimp": "touching", "contact__crossing_stiffness": 100.0}
    run = wf.simulate(panelled_scene("cotton", **changes), device=device)
    front, side = run.panels.values()
    assert front.interchange is not None
    assert front.flattening is not None
    assert side.interchange is None
    assert [*components(side.scene)] == [*COMPONENTS]
    alone = wf.simulate(run.scene.parts[0], device=device)
    assert np.array_equal(front.interchange, alone.interchange)
    assert np.array_equal(front.flattening, alone.flattening)


def test_together_in_one_model_they_move_alike(device):
    """As touching panels will: what is solved together is within the tolerance of what is solved one by one."""
    scene = panelled_scene(solver__tolerance=1e-10)
    together, apart = Rollout(scene, device), side_by_side(scene, device)
    start = apart.frame().arrays["position"]
    for _ in range(12):
        together.step()
        apart.step()
    found, expected = together.frame().arrays, apart.frame().arrays
    motion = np.abs(expected["position"] - start).max()
    assert {*found} == {*expected}
    assert np.abs(found["position"] - expected["position"]).max() < 1e-6 * motion
    assert together.model.group.tolist() == [0, 0]


def test_steps_are_reported_together(device):
    scene = panelled_scene()
    run = side_by_side(scene, device)
    alone = [Rollout(part, device) for part in scene.parts]
    report, (a, b) = run.step(), [each.step() for each in alone]
    assert report.newton_iterations == a.newton_iterations + b.newton_iterations
    assert report.largest_update == max(a.largest_update, b.largest_update)
    assert (report.time, report.parts, run.steps_done) == (a.time, 1, 1)


def test_resumed_where_one_panel_begins_anew(device):
    """A panel whose last step was halved goes on with an Euler step, and the other with BDF2."""
    scene = panelled_scene()
    run = side_by_side(scene, device)
    for _ in range(3):
        run.step()
    assert run.previous is not None
    run.parts[1].previous = None
    state, previous = run.arrays_of(run.state), run.arrays_of(run.previous)
    again = SideBySide(scene, device, None, state)
    again.resume(previous, 3)
    assert again.parts[0].previous is not None
    assert again.parts[1].previous is None
    for each in (run, again):
        each.step()
    for name, array in run.arrays_of(run.state).items():
        assert np.array_equal(array, again.arrays_of(again.state)[name]), name
    run.parts[0].previous = run.parts[1].previous = None
    assert run.previous is None


def test_forces_push_the_panel_they_are_given_for(device):
    scene = panelled_scene(environment__wind=None)
    steps = scene.time.frame_count * scene.time.steps_per_frame
    push = np.full((steps, 5, 7, 3), 1e-6)
    run = wf.simulate(scene, device=device, forces={"left side": push})
    alone = [wf.simulate(scene.parts[0], device=device), wf.simulate(scene.parts[1], device=device, forces=push)]
    for panel, expected in zip(run.panels.values(), alone, strict=True):
        assert np.array_equal(panel.position, expected.position)
    whole = np.concatenate([np.zeros((steps, 30, 3)), push.reshape(steps, 35, 3)], axis=1)
    assert np.array_equal(wf.simulate(scene, device=device, forces=whole).position, run.position)
    with pytest.raises(wf.SceneError, match="no panel 'left'"):
        wf.simulate(scene, device=device, forces={"left": push})
    with pytest.raises(wf.SceneError, match=r"\(steps, crossings, 3\)"):
        wf.simulate(scene, device=device, forces=push)


def test_errors_name_the_panel(device):
    scene = panelled_scene()
    with pytest.raises(SolverError, match="step 3 of panel 'left side'"), naming_panel(scene, 1):
        raise SolverError("it fails", where="step 3", fix="none")
    with pytest.raises(SolverError) as error, naming_panel(scene.parts[0], 0):
        raise SolverError("it fails", where="step 3", fix="none")
    assert error.value.where == "step 3"


def test_a_scene_without_panels_has_a_rollout(device):
    scene = panelled_scene().parts[0]
    assert type(rollout_of(scene, device, None, initial_state(scene))) is Rollout


def test_gradients_on_a_tape_are_those_of_each_panel(device):
    """Of a rollout of both; each has its own row of the yarn's parameters."""
    scene = panelled_scene(solver__tolerance=1e-11, time__duration=0.004)

    def gradient(run: Rollout) -> np.ndarray:
        with wp.Tape() as tape:
            for _ in range(4):
                run.step()
        tape.backward(grads={run.state.position: wp.full_like(run.state.position, vec3(1.0, 2.0, 3.0))})
        return run.model.material.bending_modulus.grad.numpy()

    together = gradient(Rollout(scene, device))
    alone = np.concatenate([gradient(Rollout(part, device)) for part in scene.parts])
    assert np.abs(alone).min() > 0.0
    np.testing.assert_allclose(together, alone, rtol=1e-5)
