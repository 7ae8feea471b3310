"""Seconds per 1 ms time step of a plain-weave cloth hanging in wind, by size; and where the time goes.

    python -m benchmarks.step [--sizes 5,10,...] [--device cpu] [--output benchmarks/step-cpu.json] [--seconds 60]

The scene is that of the paper's authors (Gong et al. 2022), whose C++ code needs `AUTHORS` seconds a step.
Bandwidths count the bytes that must move at least, beside those of a mere copy.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import warp as wp

from benchmarks.bandwidth import copy_rate, per_second, product_rate, rate, size_of
from benchmarks.common import arguments, machine, measure_each, numbers, scene_of, write
from warp_fabric.forces import Convexity
from warp_fabric.solver.rollout import Rollout

AUTHORS = {5: 0.13, 10: 0.79, 17: 3.5, 25: 9.1}
"""Seconds a step of the published C++ code, one thread."""
SIZES = (5, 10, 17, 25, 50, 100, 200)
WARM_UP = 3


def measure(size: int, device: str) -> dict:
    """Median over steps of the wall time and counts of one step, and the cost of its parts."""
    steps = WARM_UP + max(8, min(100, 20000 // size**2))
    rollout = Rollout(scene_of(size, steps), device=device)
    reports = [rollout.step() for _ in range(steps)][WARM_UP:]
    seconds = float(np.median([report.seconds for report in reports]))
    counts = {
        name: float(np.mean([getattr(report, name) for report in reports]))
        for name in ("newton_iterations", "krylov_iterations", "jacobians", "residuals")
    }
    parts = cost_of_parts(rollout)
    shares = {
        "start": parts["start"],
        "residuals": counts["residuals"] * parts["residual"],
        "jacobians": counts["jacobians"] * (parts["jacobian"] + parts["factor"]),
        "krylov": counts["krylov_iterations"] * parts["krylov"],
    }
    shares["krylov"] += seconds - sum(shares.values())  # its vector work, on the host
    return {
        "size": size,
        "seconds": seconds,
        "fastest": min(report.seconds for report in reports),
        "methods": sorted({method for report in reports for method in report.methods}),
        "microseconds_per_crossing": 1e6 * seconds / size**2,
        "microseconds_per_crossing_and_krylov_iteration": 1e6
        * shares["krylov"]
        / size**2
        / counts["krylov_iterations"],
        "times_faster_than_authors": AUTHORS[size] / seconds if size in AUTHORS else None,
        **counts,
        "parts": parts,
        "bandwidths": bandwidths(rollout, parts["jacobian"]),
        "shares": {name: share / seconds for name, share in shares.items()},
    }


def cost_of_parts(rollout: Rollout) -> dict[str, float]:
    """Seconds of one evaluation of each part of a step."""
    stepper = rollout.stepper
    equation, newton = stepper.equation, stepper.newton
    exact = f"jacobian {Convexity.EXACT.name}"
    scheme = next(scheme for name, scheme in newton.recorded if name == exact and scheme is not None)
    begin = lambda: equation.begin(scheme, rollout.state, rollout.state)  # noqa: E731
    work = {
        "start": begin,
        "residual": newton.recorded["evaluate", scheme],
        "jacobian": newton.recorded[exact, scheme],
        "factor": newton.linear.factor,
        "krylov": newton.linear.iterate,
    }
    begin()
    equation.guess(rollout.state)
    costs = {}
    for name, run in work.items():
        samples = []
        for _ in range(12):
            begun = time.perf_counter()
            run()
            wp.synchronize_device(rollout.model.device)
            samples.append(time.perf_counter() - begun)
        costs[name] = float(np.median(samples))
    return costs


def bandwidths(rollout: Rollout, jacobian: float) -> dict[str, dict[str, float]]:
    """Of a product with the stencil matrix, and of filling it (its blocks are written), which takes `jacobian` s."""
    matrix = rollout.stepper.equation.jacobian
    return {
        "copy": copy_rate(str(rollout.model.device)),
        "product": product_rate(matrix),
        "jacobian": rate(size_of(matrix.blocks), jacobian),
    }


def report(results: list[dict], where: str) -> str:
    """The results as a Markdown table."""
    lines = [
        f"One 1 ms step, tolerance 1e-8 m/s, on {where}:",
        "",
        "| crossings | ms | authors' C++, ms | faster | us / crossing | Newton | Krylov "
        "| us / crossing / Krylov iteration | start | residuals | Jacobians | Krylov "
        "| product, GB/s (of a copy's) | Jacobian, GB/s |",
        "|" + "---:|" * 14,
    ]
    for result in results:
        size, faster = result["size"], result["times_faster_than_authors"]
        rates = result["bandwidths"]
        cells = [
            f"{size} x {size}",
            f"{1e3 * result['seconds']:.2f}",
            f"{1e3 * AUTHORS[size]:.0f}" if faster else "",
            f"{faster:.0f} x" if faster else "",
            f"{result['microseconds_per_crossing']:.1f}",
            f"{result['newton_iterations']:.1f}",
            f"{result['krylov_iterations']:.1f}",
            f"{result['microseconds_per_crossing_and_krylov_iteration']:.2f}",
            *(f"{100 * share:.0f} %" for share in result["shares"].values()),
            per_second(rates["product"], rates["copy"]),
            per_second(rates["jacobian"]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="crossings along a side")
    options = arguments(parser, "step")
    label, measured = (lambda size: f"{size} x {size}"), (lambda size: measure(size, options.device))
    results = measure_each(options, numbers(options.sizes), label, measured)
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
