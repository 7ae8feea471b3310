"""What contact holds, each size against its class."""

import numpy as np
import pytest
from held_bytes import held_bytes
from textile_cloth import textile_scene

from warp_fabric.forces import Elements, Held, empty_held
from warp_fabric.forces.contact.candidates import Candidates
from warp_fabric.memory import parts
from warp_fabric.memory.extent import Extent
from warp_fabric.model import Model
from warp_fabric.solver.adjoint import StepAdjoint
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.coarse_coupled import CoupledCholesky
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.equation import StepEquation
from warp_fabric.solver.moves import Moves
from warp_fabric.solver.step import Stepper
from warp_fabric.state import State

SHAPE = (31, 42)
BALL = {"shape": "sphere", "center": [0, 0, -1], "radius": 0.5}
BOX = {"shape": "box", "center": [0, 0, -1], "size": [0.1, 0.1, 0.1]}
CASES = {
    "itself": {"collision": {"self": True}},
    "open": {"collision": {"self": True}, "fabric__end_spacing": 1.1e-3},
    "obstacles": {"obstacles": [BALL, BALL | {"radius": 0.1}, BOX], "collision": {"self": False}},
    "both": {"obstacles": [BALL, BOX], "collision": {"self": True}, "fabric__pick_spacing": 8e-4},
}


@pytest.fixture(scope="module", params=CASES)
def cloth(request):
    scene = textile_scene("cotton", SHAPE, **CASES[request.param])
    return Model(scene, "cpu"), Extent.of(scene)


def without(model: Model, *things) -> int:
    """Bytes of things besides those of their model."""
    return sum(held_bytes(model, *things)) - sum(held_bytes(model))


def bare(e: Extent, candidates: Candidates, gradient: bool = False) -> int:
    """What is told too much of candidates that are not there, as nothing has touched yet."""
    room = {"pairs": len(candidates.partner), "faces": len(candidates.near.face)}
    return parts.candidates(e, gradient).total - parts.candidates(e, gradient, **room).total


def test_counts(cloth):
    model, e = cloth
    assert e.beads == model.bead_count
    assert e.touches_itself == model.touches_itself
    assert Extent.of(textile_scene("cotton", SHAPE)).beads == 0


def test_the_model(cloth):
    model, e = cloth
    assert parts.beads(e).total == pytest.approx(sum(held_bytes(model.beads)), rel=0.01)
    assert parts.model(e).device == pytest.approx(held_bytes(model)[0], rel=0.02)


@pytest.mark.parametrize("gradient", [False, True])
def test_candidates(cloth, gradient):
    model, e = cloth
    made = Candidates(model, model.material, gradient)
    room = {"pairs": len(made.partner), "faces": len(made.near.face)}
    told = parts.candidates(e, gradient, **room).total
    assert told == pytest.approx(without(model, made), rel=0.01)


def two_layers() -> tuple[Model, Extent, Held]:
    """Closed cotton folded over, and what may touch."""
    scene = textile_scene("cotton", (24, 40), fabric__pose="flat", collision={"self": True})
    model = Model(scene, "cpu")
    held, x = empty_held(model), np.array(model.rest_position)
    half = x[:, 0] > x[:, 0].mean()
    x[half, 0] = 2.0 * x[:, 0].mean() - x[half, 0]
    x[half, 2] += 1.9 * model.beads.radius_made.numpy()[0]
    state = State.of(model, position=x)
    held.candidates.cover(state.position, state.position, held.obstacle_vertex)
    return model, Extent.of(scene), held


def test_what_is_usual_is_that_of_two_layers():
    """Not more than is told, nor less than a quarter."""
    model, _, held = two_layers()
    assert 0.25 < len(held.candidates.partner) / (parts.PAIRS * model.bead_count) < 1.0


@pytest.mark.parametrize("gradient", [False, True])
def test_what_equations_hold(cloth, gradient):
    model, e = cloth
    held = empty_held(model, gradient)
    told = parts.held(e, gradient).total - bare(e, held.candidates, gradient)
    assert told == pytest.approx(without(model, held), rel=0.01)
    assert parts.elements(e, gradient).total == pytest.approx(without(model, Elements(model, gradient)), rel=0.01)
    made = StepEquation(model, requires_grad=gradient)
    told = parts.step_equation(e, gradient).total - bare(e, made.held.candidates, gradient)
    assert told == pytest.approx(without(model, made), rel=0.01)
    assert parts.block_matrix(e).total == without(model, BlockMatrix(model))
    assert parts.moves(e).total == pytest.approx(without(model, made, Moves(made)) - without(model, made), rel=0.01)


def test_what_smooth_motions_of_two_layers_hold():
    """Of closed cotton folded over: not more than is told, nor less than half."""
    model, e, held = two_layers()
    held.candidates.coupling.assign(np.tile(-np.eye(3), (len(held.candidates.coupling), 1, 1)))
    held.candidates.pack()
    matrix, grid = BlockMatrix(model, held.candidates), CoarseGrid(model.layouts.parts, 4.0, model.device)
    made = CoupledCholesky(grid, matrix, np.arange(grid.count))
    assert made.factor(grid.half.numpy())
    own = without(model, held, grid, matrix, made) - without(model, held, grid, matrix)
    assert (
        0.5 < own / (parts.coarse_coupled(e.shapes, e.beads, False) + parts.bead_functions(e.beads, False)).total < 1.0
    )


def test_steps(cloth):
    """At rest, where nothing touches and couplings of smooth motions have no room yet."""
    model, e = cloth
    unused = (41 - parts.BASIS) * parts.VEC5 * e.crossings  # of GMRES's basis
    between = bool(e.segment_beads)
    unused -= parts.coarse_coupled(e.shapes, e.beads, between).total if e.touches_itself else 0
    made = Stepper(model, "bdf2", 1e-3, 1e-7)
    made.step(State.rest(model), None, State.empty(model), 0.0)
    told = parts.stepper(e, stiff=True).total + unused - bare(e, made.equation.held.candidates)
    assert told == pytest.approx(without(model, made), rel=0.05)
    back = StepAdjoint(model)
    back.linear.begin(1e-3)
    back.linear.factor()
    told = parts.step_adjoint(e, stiff=True).total + unused - bare(e, back.equation.held.candidates, True)
    assert told == pytest.approx(without(model, back), rel=0.05)
