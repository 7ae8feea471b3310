"""What matrices that are factorised take: the coarse grid's band, and the fronts of nested dissection."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from warp_fabric.memory.extent import Bytes, Shapes

NUMBER, INDEX, MAT33, VEC3 = 8, 4, 72, 24
ORDER, REACH, STENCIL, DEPTH, SPACING = 4, 4, 81, 3, 4.0
"""As in `solver.splines`, `solver.coarse_tables`, `solver.coarse_grid` and `solver.two_level`."""
LAYERS = 2
"""In which cloth that touches itself is thought to lie."""
LEAF, CUT = 64, 2
"""As in `solver.static.dissection`."""


def functions_on(count: int) -> int:
    """How many splines `solver.splines` makes on so many points."""
    return count if count <= ORDER else max(1, int((count - 1) / SPACING + 0.5)) + ORDER - 1


def coarse_grid(shapes: Shapes) -> Bytes:
    total = 0
    for picks, ends in shapes:
        rows, columns = functions_on(picks), functions_on(ends)
        strips, functions = picks * columns, rows * columns
        total += picks * ends * 4 * INDEX + strips * (3 * INDEX + VEC3 + DEPTH * (2 * REACH + 1) * MAT33)
        total += functions * (4 * INDEX + STENCIL * MAT33 + VEC3)
    return Bytes(total)


def coarse_cholesky(shapes: Shapes) -> Bytes:
    """The band on the device and its factor on the host, where a GPU's band is copied first. LU factors, four times as
    large, come only where a matrix is not definite and yet to be solved with."""
    device = host = 0
    for picks, ends in shapes:
        rows, columns = functions_on(picks), functions_on(ends)
        long, short = max(rows, columns), min(rows, columns)
        reach = min(REACH, long - 1) * short + min(REACH, short - 1)
        band = NUMBER * 3 * long * short * (3 * reach + 3)
        device += band + rows * columns * (VEC3 + INDEX)
        host += band
    return Bytes(device, host)


def bead_functions(beads: int, between: bool) -> Bytes:
    """The functions at each bead, on the host; `between`: some ride between two crossings."""
    return Bytes(0, beads * (1 + 2 * (ORDER + between)) * NUMBER)


def coarse_coupled(shapes: Shapes, beads: int, between: bool) -> Bytes:
    """On the host: the band of cloth in two layers and its factor, where its entries come from, and the sums over two
    pairs of each bead."""
    functions = sum(functions_on(picks) * functions_on(ends) for picks, ends in shapes)
    entries = 9 * functions * (STENCIL // 2 + 1)
    sums = 5 * beads * (ORDER + between) ** 2 * (NUMBER + INDEX) + 25 * functions * 9 * 2 * NUMBER
    return Bytes(0, 2 * LAYERS * coarse_cholesky(shapes).host + 3 * NUMBER * entries + 7 * NUMBER * functions + sums)


class Fronts(NamedTuple):
    """Bytes of a part of a `Dissection`: index tables, factors, what its last front passes on, the most at any time."""

    tables: int
    factors: int
    passed_on: int
    most: int


def dissection(shapes: Shapes, slides: bool = True) -> Fronts:
    """Of the cloth of these shapes; `slides`: with its sliding coordinates.

    Returns:
        Of all; `most` counts factors and what is passed on while they are made, not the tables.
    """
    tables = factors = most = 0
    for picks, ends in shapes:
        part = _fronts(max(picks, ends), min(picks, ends), (False,) * 4, 5 if slides else 3)
        most = max(most, factors + part.most)
        tables, factors = tables + part.tables, factors + part.factors
    return Fronts(tables, factors, 0, most)


@cache
def _fronts(length: int, width: int, open_sides: tuple[bool, bool, bool, bool], unknowns: int) -> Fronts:
    """Of a rectangle; the cloth goes on beyond its open sides: those before and after its length, then its width."""
    if length < width:
        length, width, open_sides = width, length, (*open_sides[2:], *open_sides[:2])
    first, last, left, right = open_sides
    around = CUT * ((first + last) * width + (left + right) * length) + (first + last) * (left + right)
    border = unknowns * around
    if length * width <= LEAF or length < 3 * CUT:
        own, parts = unknowns * length * width, []
    else:
        own, middle = unknowns * CUT * width, (length - CUT) // 2
        parts = [
            _fronts(middle, width, (first, True, left, right), unknowns),
            _fronts(length - middle - CUT, width, (True, last, left, right), unknowns),
        ]
    crossings = own // unknowns
    entries = crossings * (unknowns * (unknowns + 1) // 2 + 6 * unknowns**2)  # half of the 12 neighbours come later
    tables, factors, passed_on, most = 2 * NUMBER * (entries + own + border), 0, 0, 0
    for part in parts:
        most = max(most, factors + passed_on + part.most)
        tables, factors, passed_on = tables + part.tables, factors + part.factors, passed_on + part.passed_on
    square, below, rest = own * own, own * border, border * border
    most = max(most, factors + passed_on + NUMBER * (square + below + rest))
    return Fronts(tables, factors + NUMBER * (square + below), NUMBER * rest, most)
