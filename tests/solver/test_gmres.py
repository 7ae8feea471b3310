"""GMRES with any preconditioner: with a step's Jacobian, against dense solves; and where it stagnates."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference
from step_system import RELATIVE, answer, dense, gmres, on_device, right, solution, solve
from textile_cloth import FABRICS, falling_step, random_matrix, textile_model

from warp_fabric.solver import gmres as gmres_module
from warp_fabric.solver.basis import HostBasis
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.preconditioner import LinePreconditioner, Preconditioner
from warp_fabric.solver.recorded import Work
from warp_fabric.solver.two_level import TwoLevelPreconditioner
from warp_fabric.types import vec5

KINDS = [LinePreconditioner, TwoLevelPreconditioner]
MOST = Gmres.RESTART * Gmres.RESTARTS
both_ways = pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


class Identity(Preconditioner):
    """M = 1: too weak for any cloth."""

    name = "identity"

    def factor(self) -> list[Work]:
        return []

    def apply(self, right: wp.array, out: wp.array, transposed: bool = False) -> list[Work]:
        return [Work(lambda: wp.copy(out, right))]


@pytest.fixture(params=["host", "device"], autouse=True)
def vectors(request, monkeypatch):
    """The vectors of GPUs serve the CPU too."""
    if request.param == "device":
        monkeypatch.setattr(gmres_module, "HostBasis", on_device)


@both_ways
@each_kind
def test_it_solves(device, kind, transposed):
    solver = gmres("plain", device, kind)
    report = solve(solver, transposed)
    assert report.method == f"gmres, {kind.name}"
    assert report.converged
    assert 0 < report.iterations <= MOST
    assert report.residual <= 2 * RELATIVE * report.start
    assert difference(solution(solver), answer(solver, transposed)) < 1e-6


@both_ways
@pytest.mark.parametrize("fabric", FABRICS)
def test_every_size(device, fabric, transposed):
    """Of one crossing too, where the first direction is the answer and the next one would be nothing."""
    model = textile_model(FABRICS[fabric], device)
    values = np.random.default_rng(71).standard_normal((model.node_count, 5))
    right_side = wp.array(values, dtype=vec5, device=model.device)
    solver = Gmres(TwoLevelPreconditioner(random_matrix(model, 72)), right_side)
    solver.factor()
    assert solve(solver, transposed).converged
    assert difference(solution(solver), answer(solver, transposed)) < 1e-8


@both_ways
def test_it_restarts(device, monkeypatch, transposed):
    monkeypatch.setattr(Gmres, "RESTART", 30)
    solver = gmres("plain", device)
    report = solve(solver, transposed)
    assert report.converged
    assert report.iterations > 30
    assert difference(solution(solver), answer(solver, transposed)) < 1e-6


@both_ways
def test_what_does_not_converge_is_told(device, monkeypatch, transposed):
    """With the residual that is really left, of the best answer it found."""
    monkeypatch.setattr(Gmres, "RESTART", 5)
    monkeypatch.setattr(Gmres, "RESTARTS", 2)
    solver = gmres("twill", device, Identity, 0.005)
    report = solve(solver, transposed)
    assert not report.converged
    assert 0 < report.iterations <= 10
    left = right(solver) - dense(solver, transposed) @ solution(solver)
    if transposed:
        assert report.start == pytest.approx(np.linalg.norm(right(solver)), rel=1e-12)
        assert report.residual == pytest.approx(np.linalg.norm(left), rel=1e-6)
        assert report.residual <= report.start
    else:
        solver.right.assign(left.reshape(-1, 5))
        assert report.residual == pytest.approx(solver.measure(), rel=1e-6)
        assert report.residual < report.start


@both_ways
def test_a_loose_solve_takes_no_more_than_it_needs(device, transposed):
    solver = gmres("plain", device)
    tight = solve(solver, transposed)
    loose = solve(solver, transposed, 1e-2)
    assert loose.converged
    assert 0 < loose.iterations < tight.iterations
    assert loose.residual <= 1.01e-2 * loose.start


@both_ways
def test_a_singular_matrix_has_no_answer(device, transposed):
    """Two equal rows with different right-hand sides; two equal columns."""
    solver = gmres("plain", device)
    blocks = solver.matrix.blocks.numpy().copy()
    if transposed:
        blocks[0, :, :, 0] = blocks[0, :, :, 1]
    blocks[0, :, 0] = blocks[0, :, 1]
    solver.matrix.blocks.assign(blocks)
    solver.factor()
    assert not solve(solver, transposed).converged


@both_ways
@each_kind
def test_a_new_matrix_is_taken_over(device, kind, transposed):
    """What is recorded reads the blocks as they are, not as they were."""
    solver = gmres("plain", device, kind)
    solve(solver, transposed)
    before = solution(solver)
    solver.matrix.blocks.assign(2.0 * solver.matrix.blocks.numpy())
    solver.factor()
    assert solve(solver, transposed).converged
    assert difference(solution(solver), 0.5 * before) < 1e-8


def test_several_fabrics_are_one_system(device):
    """As accurate in each of them, of whatever size."""
    model = textile_model(FABRICS["side by side"], device, "wool")
    matrix = random_matrix(model, 73, 40.0)
    values = np.random.default_rng(74).standard_normal((model.node_count, 5))
    solver = Gmres(LinePreconditioner(matrix), wp.array(values, dtype=vec5, device=model.device))
    solver.factor()
    assert solver.solve(1e-12, 0.0).converged
    expected = answer(solver).reshape(-1, 5)
    for fabric in range(4):
        mine = model.topology.fabric == fabric
        assert difference(solution(solver).reshape(-1, 5)[mine], expected[mine]) < 1e-9


@both_ways
@each_kind
def test_on_a_device_it_takes_as_many_iterations(device, monkeypatch, kind, transposed):
    """As on the host: vectors that the host does not see change nothing but rounding."""
    equation = falling_step((6, 6), "cotton", device)
    answers, reports = [], []
    for basis in (HostBasis, on_device):
        monkeypatch.setattr(gmres_module, "HostBasis", basis)
        solver = Gmres(kind(equation.jacobian), equation.residual)
        solver.factor()
        reports.append(solve(solver, transposed, 1e-6))
        answers.append(solution(solver))
    assert difference(*answers) < 1e-6
    assert abs(reports[0].iterations - reports[1].iterations) <= 1
    assert reports[0].converged
    assert reports[1].converged


def test_definiteness_is_the_preconditioners_word(device):
    model = textile_model(FABRICS["5x5"], device)
    matrix = random_matrix(model, 75)
    right_side = wp.zeros(model.node_count, dtype=vec5, device=model.device)
    for sign in (1.0, -1.0):
        matrix.blocks.assign(sign * random_matrix(model, 75).blocks.numpy())
        two, lines = (Gmres(kind(matrix), right_side) for kind in (TwoLevelPreconditioner, LinePreconditioner))
        two.factor()
        lines.factor()
        assert two.definite is (sign > 0.0)
        assert lines.definite is None
