"""An exported file to be mutilated."""

import pytest
from exported import exported
from pxr import Usd


@pytest.fixture
def stage(tmp_path) -> Usd.Stage:
    return exported(tmp_path)
