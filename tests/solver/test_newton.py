"""Newton's method for one step: convergence, reports, and honest failure."""

import numpy as np
import pytest
from sample_cloth import Point, at_rest, golden, perturbed, sample_model, sample_scene
from textile_cloth import FABRICS, textile_model, textile_scene

from warp_fabric.forces import Convexity
from warp_fabric.model import Model
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.krylov import StepSolver
from warp_fabric.solver.linear import LinearReport
from warp_fabric.solver.newton import EPS, NewtonSolver
from warp_fabric.solver.search import SlopeSearch

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
    assert report.methods == {"gmres, lines"}


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


def test_the_search_shortens_updates(device, monkeypatch):
    """A pin jumps by a spacing and nothing is dared; full Newton steps would overshoot."""
    path = [[0.0, 2e-3, 0.0, -2e-3], [1e-4, 4e-3, 0.0, -2e-3]]
    changes = {"pins": [{"crossing": [0, 0]}, {"crossing": [2, 2], "path": path}], "contact.sliding_damping": 1.0}
    monkeypatch.setattr(NewtonSolver, "REACH", 0.0)
    newton = solver(at_rest(Model(sample_scene("plain").replace(changes), device)))
    report = newton.solve(SCHEME, SCALE)
    assert report.converged, report
    assert report.residuals > report.iterations
    assert residual_norm(newton) < 1e-9


@pytest.mark.parametrize("fabric", ["1x1", "1x7", "2x2", "3x3", "4x9", "12x9", "side by side"])
@pytest.mark.parametrize("yarn", ["cotton", "silk", "paper-yarn-2"])
def test_cloth_of_every_size_and_yarn(device, yarn, fabric):
    """Shaken by a hundredth of a spacing, which for textile yarns is a blow."""
    model = textile_model(FABRICS[fabric], device, yarn)
    newton = solver(shaken(model, 0.01), 1e-8)
    report = newton.solve(SCHEME, SCALE)
    assert report.converged, report.reason
    assert report.updates[-1] <= max(1e-8, report.floor)
    assert least_curvature(newton) > 0.0  # a minimum, no saddle


@pytest.mark.parametrize(
    ("yarn", "shape"),
    [("cotton", (12, 9)), ("wool", (9, 14)), ("silk", (12, 9)), ("linen", (1, 30)), ("paper-yarn-1", (9, 9))],
)
def test_cloth_that_buckles(device, yarn, shape):
    """Pushed together by 3 % along its picks, it finds a way out, sideways, and ends where energy is least."""
    model = Model(textile_scene(yarn, shape, pins=[], fabric__pose="flat"), device)
    newton = solver(shaken(model, 0.001, squeeze=0.97), 1e-8)
    newton.equation.evaluate(SCHEME)
    newton.equation.evaluate_jacobian(SCHEME)
    assert least_curvature(newton, again=False) < 0.0
    report = newton.solve(SCHEME, SCALE)
    assert report.converged, report.reason
    assert least_curvature(newton) > 0.0
    assert report.jacobians > 1


def shaken(model: Model, amount: float, squeeze: float = 1.0) -> Point:
    """At rest, but for its positions."""
    rng = np.random.default_rng(5)
    lengths = model.grid.segment_length.numpy()
    spacing = float(lengths.min()) if len(lengths) else 1e-3
    position = model.rest_position * np.array([squeeze, 1.0, 1.0])
    return at_rest(model, position=position + amount * spacing * rng.standard_normal(position.shape))


def least_curvature(newton: NewtonSolver, again: bool = True) -> float:
    """The smallest eigenvalue of the exact Jacobian's symmetric part, with a diagonal of ones."""
    if again:
        newton.equation.evaluate(SCHEME)
        newton.equation.evaluate_jacobian(SCHEME)
    matrix = newton.equation.jacobian.to_scipy().toarray()
    matrix = matrix + matrix.T
    empty = np.diag(matrix) == 0.0  # of a single crossing without mass
    scale = 1.0 / np.sqrt(np.where(empty, 1.0, np.abs(np.diag(matrix))))
    return float(np.linalg.eigvalsh((scale[:, None] * matrix * scale)[np.ix_(~empty, ~empty)])[0])


def test_hard_steps_call_for_two_levels(point, monkeypatch):
    monkeypatch.setattr(NewtonSolver, "PATIENCE", 2)
    expected = solver(point)
    report = expected.solve(SCHEME, SCALE)
    assert report.converged
    assert "gmres, two-level" in report.methods
    assert len(report.methods) == 2


def test_sparse_factors_serve_where_nothing_else_does(point, monkeypatch):
    """Of convex Jacobians; the answer is the same."""
    expected = solver(point)
    assert expected.solve(SCHEME, SCALE).converged
    unsolved = LinearReport("nothing", 1, 1.0, 1.0, False)
    monkeypatch.setattr(Gmres, "solve", lambda *_: unsolved)
    newton = solver(point)
    report = newton.solve(SCHEME, SCALE)
    assert report.converged, report.reason
    assert "direct" in report.methods
    np.testing.assert_allclose(newton.equation.unknown.numpy(), expected.equation.unknown.numpy(), atol=10 * TOLERANCE)


def test_where_no_linear_method_serves_that_is_the_reason(point, monkeypatch):
    monkeypatch.setattr(StepSolver, "solve_directly", lambda self: False)
    unsolved = LinearReport("nothing", 1, 1.0, 1.0, False)
    monkeypatch.setattr(Gmres, "solve", lambda *_: unsolved)
    report = solver(point).solve(SCHEME, SCALE)
    assert not report.converged
    assert report.reason == "no linear method gave a way down"


def test_where_no_way_leads_down_that_is_the_reason(point, monkeypatch):
    monkeypatch.setattr(SlopeSearch, "move", lambda self, direction: (None, Convexity.CONVEX))
    report = solver(point).solve(SCHEME, SCALE)
    assert not report.converged
    assert report.reason == "the line search found no way down"


def test_the_least_curvature_follows_how_far_directions_served(point, monkeypatch):
    """After a direction that was no guide, convex ones; after one that was, the exact Jacobian again."""
    asked = []
    jacobian, move = NewtonSolver._jacobian, SlopeSearch.move
    monkeypatch.setattr(NewtonSolver, "_jacobian", lambda self, least: asked.append(least) or jacobian(self, least))
    lengths = iter([0.125, 1.0, 1.0])

    def moved(self, direction):
        _, convexity = move(self, direction)
        return next(lengths, 1.0), convexity

    monkeypatch.setattr(SlopeSearch, "move", moved)
    newton = solver(point)
    monkeypatch.setattr(newton, "STALE", 0.0)  # no Jacobian serves twice
    assert newton.solve(SCHEME, SCALE).converged
    assert asked[:4] == [Convexity.EXACT, Convexity.CONVEX, Convexity.EXACT, Convexity.EXACT]


def test_a_jacobian_that_serves_well_serves_again(point):
    report = solver(point).solve(SCHEME, SCALE)
    assert report.jacobians < report.iterations
    eager = solver(point)
    eager.STALE = 0.0
    assert eager.solve(SCHEME, SCALE).jacobians > report.jacobians
