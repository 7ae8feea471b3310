"""Pictures in which one sees yarns interlace: lit, shaded tubes of the yarns' true radii, written as PNG.

Drawn by the package's own ray tracer (`tracer`), which needs no display, graphics driver or further library.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.atomic import replacing
from warp_fabric.errors import PictureError
from warp_fabric.fabric import Fabric
from warp_fabric.geometry import arc_lengths, centre_lines

if TYPE_CHECKING:
    from warp_fabric.tracer import Camera, Light, Tubes
    from warp_fabric.trajectory import Trajectory

Array = NDArray[np.float64]

VIEWS = ("three-quarter", "top")
_LARGEST = 16384  # pixels a side
_OVERHANG = 0.5  # loose yarn drawn past the border crossings, in spacings
_LENS = float(np.tan(np.radians(11.0)))  # tangent of half the field of view, along the longer side
_MARGIN = 1.06


def render(
    source: Trajectory | Fabric,
    path: str | os.PathLike,
    frame: int = -1,
    *,
    position: Array | None = None,
    size: tuple[int, int] = (1600, 1200),
    samples_per_crossing: int = 8,
    view: str = "three-quarter",
    zoom: float = 1.0,
    focus: tuple[int, int] | None = None,
    plies: int = 3,
    rays: int = 5,
    device: str | None = None,
) -> Path:
    """Draws a fabric's yarns and writes the picture as PNG.

    Args:
        source: A trajectory, of which `frame` is drawn, or a fabric, drawn at `position` (at rest if that is None).
        path: Where to write the picture; ends in .png.
        frame: Frame of the trajectory; negative: from its end.
        position: Crossings [m], `[picks, ends, 3]`, in place of the source's own.
        size: Width and height in pixels.
        samples_per_crossing: Samples of a yarn from one crossing to the next.
        view: "three-quarter", or "top": straight onto the side on which ends with a True drawdown lie, without
            perspective; in a flat cloth ends go up and picks to the right.
        zoom: 1 shows all of the cloth, 4 a quarter of that width.
        focus: Crossing `(pick, end)` in the middle of the picture; None: all of the cloth, or its middle crossing
            where `zoom` is more than 1.
        plies: Strands the yarns look twisted from; 0 for smooth yarns.
        rays: Camera rays a pixel; more is smoother and slower.
        device: Warp device; None for Warp's own choice.

    Returns:
        The path written.

    Raises:
        PictureError: Where a setting is impossible, a position not finite, or the path cannot be written.
    """
    path = Path(path)
    fabric, position = _pose(source, frame, position)
    _check(fabric, position, path, size, samples_per_crossing, view, zoom, focus, plies, rays)
    from warp_fabric.tracer import trace  # loads Warp

    unit = float(np.mean(np.concatenate([fabric.end_radius, fabric.pick_radius])))  # so that single precision is ample
    middle = position.reshape(-1, 3).mean(axis=0)
    tubes = _tubes(fabric, position, middle, unit, samples_per_crossing, plies)
    camera = _camera((position - middle) / unit, tubes.point, size, view, zoom, focus)
    pixels = _developed(trace(tubes, camera, _light(camera), size, rays, device))
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(_png(pixels))
    except OSError as error:
        fix = "give a path in a folder that exists, can be written to and has room"
        raise PictureError(f"the picture cannot be written: {error}", where=str(path), fix=fix) from error
    return path


def _pose(source: Trajectory | Fabric, frame: int, position: Array | None) -> tuple[Fabric, Array]:
    if isinstance(source, Fabric):
        return source, np.asarray(source.position if position is None else position, dtype=np.float64)
    count = len(source.position)
    if not -count <= frame < count:
        fix = f"give one from 0 to {count - 1}, or -1 for the last"
        raise PictureError(f"there is no frame {frame} among {count}", where="frame", fix=fix)
    return source.fabric, np.asarray(source.position[frame] if position is None else position, dtype=np.float64)


def _check(fabric, position, path, size, samples, view, zoom, focus, plies, rays) -> None:
    picks, ends = fabric.drawdown.shape
    inside = focus is None or (0 <= focus[0] < picks and 0 <= focus[1] < ends)
    for sound, where, what, fix in (
        (path.suffix.lower() == ".png", str(path), "pictures are written as PNG", "give a path that ends in .png"),
        (position.shape == (picks, ends, 3), "position", f"it has shape {position.shape}", f"give {(picks, ends, 3)}"),
        (np.isfinite(position).all(), "position", "it holds values that are not finite", "draw an earlier frame"),
        (all(1 <= k <= _LARGEST for k in size), "size", f"{size} pixels cannot be drawn", f"give 1 to {_LARGEST}"),
        (samples >= 1, "samples_per_crossing", f"{samples} samples make no line", "give at least 1"),
        (view in VIEWS, "view", f"there is no view {view!r}", f"give one of {', '.join(VIEWS)}"),
        (np.isfinite(zoom) and zoom > 0, "zoom", f"{zoom} is not a magnification", "give a number above 0"),
        (inside, "focus", f"there is no crossing {focus}", f"give a pick below {picks} and an end below {ends}"),
        (plies >= 0, "plies", f"a yarn of {plies} plies cannot be drawn", "give 0 for smooth yarns, or more"),
        (rays >= 1, "rays", f"{rays} rays a pixel show nothing", "give at least 1"),
    ):
        if not sound:
            raise PictureError(what, where=where, fix=fix)


def _tubes(fabric: Fabric, position: Array, middle: Array, unit: float, samples: int, plies: int) -> Tubes:
    """The yarns as tubes, with loose ends past the border; a yarn of one crossing is left out."""
    from warp_fabric.tracer import Tubes

    ends, picks = centre_lines(fabric, position, samples)
    parts: dict[str, list[Array]] = {k: [] for k in ("point", "tangent", "frame", "length", "radius", "color")}
    segments, count = [], 0
    for lines, radius, color, yarns in (
        (ends, fabric.end_radius, fabric.end_color, fabric.pick_count),
        (picks, fabric.pick_radius, fabric.pick_color, fabric.end_count),
    ):
        if yarns == 1:
            continue
        lines = (lines - middle) / unit
        first, last = lines[:, :1], lines[:, -1:]
        reach = _OVERHANG * samples
        lines = np.concatenate(
            [first + reach * (first - lines[:, 1:2]), lines, last + reach * (last - lines[:, -2:-1])], axis=1
        )
        tangent = _unit(np.gradient(lines, axis=1))
        number = lines.shape[1]
        parts["point"].append(lines.reshape(-1, 3))
        parts["tangent"].append(tangent.reshape(-1, 3))
        parts["frame"].append(_untwisted(tangent).reshape(-1, 3))
        parts["length"].append(arc_lengths(lines).ravel())
        parts["radius"].append(np.repeat(np.asarray(radius) / unit, number))
        parts["color"].append(np.repeat(_linear(np.asarray(color)), number, axis=0))
        index = count + np.arange(lines.shape[0] * number).reshape(-1, number)
        segments.append(index[:, :-1].ravel())
        count += index.size
    if not segments:
        raise PictureError("one crossing is no yarn", where="fabric", fix="draw a fabric of at least 2 ends or picks")
    return Tubes(
        **{name: np.concatenate(arrays) for name, arrays in parts.items()},
        segment=np.concatenate(segments),
        plies=plies,
    )


def _untwisted(tangent: Array) -> Array:
    """Unit vectors across each line that do not turn about it, `[lines, samples, 3]`, from its unit tangents."""
    frame = np.empty_like(tangent)
    helper = np.eye(3)[np.argmin(np.abs(tangent[:, 0]), axis=-1)]
    across = helper
    for k in range(tangent.shape[1]):
        across = _unit(across - np.sum(across * tangent[:, k], axis=-1, keepdims=True) * tangent[:, k])
        frame[:, k] = across
    return frame


def _camera(
    position: Array, points: Array, size: tuple[int, int], view: str, zoom: float, focus: tuple[int, int] | None
) -> Camera:
    """A camera before the cloth that sees all `points` when `zoom` is 1."""
    from warp_fabric.tracer import Camera

    face, over = _facing(position)
    across = np.cross(over, face)
    lying = abs(face[2]) > 0.8
    if view == "top":
        back, up = face, over
    elif lying:
        back, up = _unit(0.8 * face - 0.62 * over + 0.24 * across), face
    else:
        back, up = _unit(face - 0.48 * across + 0.16 * over), over
    right = _unit(np.cross(up, back))
    up = np.cross(back, right)
    seen = points @ np.stack([right, up, back], axis=1)
    shape = np.array(size) / max(size)
    middle = 0.5 * (seen.min(axis=0) + seen.max(axis=0))
    tall = seen[:, 2].max() + 1.0
    if view == "top":
        spread, reach = np.zeros(2), np.max(np.abs(seen[:, :2] - middle[:2]) / shape) * _MARGIN
        shift, distance = reach * shape / zoom, tall - middle[2] + reach
    else:
        spread, shift = _LENS * shape, np.zeros(2)
        for _ in range(4):  # nearer parts look larger: centre what is seen, step back until all is in the picture
            offset = seen - middle
            distance = np.max(offset[:, 2] + np.max(np.abs(offset[:, :2]) / spread, axis=1) * _MARGIN)
            drawn = offset[:, :2] / (distance - offset[:, 2:])
            middle[:2] += 0.5 * (drawn.min(axis=0) + drawn.max(axis=0)) * distance
        spread = spread / zoom
    if focus is not None or zoom > 1.0:
        target = position[focus or (position.shape[0] // 2, position.shape[1] // 2)]
        middle[:2] = (target @ np.stack([right, up, back], axis=1))[:2]
        if view != "top":
            middle[2] = target @ back
            distance = max(distance, tall - middle[2])
    eye = middle[0] * right + middle[1] * up + (middle[2] + distance) * back
    return Camera(eye, right, up, -back, (float(shift[0]), float(shift[1])), (float(spread[0]), float(spread[1])))


def _facing(position: Array) -> tuple[Array, Array]:
    """Unit vectors: where the cloth faces on average, and what is upwards in it (at right angles)."""
    normals = np.zeros((1, 3))
    if min(position.shape[:2]) > 1:
        diagonals = position[1:, 1:] - position[:-1, :-1], position[1:, :-1] - position[:-1, 1:]
        normals = np.cross(*diagonals).reshape(-1, 3)
    face = normals.sum(axis=0)
    if np.linalg.norm(face) <= 0.05 * np.linalg.norm(normals, axis=1).sum():  # folded up, or a single yarn
        offset = position.reshape(-1, 3) - position.reshape(-1, 3).mean(axis=0)
        face = np.linalg.svd(offset.T @ offset)[0][:, 2]
    face = _unit(face)
    if face[2] < -0.8:
        face = -face  # a lying cloth is seen from above
    along = position[-1].mean(axis=0) - position[0].mean(axis=0)
    over = np.array([0.0, 0.0, 1.0]) if abs(face[2]) <= 0.8 else along
    over = over - (over @ face) * face
    if np.linalg.norm(over) <= 1e-9 * np.linalg.norm(along):
        over = np.cross(face, [1.0, 0.0, 0.0])
    return face, _unit(over)


def _light(camera: Camera) -> Light:
    """Three lights that stand with the camera: the main one from the upper left."""
    from warp_fabric.tracer import Light

    axes = np.stack([camera.right, camera.up, -camera.forward])
    towards: Array = np.array([(-0.62, 0.62, 0.55), (0.9, 0.1, 0.5), (0.35, 0.7, -0.6)]).dot(axes)
    key, fill, rim = (_unit(each) for each in towards)
    return Light(key, fill, rim, camera.up)


def _developed(traced: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The traced picture before a plain backdrop, as sRGB bytes."""
    height, width = traced.shape[:2]
    v, u = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
    shade = 0.80 - 0.10 * v - 0.16 * (u**2 + v**2) / 2.0
    backdrop = shade[..., None] * np.array([0.96, 0.98, 1.0])
    linear = traced[..., :3] + (1.0 - traced[..., 3:]) * backdrop
    knee = 0.6  # bright parts bend towards white in place of clipping
    linear = np.where(linear > knee, 1.0 - (1.0 - knee) * np.exp(-(linear - knee) / (1.0 - knee)), linear)
    linear = np.clip(linear, 0.0, 1.0)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(255.0 * coded).astype(np.uint8)


def _linear(color: Array) -> Array:
    """Linear RGB of sRGB colours."""
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """uint8 `[height, width, 3]` as a PNG file."""
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


def _unit(vector: Array) -> Array:
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return vector / np.maximum(length, np.finfo(float).tiny)
