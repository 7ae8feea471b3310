"""Pictures from where the camera is asked to be: all of the cloth or a crossing, its face or back, at any frame."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_cloth import QUICK, TOP, at_crossings, decoded, is_blue, is_red, run_of, scattered, woven

from warp_fabric.errors import PictureError
from warp_fabric.picture import render


def test_a_hanging_cloth_is_seen_from_its_face_with_the_first_pick_above(tmp_path):
    drawdown = scattered()
    pixels = decoded(render(woven(drawdown, "hanging"), tmp_path / "top.png", **TOP))
    np.testing.assert_array_equal(is_red(at_crossings(pixels, 6, 6)), drawdown[::-1, ::-1])


def test_a_lying_cloth_is_seen_from_above(tmp_path):
    fabric = woven(np.ones((6, 6), bool))  # every end above every pick, until it is turned over
    turned = fabric.position * [1, -1, -1]
    assert is_blue(at_crossings(decoded(render(fabric, tmp_path / "a.png", position=turned, **TOP)), 6, 6)).all()


@pytest.mark.parametrize("focus", [(0, 5), (2, 2), (4, 1)])
def test_focus_puts_a_crossing_in_the_middle(tmp_path, focus):
    drawdown = np.zeros((6, 6), bool)
    drawdown[focus] = True
    fabric = woven(drawdown)
    for view in ("top", "three-quarter"):
        path = render(fabric, tmp_path / "near.png", zoom=4, focus=focus, view=view, size=(200, 150), rays=2)
        middle = decoded(path)[70:80, 95:105]
        assert is_red(middle).mean() > 0.9


@pytest.mark.parametrize("pose", ["flat", "hanging", "waved", "folded", "upside down", "end on"])
def test_the_whole_cloth_is_in_the_picture(tmp_path, pose):
    fabric = woven(np.indices((12, 16)).sum(0) % 2 == 0, "hanging" if pose == "hanging" else "flat")
    position = fabric.position.copy()
    if pose == "waved":
        position[..., 2] += 3e-3 * np.sin(600 * position[..., 0])
    elif pose == "folded":
        position[8:, :, 2] += 1e-3
        position[8:, :, 1] = position[7, 0, 1] - (position[8:, :, 1] - position[7, 0, 1])
    elif pose == "upside down":
        position[..., 1:] *= -1
    elif pose == "end on":
        position = position[..., [1, 2, 0]]
    pixels = decoded(render(fabric, tmp_path / "all.png", position=position, **QUICK))
    cloth = is_red(pixels) | is_blue(pixels)
    rows, columns = np.flatnonzero(cloth.any(axis=1)), np.flatnonzero(cloth.any(axis=0))
    assert rows[0] > 1
    assert rows[-1] < 238
    assert columns[0] > 1
    assert columns[-1] < 318
    assert rows[0] + rows[-1] == pytest.approx(240, abs=5)
    assert columns[0] + columns[-1] == pytest.approx(320, abs=5)
    assert max((rows[-1] - rows[0]) / 240, (columns[-1] - columns[0]) / 320) > 0.85
    for kind in (is_red, is_blue):
        assert kind(pixels).sum() > 0.15 * cloth.sum()
    np.testing.assert_array_less(np.ptp(pixels[~cloth].reshape(-1, 3)[:50].astype(int), axis=1), 20)  # neutral


def test_frames_of_a_trajectory(tmp_path):
    fabric = woven(scattered())
    bent = fabric.position.copy()
    bent[..., 2] += 2e-3 * np.sin(2000 * bent[..., 0])
    run = run_of(fabric, np.stack([fabric.position, bent]))
    pictures = {k: decoded(render(run, tmp_path / f"{k}.png", k, **QUICK)) for k in (0, 1, -1)}  # pyright: ignore
    still = decoded(render(fabric, tmp_path / "still.png", **QUICK))
    np.testing.assert_array_equal(pictures[0], still)
    np.testing.assert_array_equal(pictures[-1], pictures[1])
    assert (pictures[1] != still).any()
    for frame in (2, -3):
        with pytest.raises(PictureError, match="no frame"):
            render(run, tmp_path / "no.png", frame, **QUICK)  # pyright: ignore


def test_a_cloth_that_swings_up_stays_on_its_side(tmp_path):
    """It hangs, seen from its face; swung up until its face looks down it is still seen from there, unless asked."""
    fabric = woven(np.ones((6, 6), bool), "hanging")
    corner = fabric.position[0, 0]
    offset = fabric.position - corner
    up = corner + np.stack([offset[..., 0], offset[..., 2], 0.1 * offset[..., 2]], axis=-1)
    down = corner + np.stack([offset[..., 0], -offset[..., 2], 0.1 * offset[..., 2]], axis=-1)
    for swung in (up, down):
        run = run_of(fabric, np.stack([fabric.position, swung]))
        for side, sees in (("auto", is_red), ("face", is_red), ("back", is_blue)):
            pixels = decoded(render(run, tmp_path / "swung.png", side=side, **TOP))  # pyright: ignore
            assert sees(at_crossings(pixels, 6, 6)).all()


def test_the_camera_stands_where_it_is_told(tmp_path):
    fabric = woven(np.ones((6, 6), bool))  # ends, which are red, above picks
    for elevation, sees in ((80.0, is_red), (-80.0, is_blue)):
        pixels = decoded(render(fabric, tmp_path / "a.png", camera=(30.0, elevation), **QUICK))
        assert sees(pixels).sum() > 1.5 * (is_blue if sees is is_red else is_red)(pixels).sum()
