"""Each size is what its class holds, so that neither changes without the other."""

import numpy as np
import pytest
import warp as wp
from cut_cloth import disc, textile
from held_bytes import held_bytes
from textile_cloth import textile_scene

from warp_fabric.forces import Elements, Held, empty_held
from warp_fabric.forces.contact.posed import Posed
from warp_fabric.memory import parts
from warp_fabric.memory.extent import Extent
from warp_fabric.model import Model
from warp_fabric.scene.meshes import obstacle_meshes
from warp_fabric.solver.adjoint import StepAdjoint
from warp_fabric.solver.blocks import BlockMatrix
from warp_fabric.solver.device_basis import DeviceBasis
from warp_fabric.solver.equation import StepEquation
from warp_fabric.solver.gmres import Gmres
from warp_fabric.solver.lines import YarnLines
from warp_fabric.solver.parallel_lines import ParallelLines
from warp_fabric.solver.preconditioner import LinePreconditioner
from warp_fabric.solver.step import Stepper
from warp_fabric.solver.sweep import SweepPreconditioner
from warp_fabric.solver.tangent import Direction, Tangents
from warp_fabric.solver.two_level import TwoLevelPreconditioner
from warp_fabric.state import State
from warp_fabric.types import vec5

SHAPE = (37, 50)


@pytest.fixture(scope="module", params=["air", "no air", "all forces", "cut"])
def cloth(request):
    if request.param == "cut":
        scene = textile("cotton", disc(60, 24.0))
        return Model(scene, "cpu"), Extent.of(scene)
    changes = {"environment__wind_density": 0.0} if request.param == "no air" else {}
    if request.param == "all forces":
        changes = {"fabric__crimp": "touching", "contact__twist_rigidity": 1e-9, "contact__shear_damping": 1e-3}
        changes["yarns__yarn__damping"] = 1e-3
    scene = textile_scene("cotton", SHAPE, **changes)
    return Model(scene, "cpu"), Extent.of(scene)


def without(model: Model, *things) -> int:
    """Bytes of things besides those of their model."""
    return sum(held_bytes(model, *things)) - sum(held_bytes(model))


def test_what_serves_on_cuda_is_that_of_the_solver():
    assert parts.VECTORS == Gmres.RESTART + 2


def test_vectors_on_cuda(cloth):
    model, e = cloth
    basis = DeviceBasis(Gmres.RESTART + 1, 5 * model.node_count, model.device)
    told = parts.gmres(e, cuda=True).total - 3 * parts.VEC5 * e.crossings
    assert told == pytest.approx(without(model, basis), rel=0.04)


def test_counts_are_those_of_the_tables(cloth):
    model, e = cloth
    table = model.topology
    assert e.crossings == table.node_count
    assert {kind: (count, width) for kind, count, width in e.elements()} == {
        kind: getattr(table, kind).shape for kind in ("segment", "triple", "corner", "triangle")
    }
    assert (e.air, e.pins) == (model.windy, model.pin_count)
    assert (e.crimped, e.twists, e.bend_damped) == (model.crimped, model.twists, model.bend_damped)
    assert e.shear_damped == model.shear_damped == ("shear_damping" in model.acting)
    assert e.cells == len(table.cell)


def test_the_model(cloth):
    model, e = cloth
    device, host = held_bytes(model)
    assert parts.model(e).device == pytest.approx(device, rel=0.02)
    assert parts.model(e).host == pytest.approx(host, rel=0.02)


@pytest.mark.parametrize("gradient", [False, True])
def test_obstacles(gradient, tmp_path):
    count, times = 40, 3
    x, y = np.meshgrid(np.arange(count), np.arange(count))
    vertices = np.stack([x, y, 0 * x], axis=-1).reshape(1, -1, 3) + np.arange(times)[:, None, None]
    corner = (x + count * y)[:-1, :-1].reshape(-1, 1)
    faces = np.concatenate([np.add(corner, [0, 1, count]), np.add(corner, [1, count + 1, count])])
    np.savez(tmp_path / "sheet.npz", time=np.arange(times), vertices=vertices, faces=faces)
    ball = {"shape": "sphere", "center": [0, 0, 0], "radius": 1}
    sheet = {"shape": "mesh", "file": str(tmp_path / "sheet.npz")}
    scene = textile_scene("cotton", (3, 3), obstacles=[*(99 * [ball]), sheet])
    model, e = Model(scene, "cpu"), Extent.of(scene)
    assert parts.obstacles(e).device == pytest.approx(held_bytes(model.obstacles)[0], rel=0.02)
    meshes = held_bytes(*(mesh for mesh in obstacle_meshes(scene) if mesh is not None))
    assert parts.obstacles(e).host == pytest.approx(sum(meshes), rel=0.02)
    held = Held(model, (Posed(),), gradient)
    assert parts.posed(e, gradient).total == sum(held_bytes([getattr(held, name) for name in held.names()]))


