"""Random scenes of cloth that touches: drops, pushes, pinches, folds, heaps and wind, each by its number.

Obstacles are thicker than they, or the cloth towards them, move in a step; cloth begins clear of everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warp_fabric import Scene
from warp_fabric.yarn import library_entry

SCENES = 200
YARNS = ("cotton", "wool", "silk", "linen", "paper-yarn-1")
CRIMPS = ({}, {}, {"fabric.crimp": "touching"}, {"fabric.end_crimp": 0.05, "fabric.pick_crimp": 0.07})
WEAVES = ("plain", "plain", "twill22", "satin5")
SIZES = (12, 40)
STEPS = (30, 60)
FASTEST = 3.0
"""m/s, that cloth falls with at first."""


@dataclass
class RandomScene:
    """A scene, and with what velocity [3] m/s all of its cloth begins.

    Attributes:
        kind: Of `KINDS`, by name. words: What it is, in a line.
    """

    scene: Scene
    velocity: np.ndarray
    kind: str
    words: str


@dataclass
class Draw:
    """What a scene is drawn from: its random numbers, and cloth to fill in.

    Attributes:
        width, depth: m, of the cloth along its picks and its ends. touch: m, radius of a crossing's bead.
        mass: kg, of a crossing. rate: steps a second. folder: for mesh files.
    """

    random: np.random.Generator
    picks: int
    ends: int
    width: float
    depth: float
    touch: float
    mass: float
    rate: float
    duration: float
    folder: Path

    def between(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    def pick(self, choices):
        return choices[self.random.integers(len(choices))]


def random_scene(number: int, folder: Path, sizes=SIZES, steps=STEPS) -> RandomScene:
    """A scene by its number.

    Args:
        folder: For the files of its meshes. sizes: Least and most yarns each way. steps: Least and most steps.
    """
    random = np.random.default_rng(number)
    picks, ends = (int(each) for each in np.exp(random.uniform(*np.log(sizes), size=2)).round())
    yarn, crimp = YARNS[random.integers(len(YARNS))], CRIMPS[random.integers(len(CRIMPS))]
    spacing = library_entry(yarn).spacing * random.choice([1.0, 1.15])
    rate, count = (240, 1000)[random.integers(2)], int(random.integers(steps[0], steps[1] + 1))
    integrator = ("bdf2", "euler")[random.integers(2)]
    touch = 2.0 * library_entry(yarn).yarn.radius
    mass = 2.0 * library_entry(yarn).yarn.linear_density * spacing
    width, depth = (ends - 1) * spacing, (picks - 1) * spacing
    draw = Draw(random, picks, ends, width, depth, touch, mass, rate, count / rate, folder)
    kind = KINDS[number % len(KINDS)]
    changes = kind(draw)
    velocity = np.array(changes.pop("velocity", (0.0, 0.0, 0.0)))
    text = f"""
    [fabric]
    ends = {ends}
    picks = {picks}
    end_spacing = {spacing}
    pick_spacing = {spacing}
    end_yarns = ["yarn"]
    pick_yarns = ["yarn"]
    weave = "{WEAVES[random.integers(len(WEAVES))]}"

    [yarns.yarn]
    library = "{yarn}"

    [collision]
    friction = {random.choice([0.0, 0.3, 0.6])}

    [time]
    duration = {count / rate!r}
    step = {1.0 / rate!r}
    frames_per_second = {float(rate)!r}
    integrator = "{integrator}"
    """
    words = f"{number}: {kind.__name__}, {yarn}, {picks} x {ends}, {count} steps of 1/{rate} s, {integrator}"
    words += ", crimped" if crimp else ""
    return RandomScene(Scene.from_toml(text).replace(crimp | changes), velocity, kind.__name__, words)


def drop(draw: Draw) -> dict:
    """Flat cloth falls on a body of any shape."""
    speed = draw.between(0.5, FASTEST)
    thick = max(speed / draw.rate, 3.0 * draw.touch, draw.between(0.1, 0.4) * max(draw.width, draw.depth))
    gap = draw.touch * draw.between(1.05, 2.0) + draw.between(0.0, 2.0) * speed / draw.rate
    x, y = draw.between(0.1, 0.9) * draw.width, draw.between(0.1, 0.9) * draw.depth
    body, reach = _body(draw, draw.pick(("sphere", "capsule", "box", "mesh", "floor")), thick)
    turn = [0.0, 0.0, draw.between(-2.0, 2.0)]
    if body["shape"] == "plane":
        turn = [draw.between(-0.2, 0.2), 0.0, 0.0]
        gap += draw.depth * math.sin(abs(turn[0]))
    body["path"] = [[0.0, x, y, -gap - reach, *turn]]
    stiffness = {"collision.stiffness": max(100.0, _stopping(draw, speed))}
    return {"velocity": (0.0, 0.0, -speed), "obstacles": [body], **stiffness}


def _stopping(draw: Draw, speed: float) -> float:
    """N/m, with which a crossing at some speed comes no nearer than half its way to the core (`y = 1/2`). The default
    does so for textile yarns up to 3 m/s; a crossing of the paper's has the mass of hundreds of theirs."""
    radius = 0.5 * draw.touch
    return 0.5 * draw.mass * speed**2 / (0.25 * math.log(2.0) * radius**2)


