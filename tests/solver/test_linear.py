"""What every linear solver does."""

import numpy as np
import pytest
from sample_cloth import difference
from step_system import RELATIVE, answer, dense, gmres, right, solution, solve

from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.preconditioner import LinePreconditioner
from warp_fabric.solver.two_level import TwoLevelPreconditioner

GMRES = {kind.name: kind for kind in (LinePreconditioner, TwoLevelPreconditioner)}
both_ways = pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])


@pytest.fixture(params=GMRES)
def solver(request, device) -> Gmres:
    return gmres("plain", device, GMRES[request.param])


def test_residuals_are_measured_as_velocities(solver):
    """The norm of what the preconditioner makes of the right-hand side; new solves start from it."""
    norm = solver.measure()
    assert norm == pytest.approx(np.linalg.norm(solver.preconditioned.numpy()), rel=1e-12)
    assert solver.solve(1e-3, 0.0).start == pytest.approx(norm, rel=1e-12)
    solver.right.assign(3.0 * solver.right.numpy())
    assert solver.measure() == pytest.approx(3.0 * norm, rel=1e-12)


def test_what_was_measured_serves_the_solve(solver):
    """The same answer as without being told."""
    solver.solve(1e-6, 0.0)
    before = solution(solver)
    start = solver.measure()
    assert solver.solve(1e-6, 0.0, start).start == start
    np.testing.assert_array_equal(solution(solver), before)


def test_transposed_residuals_are_measured_in_the_right_hand_side(solver):
    report = solver.solve_transposed(1e-3)
    assert report.converged
    assert report.start == pytest.approx(np.linalg.norm(right(solver)), rel=1e-12)
    left = np.linalg.norm(right(solver) - dense(solver, True) @ solution(solver))
    assert left <= 2.01e-3 * report.start
    assert report.residual == pytest.approx(left, rel=1e-3)


def test_an_absolute_tolerance_is_enough(solver):
    tight, loose = solver.solve(RELATIVE, 0.0), solver.solve(RELATIVE, 0.1 * solver.measure())
    assert loose.converged
    assert loose.iterations < tight.iterations


@both_ways
def test_nothing_to_solve(solver, transposed):
    solver.solution.fill_(1.0)
    solver.right.zero_()
    report = solver.solve_transposed(RELATIVE) if transposed else solver.solve(1e-3, 1e-12)
    assert (report.converged, report.iterations, report.residual) == (True, 0, 0.0)
    assert not solver.solution.numpy().any()


@both_ways
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_a_number_is_no_answer(solver, transposed, value):
    broken = solver.right.numpy().copy()
    broken[3, 2] = value
    solver.right.assign(broken)
    report = solve(solver, transposed, 1e-3)
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


def test_a_tight_transposed_solve(solver):
    report = solver.solve_transposed(1e-12)
    assert report.converged
    assert report.iterations > 0
    assert difference(solution(solver), answer(solver, True)) < 1e-8


def test_solvers_of_one_system_share_buffers(solver):
    other = Gmres(solver.preconditioner, solver.right, solver)
    assert other.solution is solver.solution
    assert other.preconditioned is solver.preconditioned


def test_an_iteration_can_be_measured(solver):
    """It works on whatever is in the buffers, and leaves the system as it was."""
    solver.measure()
    before, blocks = right(solver), solver.matrix.blocks.numpy().copy()
    for _ in range(3):
        solver.iterate()
    np.testing.assert_array_equal(right(solver), before)
    np.testing.assert_array_equal(solver.matrix.blocks.numpy(), blocks)
    assert solver.solve(RELATIVE, 0.0).converged
    assert difference(solution(solver), answer(solver)) < 1e-6