@pytest.mark.parametrize("gradient", [False, True])
def test_what_equations_hold(cloth, gradient):
    model, e = cloth
    for made, told in (
        (State.empty(model, gradient), parts.state),
        (empty_held(model, gradient), parts.held),
        (Elements(model, gradient), parts.elements),
        (StepEquation(model, requires_grad=gradient), parts.step_equation),
    ):
        assert told(e, gradient).total == pytest.approx(without(model, made), rel=0.01), type(made).__name__


def test_matrices_and_what_solves_with_them(cloth):
    model, e = cloth
    matrix = BlockMatrix(model)
    assert parts.block_matrix(e).total == without(model, matrix)
    matrix.blocks = wp.zeros((0, 13), dtype=matrix.blocks.dtype)
    for made, told in (
        (YarnLines(model, 1), parts.yarn_lines(e, 1)),
        (YarnLines(model, 2), parts.yarn_lines(e, 2)),
        (ParallelLines(model, 1, together=False), parts.parallel_lines(e, 1)),
        (ParallelLines(model, 2, together=False), parts.parallel_lines(e, 2)),
        (LinePreconditioner(matrix), parts.line_preconditioner(e)),
        (SweepPreconditioner(matrix), parts.sweep_preconditioner(e)),
    ):
        assert told.total == pytest.approx(without(model, made), rel=0.01), type(made).__name__


def test_the_coarse_grid_and_its_factor(cloth):
    """The factor, made with the first matrix, is as large as the band."""
    model, e = cloth
    matrix = BlockMatrix(model)
    made = TwoLevelPreconditioner(matrix)
    factors = parts.coarse_cholesky(e.shapes).host
    told = parts.two_level_preconditioner(e).total - factors + parts.block_matrix(e).total
    assert told == pytest.approx(without(model, made), rel=0.05)
    bands = made.solver._bands.capacity
    assert factors == bands


@pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])
def test_a_step(yarn):
    scene = textile_scene(yarn, SHAPE)
    model, e = Model(scene, "cpu"), Extent.of(scene)
    made = Stepper(model, "bdf2", 1e-3, 1e-7)
    made.step(State.rest(model), None, State.empty(model), 0.0)
    unused = (41 - parts.BASIS) * parts.VEC5 * e.crossings  # of GMRES's basis
    told = parts.stepper(e, stiff=model.stiff(1e-3)).total + unused
    assert model.stiff(1e-3) == (yarn == "cotton")
    assert told == pytest.approx(without(model, made), rel=0.05)


def test_a_step_back():
    scene = textile_scene("cotton", SHAPE)
    model, e = Model(scene, "cpu"), Extent.of(scene)
    made = StepAdjoint(model)
    made.linear.begin(1e-3)
    made.linear.factor()
    unused = (41 - parts.BASIS) * parts.VEC5 * e.crossings
    assert parts.step_adjoint(e, stiff=True).total + unused == pytest.approx(without(model, made), rel=0.05)


def test_directions_pushed_along():
    scene = textile_scene("cotton", SHAPE)
    model, e = Model(scene, "cpu"), Extent.of(scene)
    made = Tangents(model, [Direction() for _ in range(5)])
    made.linear.begin(1e-3)
    made.linear.factor()
    unused = (41 - parts.BASIS) * parts.VEC5 * e.crossings
    told = parts.tangents(e, 5, stiff=True).total - 10 * parts.state(e).total  # made while it pushes
    assert told + unused == pytest.approx(without(model, made), rel=0.05)


def test_sizes_of_vectors():
    assert wp.types.type_size_in_bytes(vec5) == parts.VEC5
