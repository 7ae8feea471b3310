import io
from dataclasses import replace

import numpy as np
import pytest
from rich.color import Color
from rich.console import Console

from warp_fabric.weave import Draft, pattern
from warp_fabric.weave.drawing import INK, PAPER, SMALL, arrange, show, terminal_text


def printed(draft: Draft, width: int = 80, **options) -> str:
    console = Console(file=io.StringIO(), width=width, **options)
    show(draft, console)
    return console.file.getvalue()


def blocks(sheet):
    return {block.kind: block for block in sheet.blocks}


def test_the_sheet_is_laid_out_as_weaving_software_does():
    draft = pattern("herringbone")
    sheet = arrange(draft, 80, 80)
    part = blocks(sheet)
    assert (sheet.draft.end_count, sheet.draft.pick_count) == (32, 24)
    np.testing.assert_array_equal(part["drawdown"].marks, draft.repeated(24, 32).drawdown)
    # shaft 1 is the threading's lowest row, and the tie-up's
    np.testing.assert_array_equal(part["threading"].marks[-1], sheet.draft.threading == 1)
    np.testing.assert_array_equal(part["tie-up"].marks[-1], draft.tie_up[0])
    np.testing.assert_array_equal(part["treadling"].marks, sheet.draft.treadling)
    assert part["threading"].column == part["drawdown"].column == part["end colours"].column
    assert part["treadling"].row == part["drawdown"].row == part["pick colours"].row
    assert (part["tie-up"].row, part["tie-up"].column) == (part["threading"].row, part["treadling"].column)


@pytest.mark.parametrize("name", ["herringbone", "satin8", "houndstooth"])
@pytest.mark.parametrize("columns", [None, 12, 20, 40])
def test_blocks_lie_on_the_sheet_and_apart(name, columns):
    sheet = arrange(pattern(name), 60, 60, columns)
    taken = np.zeros((sheet.rows, sheet.columns), dtype=int)
    for block in sheet.blocks:
        height, width = block.marks.shape
        assert block.row + height <= sheet.rows
        assert block.column + width <= sheet.columns
        taken[block.row : block.row + height, block.column : block.column + width] += 1
    assert taken.max() == 1
    assert columns is None or sheet.columns <= columns


def test_small_drafts_are_repeated_whole_and_large_ones_cut():
    sheet = arrange(pattern("satin5"), 80, 80)
    assert sheet.draft.end_count % 5 == 0
    assert SMALL <= sheet.draft.end_count < SMALL + 5
    sheet = arrange(pattern("satin5").repeated(200, 300), 80, 70)
    assert (sheet.draft.end_count, sheet.draft.pick_count) == (80, 70)


def test_a_lift_plan_stands_where_the_treadling_would_and_many_shafts_are_left_out():
    part = blocks(arrange(pattern("waffle").with_lift_plan(), 80, 80))
    np.testing.assert_array_equal(part["treadling"].marks[:8], pattern("waffle").raised)
    assert "tie-up" not in part
    part = blocks(arrange(pattern("satin41"), 80, 80))
    assert set(part) == {"drawdown", "end colours", "pick colours"}


def test_cells_have_the_colour_of_the_yarn_on_top():
    draft = Draft.from_lists([1, 2], [1, 2], [1, 2], end_colors=["#ff0000", "#00ff00"], pick_colors=["#0000ff"] * 2)
    colors = blocks(arrange(draft, 2, 2))["drawdown"].colors
    assert colors.tolist() == [[[255, 0, 0], [0, 0, 255]], [[0, 0, 255], [0, 255, 0]]]


def test_two_cells_a_character():
    draft = Draft.from_lists([1, 2], [1, 2], [1, 2], end_colors=["#ff0000"] * 2, pick_colors=["#0000ff"] * 2)
    sheet = arrange(draft, 2, 2)  # threading 2 rows, gap, colours, gap, drawdown 2 rows, and one to make it even
    text = terminal_text(sheet)
    lines = text.plain.split("\n")
    assert len(lines) == 4
    assert lines[0][2:4] == "▀▀"
    style = text.get_style_at_offset(Console(), text.plain.index("▀"))
    assert style.color == Color.from_rgb(*PAPER[0].tolist())  # shaft 2, end 1: not threaded
    assert style.bgcolor == Color.from_rgb(*INK.tolist())  # shaft 1, end 1


def test_without_colours_marks_alone_are_drawn():
    text = terminal_text(arrange(pattern("plain"), 4, 4), color=False)
    lines = [line[2:6] for line in text.plain.split("\n")]
    # threading; the gap and the end colours; the gap and pick 1; picks 2 and 3; pick 4
    assert lines == ["▄▀▄▀", "▄▄▄▄", "▄ ▄ ", "▄▀▄▀", " ▀ ▀"]


def test_show_prints_drawing_and_analysis():
    text = printed(pattern("herringbone"))
    assert "herringbone  16 ends x 4 picks, 4 shafts, 4 treadles" in text
    assert "longest float  ends 2, picks 2" in text
    assert "drawn: 32 ends x 24 picks" in text
    assert "▀" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_show_says_that_a_cloth_falls_apart():
    double = Draft.from_drawdown([[1, 0, 0, 0], [1, 1, 1, 0], [0, 0, 1, 0], [1, 0, 1, 1]])
    text = printed(double)
    assert "falls apart into 2 layers" in text
    assert "cloth: ends 2, 4, picks 2, 4" in text


@pytest.mark.parametrize("width", [12, 20, 60])
def test_show_fits_a_narrow_terminal(width):
    draft = replace(pattern("satin8").repeated(300, 300), name="[bold]big[/x]")
    text = printed(draft, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "[bold]" in text
    assert "drawn: the first" in " ".join(text.split())


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_show_gets_by_with_ascii_where_the_output_knows_no_blocks(encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    show(replace(pattern("plain"), name="ぬの"), Console(file=stream, width=80))
    stream.flush()
    text = stream.buffer.getvalue().decode("ascii")
    assert "??  2 ends x 2 picks" in text
    assert ".'.'.'" in text
