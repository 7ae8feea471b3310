"""Sparse LU factors as a preconditioner, against dense algebra."""

import numpy as np
import pytest
from sample_cloth import difference
from step_system import answer, gmres, solution, solve
from textile_cloth import FABRICS, STEP, random_matrix, shaken_step, textile_model, textile_scene

from warp_fabric import simulate
from warp_fabric.model import Model
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.newton import NewtonSolver
from warp_fabric.solver.sparse_lu import LuPreconditioner, pivots, symmetric_factors

both_ways = pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])


@both_ways
def test_one_iteration_is_enough(device, transposed):
    solver = gmres("twill", device, LuPreconditioner)
    report = solve(solver, transposed)
    assert report.converged
    assert report.iterations <= 1
    assert difference(solution(solver), answer(solver, transposed)) < 1e-9


@pytest.mark.parametrize(("dominance", "definite"), [(60.0, None), (-60.0, False), (0.0, False)])
def test_pivots_tell_what_is_not_definite(device, dominance, definite):
    matrix = random_matrix(textile_model(FABRICS["4x9"], device), 7, dominance)
    preconditioner = LuPreconditioner(matrix)
    for piece in preconditioner.factor():
        piece.run()
    assert preconditioner.definite is definite


def test_a_singular_matrix_has_no_answer(device):
    solver = gmres("twill", device, LuPreconditioner)
    solver.matrix.blocks.zero_()
    solver.factor()
    report = solver.solve(1e-3, 0.0)
    assert not report.converged
    assert not np.isfinite(report.start)
    assert solver.definite is False


def test_factors_of_a_symmetric_matrix_know_its_inertia(device):
    matrix = random_matrix(textile_model(FABRICS["6x6"], device), 8, 60.0).to_scipy()
    symmetric = (matrix + matrix.T).tocsc()
    least = np.linalg.eigvalsh(symmetric.toarray())[0]
    for shift, positive in ((0.99, True), (1.01, False)):
        shifted = symmetric - shift * least * np.eye(symmetric.shape[0])
        assert (pivots(symmetric_factors(type(symmetric)(shifted))) > 0.0).all() == positive


def touching_step_solver(device: str) -> StepSolver:
    """Of soft cloth that may touch itself, and does not."""
    model = Model(textile_scene("paper-yarn-1", (6, 6), collision__self=True), device)
    equation = shaken_step(model, 0.01)
    return StepSolver(equation.jacobian, equation.residual)


def failing(monkeypatch) -> None:
    """Let whatever needs more than one iteration give up."""
    monkeypatch.setattr(Gmres, "RESTART", 1)
    monkeypatch.setattr(Gmres, "RESTARTS", 1)


def test_cloth_that_touches_itself_is_factorised_where_two_levels_fail(device, monkeypatch):
    """For the rest of the step; on the CPU."""
    failing(monkeypatch)
    solver = touching_step_solver(device)
    solver.begin(STEP.h)
    solver.factor()
    report = solver.solve(1e-8, 0.0)
    if device != "cpu":
        assert (report.method, report.converged) == ("gmres, two-level", False)
        return
    assert (report.method, report.converged, solver.used) == ("gmres, LU", True, "LU")
    assert report.iterations == 3, "those of all three"
    assert difference(solution(solver), answer(solver)) < 1e-7
    solver.begin(STEP.h, strong=True)
    again = solver.solve(1e-8, 0.0)
    assert (again.method, again.iterations) == ("gmres, LU", 1)
    solver.begin(STEP.h)
    assert solver.used == "light"


def test_transposed_solves_are_not(device, monkeypatch):
    """They go down to rounding, where GMRES ends without having failed."""
    failing(monkeypatch)
    solver = touching_step_solver(device)
    solver.begin(STEP.h)
    solver.factor()
    solver.solve_transposed(1e-8)
    assert solver.used == "two-level"


def test_cloth_that_touches_nothing_is_not_factorised(device, monkeypatch):
    failing(monkeypatch)
    equation = shaken_step(textile_model(FABRICS["6x6"], device, "paper-yarn-1"), 0.01)
    solver = StepSolver(equation.jacobian, equation.residual)
    solver.begin(STEP.h)
    solver.factor()
    assert not solver.solve(1e-8, 0.0).converged
    assert solver.used == "two-level"


def test_a_run_with_factors_resumes_bit_for_bit(tmp_path, monkeypatch):
    """Each step begins without them."""
    failing(monkeypatch)
    monkeypatch.setattr(NewtonSolver, "FORCING", (1e-6, 1e-6))
    scene = textile_scene("paper-yarn-1", (5, 5), collision__self=True, environment__wind=[0.0, 5.0, 1.0])
    whole = simulate(scene, device="cpu")
    assert "gmres, LU" in {method for step in whole.statistics["steps"] for method in step["methods"]}
    path = tmp_path / "run.checkpoint"

    def stop(report):
        if report.time > 0.0045:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(scene, device="cpu", checkpoint=path, on_step=stop)
    resumed = simulate(scene, device="cpu", checkpoint=path, resume=True)
    np.testing.assert_array_equal(resumed.position, whole.position)
    np.testing.assert_array_equal(resumed.velocity, whole.velocity)
