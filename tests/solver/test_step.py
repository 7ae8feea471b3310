"""One step: halved and retried where it does not converge, and an error that says where it cannot."""

import re
from itertools import pairwise

import numpy as np
import pytest
from sample_cloth import golden_scene, perturbed, sample_model, sample_scene
from textile_cloth import textile_model, textile_scene

from warp_fabric.errors import SceneError, SolverError
from warp_fabric.model import Model
from warp_fabric.scene import Scene
from warp_fabric.solver.adjoint import Part
from warp_fabric.solver.equation import Scheme
from warp_fabric.solver.newton import NewtonReport
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.step import Stepper, StepReport
from warp_fabric.state import State
from warp_fabric.yarn import library_yarn

DT = 1e-3
WIND = {"environment__wind": [0.5, 3.0, 0.0], "environment__wind_drag": 0.3}
LOOSE = {"contact.sliding_damping": 1.0, "contact.friction": 0.1}


def dragged(jump: float, at: float = 0.0) -> Scene:
    """A cloth whose middle is torn away by `jump` metres within 0.1 ms, from a time on."""
    path = [[at, 0.002, 0.0, -0.002], [at + 1e-4, 0.002 + jump, 0.0, -0.002]]
    return sample_scene("plain").replace({"pins": [{"crossing": [0, 0]}, {"crossing": [2, 2], "path": path}]} | LOOSE)


def refuse_longer_than(stepper: Stepper, longest: float) -> None:
    """Let Newton fail for every step longer than this."""
    solve = stepper.newton.solve

    def short_only(scheme, *args):
        return solve(scheme, *args) if scheme.h <= longest else NewtonReport(reason="too long for this test")

    stepper.newton.solve = short_only


@pytest.fixture
def start(device) -> tuple[Model, State]:
    model = sample_model("plain", device)
    return model, perturbed(model, seed=121, amount=0.02).state


def test_a_step(start):
    model, state = start
    stepper, out = Stepper(model, "bdf2", DT, 1e-9), State.empty(model)
    before = state.numpy()
    report, whole = stepper.step(state, None, out, 0.25)
    assert whole
    assert (report.time, report.scheme, report.parts) == (pytest.approx(0.25 + DT), "euler", 1)  # nothing came before
    assert report.largest_update <= max(1e-9, 1e-11)
    assert report.seconds > 0.0
    after = out.numpy()
    np.testing.assert_allclose(after["position"], before["position"] + DT * after["velocity"], rtol=1e-14, atol=1e-17)
    for name, array in state.numpy().items():
        np.testing.assert_array_equal(array, before[name])

    third = State.empty(model)
    report, _ = stepper.step(out, state, third, 0.25 + DT)
    assert report.scheme == "bdf2"
    report, _ = Stepper(model, "euler", DT, 1e-9).step(out, state, third, 0.25 + DT)
    assert report.scheme == "euler"


def test_a_halved_step_is_shorter_euler_steps(start):
    """Also where bdf2 was under way."""
    model, state = start
    halved, out = Stepper(model, "bdf2", DT, 1e-10), State.empty(model)
    refuse_longer_than(halved, 0.3 * DT)
    report, whole = halved.step(state, state, out, 0.0)
    assert not whole
    assert (report.scheme, report.parts) == ("bdf2", 4)

    short, now, following = Stepper(model, "euler", DT / 4, 1e-10), state.clone(), State.empty(model)
    for k in range(4):
        short.step(now, None, following, k * DT / 4)
        now, following = following, now
    for name, array in now.numpy().items():
        np.testing.assert_allclose(out.numpy()[name], array, rtol=1e-9, atol=1e-9, err_msg=name)


def test_the_parts_of_a_step(start):
    """What a reverse pass needs: how each part was started and when it ends, and the states it led from and to."""
    model, state = start
    before = perturbed(model, seed=122, amount=0.02).state
    stepper, out, parts = Stepper(model, "bdf2", DT, 1e-9), State.empty(model), []
    stepper.step(state, before, out, 0.25, parts=parts)
    assert parts == [Part(Scheme.bdf2(DT), 0.25 + DT, state, before, out)]

    refuse_longer_than(stepper, 0.3 * DT)
    halved = []
    stepper.step(state, before, out, 0.25, parts=halved)
    assert [part.scheme for part in halved] == 4 * [Scheme.euler(DT / 4)]
    np.testing.assert_allclose([part.end for part in halved], 0.25 + DT / 4 * np.arange(1, 5), rtol=1e-12)
    assert halved[0].state is state
    assert halved[-1].out is out
    for part, following in pairwise(halved):
        assert following.state is part.out
        assert following.previous is part.out  # Euler steps remember nothing
    assert len({id(part.out) for part in halved}) == 4


