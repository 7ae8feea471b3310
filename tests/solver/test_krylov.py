"""The linear solver of a step: chosen by the model, strengthened where it fails."""

import numpy as np
import pytest
from sample_cloth import difference, sample_model
from step_system import answer, dense, solution, solve
from textile_cloth import FABRICS, STEP, falling_step, shaken_step, textile_model, textile_scene

from warp_fabric.model import Model
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.linear import LinearReport
from warp_fabric.yarn import library_names

SOFT = "paper-yarn-1"
LIGHT = "gmres, lines"
"""The method for soft yarn, as its reports begin."""
both_ways = pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])


def step_solver(device: str, yarn: str, fabric: str = "6x6", amount: float = 0.01) -> StepSolver:
    equation = shaken_step(textile_model(FABRICS[fabric], device, yarn), amount)
    return StepSolver(equation.jacobian, equation.residual)


@pytest.mark.parametrize("yarn", library_names())
def test_textile_yarns_have_two_levels_at_a_millisecond(device, yarn):
    """The paper's own yarns are soft."""
    model = textile_model(FABRICS["3x3"], device, yarn)
    assert model.stiff(1e-3) is not yarn.startswith("paper")


def test_stiffness_is_that_of_the_stiffest_yarn_over_the_step(device):
    cotton = textile_model(FABRICS["3x3"], device)
    assert [cotton.stiff(h) for h in (1e-6, 1e-3, 1e-2)] == [False, True, True]
    soft = textile_scene(SOFT, (3, 3))
    assert not Model([soft, soft], device).stiff(1e-3)
    assert Model([soft, textile_scene("silk", (2, 2))], device).stiff(1e-3)
    assert Model(soft.replace({"yarns.yarn.bending_modulus": 1e3}), device).stiff(1e-3)
    assert Model(soft.replace({"contact.shear_modulus": 1e8}), device).stiff(1e-3)


@both_ways
def test_the_model_alone_decides(device, transposed):
    """Not the state, nor what came before."""
    for yarn, expected in ((SOFT, LIGHT), ("cotton", "gmres, two-level")):
        solver = step_solver(device, yarn)
        for strong in (False, True, False):
            solver.begin(STEP.h, strong)
            solver.factor()
            report = solve(solver, transposed, 1e-6)
            assert report.converged
            assert report.method == ("gmres, two-level" if strong else expected)
            assert difference(solution(solver), answer(solver, transposed)) < 1e-2


def test_only_two_levels_know_definiteness(device):
    solver = step_solver(device, SOFT)
    for strong, known in ((False, {None}), (True, {True, False})):
        solver.begin(STEP.h, strong)
        solver.factor()
        assert solver.definite in known


def weak(monkeypatch) -> None:
    """Let whatever is not two-level give up after two iterations."""
    cycle = Gmres._cycle

    def short(self, *args):
        if self.preconditioner.name == "two-level":
            return cycle(self, *args)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Gmres, "RESTART", 2)
            return cycle(self, *args)

    monkeypatch.setattr(Gmres, "_cycle", short)


@both_ways
def test_it_is_strengthened_where_it_fails(device, transposed, monkeypatch):
    """From then on until the next step begins; iterations add up."""
    if device != "cpu":
        pytest.skip("weakens the CPU's solver")
    weak(monkeypatch)
    solver = step_solver(device, SOFT)
    solver.begin(STEP.h)
    solver.factor()
    report = solve(solver, transposed, 1e-8)
    assert (report.method, report.converged) == ("gmres, two-level", True)
    expected = answer(solver, transposed)
    assert difference(solution(solver), expected) < 1e-4
    again = solve(solver, transposed, 1e-8)
    assert again.method == "gmres, two-level"
    assert 0 < again.iterations < report.iterations
    assert solver.definite is not None
    solver.begin(STEP.h)
    solver.factor()
    assert solver.definite is None
    solver.matrix.blocks.assign(2.0 * solver.matrix.blocks.numpy())
    solver.factor()
    assert solve(solver, transposed, 1e-8).method == "gmres, two-level"  # factors of its own, of the new matrix
    assert difference(solution(solver), 0.5 * expected) < 1e-4


