import numpy as np
import pytest

from warp_fabric.viewer.color_scale import LEVELS, ColorScale
from warp_fabric.viewer.quantities import named

STRETCH, COMPRESSION = named("stretch"), named("compression")


def test_signed_quantities_have_0_in_the_middle():
    scale = ColorScale.over(STRETCH, [np.linspace(-0.01, 0.03, 400)])
    assert scale.low == -scale.high
    red, green, blue = scale.colors(np.array(0.0))
    assert red == green == blue
    assert scale.colors(np.array(-0.02))[2] > scale.colors(np.array(0.02))[2]  # blue where yarns are compressed


def test_a_few_extreme_values_do_not_decide():
    values = np.append(np.linspace(0.0, 1e-3, 999), 5.0)
    scale = ColorScale.over(COMPRESSION, [values])
    assert scale.high < 1.1e-3
    np.testing.assert_array_equal(scale.colors(np.array(5.0)), scale.colors(np.array(scale.high)))


@pytest.mark.parametrize("samples", [[], [np.zeros((3, 4, 2))], [np.full((3, 4, 2), 1e-15)]])
def test_rounding_errors_are_no_pattern(samples):
    scale = ColorScale.over(STRETCH, samples)
    assert scale.high == STRETCH.least
    np.testing.assert_allclose(scale.colors(np.array(1e-15)), scale.colors(np.array(0.0)), atol=1e-6)


def test_levels_are_steps_of_the_same_colours():
    scale = ColorScale(COMPRESSION, 0.0, 1.0)
    values = (np.arange(LEVELS) + 0.5) / LEVELS
    np.testing.assert_array_equal(scale.level(values), np.arange(LEVELS))
    np.testing.assert_allclose(scale.levels(), scale.colors(values))
    np.testing.assert_array_equal(scale.level(np.array([-1.0, 1.0, 9.0])), [0, LEVELS - 1, LEVELS - 1])


def test_the_legend_says_what_the_ends_stand_for():
    text = ColorScale(COMPRESSION, 0.0, 2.5e-3).legend()
    assert "≥ 2.5 mN" in text
    assert ">1.25<" in text
    assert COMPRESSION.meaning in text
    assert "≤ -3" in ColorScale(STRETCH, -0.03, 0.03).legend()
