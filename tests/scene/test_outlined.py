"""Fabrics cut to a shape: the keys, the grid that covers an outline, which crossings exist, and what is wrong."""

from pathlib import Path

import numpy as np
import pytest
from drawings import garment_drawing

import warp_fabric as wf
from warp_fabric.errors import SceneError
from warp_fabric.scene import FabricSettings, Panel, Pin, Scene
from warp_fabric.scene.outlined import present_of
from warp_fabric.yarn import library_entry, library_names, library_yarn

DRAWINGS = Path(__file__).parents[1] / "data" / "outlines"
COTTON = {"end_spacing": 0.42e-3, "pick_spacing": 0.42e-3}
GRID = {"ends": 20, "picks": 20, **COTTON}
SQUARE = [[0.0, 0.0], [8e-3, 0.0], [8e-3, 8e-3], [0.0, 8e-3]]
MASK = np.array([[0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 0]], bool)


def cut(**keys) -> FabricSettings:
    return FabricSettings(**{**COTTON, **keys})


def test_a_fabric_without_a_shape_is_whole():
    assert present_of(FabricSettings(**GRID)) is None


# Sizes


@pytest.mark.parametrize("name", library_names())
@pytest.mark.parametrize("diameter", [0.031, 0.1, 0.15])
def test_a_disc_of_any_yarn_is_alike_on_all_sides(name, diameter):
    spacing = library_entry(name).spacing
    fabric = FabricSettings(
        end_spacing=spacing, pick_spacing=1.1 * spacing, outline={"shape": "disc", "diameter": diameter}
    )
    mask = present_of(fabric)
    assert mask.shape == (int(diameter / 1.1 / spacing) + 1, int(diameter / spacing) + 1)
    assert np.array_equal(mask, mask[::-1])
    assert np.array_equal(mask, mask[:, ::-1])
    x = (np.arange(fabric.ends) - 0.5 * (fabric.ends - 1)) * spacing
    y = (np.arange(fabric.picks) - 0.5 * (fabric.picks - 1)) * 1.1 * spacing
    distance = np.hypot(*np.meshgrid(x, y))
    assert mask[distance < 0.5 * diameter - 1e-5].all()
    assert not mask[distance > 0.5 * diameter + 1e-12].any()


@pytest.mark.parametrize("size", [(8, 5), (480, 480), (781, 1000)])
def test_a_rectangle_of_the_cloths_own_outer_size_is_the_whole_cloth(size):
    width, length = (np.array(size) - 1) * (0.42e-3, 0.38e-3)
    shape = {"shape": "rectangle", "width": width, "length": length}
    fabric = FabricSettings(end_spacing=0.42e-3, pick_spacing=0.38e-3, outline=shape)
    assert (fabric.ends, fabric.picks) == size
    assert fabric.mask is None
    wider = {**shape, "width": width + 0.4e-3, "length": length + 0.3e-3}
    assert FabricSettings(end_spacing=0.42e-3, pick_spacing=0.38e-3, outline=wider).ends == size[0]


def test_what_is_left_over_is_divided_between_the_sides():
    fabric = cut(outline=[[[0.1, -0.2], [0.11, -0.2], [0.11, -0.18], [0.1, -0.18]]])
    assert (fabric.ends, fabric.picks) == (24, 48)
    assert fabric.mask is None
    (loop,) = np.array(fabric.outline)
    span = np.array([23, 47]) * 0.42e-3
    assert loop.min(axis=0) + loop.max(axis=0) == pytest.approx(span)


def test_counts_that_are_given_leave_loops_where_they_are():
    fabric = FabricSettings(**GRID, outline=[(np.array(SQUARE) * 0.5 + 1e-3).tolist()])
    assert np.array_equal(np.argwhere(fabric.mask).min(axis=0), [3, 3])
    assert np.array_equal(np.argwhere(fabric.mask).max(axis=0), [11, 11])
    assert fabric.mask.sum() == 81
    assert np.array_equal(fabric.outline[0], np.array(SQUARE) * 0.5 + 1e-3)
    tall = cut(ends=20, outline=[SQUARE])
    assert (tall.ends, tall.picks) == (20, 20)


