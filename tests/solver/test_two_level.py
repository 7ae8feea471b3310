"""The two-level preconditioner: its formula, its transpose, and what it is for."""

import numpy as np
import pytest
import warp as wp
from coarse_algebra import motions_on, symmetric_part
from cut_cloth import angle, diagonal, disc, textile
from sample_cloth import difference
from scipy.sparse.linalg import spsolve
from textile_cloth import FABRICS, band_of, falling_step, random_matrix, shaken_step, textile_model

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.preconditioner import LinePreconditioner
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.two_level import SPACING, TwoLevelPreconditioner
from warp_fabric.types import vec5

both_ways = pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])


def written_out(matrix: BlockMatrix) -> np.ndarray:
    """M^-1 = C + L (1 - A C), with C = W (W' S W)^-1 W' and L the sweep over picks, then ends."""
    a, w = matrix.to_scipy().toarray(), motions_on(matrix.model.layouts.shapes, SPACING)
    picks, ends = (band_of(matrix, axis, 2) for axis in range(2))
    c = w @ np.linalg.solve(w.T @ symmetric_part(matrix) @ w, w.T)
    one = np.eye(len(a))
    first = np.linalg.inv(picks)
    sweep = first + np.linalg.inv(ends) @ (one - a @ first)
    return c + sweep @ (one - a @ c)


def run(pieces) -> None:
    for piece in pieces:
        piece.run()


def applied(matrix: BlockMatrix, transposed: bool, in_place: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """A random right-hand side, and what the preconditioner makes of it."""
    model, two = matrix.model, TwoLevelPreconditioner(matrix)
    right = np.random.default_rng(62).standard_normal((model.node_count, 5))
    x = wp.array(right, dtype=vec5, device=model.device)
    out = x if in_place else wp.zeros_like(x)
    run(two.factor())
    run(two.apply(x, out, transposed))
    return right.ravel(), out.numpy().ravel().copy()


@pytest.fixture(params=FABRICS)
def matrix(request, device) -> BlockMatrix:
    return random_matrix(textile_model(FABRICS[request.param], device), 63)


@both_ways
@pytest.mark.parametrize("in_place", [False, True])
def test_it_is_its_formula(matrix, transposed, in_place):
    right, out = applied(matrix, transposed, in_place)
    inverse = written_out(matrix)
    assert difference(out, (inverse.T if transposed else inverse) @ right) < 1e-12


@both_ways
@pytest.mark.parametrize("yarn", ["linen", "paper-yarn-2"])
def test_it_is_its_formula_for_a_violent_step(device, yarn, transposed):
    """With blocks as they are: not symmetric, and stiff one way."""
    matrix = shaken_step(textile_model(FABRICS["6x6"], device, yarn), 0.02).jacobian
    right, out = applied(matrix, transposed)
    inverse = written_out(matrix)
    assert difference(out, (inverse.T if transposed else inverse) @ right) < 1e-7


def test_it_tells_definiteness(matrix):
    two = TwoLevelPreconditioner(matrix)
    run(two.factor())
    assert two.definite is True
    matrix.blocks.assign(-matrix.blocks.numpy())
    run(two.factor())
    assert two.definite is False


@pytest.mark.parametrize("yarn", ["cotton", "wool", "silk"])
def test_falling_cloth_takes_few_iterations(device, yarn):
    """Where lines alone take many, and to the same answer."""
    equation = falling_step((20, 20), yarn, device)
    reports, answers = [], []
    for kind, relative in ((TwoLevelPreconditioner, 1e-3), (LinePreconditioner, 1e-3), (TwoLevelPreconditioner, 1e-9)):
        solver = Gmres(kind(equation.jacobian), equation.residual)
        solver.factor()
        reports.append(solver.solve(relative, 0.0))
        answers.append(solver.solution.numpy().ravel().copy())
    few, many, tight = reports
    assert few.converged
    assert few.iterations <= 12
    assert many.iterations > 40
    assert tight.converged
    expected = spsolve(equation.jacobian.to_scipy().tocsc(), equation.residual.numpy().ravel())
    assert difference(answers[2], expected) < 1e-6
    assert difference(answers[0], expected) < 0.02


def krylov_of(present: np.ndarray, yarn: str, steps: int = 6) -> float:
    """Iterations of a solve, in the mean, of cut cloth that begins to hang."""
    rollout = Rollout(textile(yarn, present).replace({"time.duration": 1e-3 * steps}), "cpu")
    reports = [rollout.step() for _ in range(steps)]
    assert {method for report in reports for method in report.methods} == {"gmres, two-level"}
    return sum(r.krylov_iterations for r in reports) / sum(r.jacobians for r in reports)


def shapes(size: int) -> dict[str, np.ndarray]:
    return {
        "disc": disc(size),
        "ring": disc(size, 0.6 * size),
        "L": angle(size),
        "strip": diagonal(size, size // 4),
    }


@pytest.mark.parametrize("shape", ["disc", "ring", "L", "strip"])
def test_cut_cloth_takes_few_iterations(shape):
    """Lines alone take 38 to 115."""
    assert krylov_of(shapes(40)[shape], "cotton") <= 10.0


@pytest.mark.slow
@pytest.mark.parametrize("yarn", ["cotton", "wool"])
@pytest.mark.parametrize("size", [60, 80, 120])
@pytest.mark.parametrize("shape", ["disc", "ring", "L", "strip"])
def test_large_cut_cloth_takes_few_iterations(shape, size, yarn):
    assert krylov_of(shapes(size)[shape], yarn) <= {"cotton": 10.0, "wool": 12.0}[yarn]
