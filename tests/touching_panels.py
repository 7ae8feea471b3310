"""Two cloths one over the other, for tests of what panels do to each other."""

from __future__ import annotations

import numpy as np

from warp_fabric import Scene
from warp_fabric.yarn import library_entry

SPACING = {"cotton": 3.8e-4, "paper-yarn-1": 1.9e-3}
"""m, of setts in which crossing beads meet."""
FRICTION = {
    "sticks": {"friction": 3.0, "slip_speed": 2.0},
    "slips": {"friction": 0.03, "slip_speed": 1e-3},
}
GRIDS = {"below": (4, 3), "above": (3, 4)}
STEP = 1e-3
NAMES = tuple(GRIDS)


def touching_panels(
    yarn: str = "cotton", friction: str = "sticks", integrator: str = "bdf2", steps: int = 3, **changes
) -> Scene:
    """A cloth held by two corners, one of which moves, on a ball; another, crimped otherwise, falls on it. Changes by
    dotted key where __ stands for the dot."""
    length, (picks, ends) = SPACING[yarn], GRIDS["below"]
    text = f"""
    [fabric]
    end_spacing = {length}
    pick_spacing = {length}
    end_yarns = ["yarn"]
    pick_yarns = ["yarn"]
    end_crimp = 0.03
    pick_crimp = 0.05

    [[panels]]
    name = "below"
    picks = {picks}
    ends = {ends}
    crimp_set = 0.6

    [[panels]]
    name = "above"
    picks = {GRIDS["above"][0]}
    ends = {GRIDS["above"][1]}
    end_crimp = 0.04
    pick_crimp = 0.02
    rotation = [0.0, 2.0, 20.0]

    [yarns.yarn]
    library = "{yarn}"

    [time]
    duration = {steps * STEP}
    step = {STEP}
    frames_per_second = {1.0 / STEP}
    integrator = "{integrator}"

    [solver]
    tolerance = 1e-13
    """
    scene = Scene.from_toml(text)
    touch = 4.0 * scene.yarns["yarn"].radius
    ways = {0.0: [0.0, 0.0, 0.0], 0.0027: [-0.1, 0.05, 0.1], 0.1: [-3.0, 2.0, 1.0]}
    moved = [[time, *(length * np.array(way)).tolist()] for time, way in ways.items()]
    ball = {"shape": "sphere", "radius": 2.0 * length, "thickness": 0.05 * length}
    ball["center"] = [1.1 * length, 1.4 * length, -2.05 * length - 0.45 * touch]
    given = {
        "yarns.yarn.cohesion": 1.2,
        "panels.above.origin": [0.2 * length, 0.1 * length, 0.9 * touch],
        "environment.gravity": [1.0, 2.0, -90.0],
        "pins": [
            {"panel": "above", "crossing": [2, 3], "stiffness": 50.0},
            {"panel": "below", "crossing": [0, 0], "path": moved},
            {"panel": "below", "crossing": [picks - 1, ends - 1]},
        ],
        "collision": {"stiffness": 40.0} | FRICTION[friction],
        "obstacles": [ball],
    }
    return scene.replace(given | {name.replace("__", "."): value for name, value in changes.items()})


def slip(scene: Scene, velocity: np.ndarray) -> float:
    """How fast the upper cloth goes along the lower one in the end, in slip speeds; of velocities [T, crossings, 3]."""
    count = GRIDS["below"][0] * GRIDS["below"][1]
    below, above = velocity[-1, :count].mean(axis=0), velocity[-1, count:].mean(axis=0)
    return float(np.linalg.norm((above - below)[:2])) / scene.collision.slip_speed


def lying_panels(yarn: str = "cotton", size: int = 5, **changes) -> Scene:
    """A cloth held by four corners that sags onto a ball, and another, held by three and turned, that lies on it; its
    equilibrium is to be found. Changes as above."""
    length, end = SPACING[yarn], size - 1
    radius = library_entry(yarn).yarn.radius
    corners = {"below": [(0, 0), (0, end), (end, 0), (end, end)], "above": [(0, 0), (0, end), (end, 0)]}
    middle = 0.5 * end * length
    ball = {"shape": "sphere", "center": [middle, 1.1 * middle, -1.6 * radius - 2.0 * length]}
    ball["radius"] = 2.0 * length
    given = {
        "fabric.picks": size,
        "fabric.ends": size,
        "panels": [
            {"name": "below"},
            {"name": "above", "origin": [0.3 * length, 0.2 * length, 4.0 * radius], "rotation": [0.0, 0.0, 10.0]},
        ],
        "environment.gravity": [0.0, 0.0, -9.8],
        "pins": [{"panel": name, "crossing": each} for name, held in corners.items() for each in held],
        "collision": {"stiffness": 40.0},
        "obstacles": [ball],
        "time.integrator": "static",
        "solver.tolerance": 1e-13,
    }
    given |= {name.replace("__", "."): value for name, value in changes.items()}
    return touching_panels(yarn).replace(given)
