"""DXF drawings: those of garment CAD and others, units, and what is wrong with them."""

import math
import sys
from pathlib import Path

import ezdxf
import numpy as np
import pytest
import shapely
from drawings import FRONT, SLEEVE, garment_drawing, plain_drawing

from warp_fabric.errors import SceneError
from warp_fabric.outline import FLATNESS
from warp_fabric.outline.dxf import read_dxf
from warp_fabric.outline.loops import box


def same_loop(loop: np.ndarray, points: list) -> bool:
    """Whether a loop has these points, wherever it lies and begins."""
    wanted = np.array(points) / 1e3
    loop, wanted = (each - each.min(axis=0) for each in (loop, wanted))
    return len(loop) == len(wanted) and shapely.Polygon(loop).symmetric_difference(shapely.Polygon(wanted)).area < 1e-12


def test_every_closed_curve_of_a_drawing(tmp_path):
    outer, hole, square = read_dxf(plain_drawing(tmp_path / "a.dxf"))
    for loop, radius in ((outer, 0.03), (hole, 0.01)):
        from_middle = np.hypot(*(0.5 * (loop + np.roll(loop, -1, axis=0)) - 0.03).T)
        assert np.abs(from_middle - radius).max() < FLATNESS
    assert same_loop(square, [(0, 0), (40, 0), (40, 40), (0, 40)])


def test_an_arc_is_as_round_as_it_is_large(tmp_path):
    """A circle in four Bezier curves would be 0.3 mm off here."""
    document = ezdxf.new(units=6)
    document.modelspace().add_circle((0, 0), 1.0)
    document.saveas(tmp_path / "a.dxf")
    (loop,) = read_dxf(tmp_path / "a.dxf")
    assert np.abs(np.hypot(*loop.T) - 1.0).max() < FLATNESS


UNITS = [("mm", None, 1e-3), ("cm", None, 1e-2), ("m", None, 1.0), ("in", None, 0.0254), (None, "cm", 1e-2)]


@pytest.mark.parametrize(("unit", "given", "metres"), [*UNITS, ("m", "mm", 1e-3)])
def test_units(unit, given, metres, tmp_path):
    first, last = box(read_dxf(plain_drawing(tmp_path / "a.dxf", unit), given))
    assert last - first == pytest.approx(np.array([140, 60]) * metres, rel=1e-9)


@pytest.mark.parametrize(("stated", "metres"), [("UNITS: METRIC", 1e-3), ("Units: English", 0.0254)])
def test_units_in_the_words_of_garment_cad(stated, metres, tmp_path):
    loops = read_dxf(garment_drawing(tmp_path / "a.dxf", stated), piece="SLEEVE_M")
    assert np.ptp(loops[0], axis=0) == pytest.approx(np.array([200, 240]) * metres)


def test_pieces_of_garment_cad_are_turned_by_their_grain(tmp_path):
    path = garment_drawing(tmp_path / "a.dxf")
    front, cut_out = read_dxf(path, piece="FRONT_M")
    assert same_loop(front, [(-y, x) for x, y in FRONT])
    corner = front.min(axis=0)
    assert np.array([cut_out.min(axis=0), cut_out.max(axis=0)]) - corner == pytest.approx(
        np.array([(0.04, 0.1), (0.08, 0.14)])
    )
    (sleeve,) = read_dxf(path, piece="SLEEVE_M")
    assert same_loop(sleeve, SLEEVE)


ACROSS, ALONG = [(0, 90), (0.5, 89.5), (-0.5, 90.5), (180, 90)], [(90, 0), (-90, 0), (89, 1), (91, -1)]


@pytest.mark.parametrize(("grain", "turn"), [*ACROSS, *ALONG, (45, 45), (135, -45), (-45, -45)])
def test_any_grain_ends_up_along_the_ends(grain, turn, tmp_path):
    document = ezdxf.new(units=4)
    space = document.modelspace()
    space.add_lwpolyline(FRONT, close=True, dxfattribs={"layer": "1"})
    direction = np.array([math.cos(math.radians(grain)), math.sin(math.radians(grain))])
    space.add_line((100, 50), (100, 50) + 40 * direction, dxfattribs={"layer": "7"})
    space.add_line((100, 50), (103, 59), dxfattribs={"layer": "7"})  # an arrow's head
    document.saveas(tmp_path / "a.dxf")
    (loop,) = read_dxf(tmp_path / "a.dxf")
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    assert same_loop(loop, [(cosine * x - sine * y, sine * x + cosine * y) for x, y in FRONT])


