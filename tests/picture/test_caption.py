"""Captions: times that can be told apart, in letters that can be read."""

import numpy as np
import pytest

from warp_fabric.picture.caption import INK, PAPER, caption, times_in_words


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([0.0], ["0 s"]),
        ([0.5], ["0.5 s"]),
        ([0.0, 1.0, 2.0], ["0 s", "1 s", "2 s"]),
        ([0.0, 0.25, 0.5], ["0.00 s", "0.25 s", "0.50 s"]),
        ([0.0, 1 / 24, 2 / 24], ["0.00 s", "0.04 s", "0.08 s"]),
        ([1.0, 1.0005, 1.001], ["1.0000 s", "1.0005 s", "1.0010 s"]),
        ([-0.5, 0.0], ["-0.5 s", "0.0 s"]),
    ],
)
def test_times_have_the_decimals_that_tell_them_apart(times, words):
    assert times_in_words(times) == words


def dark(text: str, width: int = 200, height: int = 40) -> np.ndarray:
    return caption(text, width, height)[..., 0] < 128


def test_letters_differ():
    drawn = {letter: dark(letter, 40, 40).tobytes() for letter in "0123456789.-s"}
    assert len({*drawn.values()}) == len(drawn)


def test_words_are_in_the_middle_and_whole():
    for text in ("0.25 s", "8 s", "1234567.123456789 s"):
        rows, columns = np.nonzero(dark(text))
        for found, size in ((rows, 40), (columns, 200)):
            assert found.min() > 0
            assert found.max() < size - 1
            assert abs(found.min() + found.max() + 1 - size) <= 2 + 0.05 * size


def test_letters_grow_with_the_paper():
    heights = [np.ptp(np.nonzero(dark("8", 3 * height, height))[0]) for height in (14, 40, 120)]
    assert heights == sorted(heights)
    assert heights[-1] > 0.5 * 120


def test_it_is_dark_on_white():
    drawn = caption("1", 40, 40)
    assert drawn.shape == (40, 40, 3)
    assert drawn.dtype == np.uint8
    assert (drawn.min(), drawn.max()) == (INK, PAPER)
    assert (drawn[0] == PAPER).all()
