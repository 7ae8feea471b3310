"""What contact costs: steps of cotton that touches something against the same cloth without contact, taken in turn;
and the search for what may touch.

    python -m benchmarks.contact [--steps 12] [--device cpu] [--output FILE] [--seconds 300]

Both begin alike; the one without contact then falls freely. Newton iterations of the two differ, so what is compared
is the time of one: with a Jacobian of its own, and as it is in runs, where Jacobians serve again.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import warp as wp

import warp_fabric as wf
from benchmarks.common import Stopwatch, arguments, cotton_of, machine, measure_each, table, write
from warp_fabric.forces import Moment, empty_held, hold
from warp_fabric.model import Model
from warp_fabric.solver.covering import Covering
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.step import StepReport
from warp_fabric.state import State
from warp_fabric.types import vec3

CASES = ("on a sphere", "on a wide sphere", "in two layers", "on a moving body")
SIZE = 50
SEARCHES = (25, 50, 100, 200)
FIRST = 3
"""Steps that are not counted: kernels load in them."""
BODY = 50
"""Rings of a body, of as many points: 4,900 triangles."""
BALLS = {"on a sphere": 1.0, "on a wide sphere": 3.0, "on a moving body": 3.0}
"""Radius of the ball in each case, in widths of the cloth. On the first a third of the stiff cotton lies on; on the
wide one the rest bends down until two thirds do."""
HEAVY = [0.0, 0.0, -98.0]
"""m/s2, so that cloth keeps touching what it is laid on, and does not tremble on it."""
AGAIN = 10
"""Searches for what may touch."""


def cloth(size: int, steps: int) -> wf.Scene:
    """Flat and free."""
    changes = {"fabric.pose": "flat", "pins": [], "time.integrator": "bdf2", "environment.gravity": HEAVY}
    return cotton_of(size, steps).replace(changes)


def thickness(scene: wf.Scene) -> float:
    """Of a crossing: its bead's radius, m."""
    return 2.0 * scene.yarns["c"].radius


def around_ball(scene: wf.Scene, widths: float) -> tuple[np.ndarray, float]:
    """[N, 3] m, the cloth laid on a ball around the origin so that a third of it touches, the rest stretched away from
    it; and the ball's radius, m.

    Args:
        widths: The radius in widths of the cloth.
    """
    flat = scene.build().position.reshape(-1, 3)
    flat = flat - flat.mean(axis=0)
    width = np.ptp(flat[:, 0])
    touching, radius = width / np.sqrt(3.0 * np.pi), widths * width
    surface = radius + 0.97 * thickness(scene)
    away = np.hypot(flat[:, 0], flat[:, 1])
    angle = np.minimum(away, touching) / surface
    beyond = np.maximum(away - touching, 0.0)
    out = surface * np.sin(angle) + beyond * np.cos(angle)
    up = surface * np.cos(angle) - beyond * np.sin(angle)
    return np.column_stack([flat[:, :2] * (out / np.maximum(away, 1e-12))[:, None], up]), radius


def layered(scene: wf.Scene) -> wf.Scene:
    """The cloth as two halves that lie on each other, one moved by half a spacing."""
    half = 0.5 * scene.fabric.end_spacing
    above = {"name": "above", "origin": [half, half, 1.96 * thickness(scene)]}
    panels = [{"name": "below", "origin": [0.0, 0.0, 0.0]}, above]
    return scene.replace({"fabric.ends": scene.fabric.ends // 2, "panels": panels, "collision": {"self": True}})


def body(path: Path, radius: float, rings: int = BODY, moving: bool = True) -> dict:
    """A ball as a mesh that moves sideways by 5 cm/s, given as vertices over time."""
    polar, around = np.linspace(0.0, np.pi, rings + 1)[1:-1], np.linspace(0.0, 2.0 * np.pi, rings, endpoint=False)
    polar, around = (axis.ravel() for axis in np.meshgrid(polar, around, indexing="ij"))
    points = np.column_stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)])
    points = radius * np.concatenate([points, [[0, 0, 1], [0, 0, -1]]])
    number = np.arange((rings - 1) * rings).reshape(rings - 1, rings)
    a, b = number[:-1].ravel(), number[1:].ravel()
    c, d = np.roll(number[1:], -1, axis=1).ravel(), np.roll(number[:-1], -1, axis=1).ravel()
    top, bottom = np.full(rings, len(points) - 2), np.full(rings, len(points) - 1)
    faces = [np.stack(each, axis=1) for each in ((a, b, c), (a, c, d))]
    faces.append(np.stack([top, number[0], np.roll(number[0], -1)], axis=1))
    faces.append(np.stack([bottom, np.roll(number[-1], -1), number[-1]], axis=1))
    times = np.array([0.0, 1.0]) if moving else np.zeros(1)
    vertices = points + times[:, None, None] * [0.05, 0.0, 0.0]
    np.savez(path, time=times, vertices=vertices, faces=np.concatenate(faces))
    return {"shape": "mesh", "file": str(path)}


