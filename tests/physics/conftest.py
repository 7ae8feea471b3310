"""Runs of the physics tests, on every device there is."""

from functools import partial

import pytest

import warp_fabric as wf


@pytest.fixture(scope="session")
def simulate(device):
    """`wf.simulate` on each device."""
    return partial(wf.simulate, device=device)
