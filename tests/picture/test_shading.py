"""Colour and light of single spots, by pictures of one tube."""

import numpy as np
from test_tracer import OVERHEAD, SIZE, above, lit, straight

from warp_fabric.picture.tracer import trace


def middle(tubes, light=OVERHEAD) -> np.ndarray:
    """What the middle of a tube throws back, linear RGB."""
    return trace(tubes, above(), light, SIZE, 4)[59:61, 70:90, :3].mean(axis=(0, 1))


def coloured(color) -> np.ndarray:
    tubes = straight(((-5, 0, 0), (5, 0, 0)))
    tubes.color[:] = color
    return middle(tubes)


def test_light_takes_on_the_yarns_colour():
    red, grey = coloured([0.8, 0.1, 0.1]), coloured([0.3, 0.3, 0.3])
    assert red[0] > 4 * red[1]
    np.testing.assert_allclose(grey, grey[0], rtol=1e-6)
    np.testing.assert_allclose(coloured([0.6, 0.6, 0.6]) / grey, 2.0, rtol=0.1)


def test_white_yarn_keeps_some_of_its_shading():
    """The brightest spot of the whitest yarn is not brighter than a picture can show by much."""
    assert 0.8 < coloured([1.0, 1.0, 1.0]).max() < 1.9


def test_what_is_away_from_the_light_is_darker():
    tubes = straight(((-5, 0, 0), (5, 0, 0)))
    assert middle(tubes, lit((0, 0.5, -1)))[0] < 0.6 * middle(tubes)[0]


def test_a_cut_end_is_darker_than_the_yarn():
    """Fibres seen from their ends swallow light."""
    upright = trace(straight(((0, 0, -5), (0, 0, 0))), above(), OVERHEAD, SIZE, 4)[58:62, 78:82, 0].mean()
    assert upright < 0.8 * middle(straight(((-5, 0, 0), (5, 0, 0))))[0]
