"""What factors take, against the factors themselves."""

import numpy as np
import pytest
from held_bytes import held_bytes
from textile_cloth import textile_model

from warp_fabric.forces import empty_held
from warp_fabric.memory import factors
from warp_fabric.solver import coarse_grid, coarse_tables, splines, two_level
from warp_fabric.solver.splines import splines_on
from warp_fabric.solver.static import dissection
from warp_fabric.solver.static.landscape import Landscape
from warp_fabric.state import State


def test_numbers_are_the_solvers():
    assert (factors.ORDER, factors.REACH, factors.STENCIL) == (
        splines.ORDER,
        coarse_tables.REACH,
        coarse_tables.STENCIL,
    )
    assert 1 + max(step for step, _ in coarse_grid.CROSSINGS) == factors.DEPTH
    assert two_level.SPACING == factors.SPACING
    assert (dissection.LEAF, dissection.REACH) == (factors.LEAF, factors.CUT)


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6, 7, 25, 200, 3000])
def test_splines(count):
    assert factors.functions_on(count) == splines_on(count, factors.SPACING).functions


@pytest.mark.parametrize("shape", [(40, 40), (25, 70), (64, 30)])
@pytest.mark.parametrize("slides", [True, False])
def test_fronts_and_factors(shape, slides):
    model = textile_model((shape,), "cpu")
    model = model if slides else model.without_sliding()
    landscape = Landscape(model, State.rest(model), empty_held(model))
    tables = held_bytes(landscape.factors)[1] - landscape.free.nbytes
    landscape.at(landscape.coordinates())
    landscape.curve()
    heavy = 1e3 * np.ones(landscape.free.shape)
    assert landscape.factors.factor(landscape.hessian, heavy)
    held = held_bytes(landscape.factors)[1] - landscape.free.nbytes
    told = factors.dissection([shape], slides)
    assert told.tables == pytest.approx(tables, rel=0.15)  # border crossings have fewer unknowns
    assert told.factors == pytest.approx(held - tables, rel=0.1)
    assert told.factors < told.most < 2 * told.factors
    landscape.factors.release()
    assert held_bytes(landscape.factors)[1] == tables + landscape.free.nbytes


def test_fabrics_side_by_side():
    alone = [factors.dissection([shape]) for shape in ((30, 30), (20, 45))]
    both = factors.dissection([(30, 30), (20, 45)])
    assert both.factors == sum(each.factors for each in alone)
    assert both.most == max(alone[0].most, alone[0].factors + alone[1].most)
    one = factors.coarse_cholesky([(30, 30)])
    assert factors.coarse_cholesky([(30, 30), (30, 30)]) == 2 * one


def test_the_band_grows_with_the_cube():
    assert factors.coarse_cholesky([(800, 800)]).total > 7 * factors.coarse_cholesky([(400, 400)]).total
