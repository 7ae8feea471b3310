"""The adjoint of one step: against dense linear algebra, replayed, added up, and refused where it cannot be had."""

from __future__ import annotations

import numpy as np
import pytest
import warp as wp
from gradient_check import without_effect
from pulled_step import EXACT, Case, dense, made, pulled
from sample_cloth import difference
from step_system import on_device

from warp_fabric.errors import SolverError
from warp_fabric.solver import gmres
from warp_fabric.solver.adjoint import StepAdjoint
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.linear import LinearReport


@pytest.fixture(params=["euler", "bdf2"])
def case(request, device) -> Case:
    return made(device, request.param)


def assert_same(actual: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float) -> None:
    assert actual.keys() == expected.keys()
    for name, gradient in expected.items():
        assert difference(actual[name], gradient) < tolerance, name


def test_it_is_what_dense_algebra_gives(case):
    expected, _, _ = dense(case)
    assert_same(pulled(case), expected, EXACT)
    unfelt = {name for name, gradient in expected.items() if not gradient.any()} - without_effect(case.model)
    # What came before the last state tells where it was and how fast, not where its friction stuck.
    assert unfelt == ({"previous.anchor"} if case.integrator == "bdf2" else set())


def test_with_the_vectors_of_a_gpu(case, monkeypatch):
    """On every device; they state the same residual."""
    expected, _, _ = dense(case)
    monkeypatch.setattr(gmres, "HostBasis", on_device)
    solved = []
    solve = Gmres.solve_transposed
    monkeypatch.setattr(
        Gmres, "solve_transposed", lambda self, relative: solved.append(relative) or solve(self, relative)
    )
    adjoint = StepAdjoint(case.model)
    assert_same(pulled(case, adjoint), expected, 1e-9)
    assert adjoint.iterations > 0
    assert solved == [StepAdjoint.RESIDUAL]


def test_replayed_work_gives_the_same(case):
    """Carried out, recorded, replayed."""
    adjoint = StepAdjoint(case.model)
    first = pulled(case, adjoint)
    for _ in range(3):
        assert_same(pulled(case, adjoint), first, 1e-13)


def test_a_tape_within_a_tapes_callback(case):
    """Where the reverse pass of the residual is itself an entry of a tape that runs backwards."""
    expected, _, _ = dense(case)
    case.clear()
    adjoint, part = StepAdjoint(case.model), case.part
    previous = part.previous.gradient() if case.integrator == "bdf2" else None

    def callback() -> None:
        adjoint.pull(part, case.external, case.gradient, part.state.gradient(), previous, case.external.grad)

    tape = wp.Tape()
    tape.record_func(callback, [*case.inputs().values()])
    for _ in range(3):
        tape.backward()
        actual = {name: np.array(array.grad.numpy()) for name, array in case.inputs().items()}
        assert_same(actual, expected, EXACT)
        tape.zero()
        assert not any(array.grad.numpy().any() for array in case.inputs().values())


def test_gradients_are_added_to_what_is_there(case):
    once = pulled(case)
    adjoint, part = StepAdjoint(case.model), case.part
    previous = part.previous.gradient() if case.integrator == "bdf2" else None
    adjoint.pull(part, case.external, case.gradient, part.state.gradient(), previous, case.external.grad)
    twice = {name: np.array(array.grad.numpy()) for name, array in case.inputs().items()}
    assert_same(twice, {name: 2.0 * gradient for name, gradient in once.items()}, 1e-12)


@pytest.mark.parametrize(("residual", "accepted"), [(1e-13, True), (0.9e-2, True), (2e-2, False), (np.nan, False)])
def test_a_residual_that_is_too_large_is_an_error(device, monkeypatch, residual, accepted):
    """Also one that a solver calls converged."""
    case = made(device, "euler")
    adjoint = StepAdjoint(case.model)
    start = 0.3
    report = LinearReport("some method", 0, residual * start, start, True)
    monkeypatch.setattr(adjoint.linear, "solve_transposed", lambda relative: report)
    if accepted:
        pulled(case, adjoint)
    else:
        with pytest.raises(SolverError, match="linear system"):
            pulled(case, adjoint)


def test_what_cannot_be_solved_is_an_error(device, monkeypatch):
    """With the step's time."""
    if device != "cpu":
        pytest.skip("breaks the CPU's solver")
    case = made(device, "euler")
    monkeypatch.setattr(Gmres, "RESTARTS", 0)
    monkeypatch.setattr(StepSolver, "DIRECTLY", np.inf)
    with pytest.raises(SolverError, match="linear system") as error:
        pulled(case)
    assert "0.002 s" in error.value.where