def push(draw: Draw) -> dict:
    """A body moves into cloth that hangs by its corners, and turns about itself."""
    speed = draw.between(0.2, 1.0)
    thick = max(speed / draw.rate, 3.0 * draw.touch, draw.between(0.1, 0.3) * max(draw.width, draw.depth))
    body, reach = _body(draw, draw.pick(("sphere", "capsule", "box", "mesh")), thick)
    reach = 2.0 * reach  # in whichever way it is turned
    start = reach + 1.1 * draw.touch + draw.between(0.2, 2.0) * speed / draw.rate
    x, z = draw.between(0.2, 0.8) * draw.width, -reach - draw.between(0.1, 0.9) * draw.depth
    far = start + speed * draw.duration
    turn = [draw.between(-1.0, 1.0) for _ in range(3)]
    body["path"] = [[0.0, x, -start, z, 0.0, 0.0, 0.0], [draw.duration, x, far - 2.0 * start, z, *turn]]
    return {"fabric.pose": "hanging", "pins": _corners(draw), "obstacles": [body]}


def pinch(draw: Draw) -> dict:
    """Two bodies from both sides hold hanging cloth."""
    speed, share = draw.between(0.1, 0.5), draw.between(0.7, 0.95)
    radius = max(speed / draw.rate, 3.0 * draw.touch, draw.between(0.1, 0.3) * draw.width)
    start = 1.1 * draw.touch + speed / draw.rate
    way, bodies = start - share * draw.touch, []
    time = math.ceil(way / speed * draw.rate) / draw.rate  # bodies stop at a frame
    for side in (-1.0, 1.0):
        at = [draw.between(0.45, 0.55) * draw.width, side * (radius + start), -0.5 * draw.depth]
        path = [[0.0, 0.0, 0.0, 0.0], [time, 0.0, -side * way, 0.0]]
        bodies.append({"shape": "sphere", "center": at, "radius": radius, "path": path})
    return {"fabric.pose": "hanging", "pins": _corners(draw), "obstacles": bodies}


def fold(draw: Draw) -> dict:
    """The last ends of cloth on a floor are carried over onto the first ones."""
    width, last, speed = draw.width, draw.ends - 1, draw.between(0.3, 1.0)
    time, land = 1.5 * width / speed, draw.between(0.1, 0.4) * width
    pins = []
    for pick in range(draw.picks):
        y, rows = pick * draw.depth / (draw.picks - 1), []
        for share in np.linspace(0.0, 1.0, 13):
            angle = share * math.pi
            x = land + 0.5 * (width - land) * (1.0 + math.cos(angle))
            rows.append([time * share, x, y, 0.45 * (width - land) * math.sin(angle) + share * 1.9 * draw.touch])
        pins += [{"crossing": [pick, last], "path": rows}, {"crossing": [pick, 0]}]
    floor = {"shape": "plane", "point": [0.0, 0.0, -draw.touch], "normal": [0.0, 0.0, 1.0]}
    frames = math.ceil(1.1 * time * draw.rate)
    duration = min(frames, 2 * STEPS[1]) / draw.rate
    return {"pins": pins, "obstacles": [floor], "time.duration": duration}


