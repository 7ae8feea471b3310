"""Impacts: what hits, pinches, folds and heaps cloth; how Newton's method gets on, and how near things come.

python -m benchmarks.impacts [--scenes fall,push,pinch,fold,flag,heap] [--yarns paper-yarn-1,cotton,wool]
    [--rates 240,1000] [--size 12] [--duration 2] [--device cpu] [--output FILE] [--seconds 3600]
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import warp_fabric as wf
from benchmarks.common import Stopwatch, arguments, machine, measure_each, numbers, table, write
from benchmarks.gaps import least_gap
from warp_fabric.initial import initial_state
from warp_fabric.scene import Scene
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.step import StepReport
from warp_fabric.yarn import library_entry

YARNS = ("paper-yarn-1", "cotton", "wool")
RATES = (240, 1000)
FALLING = {"fall": (0.0, 0.0, -3.0)}
"""m/s, with what velocity cloth begins."""
THICK = 0.0125
"""m, the least radius of a sphere that cloth falls on at 3 m/s; slower ones in proportion. Obstacles are to be thicker
than cloth moves in a step."""


def cloth(yarn: str, picks: int, ends: int, rate: float, duration: float, **changes: Any) -> Scene:
    """Cloth of a library yarn at its suggested sett, which touches itself; every step is a frame. Changes by dotted key
    where __ stands for the dot."""
    spacing = library_entry(yarn).spacing
    scene = Scene.from_toml(
        f"""
        [fabric]
        ends = {ends}
        picks = {picks}
        end_spacing = {spacing}
        pick_spacing = {spacing}
        end_yarns = ["yarn"]
        pick_yarns = ["yarn"]

        [yarns.yarn]
        library = "{yarn}"

        [collision]

        [time]
        duration = {round(duration * rate) / rate!r}
        step = {1.0 / rate!r}
        frames_per_second = {float(rate)!r}
        """
    )
    return scene.replace({name.replace("__", "."): value for name, value in changes.items()})


def fall(yarn: str, size: int, rate: float, duration: float) -> Scene:
    """Flat cloth falls at 3 m/s on a sphere, and from there into the depths."""
    width, touch = _measures(yarn, size)
    radius = max(0.4 * width, THICK)
    below = -radius - touch - 3.0 / rate
    sphere = {"shape": "sphere", "center": [0.47 * width, 0.52 * width, below], "radius": radius}
    return cloth(yarn, size, size, rate, duration, obstacles=[sphere])


def push(yarn: str, size: int, rate: float, duration: float) -> Scene:
    """A sphere pushes hanging cloth at 1 m/s, as far as it is thick, waits, and goes back."""
    width, touch = _measures(yarn, size)
    radius = max(0.3 * width, THICK / 3.0)
    away = -radius - touch - 1.0 / rate
    far = 2.0 * radius
    times = [0.0, far - away, 0.5, 0.5 + far - away]
    path = [[t, 0.0, y, 0.0] for t, y in zip(_frames(times, rate), (0.0, far - away, far - away, 0.0))]
    path += [[t + 1.0, 0.0, y, 0.0] for t, _, y, _ in path]
    center = [0.5 * width, away, -radius - 0.2 * width]
    sphere = {"shape": "sphere", "center": center, "radius": radius, "path": path}
    return cloth(yarn, size, size, rate, duration, pins=_corners(size), fabric__pose="hanging", obstacles=[sphere])


def pinch(yarn: str, size: int, rate: float, duration: float) -> Scene:
    """Two spheres come from both sides of hanging cloth, at 0.5 m/s, and hold it at half the gap of its touch; after a
    second they let go."""
    width, touch = _measures(yarn, size)
    radius, speed = max(0.3 * width, THICK / 6.0), 0.5
    start = touch + 2.0 * speed / rate
    way = start - 0.75 * touch
    times = _frames([0.0, way / speed, 1.0, 1.0 + way / speed], rate)
    spheres = []
    for side in (-1.0, 1.0):
        path = [[t, 0.0, -side * y, 0.0] for t, y in zip(times, (0.0, way, way, 0.0))]
        center = [0.5 * width, side * (radius + start), -0.6 * width]
        spheres.append({"shape": "sphere", "center": center, "radius": radius, "path": path})
    return cloth(yarn, size, size, rate, duration, pins=_corners(size), fabric__pose="hanging", obstacles=spheres)


def fold(yarn: str, size: int, rate: float, duration: float) -> Scene:
    """A strip on a floor; one end is carried over in half a second, and pressed on the part before."""
    picks, ends = max(4, size // 3), 2 * size
    width, touch = _measures(yarn, ends)
    pins = []
    for pick in range(picks):
        y = pick * width / (ends - 1)
        rows = []
        for share in np.linspace(0.0, 1.0, 13):
            angle = share * math.pi
            height = 0.3 * width * math.sin(angle) + share * 1.6 * touch
            rows.append([0.5 * share, (0.7 + 0.3 * math.cos(angle)) * width, y, height])
        pins.append({"crossing": [pick, ends - 1], "path": rows})
        pins += [{"crossing": [pick, end]} for end in (0, size)]
    floor = {"shape": "plane", "point": [0.0, 0.0, -touch], "normal": [0.0, 0.0, 1.0]}
    return cloth(yarn, picks, ends, rate, duration, pins=pins, obstacles=[floor])


def flag(yarn: str, size: int, rate: float, duration: float) -> Scene:
    """A long flag held along its middle: wind that turns from side to side blows its two halves against each other."""
    picks, ends = max(4, size // 2), 4 * size
    pins = [{"crossing": [pick, 2 * size]} for pick in range(picks)]
    gusts = [[0.05 * k, 6.0 * math.sin(2.0 * k), 12.0, math.sin(k)] for k in range(int(20 * duration) + 2)]
    air = {"environment__gusts": gusts, "environment__wind_drag": 0.5}
    return cloth(yarn, picks, ends, rate, duration, pins=pins, fabric__pose="hanging", **air)


def heap(yarn: str, size: int, rate: float, duration: float) -> Scene:
    """Cloth falls edge first onto a floor, leaning a little, and comes to lie in a heap."""
    width, touch = _measures(yarn, size)
    floor = {"shape": "plane", "point": [0.0, 0.0, -width - 2.0 * touch], "normal": [0.02, 0.1, 1.0]}
    wind = {"environment__gusts": [[0.0, 0.0, 0.5, 0.0], [0.1, 0.0, 0.0, 0.0]]}
    return cloth(yarn, size, size, rate, duration, fabric__pose="hanging", obstacles=[floor], **wind)


SCENES: dict[str, Callable[[str, int, float, float], Scene]] = {
    each.__name__: each for each in (fall, push, pinch, fold, flag, heap)
}


def _measures(yarn: str, count: int) -> tuple[float, float]:
    """Width of cloth with so many yarns and radius of its crossings' beads, m."""
    entry = library_entry(yarn)
    return (count - 1) * entry.spacing, 2.0 * entry.yarn.radius


