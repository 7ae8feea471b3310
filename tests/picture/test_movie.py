"""Movies and sheets: the frames asked for, from one camera, as fast as the cloth."""

import numpy as np
import pytest
from drawn_cloth import decoded, is_blue, is_red, run_of, woven

from warp_fabric.errors import PictureError
from warp_fabric.picture import film
from warp_fabric.picture.caption import caption
from warp_fabric.picture.movie import CAPTION, GAP, _chosen, _rate
from warp_fabric.picture.still import Portrait

QUICK = {"size": (80, 60), "rays": 1, "samples_per_crossing": 3}


def falling(frames: int = 9, seconds: float = 0.2):
    """A run that falls; of a cloth of cotton's colours."""
    fabric = woven(np.indices((4, 5)).sum(0) % 2 == 0, "hanging")
    time = np.linspace(0.0, seconds, frames)
    down = 0.05 * time[:, None, None, None] * np.array([0.0, 0.0, -1.0])
    return run_of(fabric, fabric.position + down, time)


def test_a_sheet_has_a_picture_a_frame(tmp_path):
    done = []
    film(falling(), tmp_path / "sheet.png", slice(0, -1, 2), progress=lambda *counts: done.append(counts), **QUICK)
    sheet = decoded(tmp_path / "sheet.png")
    below = CAPTION[0]
    assert sheet.shape == (2 * (60 + below) + GAP, 3 * 80 + 2 * GAP, 3)
    assert done == [(k, 5) for k in range(1, 6)]
    tiles = [sheet[(60 + below + GAP) * (k // 3) :][: 60 + below, (80 + GAP) * (k % 3) :][:, :80] for k in range(6)]
    for tile, time in zip(tiles, ("0.00 s", "0.05 s", "0.10 s", "0.15 s", "0.20 s")):
        np.testing.assert_array_equal(tile[60:], caption(time, 80, below))
    tiles = [tile[:60] for tile in tiles]
    heights = [np.flatnonzero((is_red(tile) | is_blue(tile)).any(axis=1)).mean() for tile in tiles[:5]]
    assert (np.diff(heights) > 1).all()  # the camera stands still
    assert (tiles[5] == 255).all()
    assert heights[0] > 5
    assert heights[-1] < 55


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_an_animation_runs_as_fast_as_the_cloth(tmp_path, suffix):
    images = pytest.importorskip("PIL.Image")
    film(falling(5), tmp_path / f"run{suffix}", **QUICK)
    movie = images.open(tmp_path / f"run{suffix}")
    assert movie.n_frames == 5
    movie.seek(2)
    movie.load()
    assert movie.info["duration"] == 50
    pixels = np.array(movie.convert("RGB"))
    assert is_red(pixels).any()


def test_an_mp4_has_every_frame(tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    film(falling(5), tmp_path / "run.mp4", **QUICK)
    count, seconds = ffmpeg.count_frames_and_secs(str(tmp_path / "run.mp4"))
    assert count == 5
    assert seconds == pytest.approx(5 / 20, abs=0.01)
    reader = ffmpeg.read_frames(str(tmp_path / "run.mp4"))
    assert next(reader)["size"] == (80, 60)
    assert is_red(np.frombuffer(next(reader), np.uint8).reshape(60, 80, 3)).any()


@pytest.mark.parametrize("drawn", [0, 1])
def test_an_interrupted_movie_leaves_nothing_behind(tmp_path, monkeypatch, capfd, caplog, drawn):
    pytest.importorskip("imageio_ffmpeg")
    pictures = iter([np.zeros((60, 80, 3), np.uint8)] * drawn)

    def draw(*_arguments):
        try:
            return next(pictures)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(Portrait, "draw", draw)
    with pytest.raises(KeyboardInterrupt):
        film(falling(5), tmp_path / "run.mp4", **QUICK)
    assert capfd.readouterr().err == ""
    assert caplog.text == ""
    assert list(tmp_path.iterdir()) == []


def test_frames_that_no_eye_needs_are_left_out():
    run = falling(frames=1001, seconds=1.0)
    movie, sheet = _chosen(run, None, False), _chosen(run, None, True)
    assert 24 <= len(movie) <= 31
    assert 9 <= len(sheet) <= 13
    assert _rate(run, movie) == pytest.approx(1000 / movie.step)
    assert list(_chosen(run, slice(998, -1, 1), False)) == [998, 999, 1000]


@pytest.mark.parametrize(
    ("where", "path", "frames"),
    [
        ("frames", "a.png", slice(5, 2)),
        ("frames", "a.gif", slice(0, 3, 0)),
        ("frame", "a.png", slice(0, 99)),
        ("frames", "a.png", slice(0, 8, 1)),
    ],
)
def test_impossible_frames_are_named(tmp_path, where, path, frames):
    size = {"size": (6000, 10)} if frames == slice(0, 8, 1) else {}
    with pytest.raises(PictureError) as caught:
        film(falling(), tmp_path / path, frames, **{**QUICK, **size})
    assert caught.value.where == where
    assert caught.value.fix
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["run.avi", "missing/run.gif", "odd.mp4"])
def test_what_cannot_be_written_is_told_first(tmp_path, name):
    if name == "odd.mp4":
        pytest.importorskip("imageio_ffmpeg")
    with pytest.raises(PictureError) as caught:
        film(falling(), tmp_path / name, **{**QUICK, "size": (81, 60)})
    assert caught.value.fix
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(PictureError, match="imageio_ffmpeg") as caught:
        film(falling(), tmp_path / "run.mp4", **QUICK)
    assert "warp-fabric[movie]" in caught.value.fix
