"""Jacobians of lesser curvature: what they leave out, and that nothing negative is left."""

import numpy as np
import pytest
from sample_cloth import Point, difference, folded, golden_fold, perturbed, sample_model
from textile_cloth import FABRICS, textile_model

from warp_fabric.forces import FORCES, INERTIA, POTENTIALS, Convexity, Elements
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.equation import Scheme, StepEquation
from warp_fabric.solver.moves import Moves

SAMPLES = {
    "twill": ("twill", {"seed": 1}),
    "plain": ("plain", {"seed": 3, "amount": 0.25}),
    "jammed": ("plain", {"seed": 4, "amount": 0.05, "shear": 0.9}),
    "one_pick": ("one_pick", {"seed": 6}),
    "crimped_twill": ("crimped_twill", {"seed": 8, "amount": 0.08}),
    "flattening_twill": ("flattening_twill", {"seed": 9, "amount": 0.08}),
    "crimped_cotton": ("crimped_cotton", {"seed": 10, "amount": 0.05}),
    "mixed": ("mixed", {"seed": 13, "amount": 0.05}),
    "open_touching": ("open_touching", {"seed": 14, "amount": 0.02, "lies": golden_fold}),
    "folded_paper": ("folded_paper", {"seed": 15, "amount": 0.05, "lies": folded}),
    "folded_cotton": ("folded_cotton", {"seed": 16, "amount": 0.05, "lies": folded}),
}
CONTACT = {"contact_self", "contact_solid", "contact_mesh"}
"""Not convex where surfaces curve or what touches turns, whatever yarns do."""
TEXTILES = {"cotton": "4x9", "wool": "6x6", "silk": "side by side", "linen": "1x7"}
SQUEEZED = 0.6
BILINEAR = "weight"
"""Its energy is a product of height and yarn, so not convex; inertia and friction outweigh it."""
each_force = pytest.mark.parametrize("force", FORCES, ids=lambda force: force.name)
each_convexity = pytest.mark.parametrize("convexity", list(Convexity), ids=lambda convexity: convexity.name)


def scaled(point: Point, factor: float) -> Point:
    """Pushed together or pulled apart, with the yarn it has."""
    point.state.position.assign(factor * point.state.position.numpy())
    point.cover()
    return point


def begin(equation: StepEquation, scheme: Scheme, point: Point) -> None:
    equation.set_time(scheme.h, scheme.size)
    if point.model.bead_count:
        Moves(equation).prepare(scheme, point.state, point.state)
    equation.begin(scheme, point.state, point.state)


@pytest.fixture(params=[*SAMPLES, *TEXTILES])
def point(request, device) -> Point:
    if request.param in SAMPLES:
        fabric, how = SAMPLES[request.param]
        return perturbed(sample_model(fabric, device), **how)
    model = textile_model(FABRICS[TEXTILES[request.param]], device, request.param)
    return perturbed(model, seed=8, amount=0.2)


def least(matrix: np.ndarray, free: np.ndarray) -> float:
    """The smallest eigenvalue of a symmetric part, relative to the largest."""
    part = matrix[np.ix_(free, free)]
    values = np.linalg.eigvalsh(part + part.T)
    return float(values[0] / (np.abs(values).max() or 1.0))


@each_force
@pytest.mark.parametrize("factor", [1.0, SQUEEZED, 1.5])
def test_no_convex_jacobian_has_negative_curvature(force, point, factor):
    scaled(point, factor)
    if force.name != BILINEAR:
        assert least(-point.jacobian(force, convexity=Convexity.CONVEX), point.free) > -1e-11
    assert least(-point.jacobian(force, 0.0, 1.0, Convexity.CONVEX), point.free) > -1e-11  # nor do any drive motion


@pytest.mark.parametrize("case", ["open_touching", "folded_cotton"])
def test_exact_ones_of_contact_have(device, case):
    """Which is why there are others."""
    fabric, how = SAMPLES[case]
    point = perturbed(sample_model(fabric, device), **how)
    for force in FORCES:
        if force.name in CONTACT:
            assert least(-point.jacobian(force), point.free) < -1e-9, force.name


