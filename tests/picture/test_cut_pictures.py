"""Pictures of cut cloth."""

import numpy as np
import pytest
from cut_run import COTTON, SHAPES, cut_run

from warp_fabric.errors import PictureError
from warp_fabric.picture import Look, render
from warp_fabric.picture.camera import place
from warp_fabric.picture.still import Portrait, seen

BACKDROP = 60
"""Pixels that differ less from the picture's corner show no cloth."""


def cloth_in(pixels: np.ndarray) -> np.ndarray:
    """bool[height, width], where something else than the backdrop is."""
    rows, columns = (np.linspace(0, 1, count) for count in pixels.shape[:2])
    corner = pixels[[0, 0, -1, -1], [0, -1, 0, -1]].astype(float).reshape(2, 2, 3)
    back = corner[0, 0] + rows[:, None, None] * (corner[1, 0] - corner[0, 0]) + 0 * columns[:, None]
    return np.abs(pixels - back).sum(axis=-1) > BACKDROP


@pytest.mark.parametrize("yarns", [None, COTTON], ids=["paper", "cotton"])
def test_the_hole_and_the_corners_are_empty_also_far_from_rest(yarns):
    look = Look(size=(120, 120), view="top", side="face", rays=1)
    run = cut_run(SHAPES["disc"], yarns=yarns, far=0.0)
    run.position[3] += np.where(SHAPES["disc"][..., None], (0.5, 0.2, 1.0), 0.0)  # and not what is cut off
    picture = cloth_in(Portrait(run, look, "cpu").draw(*seen(run, 3)))
    assert not picture[52:68, 52:68].any()
    assert not picture[:12, :12].any()
    assert picture[52:68, 8:30].mean() > 0.3
    assert picture[8:30, 52:68].mean() > 0.3


def test_the_camera_looks_at_what_is_there():
    run = cut_run(SHAPES["disc"], far=5.0)
    layout, position = run.fabric.layout, run.position[3]
    camera = place(position, layout.packed(position), (100, 100), layout=layout, zoom=4.0, view="top")
    at = camera.eye + np.dot(position[layout.nearest(7, 7)] - camera.eye, camera.forward) * camera.forward
    np.testing.assert_allclose(at, position[layout.nearest(7, 7)], atol=1e-9)


def test_a_focus_that_is_cut_off(tmp_path):
    with pytest.raises(PictureError) as caught:
        render(cut_run(SHAPES["disc"]), tmp_path / "x.png", focus=(7, 7))
    assert caught.value.where == "focus"
    assert "it is cut off" in caught.value.what
    assert "such as" in caught.value.fix
