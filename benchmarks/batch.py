"""Seconds per 1 ms time step of many fabrics side by side in one model, by how many there are.

    python -m benchmarks.batch [--fabrics 1,4,...] [--size 10] [--device cpu] [--output FILE] [--seconds 60]

Each fabric is the cloth of the paper's authors in a wind of its own. All are advanced by the same Newton and Krylov
iterations, as many as the worst of them needs. Bandwidths are those of a product with the matrix of all.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.bandwidth import copy_rate, per_second, product_rate
from benchmarks.common import arguments, machine, measure_each, numbers, scene_of, table, write
from warp_fabric.model import Model
from warp_fabric.solver.step import Stepper
from warp_fabric.state import State

FABRICS = (1, 4, 16, 64, 256)
SIZE = 10
STEPS = 12
WARM_UP = 4
WINDS = (3.0, 7.0)
"""Speeds [m/s] of the first and the last fabric's wind."""


def measure(fabrics: int, size: int, device: str) -> dict:
    """Median over steps of the wall time and counts of one step of all fabrics."""
    scene = scene_of(size, 1)
    winds = np.linspace(*WINDS, fabrics) if fabrics > 1 else [float(np.mean(WINDS))]
    begun = time.perf_counter()
    model = Model([scene.replace({"environment.wind": [0.0, float(speed), 0.0]}) for speed in winds], device)
    built = time.perf_counter() - begun
    step_size = scene.time.step_size
    stepper = Stepper(model, scene.time.integrator, step_size, scene.tolerance)
    state, previous, reports = State.rest(model), None, []
    for k in range(WARM_UP + STEPS):
        out = State.empty(model)
        report, whole = stepper.step(state, previous, out, k * step_size, index=k + 1)
        state, previous = out, state if whole else None
        reports.append(report)
    reports = reports[WARM_UP:]
    seconds = float(np.median([report.seconds for report in reports]))
    return {
        "fabrics": fabrics,
        "size": size,
        "crossings": model.node_count,
        "seconds_to_build": built,
        "seconds": seconds,
        "seconds_per_fabric": seconds / fabrics,
        "newton_iterations": float(np.mean([report.newton_iterations for report in reports])),
        "krylov_iterations": float(np.mean([report.krylov_iterations for report in reports])),
        "halved_steps": sum(report.parts > 1 for report in reports),
        "bandwidths": {"copy": copy_rate(str(model.device)), "product": product_rate(stepper.equation.jacobian)},
    }


def report(results: list[dict], where: str) -> str:
    """The results as a Markdown table."""
    rows = [
        [
            str(result["fabrics"]),
            str(result["crossings"]),
            f"{1e3 * result['seconds']:.2f}",
            f"{1e3 * result['seconds_per_fabric']:.3f}",
            f"{results[0]['seconds_per_fabric'] / result['seconds_per_fabric']:.1f} x",
            f"{result['newton_iterations']:.1f}",
            f"{result['krylov_iterations']:.1f}",
            per_second(result["bandwidths"]["product"], result["bandwidths"]["copy"]),
        ]
        for result in results
    ]
    columns = ["fabrics", "crossings", "ms", "ms / fabric", "gain", "Newton", "Krylov"]
    size = results[0]["size"]
    return f"One 1 ms step of fabrics of {size} x {size} crossings, tolerance 1e-8 m/s, on {where}:\n\n" + table(
        [*columns, "product, GB/s (of a copy's)"], rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fabrics", default=",".join(map(str, FABRICS)), help="how many fabrics in one model")
    parser.add_argument("--size", type=int, default=SIZE, help="crossings along a side of each")
    options = arguments(parser, "batch")
    label, measured = (lambda count: f"fabrics: {count}"), (lambda count: measure(count, options.size, options.device))
    results = measure_each(options, numbers(options.fabrics), label, measured)
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
