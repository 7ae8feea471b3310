import numpy as np
import pytest
from crimped_cloth import straightening
from waving_cloth import waving

from warp_fabric.geometry import crossing_normals, frame_relief
from warp_fabric.viewer.cloth import Cloth
from warp_fabric.viewer.painter import Look, paint


def test_its_yarns_go_through_their_crossings_one_radius_off_and_stand_out_at_the_border():
    cloth = Cloth(waving(), "run")
    ends, picks = cloth.strands(3, 4)
    position, fabric = cloth.run.position[3], cloth.fabric
    for strands, crossings, radius in (
        (ends, position.swapaxes(0, 1), fabric.end_radius),
        (picks, position, fabric.pick_radius),
    ):
        at_crossings = strands.points[:, 2:-2:4]
        np.testing.assert_allclose(
            np.linalg.norm(at_crossings - crossings, axis=-1), radius[:, None] + 0 * crossings[..., 0]
        )
        loose = np.linalg.norm(strands.points[:, 0] - strands.points[:, 2], axis=-1)
        np.testing.assert_allclose(loose, 0.5 * fabric.end_spacing, rtol=0.2)


def test_pieces_have_the_draft_s_colours():
    cloth = Cloth(waving(fabric__end_colors=["#ff0000", "#00ff00"]), "run")
    ends, picks = cloth.strands(0, 3)
    assert ends.color.shape == (5, 19, 3)
    np.testing.assert_array_equal(ends.color[2], np.tile([1.0, 0.0, 0.0], (19, 1)))
    np.testing.assert_array_equal(ends.color[3, 0], [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(picks.color[0, 0], cloth.fabric.pick_color[0])


@pytest.mark.parametrize("samples", [1, 2, 4])
def test_pieces_have_the_colour_of_the_crossing_they_are_at(samples):
    cloth = Cloth(waving(), "run")
    picks, ends = cloth.grid
    colors = np.zeros((picks, ends, 2, 3))
    colors[..., 0, 0] = np.arange(ends)  # picks: by the end they cross
    colors[..., 1, 1] = np.arange(picks)[:, None]
    of_ends, of_picks = cloth.strands(0, samples, colors)
    for strands, axis, count in ((of_picks, 0, ends), (of_ends, 1, picks)):
        middles = (np.arange(samples * (count - 1)) + 0.5) / samples
        loose = max(1, samples // 2)
        inner = strands.color[2, loose:-loose, axis]
        assert (np.abs(inner - middles) <= 0.5).all()
        assert strands.color[2, 0, axis] == 0
        assert strands.color[2, -1, axis] == count - 1


def test_a_window_is_a_part_of_the_same_cloth():
    cloth = Cloth(waving(12, 10), "run")
    window = np.s_[3:9, 2:7]
    ends, picks = cloth.strands(4, 4, None, window)
    all_ends, all_picks = cloth.strands(4, 4)
    np.testing.assert_allclose(
        ends.points[1:-1, 10:-10], all_ends.points[3:6, 2 + 3 * 4 + 8 : 2 + 8 * 4 - 7], atol=1e-7
    )
    assert len(ends.points) == 5
    assert len(picks.points) == 6
    np.testing.assert_array_equal(picks.color[:, 0], all_picks.color[3:9, 0])


def test_a_single_pick_has_no_ends_to_draw():
    (picks,) = Cloth(waving(6, 5), "run").strands(0, 4, None, np.s_[2:3, :])
    assert picks.points.shape == (1, 4 * 4 + 1 + 4, 3)


def test_bounds_hold_all_frames_or_one():
    cloth = Cloth(waving(swing=1.0), "run")
    low, high = cloth.bounds()
    first = cloth.bounds(0)
    assert (low <= cloth.run.position.min(axis=(0, 1, 2))).all()
    assert high[1] > first[1][1]  # it swings towards +y


def test_it_faces_the_side_on_which_ends_with_a_true_drawdown_lie():
    np.testing.assert_allclose(Cloth(waving(), "run").facing(), [0.0, 1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(Cloth(waving(fabric__pose="flat"), "run").facing(), [0.0, 0.0, 1.0], atol=0.3)


def test_pins_follow_their_paths():
    path = [[0.0, 0.0, 0.0, 0.0], [0.5, 1e-3, 0.0, 0.0]]
    cloth = Cloth(waving(pins=[{"crossing": [0, 0], "path": path}, {"crossing": [2, 3]}]), "run")
    np.testing.assert_allclose(cloth.pins(0.25), [[5e-4, 0, 0], cloth.fabric.position[2, 3]])
    assert Cloth(waving(pins=[]), "run").pins(0.0).shape == (0, 3)


def test_the_value_of_the_yarn_on_top():
    cloth = Cloth(waving(), "run")
    values = np.zeros((*cloth.grid, 2))
    values[..., 1] = 1.0  # the ends'
    np.testing.assert_array_equal(cloth.top_values(values), cloth.fabric.drawdown)
    on_top = np.stack(
        [
            cloth.fabric.pick_color[:, None] + 0 * cloth.fabric.end_color,
            cloth.fabric.end_color + 0 * cloth.fabric.pick_color[:, None],
        ],
        axis=2,
    )
    np.testing.assert_array_equal(cloth.top_values(on_top), cloth.sides[0])
    np.testing.assert_array_equal(cloth.top_values(on_top[:, :, ::-1]), cloth.sides[1])


def test_quantities_are_those_it_has_data_for():
    cloth = Cloth(waving(), "run")
    assert [each.name for each in cloth.quantities()] == ["stretch", "sliding", "compression"]
    cloth.run.compression = None
    assert [each.name for each in cloth.quantities()] == ["stretch", "sliding"]


def test_the_colours_of_a_surface_are_found_once(monkeypatch):
    made = Cloth(waving(8, 6), "run")
    first = paint(made, 0, Look(samples=0), np.zeros(3), 1.0)
    monkeypatch.setattr("warp_fabric.viewer.cloth.palette", None)
    later = paint(made, len(made.time) - 1, Look(samples=0), np.zeros(3), 1.0)
    np.testing.assert_array_equal(later.colors, first.colors)
    assert [each.faces.tolist() for each in later.patches] == [each.faces.tolist() for each in first.patches]


def test_crimped_yarns_are_where_crimp_has_them_also_in_a_window():
    run = straightening(picks=8, ends=9)
    cloth, window = Cloth(run, "run"), np.s_[2:7, 1:8]
    relief, normal = frame_relief(run, -1), crossing_normals(run.fabric, run.position[-1])
    expected = run.position[-1] - relief.pick_height[..., None] * normal
    np.testing.assert_allclose(cloth.strands(4, 4)[1].points[:, 2:-2:4], expected, atol=1e-9)
    np.testing.assert_allclose(cloth.strands(4, 4, None, window)[1].points[:, 2:-2:4], expected[window], atol=1e-9)


def test_obstacles_are_the_scenes(tmp_path):
    ball = {"shape": "sphere", "center": [0, 0, 0], "radius": 1e-3}
    gone = {"shape": "mesh", "file": str(tmp_path / "gone.obj")}
    (shape,) = Cloth(waving(obstacles=[ball]), "run").obstacles
    assert shape.kind == "sphere"
    assert not Cloth(waving(), "run").obstacles
    with pytest.warns(UserWarning, match=r"obstacle 1 is left out: its mesh is no longer at .*gone\.obj"):
        (shape,) = Cloth(waving(obstacles=[ball, gone]), "run").obstacles
    assert shape.kind == "sphere"
    (tmp_path / "gone.obj").write_text("not a mesh")
    assert not Cloth(waving(obstacles=[ball, gone]), "run").obstacles  # the rest is worth seeing
