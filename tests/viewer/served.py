"""A server of viser's for tests, and waiting for what another thread does."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest


@pytest.fixture
def server():
    import viser

    from warp_fabric.viewer.viewer import quiet

    with quiet():
        made = viser.ViserServer("127.0.0.1", 0, verbose=False)
    yield made
    with quiet():
        made.stop()


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something is so; fail where it does not become so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it has not happened"
        time.sleep(0.02)
