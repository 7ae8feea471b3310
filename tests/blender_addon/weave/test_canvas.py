"""The editor's sheet: areas within it and apart from each other, pixels to cells, its picture."""

import numpy as np
import pytest
from counted import calls_of

from blender_addon.fabric.design.weave_text import Weave
from blender_addon.weave import canvas, edits
from blender_addon.weave.canvas import describe, lay_out, sheet
from blender_addon.weave.face_picture import INK, PAPER
from warp_fabric import Draft
from warp_fabric.weave import pattern

COLORS = ("#ff0000", "#0000ff", "#00ff00")
TWILL = Weave.of(pattern("twill22"))


def largest() -> Weave:
    """16 shafts, 32 treadles, 64 x 64."""
    bits = np.random.default_rng(0)
    draft = Draft(
        threading=bits.integers(1, 17, 64), tie_up=bits.random((16, 32)) < 0.5, treadling=np.eye(64, 32, dtype=bool)
    )
    return Weave.of(draft)


@pytest.mark.parametrize("size", [(1200, 800), (700, 600), (400, 300)])
@pytest.mark.parametrize("weave", [TWILL, edits.to_lift_plan(TWILL), largest()], ids=["twill", "plan", "largest"])
def test_areas_lie_in_the_sheet_and_apart(weave, size):
    layout = lay_out(weave, *size, yarns=3)
    assert layout.width <= size[0] or layout.cell == canvas.SMALLEST_CELL
    taken = np.zeros((layout.height, layout.width), dtype=int)
    for block in layout.blocks.values():
        taken[
            block.top : block.top + block.rows * block.height, block.left : block.left + block.columns * block.width
        ] += 1
        assert block.top + block.rows * block.height <= layout.height
        assert block.left + block.columns * block.width <= layout.width
    assert taken.max() == 1


@pytest.mark.parametrize("weave", [TWILL, edits.to_lift_plan(TWILL), largest()], ids=["twill", "plan", "largest"])
def test_every_cell_is_hit_in_its_middle(weave):
    layout = lay_out(weave, 1200, 900, yarns=3)
    for area, block in layout.blocks.items():
        for row in range(block.rows):
            for column in range(block.columns):
                assert layout.hit(*layout.middle(area, row, column)) == (area, row, column)
                assert layout.has(area, row, column)
        assert not layout.has(area, block.rows, 0)
        assert not layout.has(area, 0, block.columns)
    assert layout.hit(1, 1) is None
    assert layout.hit(-5, 50) is None
    assert layout.hit(layout.width + 5, 50) is None


def test_a_larger_draft_is_cut_where_cells_would_vanish():
    weave = Weave.of(pattern("twill22").repeated(1000, 2000))
    layout = lay_out(weave, 900, 700, yarns=2)
    assert layout.cell == canvas.SMALLEST_CELL
    assert layout.width <= 900
    assert layout.height <= 700
    assert sheet(weave, layout, COLORS, "COLOR", 0).shape == (layout.height, layout.width, 3)


def pixel(weave: Weave, area: str, row: int, column: int, view: str = "COLOR") -> list[float]:
    layout = lay_out(weave, 900, 700, yarns=3)
    x, y = layout.middle(area, row, column)
    return sheet(weave, layout, COLORS, view, 0)[int(y), int(x)].tolist()


def test_the_picture_shows_each_cell():
    for end in range(4):
        for shaft in range(4):
            assert pixel(TWILL, "threading", shaft, end) == pytest.approx(INK if end == shaft else PAPER)
    for pick in range(4):
        for treadle in range(4):
            pressed = TWILL.draft.treadling[pick, treadle]
            assert pixel(TWILL, "lifting", pick, treadle) == pytest.approx(INK if pressed else PAPER)
            tied = TWILL.draft.tie_up[pick, treadle]
            assert pixel(TWILL, "tie_up", pick, treadle) == pytest.approx(INK if tied else PAPER)
    for pick in range(4):
        for end in range(4):
            top = [1, 0, 0] if TWILL.draft.drawdown[pick, end] else [0, 0, 1]
            assert pixel(TWILL, "drawdown", pick, end) == top
    assert pixel(TWILL, "end_yarns", 0, 1) == [1, 0, 0]
    assert pixel(TWILL, "pick_yarns", 3, 0) == [0, 0, 1]
    assert pixel(TWILL, "palette", 0, 2) == [0, 1, 0]


def test_the_brush_is_framed():
    layout = lay_out(TWILL, 900, 700, yarns=3)
    block = layout.blocks["palette"]
    corner = sheet(TWILL, layout, COLORS, "COLOR", 1)[block.top, block.left + block.width]
    assert corner == pytest.approx(canvas.RING)


def test_without_yarns_there_is_still_a_sheet():
    layout = lay_out(TWILL, 900, 700, yarns=0)
    assert sheet(TWILL, layout, (), "COLOR", 0).shape == (layout.height, layout.width, 3)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("threading", 1, 2), "End 3, shaft 2"),
        (("tie_up", 1, 2), "Treadle 3, shaft 2"),
        (("lifting", 1, 2), "Pick 2, treadle 3"),
        (("drawdown", 0, 0), "End 1, pick 1: end on top"),
        (("end_yarns", 0, 1), "End 2: red"),
        (("pick_yarns", 1, 0), "Pick 2: a yarn that is gone"),
        (("palette", 0, 0), "Paint with red"),
        (("close", 0, 0), "Close the editor"),
    ],
)
def test_words_for_what_is_under_the_mouse(place, words):
    assert describe(TWILL, place, ("red",)) == words


def test_lift_plans_have_shafts_beside_the_cloth():
    assert describe(edits.to_lift_plan(TWILL), ("lifting", 0, 0), ()) == "Pick 1, shaft 1"


def test_the_largest_sheet_is_drawn_while_one_drags():
    weave = largest()
    layout = lay_out(weave, 1300, 900, yarns=8)
    calls, _ = calls_of(lambda: sheet(weave, layout, COLORS, "INTERLACEMENT", 0))
    assert calls < 1000  # about 300, and 0.03 s on one idle core: nothing is done for each of the 4096 cells