def touching_scene(case: str, size: int, steps: int, folder: Path) -> tuple[wf.Scene, np.ndarray]:
    """A scene with contact, and where its cloth begins, [N, 3] m."""
    scene = cloth(size, steps)
    if case == "in two layers":
        floor = {"shape": "plane", "point": [0.0, 0.0, -0.98 * thickness(scene)], "normal": [0.0, 0.0, 1.0]}
        scene = layered(scene).replace({"obstacles": [floor]})
        return scene, np.concatenate([part.build().position.reshape(-1, 3) for part in scene.parts])
    start, radius = around_ball(scene, BALLS[case])
    ball = {"shape": "sphere", "center": [0.0, 0.0, 0.0], "radius": radius}
    obstacle = body(folder / "body.npz", radius) if case == "on a moving body" else ball
    return scene.replace({"collision": {"self": False}, "obstacles": [obstacle]}), start


def stepping(case: str, size: int, steps: int, device: str) -> dict:
    """Of the cloth without contact and with it: seconds a Newton iteration where each has a Jacobian of its own, and in
    runs, where a Jacobian serves as long as it does well; of runs also iterations a step, Jacobians an iteration, and
    Krylov iterations a linear solve."""
    with tempfile.TemporaryDirectory() as folder:
        scene, start = touching_scene(case, size, steps, Path(folder))
        scenes = (scene.replace({"collision": {"self": False}, "obstacles": []}), scene)
        alike, _, _ = _in_turn(scenes, start, steps, device, anew=True)
        seconds, reports, touching = _in_turn(scenes, start, steps, device)
    iterations, jacobians, krylov = (
        [sum(getattr(report, name) for report in kept) for kept in reports]
        for name in ("newton_iterations", "jacobians", "krylov_iterations")
    )
    return {
        "case": case,
        "size": size,
        "touching": touching,
        "seconds_alike": alike,
        "ratio_alike": alike[1] / alike[0],
        "seconds": seconds,
        "ratio": seconds[1] / seconds[0],
        "newton": [count / (steps - FIRST) for count in iterations],
        "jacobians": [count / each for count, each in zip(jacobians, iterations)],
        "krylov": [count / max(each, 1) for count, each in zip(krylov, jacobians)],
        "halved": [sum(report.parts > 1 for report in kept) for kept in reports],
    }


def _in_turn(
    scenes: Sequence[wf.Scene], start: np.ndarray, steps: int, device: str, anew: bool = False
) -> tuple[list[float], list[list[StepReport]], float]:
    """Seconds a Newton iteration of each scene, whose steps are taken in turn, these steps' reports, and what share of
    the last scene's crossings touch something.

    Args:
        anew: Whether each iteration has a Jacobian of its own.
    """
    rollouts = [Rollout(each, device, initial={"position": start}) for each in scenes]
    watches, reports, shares = [Stopwatch(device) for _ in rollouts], [[] for _ in rollouts], []
    for rollout in rollouts:
        if anew:
            rollout.stepper.newton.STALE = rollout.stepper.newton.STALE_AT_THE_END = -1.0
    for _ in range(steps):
        for rollout, watch, kept in zip(rollouts, watches, reports):
            kept.append(watch(rollout.step))
        shares.append(_touching(rollouts[-1]))
    counted = [kept[FIRST:] for kept in reports]
    iterations = [sum(report.newton_iterations for report in kept) for kept in counted]
    seconds = [sum(watch.seconds[FIRST:]) / count for watch, count in zip(watches, iterations)]
    return seconds, counted, float(np.mean(shares[FIRST:]))


