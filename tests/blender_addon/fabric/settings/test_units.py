"""Numbers of the panels and of the scene."""

import numpy as np
import pytest

from blender_addon.fabric.settings.units import exact, in_si


def test_single_precision_makes_up_no_digits():
    assert exact(float(np.float32(0.1))) == 0.1
    assert exact(float(np.float32(12345.67))) == 12345.67


@pytest.mark.parametrize(
    ("value", "unit", "expected"), [(0.5, "MPa", 5e5), (0.14, "mN", 1.4e-4), (3.0, "ms", 3e-3), (7.3, "%", 0.073)]
)
def test_units_of_the_panels_in_si(value, unit, expected):
    assert in_si(float(np.float32(value)), unit) == expected
