"""Cloth in bundles, for tests and benchmarks: squares of the library's yarns that hang or lie on a table's corner."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from textile_cloth import textile_scene

from warp_fabric import Scene

Held = Callable[[int], list[tuple[int, int]]]


def corners(size: int) -> list[tuple[int, int]]:
    """Two of them."""
    return [(0, 0), (0, size - 1)]


def quarter(size: int) -> list[tuple[int, int]]:
    """As on a table's corner."""
    return [(pick, end) for pick in range(size // 2 + 1) for end in range(size // 2 + 1)]


def half(size: int) -> list[tuple[int, int]]:
    """As on a table's edge."""
    return [(pick, end) for pick in range(size) for end in range(size // 2 + 1)]


HELD: dict[str, Held] = {"corners": corners, "quarter": quarter, "half": half}
"""What of a square is held, by a name."""


def square(size: int, bundle: int | str = 1, *, yarn: str = "cotton", held: str = "corners", **changes) -> Scene:
    """A square of plain weave whose yarns do not slide, and its equilibrium; its two corners are held a little nearer
    to each other than they are, and it leans, so that it bulges to one side. Changes by dotted key where __ stands for
    the dot."""
    scene = textile_scene(yarn, (size, size))
    pins: list[dict] = [{"crossing": [*each]} for each in HELD[held](size)]
    if held == "corners":
        width = (size - 1) * scene.fabric.end_spacing
        pins[1]["path"] = [[0.0, 0.85 * width, 0.0, 0.0]]
    given = {
        "pins": pins,
        "fabric.bundle": bundle,
        "fabric.sliding": False if bundle == 1 else None,
        "fabric.pose": "hanging" if held == "corners" else "flat",
        "time.integrator": "static",
        "environment.wind_density": 0.0,
        "environment.gravity": [0.0, 1.0 if held == "corners" else 0.0, -9.8],
    }
    return scene.replace(given | {name.replace("__", "."): value for name, value in changes.items()})


def off(found: np.ndarray, exact: np.ndarray) -> float:
    """How far crossings [picks, ends, 3] are from where they should be, relative to their height."""
    return float(np.linalg.norm(found - exact, axis=-1).max() / np.ptp(exact[..., 2]))
