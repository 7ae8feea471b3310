"""What the parts of a simulation allocate: a function for each class, of the same name.

`tests/memory/test_parts.py` holds each against what the class really allocates. This is apart from the classes since
Blender's own process asks for it too, and must not load Warp.
"""

from __future__ import annotations

from warp_fabric.memory.extent import Bytes, Extent
from warp_fabric.memory.factors import bead_functions, coarse_cholesky, coarse_coupled, coarse_grid
from warp_fabric.topology import SLOTS

NUMBER, INDEX = 8, 4
VEC2, VEC3, VEC5, MAT33, MAT44, MAT55 = (NUMBER * count for count in (2, 3, 5, 9, 16, 25))
FORCES = {"segment": 8 * NUMBER, "triple": 7 * NUMBER, "corner": 2 * VEC3, "triangle": VEC3}
JACOBIANS = {"segment": 4 * MAT44, "triple": 4 * MAT33, "corner": 3 * MAT33, "triangle": MAT33}
"""Bytes of an element's buffers, see `forces.elements`."""
BASIS = 8
"""Vectors of GMRES's basis that are ever used; memory of the others is never touched."""
VECTORS = 42
"""Vectors that GMRES keeps on a CUDA device: its basis and the residual."""
PAIRS, FACES = 16, 8
"""Pairs of a bead that may touch where cloth lies in two layers, and triangles, with room to spare. Nobody knows
before how cloth will lie: a heap has more, a flat cloth none."""
ROW, BOXES = 32, 12 * INDEX
"""What a bead has of lists that are being found, and where it may be."""
WIDENED = 2 * VEC5
"""Host copies of a crossing's unknowns, while a linear solve is under way."""


def model(e: Extent) -> Bytes:
    n = e.crossings
    tables = INDEX * n * (SLOTS + 5) + INDEX * (n * 6)  # neighbours, five indices, triples and segments of a crossing
    tables += INDEX * 4 * e.cells
    tables += e.segments * (3 * INDEX + 2 * NUMBER) + e.triples * (4 * INDEX + NUMBER)
    tables += e.corners * (3 * INDEX + 3 * NUMBER) + e.triangles * 3 * INDEX
    for kind, count, width in e.elements():
        tables += 2 * INDEX * count * (width + width * width) + INDEX * n * (1 + SLOTS)
        tables += INDEX * n * SLOTS if kind in ("segment", "triple") else 0
    if e.twists:
        tables += 2 * INDEX * e.cells * (4 + 16) + INDEX * n * (1 + SLOTS)
    host = INDEX * n * (SLOTS + 1 + 2 + 4) + 2 * n + e.segments * 3 * INDEX + e.triples * 4 * INDEX
    host += INDEX * (sum(runs * longest for runs, longest in e.lines) + 2 * n) + e.grid * (INDEX + 3)  # the layout
    host += e.grid * (VEC3 + VEC2) + 2 * NUMBER * n if e.cut is not None else 0
    host += (e.corners + e.triangles) * 3 * INDEX + 4 * e.cells * INDEX + n * (VEC3 + VEC2)
    return Bytes(tables, host) + obstacles(e) + beads(e)


def obstacles(e: Extent) -> Bytes:
    """Their shapes with gradients and one row of a path each; meshes also as they were read."""
    own = 2 * (6 * VEC3 + 3 * NUMBER) + NUMBER + 4 * VEC3 + 7 * INDEX
    device = own * e.obstacles + 2 * INDEX * e.mesh_vertices + VEC3 * e.mesh_samples + 11 * INDEX * e.mesh_faces
    return Bytes(device, VEC3 * e.mesh_samples + NUMBER * (10 * e.mesh_faces + e.mesh_vertices))


def beads(e: Extent) -> Bytes:
    """What crossings they ride on, and the other way round."""
    if not e.beads:
        return Bytes()
    riders = (INDEX + NUMBER) * (e.beads + e.segment_beads) + INDEX * e.crossings
    return Bytes(e.beads * (9 * INDEX + 4 * NUMBER) + riders)


def candidates(e: Extent, gradient: bool = False, pairs: int | None = None, faces: int | None = None) -> Bytes:
    """What may touch.

    Args:
        pairs, faces: That there is room for; None: what is usual.
    """
    if not e.beads:
        return Bytes()
    rows, total = e.beads * (2 * INDEX + ROW * INDEX), BOXES * e.beads
    if e.touches_itself:
        pairs = PAIRS * e.beads if pairs is None else pairs
        total += rows + 2 * INDEX * e.beads + pairs * (2 * INDEX + (1 + gradient) * (VEC3 + NUMBER) + 2 * MAT33)
    if e.mesh_faces:
        total += rows + (FACES * e.beads if faces is None else faces) * INDEX + (e.mesh_faces + e.obstacles) * 6 * INDEX
    return Bytes(total)


def touches(e: Extent, gradient: bool = False) -> Bytes:
    """What is held of each bead and obstacle."""
    return Bytes((1 + gradient) * e.beads * e.obstacles * (2 * VEC3 + NUMBER))


def moves(e: Extent) -> Bytes:
    return Bytes(e.crossings * (VEC3 + VEC5)) if e.beads else Bytes()


def posed(e: Extent, gradient: bool = False) -> Bytes:
    return Bytes((1 + gradient) * 2 * (e.obstacles * (MAT33 + 3 * VEC3) + e.mesh_vertices * VEC3))


