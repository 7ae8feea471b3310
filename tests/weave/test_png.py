import struct
import zlib

import numpy as np
import pytest

from warp_fabric.errors import PictureError
from warp_fabric.weave import Draft, pattern
from warp_fabric.weave.drawing import INK, arrange
from warp_fabric.weave.png import CELL, MARGIN, SIDE, encode_png, paint, write_png


def decode(content: bytes) -> np.ndarray:
    """uint8[height, width, 3] of a PNG without filters, checking every chunk."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        data = content[place + 8 : place + 8 + length]
        assert struct.unpack(">I", content[place + 8 + length : place + 12 + length])[0] == zlib.crc32(kind + data)
        chunks[kind], place = data, place + 12 + length
    width, height, depth, color, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, color, list(chunks)) == (8, 2, [b"IHDR", b"IDAT", b"IEND"])
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, 1 + 3 * width)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(height, width, 3)


def test_png_holds_the_pixels():
    image = np.random.default_rng(1).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(decode(encode_png(image)), image)


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


@pytest.mark.parametrize(("name", "says"), [("cloth.jpg", "only PNG"), ("nowhere/cloth.png", "cannot be written")])
def test_pictures_that_cannot_be_written(tmp_path, name, says):
    with pytest.raises(PictureError, match=says) as caught:
        write_png(pattern("plain"), tmp_path / name)
    assert caught.value.fix
