"""Many frames of a run, from one camera: a movie, or a sheet of pictures side by side."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from warp_fabric.atomic import replacing
from warp_fabric.counts import OnCount, count_progress
from warp_fabric.errors import PictureError
from warp_fabric.picture.caption import caption, times_in_words
from warp_fabric.picture.look import LARGEST, Look
from warp_fabric.picture.still import Portrait, checked_frame, seen
from warp_fabric.png import write_pixels
from warp_fabric.real_cloth import drawn

if TYPE_CHECKING:
    from warp_fabric.trajectory import Trajectory

Pixels = NDArray[np.uint8]

MOVIES = (".mp4", ".gif", ".webp")
SMOOTH = 30.0
"""Pictures a second that a movie needs; of more frames than that only some are drawn."""
GAP = 8
"""White pixels between the pictures of a sheet."""
CAPTION = 14, 0.06
"""Least height of captions, in pixels; and their height as a share of the picture's."""


def film(
    run: Trajectory,
    path: str | os.PathLike,
    frames: slice | None = None,
    *,
    progress: bool | OnCount = False,
    device: str | None = None,
    **look,
) -> Path:
    """Draws frames of a run from one camera that stands still, in a movie that runs as fast as the cloth.

    Args:
        run: The trajectory.
        path: Where to write: .png for all frames side by side on one sheet, row by row, each with its time, .mp4, .gif
            or .webp for a movie.
        frames: Which; None: all. Without a step, a movie leaves frames out where there are more than 30 a second, and a
            sheet where there are more than 12.
        progress: True shows a bar on stderr; or a function that is called with how many frames are drawn, of how many.
        device: Warp device; None for Warp's own choice.
        look: Attributes of `Look`, `size` of each picture (by default 800 x 600).

    Returns:
        The path written.

    Raises:
        PictureError: Where a setting is impossible, a package is missing, or the path cannot be written.
        SceneError: Where the mesh of an obstacle cannot be read.
    """
    path = check_kind(path)
    if not path.parent.is_dir():
        raise PictureError(f"there is no folder {path.parent}", where=str(path), fix="make it, or give another path")
    run = drawn(run)
    numbers = _chosen(run, frames, path.suffix.lower() == ".png")
    settings = Look(**{"size": (800, 600), **look})
    portrait = Portrait(run, settings, device, numbers)

    def pictures() -> Iterator[Pixels]:
        with count_progress(progress, "frame") as tell:
            for done, number in enumerate(numbers, start=1):
                yield portrait.draw(*seen(run, number), float(run.time[number]))
                tell(done, len(numbers))

    if path.suffix.lower() == ".png":
        return write_pixels(path, _sheet(pictures(), times_in_words(run.time[numbers].tolist()), settings.size))
    try:
        with replacing(path) as temporary:
            if path.suffix.lower() == ".mp4":
                _write_mp4(temporary, pictures(), _rate(run, numbers), settings.size)
            else:
                _write_animation(temporary, pictures(), _rate(run, numbers), path.suffix[1:].upper())
    except OSError as error:
        fix = "give a path in a folder that exists, can be written to and has room"
        why = getattr(error, "strerror", None) or error
        raise PictureError(f"the movie cannot be written: {why}", where=str(path), fix=fix) from error
    return path


def check_kind(path: str | os.PathLike) -> Path:
    """The path of a picture, a sheet or a movie.

    Raises:
        PictureError: Where its ending is of none of them.
    """
    path = Path(path)
    if path.suffix.lower() not in (".png", *MOVIES):
        fix = f"give a path that ends in .png for a picture or a sheet, or in {', '.join(MOVIES)} for a movie"
        raise PictureError(f"{path.suffix or 'this'} is no format that can be drawn", where=str(path), fix=fix)
    return path


def _chosen(run: Trajectory, frames: slice | None, sheet: bool) -> range:
    count = len(run.position)
    frames = frames or slice(None)
    first = 0 if frames.start is None else checked_frame(run, frames.start)
    last = count - 1 if frames.stop is None else checked_frame(run, frames.stop)
    if last < first or (frames.step is not None and frames.step < 1):
        fix = "give FIRST:LAST or FIRST:LAST:STEP, both included, as 0:24 or 0:-1:2"
        raise PictureError(f"no frame is from {first} to {last}", where="frames", fix=fix)
    step = frames.step
    if step is None:
        enough = 12 if sheet else max(1.0, SMOOTH * float(run.time[last] - run.time[first])) + 1
        step = max(1, math.ceil((last - first + 1) / enough - 1e-9))
    return range(first, last + 1, step)


def _rate(run: Trajectory, numbers: range) -> float:
    """Pictures a second at which the cloth moves as fast as it does."""
    if len(numbers) < 2:
        return 1.0
    return (len(numbers) - 1) / float(run.time[numbers[-1]] - run.time[numbers[0]])


def _sheet(pictures: Iterator[Pixels], captions: Sequence[str], size: tuple[int, int]) -> Pixels:
    """Pictures row by row, each with its caption below it."""
    count = len(captions)
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    below = max(CAPTION[0], round(CAPTION[1] * size[1]))
    step = np.array((size[1] + below + GAP, size[0] + GAP))
    height, width = np.array((rows, columns)) * step - GAP
    if max(width, height) > LARGEST:
        what = f"a sheet of {count} pictures would be {width} x {height} pixels"
        raise PictureError(what, where="frames", fix="draw fewer frames (FIRST:LAST:STEP), or a smaller size")
    sheet = np.full((height, width, 3), 255, np.uint8)
    for number, (picture, text) in enumerate(zip(pictures, captions)):
        row, column = divmod(number, columns) * step
        whole = np.concatenate([picture, caption(text, size[0], below)])
        sheet[row : row + len(whole), column : column + size[0]] = whole
    return sheet


def _write_mp4(path: Path, pictures: Iterator[Pixels], rate: float, size: tuple[int, int]) -> None:
    ffmpeg = _imported("imageio_ffmpeg")
    if size[0] % 2 or size[1] % 2:
        raise PictureError(f"{size} pixels cannot be filmed", where="size", fix="give even numbers for .mp4")
    # H.264 in a form that browsers and every player take
    options = ["-f", "mp4", "-crf", "18", "-movflags", "+faststart"]
    settings = {"codec": "libx264", "macro_block_size": 2, "quality": None, "output_params": options}
    writer = ffmpeg.write_frames(str(path), size, fps=rate, ffmpeg_log_level="error", **settings)
    writer.send(None)
    try:
        for picture in pictures:
            writer.send(np.ascontiguousarray(picture))
    except BaseException:
        with contextlib.suppress(KeyboardInterrupt, StopIteration):
            writer.throw(KeyboardInterrupt)  # ends ffmpeg at once and without a word on the movie it cannot finish
        raise
    writer.close()


def _write_animation(path: Path, pictures: Iterator[Pixels], rate: float, kind: str) -> None:
    images = _imported("PIL.Image")
    first, *rest = (images.fromarray(picture) for picture in pictures)
    settings = {"quality": 90} if kind == "WEBP" else {}
    duration = round(1000.0 / rate)
    first.save(path, format=kind, save_all=True, append_images=rest, duration=duration, loop=0, **settings)


def _imported(name: str):
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        what = f"{name.partition('.')[0]} is not installed"
        fix = "install it (pip install warp-fabric[movie]), or draw a sheet (.png)"
        raise PictureError(what, where="movies", fix=fix) from None