def heap(draw: Draw) -> dict:
    """Cloth falls edge first on a floor that leans a little."""
    speed = draw.between(0.5, FASTEST)
    gap = 1.1 * draw.touch + draw.between(0.0, 2.0) * speed / draw.rate
    lean = [draw.between(0.0, 0.1), draw.between(-0.2, 0.2), 1.0]
    floor = {"shape": "plane", "point": [0.0, 0.0, -draw.depth - gap], "normal": lean}
    floor["point"][2] -= 0.0 if lean[0] >= 0.0 else -lean[0] * draw.width
    aside = draw.between(-0.3, 0.3)
    stiffness = {"collision.stiffness": max(100.0, _stopping(draw, FASTEST))}
    return {"fabric.pose": "hanging", "obstacles": [floor], "velocity": (0.0, aside, -speed), **stiffness}


def blow(draw: Draw) -> dict:
    """Cloth that is held along one side, or by a corner and its middle, in wind that turns."""
    pins = [{"crossing": [pick, 0]} for pick in range(draw.picks)]
    if draw.between(0.0, 1.0) < 0.5:
        pins = [{"crossing": [0, 0]}, {"crossing": [0, draw.ends // 2]}]
    wind = [draw.between(-4.0, 4.0), draw.between(3.0, 8.0), 0.0]
    times = np.arange(0.0, draw.duration + 0.02, 0.02)
    gusts = [[float(t), draw.between(-4, 4), 8.0 * (-1.0) ** k, draw.between(-3, 3)] for k, t in enumerate(times)]
    air = {"environment.wind": wind, "environment.gusts": gusts, "environment.wind_drag": 0.5}
    return {"fabric.pose": "hanging", "pins": pins, **air}


KINDS: tuple[Callable[[Draw], dict], ...] = (drop, push, pinch, fold, heap, blow, drop)


def _corners(draw: Draw) -> list[dict]:
    return [{"crossing": [0, 0]}, {"crossing": [0, draw.ends - 1]}]


def _body(draw: Draw, shape: str, thick: float) -> tuple[dict, float]:
    """A body about the origin, at least twice `thick` through, and how far it reaches upwards, m."""
    if shape == "floor":
        return {"shape": "plane", "point": [0.0, 0.0, 0.0], "normal": [0.0, 0.0, 1.0]}, 0.0
    if shape == "sphere":
        return {"shape": "sphere", "center": [0.0, 0.0, 0.0], "radius": thick}, thick
    long = thick * draw.between(1.0, 3.0)
    if shape == "capsule":
        rise = 0.3 * draw.between(-1.0, 1.0) * long
        axis = {"start": [-long, 0.0, -rise], "end": [long, 0.0, rise]}
        return {"shape": "capsule", **axis, "radius": thick}, thick + abs(rise)
    if shape == "box":
        return {"shape": "box", "center": [0.0, 0.0, 0.0], "size": [2.0 * long, 2.0 * thick, 2.0 * thick]}, thick
    return {"shape": "mesh", "file": str(_blob(draw, thick))}, 1.5 * thick


def _blob(draw: Draw, size: float) -> Path:
    """A file with a closed mesh, a ball with bumps of 1 to 1.5 times a size."""
    rings, around = 5, 8
    vertices = [[0.0, 0.0, 1.0]]
    for ring in range(1, rings):
        polar = math.pi * ring / rings
        for k in range(around):
            turn = 2.0 * math.pi * (k + 0.5 * ring) / around
            place = np.array([math.sin(polar) * math.cos(turn), math.sin(polar) * math.sin(turn), math.cos(polar)])
            vertices.append((place * draw.between(1.0, 1.5)).tolist())
    vertices.append([0.0, 0.0, -1.0])
    faces = [[0, 1 + k, 1 + (k + 1) % around] for k in range(around)]
    for ring in range(rings - 2):
        first = 1 + ring * around
        for k in range(around):
            a, b, c, d = first + k, first + (k + 1) % around, first + around + k, first + around + (k + 1) % around
            faces += [[a, c, b], [b, c, d]]
    bottom, last = len(vertices) - 1, 1 + (rings - 2) * around
    faces += [[bottom, last + (k + 1) % around, last + k] for k in range(around)]
    path = draw.folder / "blob.obj"
    lines = [f"v {x * size!r} {y * size!r} {z * size!r}" for x, y, z in vertices]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces]
    path.write_text("\n".join(lines) + "\n")
    return path
