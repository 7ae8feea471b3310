"""What joins pairs of beads, as smooth motions see it, against dense algebra; of any pairs, touching or not."""

import numpy as np
import pytest
from coarse_algebra import functions_on
from cut_cloth import SHAPES, cut
from sample_cloth import difference
from textile_cloth import textile_scene

from warp_fabric.model import Model
from warp_fabric.solver.coarse_grid import CoarseGrid
from warp_fabric.solver.coarse_pairs import SYMMETRIC, WHOLE, BeadFunctions, PairSums

OPEN = {"fabric__end_spacing": 1.4e-3, "fabric__pick_spacing": 1.4e-3}
"""Spacings at which beads of cotton ride between crossings too."""
SELF = {"collision__self": True}
CASES = {
    "closed": lambda: [textile_scene("cotton", (9, 14), **SELF)],
    "open": lambda: [textile_scene("cotton", (9, 14), **SELF, **OPEN)],
    "two, one of them narrow": lambda: [textile_scene("wool", shape, **SELF) for shape in ((14, 9), (3, 12))],
    "cut": lambda: [cut(textile_scene("wool", (8, 8), **SELF), SHAPES["disc"])],
}


@pytest.mark.parametrize("case", CASES)
def test_sums(case):
    model, rng = Model(CASES[case](), "cpu"), np.random.default_rng(66)
    grid = CoarseGrid(model.layouts.parts, 4.0, model.device)
    beads, count = model.beads, model.bead_count
    assert (count > model.node_count) == (case == "open")
    numbers = np.sort(rng.choice(count * count, 150, replace=False))
    first, second = np.divmod(numbers, count)
    pairs = PairSums(BeadFunctions(grid, model), first, second)
    coupling = rng.standard_normal((len(first), 3, 3))
    coupling += coupling.transpose(0, 2, 1)

    functions = functions_on([layout.shape for layout in model.layouts.parts], 4.0)
    present = np.concatenate([layout.present.ravel() for layout in model.layouts.parts])
    functions = functions[present] * (grid.functions.kept.numpy() != 0)
    node, share = beads.node.numpy(), beads.weight.numpy()[:, None]
    at = share * functions[node[:, 0]] + (1.0 - share) * functions[node[:, 1]]
    expected = np.einsum("pf,pg,pij->fgij", at[first], at[second], coupling)
    expected += expected.transpose(1, 0, 3, 2)

    found = np.zeros_like(expected)
    assert len({*zip(pairs.low.tolist(), pairs.high.tolist())}) == len(pairs.low)
    assert (pairs.low <= pairs.high).all()
    blocks = pairs.sums(coupling.reshape(-1, 9)[:, SYMMETRIC])[:, WHOLE]
    found[pairs.low, pairs.high] = blocks
    found[pairs.high, pairs.low] = blocks
    assert difference(found, expected) < 1e-13


def test_pairs_that_do_not_act_change_no_bit():
    model, rng = Model(CASES["closed"](), "cpu"), np.random.default_rng(67)
    functions = BeadFunctions(CoarseGrid(model.layouts.parts, 4.0, model.device), model)
    first, second = np.divmod(np.sort(rng.choice(model.bead_count**2, 300, replace=False)), model.bead_count)
    acting = np.sort(rng.choice(300, 100, replace=False))
    coupling = np.zeros((300, 6))
    coupling[acting] = rng.standard_normal((100, 6))
    few, many = PairSums(functions, first[acting], second[acting]), PairSums(functions, first, second)
    place = np.full((functions.count, functions.count), -1)
    place[many.low, many.high] = np.arange(len(many.low))
    sums = many.sums(coupling)
    np.testing.assert_array_equal(few.sums(coupling[acting]), sums[place[few.low, few.high]])
    assert not np.delete(sums, place[few.low, few.high], axis=0).any()