@pytest.mark.parametrize("whole", [False, True])
def test_half_a_piece_is_unfolded_about_its_mirror_line(whole, tmp_path):
    """And a piece that is whole already stays as it is."""
    half = np.array([(0, 0), (100.1, 0), (100.1, 60.3), (20, 80), (0.004, 80)])  # one point is not quite on the line
    mirrored = half * (-1, 1)
    piece = np.concatenate([half, mirrored[::-1]]) if whole else half
    angle = math.radians(17.0)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    document = ezdxf.new(units=4)
    space = document.modelspace()
    space.add_lwpolyline(piece @ turn, close=True, dxfattribs={"layer": "1"})
    hole = np.array([(5, 30), (15, 30), (15, 50), (5, 50)])
    hole = hole * (2, 1) - (20, 0) if whole else hole
    space.add_lwpolyline(hole @ turn, close=True, dxfattribs={"layer": "11"})
    fold = np.array([(0, 10), (0, 70)]) @ turn
    space.add_line(*fold, dxfattribs={"layer": "6"})
    space.add_line(*fold, dxfattribs={"layer": "7"})
    document.saveas(tmp_path / "a.dxf")
    outer, *holes = read_dxf(tmp_path / "a.dxf")
    wanted = shapely.union(shapely.Polygon(half), shapely.Polygon(mirrored))
    moved = shapely.Polygon(1e3 * (outer - outer.min(axis=0)) - (100.1, 0))
    assert moved.symmetric_difference(wanted).area < 1e-3 + 0.004 * 80  # mm2
    assert len(holes) == (1 if whole else 2)
    assert sum(shapely.Polygon(each).area for each in holes) == pytest.approx(400e-6, rel=1e-3)


def test_a_grain_of_no_length_turns_nothing(tmp_path):
    document = ezdxf.new(units=4)
    space = document.modelspace()
    space.add_lwpolyline(FRONT, close=True, dxfattribs={"layer": "1"})
    space.add_lwpolyline([(3, 3), (3, 3)], dxfattribs={"layer": "7"})
    space.add_lwpolyline([], dxfattribs={"layer": "7"})
    document.saveas(tmp_path / "a.dxf")
    assert same_loop(read_dxf(tmp_path / "a.dxf")[0], FRONT)


def test_pieces_within_pieces_and_turned(tmp_path):
    document = ezdxf.new(units=4)
    inner, outer = document.blocks.new("INNER"), document.blocks.new("OUTER")
    inner.add_lwpolyline(SLEEVE, close=True)
    outer.add_blockref("INNER", (5, 5))
    document.modelspace().add_blockref("OUTER", (100, 0), dxfattribs={"rotation": 90, "xscale": 2, "yscale": 2})
    document.saveas(tmp_path / "a.dxf")
    (loop,) = read_dxf(tmp_path / "a.dxf")
    assert same_loop(loop, [(-2 * y, 2 * x) for x, y in SLEEVE])


def test_pieces_have_names(tmp_path):
    path = garment_drawing(tmp_path / "a.dxf")
    with pytest.raises(SceneError, match="2 pieces: FRONT_M, SLEEVE_M") as caught:
        read_dxf(path)
    assert 'outline_piece = "FRONT_M"' in caught.value.fix
    with pytest.raises(SceneError, match="no piece 'FRNT_M'") as caught:
        read_dxf(path, piece="FRNT_M")
    assert "FRONT_M" in caught.value.fix


def test_drawings_without_an_outline(tmp_path):
    path = tmp_path / "piece.dxf"
    with pytest.raises(SceneError, match=r"piece\.dxf does not say its unit") as caught:
        read_dxf(garment_drawing(path, stated=None))
    assert "outline_unit" in caught.value.fix
    document = ezdxf.new(units=4)
    document.modelspace().add_line((0, 0), (1, 0))
    document.saveas(path)
    with pytest.raises(SceneError, match="no closed curve"):
        read_dxf(path)
    for content in (b"", b"<svg/>", b"0\nSECTION\n2\nENTIT", b"\x00\xff" * 40):
        path.write_bytes(content)
        with pytest.raises(SceneError, match=r"piece\.dxf (is not a DXF|does not say|has no closed)"):
            read_dxf(path)
    with pytest.raises(FileNotFoundError):
        read_dxf(Path("nowhere.dxf"))


def test_without_ezdxf(monkeypatch, tmp_path):
    path = garment_drawing(tmp_path / "a.dxf")
    for name in [each for each in sys.modules if each.partition(".")[0] == "ezdxf"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SceneError, match="not installed") as caught:
        read_dxf(path)
    assert "warp-fabric[dxf]" in caught.value.fix
