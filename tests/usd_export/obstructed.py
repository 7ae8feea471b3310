"""The small cloth among obstacles of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from usd_cloth import usd_run

PATH = [[0.0, 0, 0, 0], [0.04, 0.002, 0, 0.001, 0, 0, 0], [0.1, 0.002, -0.003, 0.001, 0.3, 0.9, -0.6]]
CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) * 2e-3 + [0.103, -0.198, 0.29]
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
SAMPLES = np.array([0.0, 0.03, 0.1])
FRICTION = 0.25


def obstructed(folder: Path, frames: int = 6, **changes: Any):
    """A run with a plane, sphere, capsule and box along a path, a still mesh, and one that changes its shape."""
    rows = [f"{x} {y} {z}" for x, y, z in CORNERS]
    (folder / "still.obj").write_text(
        "".join(f"v {row}\n" for row in rows) + "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in FACES)
    )
    moving = CORNERS * (1.0 + SAMPLES[:, None, None] / 3.0)
    np.savez(folder / "moving.npz", time=SAMPLES, vertices=moving, faces=FACES)
    obstacles = [
        {"shape": "plane", "point": [0.1, -0.2, 0.28], "normal": [0.1, 0, 1], "path": PATH},
        {"shape": "sphere", "center": [0.103, -0.197, 0.294], "radius": 3e-3, "path": PATH, "friction": FRICTION},
        {
            "shape": "capsule",
            "start": [0.1, -0.2, 0.292],
            "end": [0.106, -0.2, 0.294],
            "radius": 1e-3,
            "path": [[0, 0, 0, 0], [0.1, 0, 0.1, 0.02]],
        },
        {"shape": "box", "center": [0.103, -0.197, 0.29], "size": [0.01, 0.004, 0.002], "path": PATH},
        {"shape": "mesh", "file": str(folder / "still.obj"), "thickness": 1e-4},
        {"shape": "mesh", "file": str(folder / "moving.npz")},
    ]
    return usd_run(frames, **{"obstacles": obstacles, **changes})