def state(e: Extent, gradient: bool = False) -> Bytes:
    return Bytes((1 + gradient) * e.crossings * 2 * (VEC3 + VEC2) + (1 + gradient) * e.crossings * VEC2)


def held(e: Extent, gradient: bool = False) -> Bytes:
    air = e.triangles * VEC3 if e.air else 0
    total = e.crossings * (VEC3 + NUMBER + VEC2) + air + e.pins * VEC3
    total += 2 * e.crossings * (2 * VEC2 + VEC3 + INDEX) if e.crimped else 0
    total += 10 * VEC3 * e.triples if e.bend_damped else 0
    total += 2 * VEC3 * e.corners if e.shear_damped else 0
    of_contact = posed(e, gradient) + touches(e, gradient) + candidates(e, gradient)
    return Bytes((1 + gradient) * total) + of_contact


def elements(e: Extent, gradient: bool = False) -> Bytes:
    counts = {kind: count for kind, count, _ in e.elements() if kind != "triangle" or e.air}
    forces = sum(FORCES[kind] * count for kind, count in counts.items()) + VEC5 * e.crossings
    jacobians = sum(JACOBIANS[kind] * count for kind, count in counts.items()) + MAT55 * e.crossings
    if e.twists:
        forces, jacobians = forces + 4 * VEC3 * e.cells, jacobians + 16 * MAT33 * e.cells
    if e.bend_damped:
        forces, jacobians = forces + 5 * VEC3 * e.triples, jacobians + 11 * VEC3 * e.triples
    jacobians += 5 * VEC5 * e.crossings if e.crimped else 0
    forces, jacobians = forces + VEC3 * e.beads, jacobians + MAT33 * e.beads
    return Bytes((1 + gradient) * forces + jacobians)


def block_matrix(e: Extent) -> Bytes:
    return Bytes(SLOTS * MAT55 * e.crossings + VEC3 * e.beads)


def step_equation(e: Extent, gradient: bool = False) -> Bytes:
    own = (1 + gradient) * e.crossings * 2 * (VEC3 + VEC2)  # predicted and at the start
    own += (1 + gradient) * e.crossings * (3 * VEC5 + VEC3)
    return held(e, gradient) + elements(e, gradient) + state(e, gradient) + block_matrix(e) + Bytes(own)


def yarn_lines(e: Extent, reach: int) -> Bytes:
    places = sum(runs * longest for runs, longest in e.lines)
    return Bytes(places * (INDEX + (1 + 2 * reach) * MAT55))


def parallel_lines(e: Extent, reach: int) -> Bytes:
    nodes = [runs * -(-longest // reach) for runs, longest in e.lines]
    block = reach * reach * MAT55
    tables = INDEX * sum(runs * longest for runs, longest in e.lines)
    return Bytes(tables + 5 * block * sum(nodes) + (3 * block + 2 * reach * VEC5) * max(nodes))


def line_preconditioner(e: Extent, cuda: bool = False) -> Bytes:
    return (parallel_lines if cuda else yarn_lines)(e, 1) + Bytes(VEC5 * e.crossings)


def sweep_preconditioner(e: Extent, cuda: bool = False) -> Bytes:
    return (parallel_lines if cuda else yarn_lines)(e, 2) + Bytes(2 * VEC5 * e.crossings)


def two_level_preconditioner(e: Extent, cuda: bool = False) -> Bytes:
    smooth = Bytes(VEC5 * e.crossings)
    coarse = coarse_grid(e.shapes) + coarse_cholesky(e.shapes)
    if e.touches_itself:
        beads = e.beads, bool(e.segment_beads)
        coarse += coarse_coupled(e.shapes, *beads) + bead_functions(*beads)
    return sweep_preconditioner(e, cuda) + coarse + smooth


def gmres(e: Extent, cuda: bool = False) -> Bytes:
    """Without its preconditioner."""
    if cuda:
        return Bytes((3 + VECTORS) * VEC5 * e.crossings)
    return Bytes(3 * VEC5 * e.crossings, (BASIS * VEC5 + WIDENED) * e.crossings)


def step_solver(e: Extent, stiff: bool, cuda: bool = False) -> Bytes:
    """Without its matrix and right-hand side."""
    shared = Bytes(2 * VEC5 * e.crossings)
    if stiff:
        return shared + gmres(e, cuda) + two_level_preconditioner(e, cuda)
    lines = sweep_preconditioner if e.crimped else line_preconditioner
    return shared + gmres(e, cuda) + lines(e, cuda)


def newton_solver(e: Extent, stiff: bool, cuda: bool = False) -> Bytes:
    return step_solver(e, stiff, cuda) + Bytes(6 * VEC5 * e.crossings) + moves(e)  # guess, and what the search keeps


def stepper(e: Extent, stiff: bool, cuda: bool = False) -> Bytes:
    return step_equation(e) + newton_solver(e, stiff, cuda) + 2 * state(e)


def step_adjoint(e: Extent, stiff: bool, cuda: bool = False) -> Bytes:
    return step_equation(e, gradient=True) + step_solver(e, stiff, cuda) + 3 * state(e, gradient=True) + moves(e)


def tangents(e: Extent, directions: int, stiff: bool, cuda: bool = False) -> Bytes:
    shared = Bytes(e.crossings * (VEC5 + 4 * NUMBER + 5 * VEC2))
    moved = (3 * directions + 3) * state(e)  # of two steps, and those that are being made
    return step_equation(e) + step_solver(e, stiff, cuda) + shared + moved + moves(e)
