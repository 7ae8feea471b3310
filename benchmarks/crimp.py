"""What crimp costs: steps of hanging cotton with crimped yarns against straight ones, taken in turn; and equilibria.

python -m benchmarks.crimp [--steps 20] [--device cpu] [--output FILE] [--seconds 120]
"""

from __future__ import annotations

import argparse

import warp_fabric as wf
from benchmarks.common import Stopwatch, arguments, cotton_of, machine, measure_each, table, write
from benchmarks.static import scene_of as flat_scene_of
from warp_fabric.model import Model
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.static import Equilibrium
from warp_fabric.state import State

CRIMP = {"fabric.end_crimp": 0.05, "fabric.pick_crimp": 0.07}
STEPS = (("plain", 40), ("twill22", 40), ("plain", 80))
EQUILIBRIA = (("plain", 30), ("plain", 50))
FIRST = 2
"""Steps that are not counted: kernels load in them."""


def stepping(weave: str, size: int, steps: int, device: str) -> dict:
    """Seconds a step of straight and of crimped yarns, and Krylov iterations a linear solve."""
    straight = cotton_of(size, steps, "hanging").replace({"fabric.weave": weave, "time.integrator": "bdf2"})
    rollouts = [Rollout(scene, device) for scene in (straight, straight.replace(CRIMP))]
    watches, reports = [Stopwatch(device) for _ in rollouts], [[] for _ in rollouts]
    for _ in range(steps):
        for rollout, watch, kept in zip(rollouts, watches, reports):
            kept.append(watch(rollout.step))
    seconds = [sum(watch.seconds[FIRST:]) / (steps - FIRST) for watch in watches]
    krylov = [sum(r.krylov_iterations for r in kept) / sum(r.jacobians for r in kept) for kept in reports]
    halved = [sum(r.parts > 1 for r in kept) for kept in reports]
    found = {"seconds": seconds, "ratio": seconds[1] / seconds[0], "krylov": krylov, "halved": halved}
    return {"weave": weave, "size": size, **found}


def resting(weave: str, size: int, device: str) -> dict:
    """Seconds until crimped cotton that begins flat, held at two corners, has come to rest."""
    scene: wf.Scene = flat_scene_of("cotton", size).replace({"fabric.weave": weave, **CRIMP})
    model, watch = Model(scene, device), Stopwatch(device)
    search = Equilibrium(model, State.rest(model), scene.tolerance)
    report = watch(search.solve)
    return {"weave": weave, "size": size, "equilibrium": watch.seconds[0], "iterations": report.iterations}


def report(results: list[dict], where: str) -> str:
    """The results as Markdown tables."""
    rows = [
        [
            f"{one['weave']} {one['size']} x {one['size']}",
            *(f"{1e3 * each:.0f}" for each in one["seconds"]),
            f"{one['ratio']:.2f}",
            *(f"{each:.1f}" for each in one["krylov"]),
        ]
        for one in results
        if "ratio" in one
    ]
    columns = ["cotton", "straight, ms a step", "crimped, ms", "ratio", "straight, iterations a solve", "crimped"]
    rests = [
        [f"{one['weave']} {one['size']} x {one['size']}", f"{one['equilibrium']:.1f}", str(one["iterations"])]
        for one in results
        if "equilibrium" in one
    ]
    text = f"Crimped cotton on {where}, hanging at 1 ms; then from flat to its equilibrium:\n\n"
    return text + table(columns, rows) + "\n\n" + table(["cotton", "s", "iterations"], rests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20, help="steps of each cloth")
    options = arguments(parser, "crimp")
    cases = [*((False, *case) for case in STEPS), *((True, *case) for case in EQUILIBRIA)]

    def measure(case: tuple[bool, str, int]) -> dict:
        rests, weave, size = case
        return resting(weave, size, options.device) if rests else stepping(weave, size, options.steps, options.device)

    results = measure_each(options, cases, lambda case: f"{case[1]} {case[2]} x {case[2]}", measure)
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
