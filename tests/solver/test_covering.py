"""What solvers keep of what may touch: found anew where it must be, and recordings forgotten where arrays are new."""

import numpy as np
import pytest
import warp as wp
from sample_cloth import folded, sample_model

from warp_fabric.forces import empty_held
from warp_fabric.solver import covering
from warp_fabric.solver.covering import Covering
from warp_fabric.types import vec3


@pytest.fixture
def forgotten(monkeypatch) -> list[bool]:
    calls: list[bool] = []
    monkeypatch.setattr(covering, "forget", lambda: calls.append(True))
    return calls


def test_recordings_are_forgotten_where_arrays_are_new(device, forgotten):
    model = sample_model("folded_paper", device)
    made = Covering(model, empty_held(model))
    at = wp.array(folded(model), dtype=vec3, device=device)
    made.cover(at, at)
    assert forgotten == [True], "there are more pairs than there was room for"
    made.cover(at, at)
    flat = wp.array(model.rest_position, dtype=vec3, device=device)
    made.cover(flat, flat)
    assert forgotten == [True]
    heap = wp.array(1e-3 * np.random.default_rng(1).uniform(-1, 1, (model.node_count, 3)), dtype=vec3, device=device)
    made.cover(heap, heap)
    assert forgotten == [True, True]


def test_bars_are_those_of_what_is_covered(device):
    model = sample_model("folded_paper", device)
    made = Covering(model, empty_held(model))
    start = folded(model)
    through = start.copy()
    through[:, 2] -= 2.0 * (start[:, 2] > 5e-4) * np.ptp(start[:, 2])
    places = [wp.array(x, dtype=vec3, device=device) for x in (start, through)]
    made.cover(*places)
    assert made.bars.admit(places[0], places[0])
    assert not made.bars.admit(*places), "the upper layer may not go through the lower one"
