"""What every linear solver does, and device work that is recorded."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference
from step_system import RELATIVE, dense, krylov_solver, line_solver, right, solution

from warp_fabric.solver.linear import LinearSolver, Recorded
from warp_fabric.types import f64


@pytest.fixture(params=["line", "krylov"])
def solver(request, device, monkeypatch) -> LinearSolver:
    monkeypatch.setattr(wp.config, "verify_autograd_array_access", False)
    return line_solver("plain") if request.param == "line" else krylov_solver(device)


def test_residuals_are_measured_as_velocities(solver):
    """The norm of what the preconditioner makes of the right-hand side; new solves start from it."""
    norm = solver.measure()
    assert norm == pytest.approx(np.linalg.norm(solver.preconditioned.numpy()), rel=1e-12)
    assert solver.solve(1e-3, 0.0).start == pytest.approx(norm, rel=1e-12)
    solver.right.assign(3.0 * solver.right.numpy())
    assert solver.measure() == pytest.approx(3.0 * norm, rel=1e-12)


def test_transposed_residuals_are_measured_in_the_right_hand_side(solver):
    report = solver.solve_transposed(1e-3)
    assert report.converged
    assert report.start == pytest.approx(np.linalg.norm(right(solver)), rel=1e-12)
    left = np.linalg.norm(right(solver) - dense(solver).T @ solution(solver))
    assert left <= 2.01e-3 * report.start
    assert report.residual == pytest.approx(left, rel=1e-3)


def test_an_absolute_tolerance_is_enough(solver):
    tight, loose = solver.solve(RELATIVE, 0.0), solver.solve(RELATIVE, 0.1 * solver.measure())
    assert loose.converged
    assert loose.iterations < tight.iterations


@pytest.mark.parametrize("transposed", [False, True])
def test_nothing_to_solve(solver, transposed):
    solver.solution.fill_(1.0)
    solver.right.zero_()
    report = solver.solve_transposed(RELATIVE) if transposed else solver.solve(1e-3, 1e-12)
    assert (report.converged, report.iterations, report.residual) == (True, 0, 0.0)
    assert not solver.solution.numpy().any()


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_a_number_is_no_answer(solver, transposed, value):
    broken = solver.right.numpy().copy()
    broken[3, 2] = value
    solver.right.assign(broken)
    report = solver.solve_transposed(1e-3) if transposed else solver.solve(1e-3, 0.0)
    assert not report.converged
    assert not np.isfinite(report.start)


def test_both_ways_by_turns(solver):
    """The adjoint solves with the buffers that Newton uses, in any order; <A^-1 b, c> = <b, A^-T c>."""
    rng = np.random.default_rng(92)
    b, c = (rng.standard_normal(solver.right.numpy().shape) for _ in range(2))
    products = []
    for _ in range(2):
        solver.right.assign(b)
        assert solver.solve(1e-12, 0.0).converged
        products.append(solution(solver) @ c.ravel())
        solver.right.assign(c)
        assert solver.solve_transposed(1e-12).converged
        products.append(solution(solver) @ b.ravel())
    scale = np.linalg.norm(np.linalg.solve(dense(solver), b.ravel())) * np.linalg.norm(c)
    assert np.ptp(products) < 1e-10 * scale


def test_recorded_work_reads_what_is_there_when_it_is_replayed(device):
    x, y = (wp.zeros(3, dtype=f64, device=device) for _ in range(2))
    calls = []

    def work() -> None:
        calls.append(None)
        wp.copy(y, x)

    recorded = Recorded(wp.get_device(device), work)
    for k in range(4):
        x.fill_(float(k))
        recorded()
        np.testing.assert_array_equal(y.numpy(), k)
    assert len(calls) == 2  # carried out, then recorded; from there on replayed


def test_a_tight_transposed_solve(solver):
    report = solver.solve_transposed(1e-12)
    assert report.converged
    assert report.iterations > 0
    expected = np.linalg.solve(dense(solver).T, right(solver))
    assert difference(solution(solver), expected) < 1e-8
