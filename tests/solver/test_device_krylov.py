"""Krylov solvers on the device: against dense solves, on every device: they work on the CPU too, only slowly."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference
from step_system import RELATIVE, dense, krylov_solver, right, solution

from warp_fabric.solver import device_krylov
from warp_fabric.solver.device_krylov import DeviceKrylov


@pytest.fixture
def krylov(device, monkeypatch) -> DeviceKrylov:
    monkeypatch.setattr(wp.config, "verify_autograd_array_access", False)
    return krylov_solver(device)


def no_bicgstab(monkeypatch) -> None:
    """Let it give up after one iteration."""
    bicgstab = device_krylov.warp.optim.linear.bicgstab

    def broken(*args, **kwargs):
        return bicgstab(*args, **kwargs | {"maxiter": 1})

    monkeypatch.setattr(device_krylov.warp.optim.linear, "bicgstab", broken)


@pytest.mark.parametrize("transposed", [False, True])
def test_it_solves(krylov, transposed):
    report = krylov.solve_transposed(RELATIVE) if transposed else krylov.solve(RELATIVE, 0.0)
    assert report.converged
    assert report.method in ("bicgstab", "gmres")
    assert report.iterations > 0
    assert report.residual <= RELATIVE * report.start
    matrix = dense(krylov).T if transposed else dense(krylov)
    assert difference(solution(krylov), np.linalg.solve(matrix, right(krylov))) < 1e-7


def test_it_falls_back_to_gmres(krylov, monkeypatch):
    """Where BiCGSTAB breaks down or does not get there."""
    no_bicgstab(monkeypatch)
    report = krylov.solve(1e-3, 0.0)
    assert (report.method, report.converged) == ("gmres", True)
    krylov.right.assign((right(krylov) - dense(krylov) @ solution(krylov)).reshape(-1, 5))
    assert krylov.measure() <= 1.01e-3 * report.start


def test_the_transposed_solve_falls_back_to_gmres(krylov, monkeypatch):
    no_bicgstab(monkeypatch)
    report = krylov.solve_transposed(1e-3)
    assert (report.method, report.converged) == ("gmres", True)
    left = right(krylov) - dense(krylov).T @ solution(krylov)
    assert np.linalg.norm(left) <= 1.01e-3 * report.start


@pytest.mark.parametrize("transposed", [False, True])
def test_what_does_not_converge_is_told(krylov, monkeypatch, transposed):
    monkeypatch.setattr(DeviceKrylov, "LIMIT", 2)
    report = krylov.solve_transposed(RELATIVE) if transposed else krylov.solve(RELATIVE, 0.0)
    assert not report.converged
    assert report.residual > RELATIVE * report.start


def test_a_new_matrix_is_taken_over(krylov):
    """By solvers that have recorded themselves, too."""
    before = []
    for _ in range(2):
        assert krylov.solve_transposed(RELATIVE).converged
        before.append(solution(krylov))
    np.testing.assert_array_equal(*before)
    krylov.matrix.blocks.assign(2.0 * krylov.matrix.blocks.numpy())
    krylov.factor()
    assert krylov.solve_transposed(RELATIVE).converged
    assert difference(solution(krylov), 0.5 * before[0]) < 1e-8
