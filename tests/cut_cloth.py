"""Cloth that is cut to shapes, for tests: masks of a few crossings, and scenes of all kinds of yarns."""

from __future__ import annotations

from functools import cache

import numpy as np
from sample_cloth import golden_scene
from textile_cloth import textile_scene

from warp_fabric import Scene
from warp_fabric.model import Model


def disc(size: int, hole: float = 0.0) -> np.ndarray:
    """bool[size, size]

    Args:
        hole: Diameter of a hole in its middle, in crossings.
    """
    away = np.hypot(*(np.indices((size, size)) - 0.5 * (size - 1)))
    return (away <= 0.5 * size) & (away >= 0.5 * hole)


def angle(size: int) -> np.ndarray:
    """bool[size, size], an L."""
    present = np.ones((size, size), bool)
    present[: size // 2, size // 2 :] = False
    return present


def diagonal(size: int, width: int) -> np.ndarray:
    """bool[size, size], a strip on the bias."""
    pick, end = np.indices((size, size))
    return np.abs(pick - end) <= width // 2


SHAPES = {"disc": disc(8), "ring": disc(9, 4.0), "L": angle(8), "strip": diagonal(9, 5)}


FRAYED = np.array(
    [[*map("#".__eq__, row)] for row in ("#.#######", "###.#.###", "#.###.#.#", "..#######", "###.#...#")]
)
"""Runs of yarn from one crossing to seven."""


def cut(scene: Scene, present: np.ndarray, **changes) -> Scene:
    """A scene cut to a mask; held where its first and last crossings are, unless changes (__ for the dot) say."""
    first, last = np.argwhere(present)[[0, -1]].tolist()
    picks, ends = present.shape
    size = {"fabric.picks": picks, "fabric.ends": ends, "fabric.present": present}
    given = {name.replace("__", "."): value for name, value in changes.items()}
    return scene.replace({"pins": [{"crossing": first}, {"crossing": last}]} | size | given)


def paper(present: np.ndarray, **changes) -> Scene:
    """Cut cloth of the paper's soft yarns, in twill."""
    steps = {"time.duration": 0.005, "time.frames_per_second": 1000.0}
    return cut(golden_scene("pull_twill_bdf2").replace({"pins": []} | steps), present, **changes)


def textile(yarn: str, present: np.ndarray, **changes) -> Scene:
    """Cut cloth of one of the library's yarns, in plain weave."""
    steps = {"time.duration": 0.005, "time.frames_per_second": 1000.0}
    return cut(textile_scene(yarn, present.shape).replace(steps), present, **changes)


@cache
def cut_model(device: str) -> Model:
    """Fabrics of all shapes side by side, and a whole one; shared by all tests, so leave it as it was."""
    scenes = [textile("cotton", present) for present in (*SHAPES.values(), FRAYED, np.ones((4, 6), bool))]
    return Model(scenes, device)
