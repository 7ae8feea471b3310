"""Pixels as PNG files."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warp_fabric.atomic import replacing
from warp_fabric.errors import PictureError


def write_pixels(path: str | Path, pixels: NDArray[np.uint8]) -> Path:
    """Write pixels, uint8[height, width, 3], as a PNG file; the path.

    Raises:
        PictureError: Where the name does not end in .png, or the file cannot be written.
    """
    path = check_name(path)
    content = encode_png(pixels)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        fix = "give a path in a folder that exists, can be written to and has room"
        why = getattr(error, "strerror", None) or error
        raise PictureError(f"the picture cannot be written: {why}", where=str(path), fix=fix) from error
    return path


def check_name(path: str | Path) -> Path:
    """The path of a PNG file.

    Raises:
        PictureError: Where it is the name of another kind of file.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise PictureError("pictures are written as PNG", where=str(path), fix="give a path that ends in .png")
    return path


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """uint8[height, width, 3] as the bytes of a PNG file."""
    height, width = pixels.shape[:2]

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 0] = 1  # each byte as the difference to the pixel on its left, which packs better
    rows[:, 1:4] = pixels[:, 0]
    rows[:, 4:] = (pixels[:, 1:] - pixels[:, :-1]).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
