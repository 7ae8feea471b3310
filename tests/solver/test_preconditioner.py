"""Preconditioners invert what they say they invert."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import difference
from textile_cloth import FABRICS, band_of, part_of, random_matrix, textile_model

from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.preconditioner import LinePreconditioner, Preconditioner
from warp_fabric.solver.sweep import SweepPreconditioner
from warp_fabric.solver.two_level import TwoLevelPreconditioner
from warp_fabric.types import vec5

KINDS = [LinePreconditioner, SweepPreconditioner, TwoLevelPreconditioner]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
both_ways = pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])


@pytest.fixture(params=FABRICS)
def matrix(request, device) -> BlockMatrix:
    return random_matrix(textile_model(FABRICS[request.param], device), 81)


def run(pieces) -> None:
    for piece in pieces:
        piece.run()


def applied(preconditioner: Preconditioner, transposed: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """A random right-hand side, and what the preconditioner makes of it."""
    model = preconditioner.model
    right = np.random.default_rng(82).standard_normal((model.node_count, 5))
    x = wp.array(right, dtype=vec5, device=model.device)
    out = wp.zeros_like(x)
    run(preconditioner.factor())
    run(preconditioner.apply(x, out, transposed))
    np.testing.assert_array_equal(x.numpy(), right)
    return right.ravel(), out.numpy().ravel().copy()


@both_ways
def test_lines(matrix, transposed):
    """M = (D + P) D^-1 (D + E), with P the neighbours along picks and E those along ends; transposed as a whole."""
    d, picks, ends = part_of(matrix, [(0, 0)]), band_of(matrix, 0, 1), band_of(matrix, 1, 1)
    right, out = applied(LinePreconditioner(matrix), transposed)
    whole = picks @ np.linalg.inv(d) @ ends
    assert difference((whole.T if transposed else whole) @ out, right) < 1e-12


@both_ways
@each_kind
def test_in_place(matrix, kind, transposed):
    """Where the result is written over the right-hand side, as solvers do."""
    preconditioner = kind(matrix)
    right, expected = applied(preconditioner, transposed)
    x = wp.array(right.reshape(-1, 5), dtype=vec5, device=matrix.model.device)
    run(preconditioner.apply(x, x, transposed))
    np.testing.assert_array_equal(x.numpy().ravel(), expected)


@each_kind
def test_forward_and_transposed_are_transposes(matrix, kind):
    """<M^-1 x, y> = <x, M^-T y>."""
    preconditioner, rng = kind(matrix), np.random.default_rng(83)
    model = matrix.model
    x, y = (wp.array(rng.standard_normal((model.node_count, 5)), dtype=vec5, device=model.device) for _ in range(2))
    out, back = wp.zeros_like(x), wp.zeros_like(x)
    run(preconditioner.factor())
    run(preconditioner.apply(x, out))
    run(preconditioner.apply(y, back, True))
    scale = np.linalg.norm(out.numpy()) * np.linalg.norm(y.numpy())
    assert abs(np.vdot(out.numpy(), y.numpy()) - np.vdot(x.numpy(), back.numpy())) < 1e-13 * scale


@each_kind
def test_new_blocks_are_taken_over_by_factoring_only(matrix, kind):
    preconditioner = kind(matrix)
    _, before = applied(preconditioner)
    matrix.blocks.assign(2.0 * matrix.blocks.numpy())
    _, after = applied(preconditioner)
    assert difference(after, 0.5 * before) < 1e-12


def test_names_and_what_is_known_of_definiteness(device):
    matrix = random_matrix(textile_model(FABRICS["3x3"], device), 84)
    assert [kind.name for kind in KINDS] == ["lines", "sweep", "two-level"]
    for kind in KINDS:
        preconditioner = kind(matrix)
        run(preconditioner.factor())
        assert preconditioner.definite is (True if kind is TwoLevelPreconditioner else None)
        assert preconditioner.matrix is matrix