def _corners(size: int) -> list[dict]:
    return [{"crossing": [0, 0]}, {"crossing": [0, size - 1]}]


def _frames(times: list[float], rate: float) -> list[float]:
    """Those of frames, none before the one before it: bodies turn back at frames, not within a step."""
    whole = [math.ceil(round(time * rate, 9)) / rate for time in times]
    return [max(whole[: k + 1]) for k in range(len(whole))]


@dataclass
class March:
    """How far a scene has got.

    Attributes:
        positions: [T, picks, ends, 3] m, at the start and after each step. times: [T] s.
        reports: of the steps. failure: what went wrong in the next step, if it did. seconds: what the steps took.
    """

    positions: np.ndarray
    times: np.ndarray
    reports: list[StepReport]
    failure: str
    seconds: float


def march(scene: Scene, velocity: Sequence[float] = (0.0, 0.0, 0.0), device: str = "cpu") -> March:
    """Simulate to the end, or until a step fails; all of the cloth has the given velocity, m/s, at the start."""
    initial, watch = initial_state(scene), Stopwatch(device)
    initial["velocity"] += np.asarray(velocity)
    rollout = Rollout(scene, device, initial=initial)
    positions, times, reports, failure = [initial["position"]], [0.0], [], ""
    while rollout.steps_done < rollout.frame_count * rollout.steps_per_frame:
        try:
            reports.append(watch(rollout.step))
        except wf.SolverError as error:
            failure = str(error)
            break
        positions.append(np.array(rollout.state.position.numpy()).reshape(positions[0].shape))  # a copy
        times.append(rollout.time)
    return March(np.array(positions), np.array(times), reports, failure, sum(watch.seconds))


def run(name: str, yarn: str, size: int, rate: float, duration: float, device: str = "cpu") -> dict:
    """How a scene goes, in figures."""
    scene = SCENES[name](yarn, size, rate, duration)
    found = march(scene, FALLING.get(name, (0.0, 0.0, 0.0)), device)
    newton = [report.newton_iterations for report in found.reports]
    parts = [report.parts for report in found.reports]
    return {
        "scene": name,
        "yarn": yarn,
        "size": size,
        "rate": rate,
        "duration": duration,
        "steps": len(newton),
        "newton": [float(np.mean(newton)), max(newton)] if newton else [math.nan, 0],
        "worst_step": int(np.argmax(newton)) + 1 if newton else 0,
        "halved": sum(part > 1 for part in parts),
        "most_parts": max(parts, default=0),
        "least_gap": least_gap(scene, found.positions, found.times),
        "seconds": found.seconds,
        "failure": found.failure,
    }


def report(results: list[dict], where: str) -> str:
    """The results as a Markdown table."""
    rows = [
        [
            f"{one['scene']}, {one['yarn']}",
            f"1/{one['rate']}",
            str(one["steps"]),
            f"{one['newton'][0]:.1f}",
            str(one["newton"][1]),
            str(one["halved"]),
            f"{one['least_gap']:.2f}",
            f"{one['seconds']:.1f}" + (" (failed)" if one["failure"] else ""),
        ]
        for one in results
    ]
    columns = ["scene, yarn", "step, s", "steps", "Newton, mean", "most", "halved", "least gap y", "seconds"]
    return f"Impacts on {where}; y is 1 where things begin to touch, 0 at the core:\n\n{table(columns, rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", default=",".join(SCENES), help="which, separated by commas")
    parser.add_argument("--yarns", default=",".join(YARNS), help="of the library, separated by commas")
    parser.add_argument("--rates", default=",".join(map(str, RATES)), help="steps a second, separated by commas")
    parser.add_argument("--size", type=int, default=12, help="yarns each way")
    parser.add_argument("--duration", type=float, default=2.0, help="s, of each scene")
    options = arguments(parser, "impacts")
    cases = list(itertools.product(options.scenes.split(","), options.yarns.split(","), numbers(options.rates)))

    def measure(case: tuple[str, str, int]) -> dict:
        name, yarn, rate = case
        found = run(name, yarn, options.size, rate, options.duration, options.device)
        if found["failure"]:
            print(found["failure"], flush=True)
        return found

    results = measure_each(options, cases, lambda case: f"{case[0]}, {case[1]}, 1/{case[2]} s", measure)
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