def give_up_early(stepper: Stepper, limit: int) -> None:
    """Let Newton fail after so many iterations."""
    solve = stepper.newton.solve
    stepper.newton.solve = lambda scheme, scale: solve(scheme, scale, limit)


def test_violence_is_halved(device):
    """A pin that jumps by two spacings, too far for a few iterations; the reports say which steps were hard."""
    run = Rollout(dragged(2e-3), device)
    give_up_early(run.stepper, 15)
    reports = [run.step() for _ in range(3)]
    assert max(report.parts for report in reports) > 1
    for before, report in pairwise(reports):
        assert report.scheme == ("bdf2" if before.parts == 1 else "euler")
    # After some steps the pin has nearly taken its crossing along.
    assert run.frame().arrays["position"][2, 2, 0] == pytest.approx(0.004, abs=2e-4)


def test_violence_needs_no_halving(device):
    """Left alone, Newton's method follows that jump in one go."""
    run = Rollout(dragged(2e-3), device)
    assert [run.step().parts for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("integrator", ["euler", "bdf2"])
@pytest.mark.parametrize("milliseconds", [5, 10])
def test_long_steps_in_a_storm_are_not_halved(device, integrator, milliseconds):
    """The paper's scene, larger, with steps in which its cloth is blown over."""
    changes = {
        "fabric.ends": 10,
        "fabric.picks": 10,
        "fabric.end_yarns": ["y0"],
        "fabric.pick_yarns": ["y1"],
        "pins": [{"crossing": [0, 0]}, {"crossing": [0, 9]}],
        "time.step": 1e-3 * milliseconds,
        "time.frames_per_second": 1e3 / milliseconds,
        "time.duration": 1.0,
        "solver.tolerance": 1e-7,
    }
    run = Rollout(golden_scene(f"hang_plain_{integrator}").replace(changes), device)
    start = run.frame().arrays["position"]
    assert run.stepper.step_size == 1e-3 * milliseconds
    reports = [run.step() for _ in range(12)]
    assert [report.parts for report in reports] == [1] * 12
    assert np.abs(run.frame().arrays["position"] - start).max() > 1e-3  # a spacing


@pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])
def test_a_modulus_a_billionth_larger_changes_hardly_anything(device, yarn):
    """No decision on the way tips over: each crossing ends where it ended, within a millionth of the motion."""
    ends = []
    for factor in (1.0, 1.0 + 1e-9):
        modulus = factor * library_yarn(yarn).young_modulus
        scene = textile_scene(yarn, (9, 9), yarns__yarn__young_modulus=modulus, time__duration=0.03, **WIND)
        run = Rollout(scene, device)
        start = run.frame().arrays["position"]
        for _ in range(30):
            run.step()
        ends.append(run.frame().arrays["position"])
    motion = np.abs(ends[0] - start).max()
    assert motion > 1e-4
    assert 0.0 < np.abs(ends[1] - ends[0]).max() < 1e-6 * motion


@pytest.mark.parametrize("yarn", ["cotton", "wool", "silk", "linen", "paper-yarn-3"])
def test_each_yarn_reaches_the_tolerance(device, yarn):
    """Hanging in wind, at the sett that suits it."""
    run = Rollout(textile_scene(yarn, (7, 12), **WIND), device)
    reports = [run.step() for _ in range(8)]
    tolerance = run.stepper.newton.tolerance
    assert all(report.parts == 1 and report.largest_update <= tolerance for report in reports)
    assert {report.methods[0] for report in reports} == (
        {"gmres, two-level"} if run.model.stiff(1e-3) else {"gmres, lines"}
    )


def test_the_impossible_names_step_time_and_crossing(device):
    """A pin that leaves for good: no part of the third step can follow it."""
    run = Rollout(dragged(1000.0, at=2 * DT), device)
    run.step()
    run.step()
    reached = run.state.numpy()
    with pytest.raises(SolverError) as error:
        run.step()
    # The crossing, or one beside it.
    assert re.fullmatch(r"step 3 \(time 0\.0020156\d? s\), worst crossing \[[1-3], [1-3]\]", error.value.where)
    assert "1.56e-05 s" in error.value.what
    assert "time.step" in error.value.fix
    for name, array in run.state.numpy().items():  # what was reached is not lost
        np.testing.assert_array_equal(array, reached[name])