def test_an_outline_may_reach_half_a_spacing_beyond_the_grid():
    wide = np.array(SQUARE) * [(19 + 0.9) * 0.42 / 8, 1.0] - [0.45 * 0.42e-3, 0.0]
    assert FabricSettings(**GRID, outline=[wide]).mask is None
    with pytest.raises(SceneError, match=r"spans -0\.1743 to 9\.019 mm, and the 20 ends 0 to 7\.98 mm") as caught:
        FabricSettings(**GRID, outline=[wide * [1.1, 1.0] + [0.08 * 0.42e-3, 0]])
    assert caught.value.where == "fabric.outline"
    assert "leave ends out or give" in caught.value.fix


# Holes, files, masks


def test_a_ring_has_a_hole_and_runs_on_both_sides_of_it():
    mask = cut(outline={"shape": "ring", "diameter": 0.05, "hole": 0.02}).mask
    middle = mask[len(mask) // 2]
    assert np.count_nonzero(np.diff(middle.astype(int))) == 2
    assert mask.mean() == pytest.approx(np.pi / 4 * (1 - 0.4**2), abs=0.02)


def test_crossings_that_nothing_joins_are_dropped():
    spike = [[0, 0], [8e-3, 0], [8e-3, 3e-3], [4.3e-3, 3e-3], [4.2e-3, 4.3e-3], [4.1e-3, 3e-3], [0, 3e-3]]
    fabric = FabricSettings(**GRID, outline=[spike])
    assert fabric.mask[8:11, 10].tolist() == [True, True, True]
    thin = FabricSettings(**GRID, present=np.pad(MASK, ((0, 17), (0, 16))) | (np.arange(400).reshape(20, 20) == 399))
    assert thin.mask.sum() == MASK.sum()


def test_a_drawing_is_read_once_and_written_out(tmp_path):
    copy = tmp_path / "pocket.svg"
    copy.write_bytes((DRAWINGS / "pocket.svg").read_bytes())
    fabric = cut(outline=copy)
    copy.unlink()
    assert (fabric.ends, fabric.picks) == (239, 286)
    assert fabric.mask[-1, 1:-1].all()  # the straight top edge
    assert not fabric.mask[0, :40].any()  # a rounded corner
    again = FabricSettings(**{name: getattr(fabric, name) for name in ("ends", "picks", "outline", *COTTON)})
    assert np.array_equal(again.mask, fabric.mask)
    coarse = {"end_spacing": 2e-3, "pick_spacing": 2e-3}
    in_inches = FabricSettings(**coarse, outline=DRAWINGS / "unsized.svg", outline_unit="in")
    assert in_inches.ends == int(40 * 0.0254 / 2e-3) + 1


def test_a_drawing_that_crosses_itself_is_told_from_its_corner(tmp_path):
    path = tmp_path / "bow.svg"
    path.write_text(
        '<svg width="9cm" height="9cm" viewBox="0 0 90 90"><path d="M 10 10 L 50 50 L 50 10 L 10 50 Z"/></svg>'
    )
    with pytest.raises(SceneError, match=r"itself at \(20, 20\) mm from the drawing's lower left corner") as caught:
        cut(outline=path)
    assert caught.value.where == "fabric.outline"


def test_a_piece_of_garment_cad(tmp_path):
    path = garment_drawing(tmp_path / "shirt.dxf", stated=None)
    fabric = FabricSettings(**COTTON, outline=path, outline_piece="FRONT_M", outline_unit="mm")
    assert (fabric.ends, fabric.picks) == (286, 715)
    assert (fabric.outline_piece, fabric.outline_unit) == (None, None)
    assert not fabric.mask[300, 143]  # the cut-out


def test_a_mask_from_anywhere(tmp_path):
    np.savez(tmp_path / "mask.npz", present=MASK)
    rows = [".###", "####", "###."]
    for given in (MASK, MASK.tolist(), MASK.astype(int), rows, tmp_path / "mask.npz", str(tmp_path / "mask.npz")):
        fabric = cut(present=given)
        assert (fabric.ends, fabric.picks, fabric.present) == (4, 3, tuple(rows))
        assert np.array_equal(present_of(fabric), MASK)
        assert cut(present=given, ends=4, picks=3) == fabric
    assert cut(present=np.ones((2, 2), bool)).mask is None
    with pytest.raises(ValueError, match="read-only"):
        fabric.mask[0, 0] = True


# In scenes


def test_a_scene_file_with_a_shape(small_text, tmp_path):
    (tmp_path / "pocket.svg").write_bytes((DRAWINGS / "pocket.svg").read_bytes())
    np.savez(tmp_path / "mask.npz", present=MASK)
    text = small_text.replace("ends = 4\npicks = 3\n", "{}\n", 1)
    disc = Scene.from_toml(text.format('outline = {shape = "disc", diameter = 0.1}').replace("[2, 0]", "[48, 2]")
                           .replace("[0, 3]", "[50, 25]"))  # fmt: skip
    assert disc.grid == (101, 51)
    for line in ('outline = "pocket.svg"', 'present = "mask.npz"', 'present = [".###", "####", "###."]'):
        path = tmp_path / "scene.toml"
        path.write_text(text.format(line).replace("[0, 3]", "[1, 1]" if "present" in line else "[50, 25]")
                        .replace("[2, 0]", "[2, 1]" if "present" in line else "[60, 25]"))  # fmt: skip
        scene = wf.load_scene(path)
        assert scene.fabric.mask is not None
        for name in ("pocket.svg", "mask.npz"):
            assert name not in scene.to_toml()
        again = Scene.from_toml(scene.to_toml())
        assert again == scene
        assert np.array_equal(again.fabric.mask, scene.fabric.mask)


def test_changes_of_a_shape(small):
    cleared = {"fabric.ends": None, "fabric.picks": None, "pins": []}
    disc = small.replace({**cleared, "fabric.outline": {"shape": "disc", "diameter": 0.02}})
    assert disc.grid == (21, 11)
    masked = disc.replace({**cleared, "fabric.present": MASK})
    assert (masked.grid, masked.fabric.outline) == ((3, 4), None)
    drawn = masked.replace({**cleared, "fabric.outline": str(DRAWINGS / "square_px.svg")})
    assert (drawn.grid, drawn.fabric.present) == ((26, 26), None)
    assert masked.replace({"fabric.present": None}).fabric.mask is None


def test_panels_may_have_shapes_of_their_own(tmp_path):
    garment_drawing(tmp_path / "shirt.dxf")
    (tmp_path / "scene.toml").write_text("""
[fabric]
ends = 10
picks = 12
end_spacing = 2.0e-3
pick_spacing = 2.0e-3
[yarns.cotton]
library = "cotton-coarse"
[[panels]]
name = "patch"
[[panels]]
name = "front"
outline = "shirt.dxf"
outline_piece = "FRONT_M"
[[panels]]
name = "badge"
present = [".###", "####"]
[time]
integrator = "static"
""")
    scene = wf.load_scene(tmp_path / "scene.toml")
    (tmp_path / "shirt.dxf").unlink()
    patch, front, badge = scene.parts
    assert [part.grid for part in scene.parts] == [(12, 10), (151, 61), (2, 4)]
    assert patch.fabric.mask is None
    assert badge.fabric.mask.sum() == 7
    assert front.fabric.mask.mean() == pytest.approx(0.0352 / 0.036 - 0.0016 / 0.036, abs=0.01)
    again = Scene.from_toml(scene.to_toml())
    assert again == scene
    assert np.array_equal(again.parts[1].fabric.mask, front.fabric.mask)
    closer = scene.replace({"panels.front.end_spacing": 1e-3})
    assert closer.parts[1].grid == (151, 121)
    with pytest.raises(SceneError, match="less than a cell") as caught:
        scene.replace({"panels.badge.present": None, "panels.badge.outline": [[[0, 0], [1e-3, 0], [0, 1e-3]]]})
    assert caught.value.where.startswith("panels[2].outline")


def test_pins_hold_what_is_there(small):
    keys = {"fabric.present": MASK, "pins": [{"crossing": [0, 0]}]}
    with pytest.raises(SceneError, match=r"\[0, 0\] is cut away") as caught:
        small.replace(keys)
    assert caught.value.where == "pins[0].crossing"
    assert "[1, 0]" in caught.value.fix  # 1 mm away; [0, 1] is 2 mm
    assert small.replace({**keys, "pins": [Pin(crossing=[1, 0])]}).fabric.mask is not None


def test_in_python():
    fabric = cut(outline={"shape": "disc", "diameter": 0.05})
    scene = Scene(fabric, {"cotton": library_yarn("cotton")}, panels=[Panel("a"), Panel("b", present=MASK)])
    assert [part.grid for part in scene.parts] == [(120, 120), (3, 4)]


# What is wrong


@pytest.mark.parametrize(
    ("keys", "where", "says"),
    [
        ({"outline": [[SQUARE[k] for k in (0, 1, 3, 2)]]}, "fabric.outline[0]", r"touches itself at \(4, 4\) mm"),
        ({"outline": [SQUARE, SQUARE]}, "fabric.outline[1]", "loops 0 and 1 are the same"),
        ({"outline": [SQUARE[:2]]}, "fabric.outline[0]", "2 different points"),
        ({"outline": [[]]}, "fabric.outline[0]", "0 different points"),
        ({"outline": []}, "fabric.outline", "at least 1"),
        ({"outline": SQUARE}, "fabric.outline[0][0]", "not a list"),
        ({"outline": [[*SQUARE, [0.0, float("nan")]]]}, "fabric.outline[0][4][1]", "nan"),
        ({"outline": [[*SQUARE, [0.0, 0.0, 0.0]]]}, "fabric.outline[0][4]", "2 are needed"),
        ({"outline": (1e-2 * np.array([SQUARE])).tolist()}, "fabric.outline[0]", "less than a cell"),
        ({"outline": [SQUARE, (1e-2 * np.array(SQUARE) + 1e-3).tolist()]}, "fabric.outline[1]", r"loop 1 at \("),
        ({"outline": {"shape": "disc", "diameter": 0.6e-3}}, "fabric.outline", "no whole yarn"),
        ({"outline": {"shape": "rectangle", "width": 0.3e-3, "length": 0.7e-3}}, "fabric.outline", "no whole yarn"),
        ({"outline": {"shape": "disc", "diameter": 300}}, "fabric.outline", "300 m wide, too much"),
        ({"outline": {"shape": "disk", "diameter": 0.3}}, "fabric.outline.shape", "did you mean disc"),
        ({"outline": 3}, "fabric.outline", "no outline"),
        ({"outline": "nowhere.svg"}, "fabric.outline", "no file nowhere.svg"),
        ({"outline": "nowhere.dxf"}, "fabric.outline", "no file nowhere.dxf"),
        ({"outline": DRAWINGS / "open_path.svg"}, "fabric.outline", "no closed path"),
        ({"outline": DRAWINGS / "unsized.svg"}, "fabric.outline", "outline_unit"),
        ({"outline": DRAWINGS / "pocket.svg", "outline_unit": "inch"}, "fabric.outline_unit", "did you mean in"),
        ({"outline": [SQUARE], "outline_unit": "mm"}, "fabric.outline_unit", "in metres"),
        ({**GRID, "outline_piece": "FRONT"}, "fabric.outline_piece", "about a file"),
        ({"outline": [SQUARE], "present": MASK}, "fabric.present", "keep only one"),
        ({"ends": 4, "outline": {"shape": "disc", "diameter": 0.1}}, "fabric.outline", r"the 4 ends 0 to 1\.26 mm"),
        ({"present": "nowhere.npz"}, "fabric.present", "no file nowhere.npz"),
        ({"present": np.zeros((5, 5), bool)}, "fabric.present", "empty"),
        ({"present": np.eye(5, dtype=bool)}, "fabric.present", "no whole yarn"),
        ({"present": MASK, "ends": 5}, "fabric.present", "3 picks x 4 ends, and the fabric 3 x 5"),
        ({"present": np.ones(5)}, "fabric.present", "no mask"),
        ({"present": 0.5 * np.ones((5, 5))}, "fabric.present", "no mask"),
        ({"present": [[True], [True, False]]}, "fabric.present", "no mask"),
        ({"present": ["##", "#"]}, "fabric.present[1]", "no row"),
        ({"present": ["##", "#x"]}, "fabric.present[1]", "no row"),
        ({"present": []}, "fabric.present", "no mask"),
        ({"picks": 5}, "fabric.ends", "missing"),
        ({"outline": [SQUARE], "end_spacing": None}, "fabric.end_spacing", "missing"),
    ],
)  # fmt: skip
def test_impossible_shapes(keys, where, says):
    with pytest.raises(SceneError, match=says) as caught:
        cut(**keys)
    assert caught.value.where == where
    assert caught.value.fix
