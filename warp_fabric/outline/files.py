"""Outlines and masks from files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from warp_fabric.errors import SceneError
from warp_fabric.outline.dxf import read_dxf
from warp_fabric.outline.svg import read_svg


def read_outline(path: Path, unit: str | None = None, piece: str | None = None) -> list[np.ndarray]:
    """The loops of a drawing, [n, 2] each, m; see `read_svg` and `read_dxf`.

    Raises:
        SceneError: where it cannot be read or has no outline.
    """
    kind = path.suffix.lower()
    if kind not in (".svg", ".dxf"):
        raise SceneError(f"{path} is neither .svg nor .dxf", fix="give a drawing in one of these formats")
    if piece is not None and kind == ".svg":
        fix = "leave outline_piece out: every closed path of an SVG drawing counts"
        raise SceneError(f"{path} has no pieces with names", fix=fix)
    try:
        return read_svg(path, unit) if kind == ".svg" else read_dxf(path, unit, piece)
    except FileNotFoundError:
        fix = "give the path of an .svg or .dxf file, relative to the scene file"
        raise SceneError(f"there is no file {path}", fix=fix) from None
    except OSError as error:
        raise SceneError(f"{path} cannot be read: {error}", fix="give the path of an .svg or .dxf file") from error


def read_mask(path: Path) -> np.ndarray:
    """The array `present` [picks, ends] of an .npz file, as it is.

    Raises:
        SceneError: where it cannot be read.
    """
    fix = "give the path of an .npz file, relative to the scene file, with a bool array `present` [picks, ends]"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays["present"]
    except FileNotFoundError:
        raise SceneError(f"there is no file {path}", fix=fix) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, zipfile.BadZipFile) as error:
        raise SceneError(f"{path} is not a mask: {error}", fix=fix) from error
