"""Pictures show what is woven: the yarn on top at every crossing, in the yarns' colours, as thick as they are."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from crimped_cloth import straightening
from drawn_cloth import QUICK, TOP, at_crossings, decoded, is_blue, is_red, scattered, woven
from panelled_scene import panelled_scene
from small_run import small_scene

import warp_fabric as wf
from warp_fabric.errors import PictureError
from warp_fabric.picture import film, render
from warp_fabric.viewer.sources import at_rest


@pytest.mark.parametrize(("picks", "ends"), [(6, 6), (4, 7)])
def test_the_yarn_on_top_is_seen_at_every_crossing(tmp_path, picks, ends):
    drawdown = scattered(picks, ends)
    pixels = decoded(render(woven(drawdown), tmp_path / "top.png", **TOP))
    colors = at_crossings(pixels, picks, ends)
    np.testing.assert_array_equal(is_red(colors), drawdown)
    np.testing.assert_array_equal(is_blue(colors), ~drawdown)


def test_every_yarn_has_its_own_colour(tmp_path):
    fabric = woven(np.ones((6, 6), bool), end_colors=("#d02020", "#2030d0", "#d02020"))
    colors = at_crossings(decoded(render(fabric, tmp_path / "ends.png", **TOP)), 6, 6)
    np.testing.assert_array_equal(is_blue(colors), np.tile([False, True, False, False, True, False], (6, 1)))
    fabric = woven(np.zeros((6, 6), bool), pick_colors=("#d02020", "#d02020", "#2030d0"))
    colors = at_crossings(decoded(render(fabric, tmp_path / "picks.png", **TOP)), 6, 6)
    np.testing.assert_array_equal(is_blue(colors), np.tile([[False], [False], [True]], (2, 6)))


@pytest.mark.parametrize("color", ["#404040", "#808080", "#c0c0c0"])
def test_a_colour_stays_about_as_dark_as_it_is(tmp_path, color):
    fabric = woven(np.ones((6, 6), bool), end_colors=(color,))
    seen = at_crossings(decoded(render(fabric, tmp_path / "grey.png", **TOP)), 6, 6)
    np.testing.assert_allclose(seen, int(color[1:3], 16), rtol=0.2)


def test_yarns_are_as_thick_as_they_are(tmp_path):
    fabric = woven(np.zeros((6, 6), bool))
    for radius, zoom in ((0.25, 1.0), (0.1, 1.0), (0.25, 2.0)):
        yarn = replace(fabric.yarns[0], radius=radius * 1e-3)
        path = render(replace(fabric, yarns=(yarn,)), tmp_path / "top.png", zoom=zoom, focus=(3, 3), **TOP)
        pixels = decoded(path)[:, 150]  # through the picks, along an end under all of them
        run = is_blue(pixels)
        spacing = 300 / (6 * 1.06) * zoom
        before, after = np.argmin(run[150::-1]), np.argmin(run[150:])
        assert before + after - 1 == pytest.approx(2 * radius * spacing, abs=2.0)


def test_a_single_yarn_and_one_point_can_be_drawn(tmp_path):
    for shape in ((1, 8), (8, 1)):
        pixels = decoded(render(woven(np.ones(shape, bool)), tmp_path / "one.png", **QUICK))
        assert (is_blue if shape[0] == 1 else is_red)(pixels).sum() > 100
    fabric = woven(np.ones((3, 3), bool))
    render(fabric, tmp_path / "point.png", position=np.zeros((3, 3, 3)), **QUICK)
    with pytest.raises(PictureError, match="one crossing"):
        render(woven([[True]]), tmp_path / "none.png", **QUICK)


def bad_position() -> np.ndarray:
    position = np.zeros((6, 6, 3))
    position[2, 3, 1] = np.nan
    return position


@pytest.mark.parametrize(
    ("where", "settings"),
    [
        ("position", {"position": bad_position()}),
        ("position", {"position": np.zeros((5, 6, 3))}),
        ("size", {"size": (0, 100)}),
        ("size", {"size": (100, 10**6)}),
        ("samples_per_crossing", {"samples_per_crossing": 0}),
        ("view", {"view": "sideways"}),
        ("side", {"side": "left"}),
        ("camera", {"camera": (0.0, 91.0)}),
        ("camera", {"camera": (float("nan"), 0.0)}),
        ("zoom", {"zoom": 0.0}),
        ("zoom", {"zoom": float("nan")}),
        ("focus", {"focus": (6, 0)}),
        ("focus", {"focus": (0, -1)}),
        ("plies", {"plies": -1}),
        ("rays", {"rays": 0}),
    ],
)
def test_impossible_settings_are_named(tmp_path, where, settings):
    with pytest.raises(PictureError) as caught:
        render(woven(scattered()), tmp_path / "no.png", **settings)
    assert caught.value.where == where
    assert caught.value.fix
    assert list(tmp_path.iterdir()) == []


def test_paths_that_cannot_be_written(tmp_path):
    (tmp_path / "folder.png").mkdir()
    for path in (tmp_path / "missing" / "a.png", tmp_path / "folder.png", tmp_path / "a.jpg"):
        with pytest.raises(PictureError) as caught:
            render(woven(scattered()), path, **QUICK)
        assert caught.value.where == str(path)
        assert caught.value.fix
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_importing_loads_no_plotting_or_warp():
    code = (
        "import sys, warp_fabric.picture, warp_fabric.geometry as g\n"
        "print(sorted({'warp', 'torch', 'matplotlib', 'pyvista', 'vtk'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_frame_shows_how_straight_its_yarns_are(tmp_path):
    """Seen along the ends: picks lie lower waves than at rest."""
    run = straightening(picks=4, ends=8)
    run.interchange[-1] = 0.45 * run.fabric.pick_rise  # nearly straight
    look = {"size": (160, 80), "camera": (0.0, 0.0), "rays": 1, "plies": 0}
    first, last = (decoded(render(run, tmp_path / f"{k}.png", k, **look)).astype(int) for k in (0, -1))
    assert np.abs(first - last).max() > 60
    at_rest = decoded(render(run, tmp_path / "rest.png", position=run.position[-1], **look))
    np.testing.assert_array_equal(at_rest, first)


def test_all_panels_are_drawn_and_the_first_is_looked_at(tmp_path):
    colors = {"panels.front.end_colors": ["red"], "panels.front.pick_colors": ["red"], "fabric.end_colors": ["blue"]}
    scene = panelled_scene(**{"fabric__pick_colors": ["blue"], "time__duration": 0.002}).replace(colors)
    run = wf.simulate(scene, device="cpu")
    pixels = decoded(render(run, tmp_path / "both.png", **QUICK))
    assert is_red(pixels).sum() > 100
    assert is_blue(pixels).sum() > 100
    near = decoded(render(run, tmp_path / "near.png", zoom=12.0, focus=(2, 3), **QUICK))
    assert is_red(near[110:130, 150:170]).mean() > 0.5
    front = decoded(render(run.panels["front"], tmp_path / "front.png", **QUICK))
    assert is_red(front).sum() > 100
    assert not is_blue(front).any()
    with pytest.raises(PictureError, match="has 2 panels"):
        render(run, tmp_path / "no.png", position=run.panels["front"].position[0], **QUICK)
    with pytest.raises(PictureError, match="a pick below 5 and an end below 6"):
        render(run, tmp_path / "no.png", focus=(2, 6), **QUICK)
    sheet = decoded(film(run, tmp_path / "sheet.png", **QUICK))
    for column in (sheet[:240, :320], sheet[:240, 328:648]):
        assert is_red(column).sum() > 100
        assert is_blue(column).sum() > 100


BALL = {"shape": "sphere", "center": [0.002, 0.0, -0.003], "radius": 8e-4, "path": [[0, 0, 0, 0], [0.04, 0, -0.002, 0]]}


def test_obstacles_are_drawn_where_they_are_then(tmp_path):
    """Before the hanging cloth, and the camera stays where it is without them."""
    look = {"size": (160, 120), "rays": 1, "camera": (0.0, 0.0)}
    bare, scene = small_scene(), small_scene(obstacles=[BALL])
    run, other = (at_rest(each) for each in (scene, bare))
    moved = replace(run, time=np.array([0.04]))
    without = decoded(render(other, tmp_path / "without.png", **look))
    np.testing.assert_array_equal(decoded(render(run, tmp_path / "off.png", obstacles=False, **look)), without)
    behind, before = (decoded(render(each, tmp_path / "ball.png", **look)) for each in (run, moved))
    changed = (np.abs(before.astype(int) - without) > 8).any(axis=-1)
    assert changed.sum() > 300
    assert (before != behind).any()
    rows, columns = np.nonzero(changed)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), rel=0.35)