@both_ways
def test_where_two_levels_fail_that_is_told(device, transposed, monkeypatch):
    monkeypatch.setattr(Gmres, "RESTART", 2)
    monkeypatch.setattr(Gmres, "RESTARTS", 1)
    monkeypatch.setattr(StepSolver, "DIRECTLY", np.inf)
    solver = step_solver(device, "wool")
    solver.begin(STEP.h)
    solver.factor()
    report = solve(solver, transposed, 1e-10)
    assert (report.method, report.converged) == ("gmres, two-level", False)
    assert report.residual > 1e-10 * report.start


def test_a_transposed_solve_that_fails_is_made_directly(device, monkeypatch):
    monkeypatch.setattr(Gmres, "RESTART", 1)
    monkeypatch.setattr(Gmres, "RESTARTS", 1)
    solver = step_solver(device, "wool")
    solver.begin(STEP.h)
    solver.factor()
    report = solver.solve_transposed(1e-12)
    left = solver.right.numpy().ravel() - solver.matrix.to_scipy().T @ solver.solution.numpy().ravel()
    assert report.method == "direct"
    assert report.residual < StepSolver.DIRECTLY * report.start
    np.testing.assert_allclose(np.linalg.norm(left), report.residual, rtol=1e-3)


def test_the_better_of_two_transposed_answers_is_kept(device, monkeypatch):
    """Where what is stronger does worse: with its own report, not the other's."""
    monkeypatch.setattr(Gmres, "RESTARTS", 0)
    monkeypatch.setattr(StepSolver, "_solve_transposed_directly", spoiled)
    solver = step_solver(device, "wool")
    solver.begin(STEP.h)
    solver.factor()
    report = solver.solve_transposed(1e-12)
    assert (report.method, report.residual) == ("gmres, two-level", report.start)
    assert not solver.solution.numpy().any()


def spoiled(solver: StepSolver) -> LinearReport:
    solver.solution.fill_(1.0)
    return LinearReport("direct", 0, np.inf, 1.0, False)


@both_ways
def test_what_is_not_a_number_is_not_tried_again(device, transposed):
    solver = step_solver(device, SOFT)
    broken = solver.right.numpy().copy()
    broken[0, 0] = np.nan
    solver.right.assign(broken)
    solver.begin(STEP.h)
    solver.factor()
    report = solve(solver, transposed, 1e-3)
    assert not report.converged
    assert report.method.startswith(LIGHT)


@pytest.mark.parametrize("yarn", [SOFT, "linen"])
def test_directly(device, yarn):
    """To rounding, whatever was chosen, as the exact factors of a sparse matrix give it."""
    equation = falling_step((9, 4), yarn, device)
    solver = StepSolver(equation.jacobian, equation.residual)
    solver.begin(STEP.h)
    assert solver.solve_directly()
    x, a, b = solution(solver), dense(solver), equation.residual.numpy().ravel()
    assert np.linalg.norm(a @ x - b) < 1e-13 * np.linalg.norm(a, 2) * np.linalg.norm(x)
    assert x.any()


def test_a_singular_matrix_has_no_direct_answer(device):
    solver = step_solver(device, "cotton", "3x3")
    before = solver.right.numpy().copy()
    solver.matrix.blocks.zero_()
    assert not solver.solve_directly()
    np.testing.assert_array_equal(solver.right.numpy(), before)


def test_an_iteration_can_be_measured(device):
    equation = shaken_step(sample_model("plain", device), 0.05)
    solver = StepSolver(equation.jacobian, equation.residual)
    for strong in (False, True):
        solver.begin(STEP.h, strong)
        solver.factor()
        assert solver.measure() == pytest.approx(np.linalg.norm(solver.preconditioned.numpy()), rel=1e-12)
        solver.iterate()