def test_the_impossible_names_the_fabric_among_several(device):
    model = Model([sample_scene("two_by_two"), dragged(1000.0)], device)
    with pytest.raises(SolverError, match=r"step 8 .*worst crossing \[[1-3], [1-3]\] of fabric 1"):
        Stepper(model, "euler", DT, 1e-7).step(State.rest(model), None, State.empty(model), 0.0, index=8)


def test_a_strip_of_one_yarn_beside_cloth_that_damps_its_bending(device):
    """It has no normal; and neither changes the other."""
    damped = sample_scene("plain").replace({f"yarns.{name}.damping": 0.01 for name in sample_scene("plain").yarns})
    scenes, found = [sample_scene("one_pick"), damped], []
    for some in (scenes, scenes[:1], scenes[1:]):
        model = Model(some, device)
        after = State.empty(model)
        Stepper(model, "euler", DT, 1e-9).step(State.rest(model), None, after, 0.0)
        found.append(after.position.numpy())
    np.testing.assert_allclose(found[0], np.concatenate(found[1:]), rtol=0.0, atol=DT * 1e-9)


def test_failures_say_why(start):
    model, state = start
    stepper = Stepper(model, "euler", DT, 1e-9)
    refuse_longer_than(stepper, 0.0)
    with pytest.raises(SolverError, match="too long for this test"):
        stepper.step(state, None, State.empty(model), 0.0)


def test_reports_add_up():
    report = StepReport(time=1.0, scheme="euler")
    report.add(
        NewtonReport(updates=[1.0, 0.1], krylov_iterations=7, jacobians=1, residuals=3, methods={"gmres, lines"})
    )
    report.add(NewtonReport(updates=[2.0], krylov_iterations=5, jacobians=2, residuals=2, methods={"direct"}))
    expected = {"newton_iterations": 3, "krylov_iterations": 12, "jacobians": 3, "residuals": 5, "largest_update": 2.0}
    assert expected.items() <= report.as_dict().items()
    assert report.as_dict()["methods"] == ["direct", "gmres, lines"]


def test_several_fabrics_do_not_feel_each_other(device):
    """Side by side in one model each moves as it does alone."""
    scenes = [sample_scene("twill"), sample_scene("open_plain"), sample_scene("one_pick")]
    together = walk(Model(scenes, device), 6)
    start = 0
    for scene in scenes:
        alone = walk(Model(scene, device), 6)
        count = len(alone["position"])
        for name, array in alone.items():
            size = np.abs(array - array[0]).max() or 1.0
            part = together[name][start : start + count]
            assert np.abs(part - array).max() < 1e-8 * size, name
        start += count


def test_textile_fabrics_do_not_feel_each_other(device):
    """Nor in the coarse space, where each has its own functions."""
    shapes = ((1, 7), (6, 6), (4, 9))
    together, start = walk(textile_model(shapes, device, "cotton"), 4), 0
    for shape in shapes:
        alone = walk(textile_model((shape,), device, "cotton"), 4)
        count = len(alone["position"])
        for name, array in alone.items():
            size = np.abs(array - array[0]).max() or 1.0
            part = together[name][start : start + count]
            assert np.abs(part - array).max() < 1e-6 * size + 1e-10, name
        start += count


def walk(model: Model, steps: int) -> dict[str, np.ndarray]:
    """Some steps from rest."""
    stepper = Stepper(model, "bdf2", DT, 1e-11)
    previous, state, out = None, State.rest(model), State.empty(model)
    for k in range(steps):
        stepper.step(state, previous, out, k * DT)
        previous, state, out = state, out, previous or State.empty(model)
    return state.numpy()


def test_a_single_crossing_needs_a_pin(device):
    """It has no mass: its equation would be 0 = 0, which no step size makes any better."""
    pinned, loose = textile_scene("cotton", (1, 1)), textile_scene("cotton", (1, 1), pins=[])
    wider = textile_scene("cotton", (1, 2), pins=[])
    assert Rollout(pinned, device).step().parts == 1
    assert Rollout(wider, device).step().parts == 1
    with pytest.raises(SceneError, match=r"the fabric is a single crossing without mass.*\n.*pin the crossing"):
        Rollout(loose, device)
    with pytest.raises(SceneError, match="the fabric 2 is a single crossing"):
        Stepper(Model([wider, pinned, loose], device), "euler", DT, 1e-9)