def test_exact_ones_have(device):
    """Which is why there are others."""
    for yarn, fabric in TEXTILES.items():
        model = textile_model(FABRICS[fabric], device, yarn)
        point = scaled(perturbed(model, seed=8, amount=0.2), SQUEEZED)
        found = {force.name: least(-point.jacobian(force), point.free) for force in FORCES}
        negative = {name for name, value in found.items() if value < -1e-9}
        shears = {"shear"} if len(model.topology.corner) else set()
        assert negative - {BILINEAR} == {"stretch", "bend"} | shears, yarn


@each_force
def test_without_compression_nothing_buckles(force, point):
    """Where all yarn is under tension, leaving out buckling leaves out nothing."""
    scaled(point, 2.5)
    if force.name in CONTACT:
        return
    np.testing.assert_array_equal(point.jacobian(force, convexity=Convexity.NO_BUCKLING), point.jacobian(force))


def test_buckling_is_that_of_stretch_alone(point):
    """Or of crimp, in its place."""
    scaled(point, SQUEEZED)
    for force in FORCES:
        part = difference(point.jacobian(force, convexity=Convexity.NO_BUCKLING), point.jacobian(force))
        stretches = "crimp" if point.model.crimped else "stretch"
        if force.name not in CONTACT:
            assert (part > 1e-3) == (force.name == stretches), force.name


@each_force
@each_convexity
def test_what_is_convex_is_left_as_it_is(force, point, convexity):
    exact, actual = point.jacobian(force), point.jacobian(force, convexity=convexity)
    if force.convex:
        np.testing.assert_array_equal(actual, exact)
    if force in POTENTIALS:
        assert difference(actual, actual.T) < 1e-13
    border = ~point.free
    np.testing.assert_array_equal(actual[border], np.eye(len(border))[border])


@pytest.mark.parametrize("factor", [1.0, SQUEEZED])
@pytest.mark.parametrize("scheme", [Scheme.euler(1e-3), Scheme.bdf2(5e-3)], ids=lambda scheme: scheme.name)
def test_the_convex_jacobian_of_a_step_is_positive_definite(point, factor, scheme):
    """With the mass; of whatever state, and however fast it moves."""
    scaled(point, factor)
    equation = StepEquation(point.model)
    begin(equation, scheme, point)
    spacing = float(point.model.grid.segment_length.numpy().min())
    equation.unknown.assign(0.1 * spacing / scheme.h * point.speeds())  # of 0.2 m/s each
    equation.evaluate(scheme)
    assert np.isfinite(equation.residual.numpy()).all()
    equation.evaluate_jacobian(scheme, Convexity.CONVEX)
    jacobian = equation.jacobian.to_scipy().toarray()
    scale = 1.0 / np.sqrt(np.diag(jacobian))  # positions and slides are of different size
    assert np.isfinite(scale).all()
    values = np.linalg.eigvalsh(0.5 * scale[:, None] * (jacobian + jacobian.T) * scale)
    assert values[0] > 1e-12


@each_convexity
def test_the_jacobian_of_a_step_is_made_of_its_parts(point, convexity):
    scheme = Scheme.euler(1e-3)
    equation = StepEquation(point.model)
    begin(equation, scheme, point)
    equation.unknown.zero_()
    equation.evaluate(scheme)
    equation.evaluate_jacobian(scheme, convexity)
    whole = equation.jacobian.to_scipy().toarray()  # before its parts, which share its couplings
    there = Point(point.model, equation.trial, equation.held)
    h, elements, inertia = scheme.h, Elements(point.model), BlockMatrix(point.model)
    INERTIA.add_step_jacobian(point.model, there.state, there.held, elements, h, convexity)
    elements.collect_jacobian(inertia.blocks)
    parts = [there.jacobian(force, -h * h, -h, convexity) for force in FORCES]
    expected = inertia.to_scipy().toarray() + sum(part - np.diag(~point.free) for part in parts)
    free = np.ix_(point.free, point.free)
    assert difference(whole[free], expected[free]) < 1e-12
