"""Cyclic reduction along yarns: against dense algebra, and against the elimination that goes crossing by crossing."""

from types import SimpleNamespace

import numpy as np
import pytest
import warp as wp
from cut_cloth import cut_model
from sample_cloth import difference
from textile_cloth import FABRICS, band_of, falling_step, random_matrix, textile_model

from warp_fabric.solver import parallel_lines
from warp_fabric.solver.lines import YarnLines
from warp_fabric.solver.parallel_lines import ParallelLines, yarn_lines
from warp_fabric.types import vec5

both_ways = pytest.mark.parametrize("transposed", [False, True], ids=["forward", "transposed"])
both_axes = pytest.mark.parametrize("axis", [0, 1], ids=["picks", "ends"])
both_reaches = pytest.mark.parametrize("reach", [1, 2])


def lines_on(model, reach: int) -> ParallelLines:
    """As they serve on the model's device."""
    return ParallelLines(model, reach, together=not model.device.is_cpu)


def vector(model, seed: int = 31) -> wp.array:
    values = np.random.default_rng(seed).standard_normal((model.node_count, 5))
    return wp.array(values, dtype=vec5, device=model.device)


def solved(lines, axis: int, right: wp.array, transposed: bool) -> np.ndarray:
    out = wp.full_like(right, wp.nan)
    lines.solve(axis, right, out, transposed)
    return out.numpy()


@both_ways
@both_axes
@both_reaches
@pytest.mark.parametrize("fabric", [*FABRICS, "cut"])
def test_they_solve_their_band(device, fabric, reach, axis, transposed):
    model = cut_model(device) if fabric == "cut" else textile_model(FABRICS[fabric], device)
    matrix, right = random_matrix(model, 32), vector(model)
    lines = lines_on(model, reach)
    lines.factor(matrix, axis)
    band = band_of(matrix, axis, reach)
    product = (band.T if transposed else band) @ solved(lines, axis, right, transposed).ravel()
    assert difference(product, right.numpy().ravel()) < 1e-12
    np.testing.assert_array_equal(right.numpy(), vector(model).numpy())  # it is left as it was


@both_ways
@both_reaches
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 31, 32, 33, 34, 127, 128, 129])
def test_every_length(device, length, reach, transposed):
    """Where a level leaves an odd number of nodes, and where a yarn has more rows than threads."""
    model = textile_model(((2, length),), device)
    matrix, right = random_matrix(model, 36), vector(model)
    lines, sequential = lines_on(model, reach), YarnLines(model, reach)
    for each in (lines, sequential):
        each.factor(matrix, 0)
    assert difference(solved(lines, 0, right, transposed), solved(sequential, 0, right, transposed)) < 1e-12


@both_ways
@both_axes
@both_reaches
def test_in_place(device, reach, axis, transposed):
    model = textile_model(FABRICS["side by side"], device)
    lines, right = lines_on(model, reach), vector(model)
    lines.factor(random_matrix(model, 32), axis)
    expected = solved(lines, axis, right, transposed)
    lines.solve(axis, right, right, transposed)
    np.testing.assert_array_equal(right.numpy(), expected)


@both_ways
@both_axes
@both_reaches
@pytest.mark.parametrize("yarn", ["linen", "cotton", "wool", "paper-yarn-1"])
def test_a_step_of_textile_yarn(device, yarn, reach, axis, transposed):
    """Stretch is millions of times stiffer than inertia, and position and sliding are as far apart: the backward error
    is that of rounding."""
    equation = falling_step((6, 9), yarn, device)
    lines = lines_on(equation.model, reach)
    lines.factor(equation.jacobian, axis)
    band = band_of(equation.jacobian, axis, reach)
    band = band.T if transposed else band
    x, b = solved(lines, axis, equation.residual, transposed).ravel(), equation.residual.numpy().ravel()
    scale = np.abs(band) @ np.abs(x) + np.abs(b)
    assert (np.abs(band @ x - b) <= 1e-11 * scale.max()).all()
    assert np.linalg.norm(x) > 0.0


@both_axes
@both_reaches
def test_a_new_matrix_is_taken_over_by_factoring_only(device, reach, axis):
    model = textile_model(FABRICS["4x9"], device)
    matrix, right = random_matrix(model, 34), vector(model)
    lines = lines_on(model, reach)
    lines.factor(matrix, axis)
    before = solved(lines, axis, right, False)
    matrix.blocks.assign(2.0 * matrix.blocks.numpy())
    np.testing.assert_array_equal(solved(lines, axis, right, False), before)
    lines.factor(matrix, axis)
    assert difference(solved(lines, axis, right, False), 0.5 * before) < 1e-14


def test_the_axes_do_not_share_factors(device):
    model = textile_model(FABRICS["4x9"], device)
    matrix, right = random_matrix(model, 35), vector(model)
    lines = lines_on(model, 2)
    for axis in range(2):
        lines.factor(matrix, axis)
    for axis in range(2):
        product = band_of(matrix, axis, 2) @ solved(lines, axis, right, False).ravel()
        assert difference(product, right.numpy().ravel()) < 1e-12


@both_ways
@both_reaches
@pytest.mark.parametrize("fabric", ["12x9", "side by side"])
def test_one_launch_gives_what_a_launch_a_stage_does(device, monkeypatch, fabric, reach, transposed):
    """The CPU's threads, too, can wait for one another as a GPU's do."""
    model = textile_model(FABRICS[fabric], device)
    matrix, right = random_matrix(model, 37), vector(model)
    stages, together = (ParallelLines(model, reach, together=each) for each in (False, True))
    for lines in (stages, together):
        lines.factor(matrix, 1)
    expected = solved(stages, 1, right, transposed)
    monkeypatch.setattr(wp.config, "enable_cpu_blocks", True)
    np.testing.assert_array_equal(solved(together, 1, right, transposed), expected)


def test_a_gpu_has_them_and_a_cpu_has_not(device, monkeypatch):
    """A CPU's one thread does best crossing by crossing."""
    monkeypatch.setattr(parallel_lines, "YarnLines", lambda model, reach: "sequential")
    monkeypatch.setattr(parallel_lines, "ParallelLines", lambda model, reach, together: ("parallel", together))
    for is_cpu, expected in ((True, "sequential"), (False, ("parallel", True))):
        assert yarn_lines(SimpleNamespace(device=SimpleNamespace(is_cpu=is_cpu)), 2) == expected
