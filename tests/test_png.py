import struct
import zlib

import numpy as np
import pytest

from warp_fabric.errors import PictureError
from warp_fabric.png import encode_png, write_pixels


def decode(content: bytes) -> np.ndarray:
    """uint8[height, width, 3] of a PNG whose lines are differences to the left, checking every chunk."""
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
    assert (lines[:, 0] == 1).all()
    return np.cumsum(lines[:, 1:].reshape(height, width, 3), axis=1, dtype=np.uint8)


def test_png_holds_the_pixels(tmp_path):
    image = np.random.default_rng(1).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(decode(encode_png(image)), image)
    assert write_pixels(tmp_path / "a.PNG", image).read_bytes() == encode_png(image)


@pytest.mark.parametrize("name", ["cloth.jpg", "nowhere/cloth.png", "folder.png", "nul\0.png"])
def test_pictures_that_cannot_be_written(tmp_path, name):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PictureError) as caught:
        write_pixels(tmp_path / name, np.zeros((2, 2, 3), np.uint8))
    assert caught.value.fix
    assert ".tmp" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]
