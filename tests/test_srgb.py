import numpy as np
import pytest

from warp_fabric.srgb import from_linear, to_linear


def test_known_values():
    """Of IEC 61966-2-1: a middle grey, and one on the straight part near black."""
    assert to_linear([0.0, 0.5, 1.0]) == pytest.approx([0.0, 0.21404114, 1.0], abs=1e-8)
    assert to_linear(0.04) == pytest.approx(0.04 / 12.92)
    assert from_linear([0.0, 0.5, 1.0]) == pytest.approx([0.0, 0.73535698, 1.0], abs=1e-8)
    assert from_linear(0.003) == pytest.approx(12.92 * 0.003)


def test_there_and_back():
    color = np.arange(256).reshape(4, 64) / 255.0
    np.testing.assert_allclose(from_linear(to_linear(color)), color, atol=1e-6)


def test_light_beyond_what_a_screen_shows_is_clipped():
    np.testing.assert_allclose(from_linear([-0.5, 7.0]), [0.0, 1.0], atol=1e-12)