def _touching(rollout: Rollout) -> float:
    """The share of crossings that had friction in the last step."""
    held, touched = rollout.stepper.equation.held, np.zeros(rollout.model.bead_count, bool)
    limits = held.pairs.limit.numpy()
    first = held.pairs.first.numpy()
    if rollout.model.touches_itself:
        beads = np.repeat(np.arange(len(first) - 1), np.diff(first))
        touched[beads[limits[: len(beads)] > 0.0]] = True
    touched |= (held.touch_limit.numpy() > 0.0).any(axis=1)
    return float(touched[: rollout.model.node_count].mean())


def searching(size: int, device: str) -> dict:
    """Seconds a crossing that it takes to find what may touch: cotton in two layers, and cotton on a body as fine as
    itself that moves."""
    with tempfile.TemporaryDirectory() as folder:
        layers = layered(cloth(size, 1))
        flat = np.concatenate([part.build().position.reshape(-1, 3) for part in layers.parts])
        laid, radius = around_ball(cloth(size, 1), BALLS["on a moving body"])
        obstacle = body(Path(folder) / "body.npz", radius, rings=size)
        covered = cloth(size, 1).replace({"collision": {"self": False}, "obstacles": [obstacle]})
        seconds = [_search(layers, flat, device), _search(covered, laid, device)]
    return {"search": size, "seconds_each": [each / size**2 for each in seconds]}


def _search(scene: wf.Scene, start: np.ndarray, device: str) -> float:
    """Seconds of a search, to and fro between places that are farther apart than beads' boxes reach."""
    model = Model(scene, device)
    held, watch = empty_held(model), Stopwatch(device)
    hold(model, Moment.of(State.of(model, position=start)), held)
    covering = Covering(model, held)
    step = 2.0 * thickness(scene)
    places = [wp.array(start + k * step * np.array([0.0, 1.0, 0.0]), dtype=vec3, device=device) for k in range(2)]
    for place in places:
        covering.cover(place, place)
    for k in range(AGAIN):
        watch(lambda k=k: covering.cover(places[k % 2], places[k % 2]))
    return sum(watch.seconds) / AGAIN


def report(results: list[dict], where: str) -> str:
    """The results as Markdown tables."""
    rows = [
        [
            f"{one['case']}, {one['size']} x {one['size']}",
            f"{100 * one['touching']:.0f} %",
            *(f"{1e3 * each:.1f}" for each in one["seconds_alike"]),
            f"{one['ratio_alike']:.2f}",
            f"{one['ratio']:.2f}",
            *(_two(one[name], places) for name, places in (("newton", 1), ("jacobians", 2), ("krylov", 1))),
        ]
        for one in results
        if "ratio" in one
    ]
    columns = ["cotton", "touching", "free, ms an iteration", "touching, ms", "ratio", "ratio in runs"]
    columns += ["Newton, free / touching", "Jacobians an iteration", "Krylov a solve"]
    searches = [
        [f"{one['search']} x {one['search']}", *(f"{1e6 * each:.2f}" for each in one["seconds_each"])]
        for one in results
        if "search" in one
    ]
    text = f"Cotton in contact on {where}, at 1 ms; then the search for what may touch, us a crossing:\n\n"
    return text + table(columns, rows) + "\n\n" + table(["cotton", "in two layers", "on a moving body"], searches)


def _two(values: Sequence[float], places: int) -> str:
    return " / ".join(f"{value:.{places}f}" for value in values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=12, help="steps of each cloth")
    options = arguments(parser, "contact")
    cases = [*((case, SIZE) for case in CASES), *(("search", size) for size in SEARCHES)]

    def measure(case: tuple[str, int]) -> dict:
        kind, size = case
        if kind == "search":
            return searching(size, options.device)
        return stepping(kind, size, options.steps, options.device)

    results = measure_each(options, cases, lambda case: f"{case[0]} {case[1]} x {case[1]}", measure)
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
