"""Krylov solves: with a step's Jacobian, against dense solves; and what happens where they fail."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference, perturbed, sample_model, sample_scene

from warp_fabric.model import Model
from warp_fabric.solver import linear
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.linear import DeviceKrylov, LineGmres, linear_solver

RELATIVE = 1e-10


def equation(model: Model, amount: float = 0.05) -> StepEquation:
    """An equation with the residual and Jacobian of a violent step."""
    point = perturbed(model, seed=91, amount=amount)
    result, scheme = StepEquation(model), Scheme.euler(1e-3)
    result.set_time(1e-3)
    result.begin(scheme, point.state, point.state)
    result.guess(point.state)
    result.evaluate(scheme)
    result.evaluate_jacobian(scheme)
    return result


def line_solver(fabric: str, amount: float = 0.05) -> LineGmres:
    made = equation(sample_model(fabric, "cpu"), amount)  # it works in memory that it shares with NumPy
    solver = LineGmres(made.jacobian, made.residual)
    solver.factor()
    return solver


def dense_solution(solver) -> np.ndarray:
    return np.linalg.solve(solver.matrix.to_scipy().toarray(), solver.right.numpy().ravel())


@pytest.fixture
def line() -> LineGmres:
    return line_solver("plain")


@pytest.fixture
def krylov(device, monkeypatch) -> DeviceKrylov:
    # Its kernels are made for each solver anew, and never cached while their array access is verified.
    monkeypatch.setattr(wp.config, "verify_autograd_array_access", False)
    made = equation(Model(sample_scene("plain").replace({"fabric.ends": 4, "fabric.picks": 4, "pins": []}), device))
    solver = DeviceKrylov(made.jacobian, made.residual)
    solver.factor()
    return solver


@pytest.fixture(params=["line", "krylov"])
def solver(request, device) -> LineGmres | DeviceKrylov:
    return request.getfixturevalue(request.param)


def test_each_device_has_its_solver(device):
    made = equation(sample_model("two_by_two", device))
    expected = LineGmres if device == "cpu" else DeviceKrylov
    assert type(linear_solver(made.jacobian, made.residual)) is expected


def test_line_gmres_solves(line):
    report = line.solve(RELATIVE, 0.0)
    assert (report.method, report.converged) == ("gmres", True)
    assert 0 < report.iterations <= LineGmres.RESTART * LineGmres.RESTARTS
    assert report.residual <= 2 * RELATIVE * report.start
    assert difference(line.solution.numpy().ravel(), dense_solution(line)) < 1e-7


def test_device_krylov_solves(krylov):
    """On every device: it works on the CPU too, only slowly."""
    report = krylov.solve(RELATIVE, 0.0)
    assert report.converged
    assert report.method in ("bicgstab", "gmres")
    assert report.iterations > 0
    assert report.residual <= RELATIVE * report.start
    assert difference(krylov.solution.numpy().ravel(), dense_solution(krylov)) < 1e-7


def test_device_krylov_falls_back_to_gmres(krylov, monkeypatch):
    """Where BiCGSTAB breaks down or does not get there."""
    bicgstab = linear.warp.optim.linear.bicgstab

    def broken(*args, **kwargs):
        return bicgstab(*args, **kwargs | {"maxiter": 1})

    monkeypatch.setattr(linear.warp.optim.linear, "bicgstab", broken)
    report = krylov.solve(1e-3, 0.0)
    assert (report.method, report.converged) == ("gmres", True)
    left = krylov.right.numpy().ravel() - krylov.matrix.to_scipy() @ krylov.solution.numpy().ravel()
    krylov.right.assign(left.reshape(-1, 5))
    assert krylov.measure() <= 1.01e-3 * report.start


def test_residuals_are_measured_as_velocities(solver):
    """The norm of what the preconditioner makes of the right-hand side; new solves start from it."""
    norm = solver.measure()
    assert norm == pytest.approx(np.linalg.norm(solver.preconditioned.numpy()), rel=1e-12)
    assert solver.solve(1e-3, 0.0).start == pytest.approx(norm, rel=1e-12)
    solver.right.assign(3.0 * solver.right.numpy())
    assert solver.measure() == pytest.approx(3.0 * norm, rel=1e-12)


def test_an_absolute_tolerance_is_enough(solver):
    tight, loose = solver.solve(RELATIVE, 0.0), solver.solve(RELATIVE, 0.1 * solver.measure())
    assert loose.converged
    assert loose.iterations < tight.iterations


def test_nothing_to_solve(solver):
    solver.right.zero_()
    report = solver.solve(1e-3, 1e-12)
    assert (report.converged, report.iterations) == (True, 0)
    assert not solver.solution.numpy().any()


def test_what_is_not_a_number_is_no_answer(solver):
    broken = solver.right.numpy().copy()
    broken[3, 2] = np.nan
    solver.right.assign(broken)
    report = solver.solve(1e-3, 0.0)
    assert not report.converged
    assert not np.isfinite(report.start)


def test_line_gmres_falls_back_to_a_direct_solve():
    """Where yarns slide easily, it may not get there within its restarts; that is remembered until the next step."""
    line = line_solver("twill", amount=0.005)
    report = line.solve(RELATIVE, 0.0)
    assert (report.method, report.converged) == ("direct", True)
    assert report.iterations == LineGmres.RESTART * LineGmres.RESTARTS
    expected = dense_solution(line)
    assert difference(line.solution.numpy().ravel(), expected) < 1e-9

    report = line.solve(RELATIVE, 0.0)
    assert (report.method, report.converged, report.iterations) == ("direct", True, 0)
    assert difference(line.solution.numpy().ravel(), expected) < 1e-9

    line.begin()
    report = line.solve(1e-3, 0.0)
    assert (report.method, report.converged) == ("gmres", True)


def test_line_gmres_restarts(monkeypatch):
    monkeypatch.setattr(LineGmres, "RESTART", 30)
    line = line_solver("plain")
    report = line.solve(RELATIVE, 0.0)
    assert (report.method, report.converged) == ("gmres", True)
    assert report.iterations > 30
    assert difference(line.solution.numpy().ravel(), dense_solution(line)) < 1e-7


def test_a_singular_matrix_has_no_answer(line):
    """Two equal rows with different right-hand sides."""
    blocks = line.matrix.blocks.numpy().copy()
    blocks[0, :, 0] = blocks[0, :, 1]
    line.matrix.blocks.assign(blocks)
    line.factor()
    assert not line.solve(RELATIVE, 0.0).converged


def test_a_new_matrix_is_taken_over(line):
    """What is recorded reads the blocks as they are, not as they were."""
    line.solve(RELATIVE, 0.0)
    before = line.solution.numpy().copy()
    line.matrix.blocks.assign(2.0 * line.matrix.blocks.numpy())
    line.factor()
    assert line.solve(RELATIVE, 0.0).converged
    assert difference(line.solution.numpy(), 0.5 * before) < 1e-8
