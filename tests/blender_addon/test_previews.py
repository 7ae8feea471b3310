"""Pictures that panels keep."""

import numpy as np
import pytest


def test_a_picture_is_drawn_again_only_where_it_shows_something_else(addon):
    from blender_addon.previews import Pictures

    drawn = []

    def draw(value):
        drawn.append(value)
        return np.full((2, 3, 4), value, np.float32)

    pictures = Pictures()
    pictures.attach()
    pictures.icon("a", (1,), lambda: draw(1.0))
    pictures.icon("a", (1,), lambda: draw(1.0))
    assert drawn == [1.0]
    assert tuple(pictures.previews["a"].image_size) == (3, 2)
    pictures.icon("a", (2,), lambda: draw(0.0))
    assert not any(pictures.previews["a"].image_pixels_float)
    pictures.icon("b", (2,), lambda: draw(0.5))
    assert drawn == [1.0, 0.0, 0.5]
    assert {*pictures.previews} == {"a", "b"}
    pictures.detach()
    assert pictures.previews is None
    assert not pictures.shown
    with pytest.raises(AssertionError, match="registered"):
        pictures.icon("a", (1,), lambda: draw(1.0))
    pictures.attach()
    pictures.icon("a", (1,), lambda: draw(1.0))
    pictures.detach()
