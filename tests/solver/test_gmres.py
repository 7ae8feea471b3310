"""GMRES with the line preconditioner: with a step's Jacobian, against dense solves; and where it stagnates."""

import numpy as np
import pytest
from sample_cloth import difference
from step_system import RELATIVE, dense, line_solver, right, solution
from warp_fabric.solver.line_gmres import LineGmres

MOST = LineGmres.RESTART * LineGmres.RESTARTS


def solve(line: LineGmres, transposed: bool, relative: float = RELATIVE):
    return line.solve_transposed(relative) if transposed else line.solve(relative, 0.0)


def expected(line: LineGmres, transposed: bool) -> np.ndarray:
    matrix = dense(line)
    return np.linalg.solve(matrix.T if transposed else matrix, right(line))


both_ways = pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])


@pytest.fixture
def line() -> LineGmres:
    return line_solver("plain")


@both_ways
def test_it_solves(line, transposed):
    report = solve(line, transposed)
    assert (report.method, report.converged) == ("gmres", True)
    assert 0 < report.iterations <= MOST
    assert report.residual <= 2 * RELATIVE * report.start
    assert difference(solution(line), expected(line, transposed)) < 1e-7


@both_ways
def test_it_restarts(monkeypatch, transposed):
    monkeypatch.setattr(LineGmres, "RESTART", 30)
    line = line_solver("plain")
    report = solve(line, transposed)
    assert (report.method, report.converged) == ("gmres", True)
    assert report.iterations > 30
    assert difference(solution(line), expected(line, transposed)) < 1e-6


@both_ways
def test_it_falls_back_to_a_direct_solve(transposed):
    """Where yarns slide easily, it may not get there within its restarts; that is remembered until the next step."""
    line = line_solver("twill", amount=0.005)
    report = solve(line, transposed)
    assert (report.method, report.converged) == ("direct", True)
    assert report.iterations == MOST
    answer = expected(line, transposed)
    assert difference(solution(line), answer) < 1e-9

    report = solve(line, transposed)
    assert (report.method, report.converged, report.iterations) == ("direct", True, 0)
    assert difference(solution(line), answer) < 1e-9

    line.begin()
    report = solve(line, transposed, 1e-3)
    assert (report.method, report.converged) == ("gmres", True)


@both_ways
def test_a_direct_solve_without_any_iteration(monkeypatch, transposed):
    """It reports the residual that it really leaves."""
    monkeypatch.setattr(LineGmres, "RESTARTS", 0)
    line = line_solver("plain")
    report = solve(line, transposed)
    assert (report.method, report.converged, report.iterations) == ("direct", True, 0)
    assert 0.0 < report.residual < 1e-9 * report.start
    assert difference(solution(line), expected(line, transposed)) < 1e-9
    if transposed:
        left = right(line) - dense(line).T @ solution(line)
        assert report.residual == pytest.approx(np.linalg.norm(left), abs=1e-12 * report.start)


def test_one_factorisation_serves_both_ways(monkeypatch):
    monkeypatch.setattr(LineGmres, "RESTARTS", 0)
    line = line_solver("plain")
    for transposed in (False, True, False):
        assert solve(line, transposed).converged
        assert difference(solution(line), expected(line, transposed)) < 1e-9


@both_ways
def test_a_singular_matrix_has_no_answer(line, transposed):
    """Two equal rows with different right-hand sides; two equal columns."""
    blocks = line.matrix.blocks.numpy().copy()
    blocks[0, :, 0] = blocks[0, :, 1]
    line.matrix.blocks.assign(blocks)
    line.factor()
    assert not solve(line, transposed).converged


@both_ways
def test_a_new_matrix_is_taken_over(line, transposed):
    """What is recorded reads the blocks as they are, not as they were."""
    solve(line, transposed)
    before = solution(line)
    line.matrix.blocks.assign(2.0 * line.matrix.blocks.numpy())
    line.factor()
    assert solve(line, transposed).converged
    assert difference(solution(line), 0.5 * before) < 1e-8
