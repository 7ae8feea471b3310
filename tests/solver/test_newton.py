"""Newton's method for one step: convergence, reports, and honest failure."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import Point, at_rest, golden, perturbed, sample_model, sample_scene

from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.newton import EPS, NewtonSolver
from warp_fabric.types import vec5

SCHEME = Scheme.euler(1e-3)
TOLERANCE = 1e-9
SCALE = 5.0  # m, about the largest coordinate


def solver(point: Point, tolerance: float = TOLERANCE) -> NewtonSolver:
    """A solver whose equation starts a step from a state."""
    equation = StepEquation(point.model)
    equation.set_time(SCHEME.h)
    equation.begin(SCHEME, point.state, point.state)
    equation.guess(point.state)
    return NewtonSolver(equation, tolerance)


@pytest.fixture
def model(device) -> Model:
    return sample_model("golden_plain", device)


@pytest.fixture
def point(model) -> Point:
    """Frame 20 of the golden rollout."""
    names = ("position", "sliding", "velocity", "sliding_velocity", "anchor")
    return at_rest(model, **{name: golden("hang_plain_euler")[name][20] for name in names})


def residual_norm(newton: NewtonSolver) -> float:
    newton.equation.evaluate(SCHEME)
    return float(np.abs(newton.equation.residual.numpy()).max())


def test_it_solves_the_equation(point):
    newton = solver(point)
    before = residual_norm(newton)
    report = newton.solve(SCHEME, SCALE)
    assert report.converged, report
    assert residual_norm(newton) < 1e-8 * before
    trial = newton.equation.trial
    np.testing.assert_array_equal(trial.velocity.numpy(), newton.equation.unknown.numpy()[:, :3])
    expected = golden("hang_plain_euler")["velocity"][21].reshape(-1, 3)
    np.testing.assert_allclose(trial.velocity.numpy(), expected, atol=1e-7 * np.abs(expected).max())


def test_the_answer_does_not_depend_on_where_it_starts(point):
    answers = []
    for start in (0.0, 1.0):
        newton = solver(point)
        newton.equation.unknown.assign(start * newton.equation.unknown.numpy())
        assert newton.solve(SCHEME, SCALE).converged
        answers.append(np.array(newton.equation.unknown.numpy()))
    np.testing.assert_allclose(answers[0], answers[1], atol=10 * TOLERANCE)


def test_report(point):
    report = solver(point).solve(SCHEME, SCALE)
    assert report.converged
    assert not report.reason
    assert report.iterations == len(report.updates)
    assert 1 < report.iterations < NewtonSolver.MAX_ITERATIONS
    assert report.updates[-1] <= max(TOLERANCE, report.floor)
    assert all(update > TOLERANCE for update in report.updates[:-1])
    assert report.updates[-1] < 1e-6 * report.updates[0]
    assert 1 <= report.jacobians <= report.iterations
    assert report.residuals >= report.iterations
    assert report.krylov_iterations > 0
    assert report.methods <= {"gmres", "bicgstab", "direct"}
    assert report.methods


def test_an_update_at_rounding_level_counts_as_converged(point):
    """A tolerance that no float64 can meet: the report says where rounding stands."""
    report = solver(point, tolerance=0.0).solve(SCHEME, SCALE)
    assert report.converged, report
    assert report.floor == pytest.approx(8 * EPS * SCALE / SCHEME.h)
    assert 0.0 < report.updates[-1] <= report.floor


def test_a_solved_step_takes_one_more_look(point):
    newton = solver(point)
    assert newton.solve(SCHEME, SCALE).converged
    assert newton.solve(SCHEME, SCALE).iterations == 1  # the guess is the answer


def test_too_few_iterations(point):
    report = solver(point).solve(SCHEME, SCALE, limit=1)
    assert not report.converged
    assert "1 Newton iterations" in report.reason


def test_an_impossible_state_is_named(model):
    point = perturbed(model, seed=112)
    position = model.rest_position.copy()
    position[12] = position[13]
    point.state.position.assign(position)
    point.state.velocity.zero_()
    report = solver(point).solve(SCHEME, SCALE)
    assert not report.converged
    assert "inverted or empty" in report.reason


def test_the_worst_crossing(point):
    newton = solver(point)
    residual = np.zeros((25, 5))
    residual[7, 4], residual[9, 0] = -2.0, 1.0
    newton.equation.residual.assign(residual)
    assert newton.worst_crossing() == 7
    residual[3, 2] = np.nan
    newton.equation.residual.assign(residual)
    assert newton.worst_crossing() == 3


def test_largest_component(point):
    newton = solver(point)
    values = np.zeros((25, 5))
    values[20, 3], values[4, 1] = -3.5, 2.0
    assert newton.largest(wp.array(values, dtype=vec5, device=point.model.device)) == 3.5


def test_the_line_search_shortens_updates(device):
    """A pin jumps by a spacing; full Newton steps would overshoot."""
    path = [[0.0, 2e-3, 0.0, -2e-3], [1e-4, 3e-3, 0.0, -2e-3]]
    changes = {"pins": [{"crossing": [0, 0]}, {"crossing": [2, 2], "path": path}], "contact.sliding_damping": 1.0}
    newton = solver(at_rest(Model(sample_scene("plain").replace(changes), device)))
    report = newton.solve(SCHEME, SCALE)
    assert report.converged, report
    assert report.residuals > report.iterations
    assert residual_norm(newton) < 1e-9
