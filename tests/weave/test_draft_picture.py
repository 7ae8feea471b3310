import numpy as np
import pytest

from warp_fabric.errors import PictureError
from warp_fabric.weave import Draft, pattern
from warp_fabric.weave.draft_picture import CELL, MARGIN, SIDE, paint, write_png
from warp_fabric.weave.drawing import INK, arrange


def test_matplotlib_reads_it(tmp_path):
    image = pytest.importorskip("matplotlib.image")
    write_png(pattern("houndstooth"), tmp_path / "cloth.png")
    sheet = arrange(pattern("houndstooth"), 99, 99)
    read = (image.imread(tmp_path / "cloth.png")[..., :3] * 255).round().astype(np.uint8)
    np.testing.assert_array_equal(read, paint(sheet))


def test_the_cloth_shows_the_yarn_on_top_and_the_threading_its_marks():
    draft = Draft.from_lists([1, 2], [1, 2], [1, 2], end_colors=["#ff0000"] * 2, pick_colors=["#0000ff"] * 2)
    sheet = arrange(draft, 4, 4)
    image = paint(sheet).astype(int)
    for block in sheet.blocks:
        for (row, column), mark in np.ndenumerate(block.marks):
            red, _, blue = image[
                MARGIN + (block.row + row) * CELL + CELL // 2, MARGIN + (block.column + column) * CELL + CELL // 2
            ]
            if block.kind == "drawdown":
                assert (red > 200 > blue) if mark else (blue > 200 > red)
            elif block.kind == "threading":
                assert (red == INK[0]) if mark else (red > 200)


def test_a_yarn_darkens_where_it_dips_under():
    sheet = arrange(Draft.from_lists([1, 2], [1, 2], [1, 2, 2, 1]), 2, 4)  # plain weave with doubled picks
    block = sheet.blocks[0]
    top, left = MARGIN + block.row * CELL, MARGIN + block.column * CELL
    end = paint(sheet)[top : top + 3 * CELL, left + CELL + CELL // 2].astype(int).sum(axis=1)  # end 2: up in 2 and 3
    assert end[CELL] < end[CELL + CELL // 2]  # it comes up from under pick 1
    assert abs(end[2 * CELL - 1] - end[2 * CELL]) < 5  # and lies on picks 2 and 3 as one float


def test_large_drafts_stay_bounded():
    image = paint(arrange(pattern("satin8").repeated(2000, 2000), 480, 480))
    assert max(image.shape) <= SIDE + 2 * MARGIN + 2


@pytest.mark.parametrize(
    ("name", "says"), [("cloth.jpg", "written as PNG"), ("nowhere/cloth.png", "cannot be written")]
)
def test_pictures_that_cannot_be_written(tmp_path, name, says):
    with pytest.raises(PictureError, match=says) as caught:
        write_png(pattern("plain"), tmp_path / name)
    assert caught.value.fix
