"""A server of viser's for tests."""

import pytest


@pytest.fixture
def server():
    viser = pytest.importorskip("viser")
    from warp_fabric.viewer.viewer import quiet

    with quiet():
        made = viser.ViserServer("127.0.0.1", 0, verbose=False)
    yield made
    with quiet():
        made.stop()
