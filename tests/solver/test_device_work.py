"""What a GPU needs of all work on a device: said where, recorded without memory made in it, and hardly ever read."""

import inspect
from pathlib import Path

import numpy as np
import pytest
import warp as wp
from device_guards import PACKAGE, no_default_device, no_memory_in_recordings, transfers
from gpu_path import take_gpu_path
from small_run import small_scene
from textile_cloth import textile_scene

import warp_fabric as wf
from warp_fabric.model import Model
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.step import Stepper
from warp_fabric.state import State

STEPS = 4
READS = 4
"""Arrays that the host may look at in a Newton iteration, or after a residual, to decide how to go on."""
SOLVER = "warp_fabric.solver."
STIFF = {"yarns__soft__library": "cotton-coarse"}


def rollout(device: str) -> None:
    run = Rollout(small_scene(), device, forces=np.full((40, 6, 5, 3), 1e-6))
    for _ in range(STEPS):
        run.step()
    run.frame()


def stiff_rollout(device: str) -> None:
    run = Rollout(small_scene(**STIFF), device)
    for _ in range(STEPS):
        run.step()


def gradient(device: str) -> None:
    run = Rollout(small_scene(), device, checkpoint=2)
    recording = run.record()
    for _ in range(STEPS):
        run.step()
    recording.backward(lambda step, gradient: gradient.position.fill_(1.0))


def stiff_gradient(device: str) -> None:
    run = Rollout(small_scene(**STIFF), device, checkpoint=2)
    recording = run.record()
    for _ in range(STEPS):
        run.step()
    recording.backward(lambda step, gradient: gradient.position.fill_(1.0))


def batch(device: str) -> None:
    model = Model([small_scene(), small_scene(environment__wind=[0.0, 2.0, 0.0])], device)
    stepper, state, out = Stepper(model, "euler", 1e-3, 1e-8), State.rest(model), State.empty(model)
    for k in range(STEPS):
        stepper.step(state, None, out, k * 1e-3)
        state, out = out, state


def equilibrium(device: str) -> None:
    still = small_scene(time__integrator="static", environment__wind=[0.0, 0.0, 0.0])
    found = wf.simulate(still, device=device)
    wf.loss_and_gradient(still.replace({"contact.shear_modulus": 900.0}), found, device=device)


def fit(device: str) -> None:
    scene = small_scene(time__duration=0.01)
    start = scene.replace({"contact.shear_modulus": 900.0})
    wf.fit(start, wf.simulate(scene, device=device), ["contact.shear_modulus"], device=device)


@pytest.fixture(params=["as it is", "as on a GPU"])
def path(request, device, monkeypatch):
    if request.param == "as on a GPU":
        if device != "cpu":
            pytest.skip("is so already")
        take_gpu_path(monkeypatch)


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("work", [rollout, stiff_rollout, gradient, stiff_gradient, batch, equilibrium, fit])
def test_all_work_says_where_and_records_no_memory(device, work):
    with no_default_device(), no_memory_in_recordings() as recordings:
        work(device)
    assert recordings
    assert {*recordings} == {device}


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("yarn", [{}, STIFF], ids=["soft", "stiff"])
def test_a_step_is_read_for_its_convergence_only(device, yarn):
    """The host decides how Newton's method goes on; what else linear solvers read, they say in their files."""
    run = Rollout(small_scene(**yarn), device)
    run.step()
    with transfers() as found:
        reports = [run.step() for _ in range(STEPS)]
    decisions = sum(report.newton_iterations + report.residuals for report in reports)
    assert found.pop("solver/newton.py", 0) <= READS * decisions
    assert {*found} <= (files_of(run.stepper.newton.linear) | {"solver/host.py"}) - {"solver/blocks.py"}


def files_of(solver: object) -> set[str]:
    """Where the classes of a linear solver and of its parts are, such as "solver/preconditioner.py"."""
    found, parts = set(), [solver]
    while parts:
        part = parts.pop()
        files = {Path(inspect.getfile(kind)) for kind in type(part).__mro__ if kind.__module__.startswith(SOLVER)}
        if new := {file.relative_to(PACKAGE).as_posix() for file in files} - found:
            found |= new
            inside = [each for value in vars(part).values() for each in _each(value)]
            parts += [each for each in inside if type(each).__module__.startswith(SOLVER)]
    return found


def _each(value: object) -> list:
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("crimp", ["none", "touching"])
@pytest.mark.parametrize("yarn", ["cotton", "wool", "paper-yarn-1"])
def test_a_gpu_takes_the_same_steps(device, yarn, crimp):
    """Rounding apart: as many Newton and Krylov iterations, to the same state."""
    if device != "cpu":
        pytest.skip("compares with the CPU's path")
    scene = textile_scene(yarn, (11, 9), **({} if crimp == "none" else {"fabric__crimp": crimp}))
    states, counts = [], []
    for take in (lambda patch: None, take_gpu_path):
        with pytest.MonkeyPatch.context() as patch:
            take(patch)
            run = Rollout(scene, device)
            reports = [run.step() for _ in range(STEPS)]
        counts.append([(report.newton_iterations, report.krylov_iterations) for report in reports])
        states.append(run.state.position.numpy().copy())
    assert np.abs(np.subtract(*counts)).max() <= 2
    np.testing.assert_allclose(*states, rtol=0.0, atol=1e-8)


def test_the_guards_notice(device):
    with no_default_device():
        wp.zeros(3, device=device)
        with wp.ScopedDevice(device):
            wp.zeros(3)
        with pytest.raises(AssertionError, match="default device"):
            wp.zeros(3)
        with pytest.raises(AssertionError, match="default device"):
            wp.array([1.0], dtype=wp.float64)
    x = wp.zeros(3, dtype=wp.float64, device=device)
    with no_memory_in_recordings() as recordings:
        for work, name in ((x.numpy, "numpy"), (lambda: wp.zeros_like(x), "_init_new")):
            work()
            with pytest.raises(AssertionError, match=rf"array\.{name} while"), wp.ScopedCapture(device):
                work()
        with wp.ScopedCapture(device):
            x.zero_()
    assert recordings == [device] * 3
    with transfers() as found:
        x.numpy()
        State.rest(Model(small_scene(), device)).numpy()
    assert found["elsewhere"] == 1
    assert found["state.py"] > 5
    assert found["model.py"] > 5
