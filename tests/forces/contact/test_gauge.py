"""How closely things touch, as statistics tell it: against golden lists of what touches, and counted by hand."""

import numpy as np
import pytest
from golden_contact import golden_point
from sample_cloth import golden
from textile_cloth import textile_scene

from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.forces.contact.gauge import Touching, touching
from warp_fabric.model import Model
from warp_fabric.solver.covering import Covering
from warp_fabric.state import State


def test_what_the_golden_cloth_touches(device):
    point, expected = golden_point(device, end=0.0), golden("contact_elements")
    found = touching(point.model, point.state, point.held)
    surfaces = sum(len(expected[f"held_obstacle{k}_bead"]) for k in range(6))
    assert found.contacts == len(expected["active_pairs"]) + surfaces
    assert found.behind > 0  # some are inside the box
    assert found.least_gap < 0.0


@pytest.mark.parametrize("yarn", ["cotton", "paper-yarn-1"])
@pytest.mark.parametrize(
    ("height", "touches", "behind"), [(1.01, False, False), (0.9, True, False), (-0.2, True, True)]
)
def test_a_sheet_above_a_plane(device, yarn, height, touches, behind):
    """So many radii of its crossings high; the least gap is what the law calls y."""
    scene = textile_scene(yarn, (3, 4), fabric__pose="flat")
    radius = 2.0 * next(iter(scene.yarns.values())).radius
    plane = {"shape": "plane", "point": [0.0, 0.0, -height * radius], "normal": [0.0, 0.0, 2.0]}
    model = Model(scene.replace({"obstacles": [plane]}), device)
    state, held = State.rest(model), empty_held(model)
    hold(model, Moment.of(state), held)
    Covering(model, held).cover(state.position, state.position)
    found = touching(model, state, held)
    crossings = 12
    at_least = crossings if touches else 0
    assert at_least <= found.contacts <= model.bead_count
    is_open = model.bead_count > crossings  # its yarns have beads of half that radius, too
    nearest = min(height, 2.0 * height if is_open else height)
    assert found.least_gap == pytest.approx((nearest - 0.5) / 0.5 if touches else 1.0, rel=1e-9)
    assert (found.behind >= crossings) == behind


def test_of_several_cloths_together():
    parts = [Touching(3, 0.5, 0), Touching(2, 0.25, 1)]
    assert Touching.sum(parts) == Touching(5, 0.25, 1)
    assert Touching.sum([]) is None
    assert np.isfinite(parts[0].least_gap)
