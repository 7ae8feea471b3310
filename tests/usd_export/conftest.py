"""How fast a growing file is shown."""

import pytest


@pytest.fixture
def slow(monkeypatch):
    """No clip is shown before it is full but the first, which has the first frame."""
    monkeypatch.setattr("usd_export.writer.INTERVAL", 1000.0)
