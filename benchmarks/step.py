"""Seconds per 1 ms time step of plain-weave cloth, by size; and where the time goes.

    python -m benchmarks.step [--sizes 5,10,...] [--cotton 25,40,...] [--device cpu] [--output FILE] [--seconds 60]

One cloth is that of the paper's authors (Gong et al. 2022), whose C++ code needs `AUTHORS` seconds a step: soft, thick
yarns, in wind. The other is of cotton. Of a size that both have, they take turns, step by step, so that whatever else
the machine does slows both. Bandwidths count the bytes that must move at least, beside those of a mere copy.
"""

from __future__ import annotations

import argparse

import numpy as np

import warp_fabric as wf
from benchmarks.bandwidth import copy_rate, per_second, product_rate, rate, size_of
from benchmarks.common import (
    COTTON,
    Stopwatch,
    arguments,
    cotton_of,
    machine,
    measure_each,
    numbers,
    scene_of,
    table,
    write,
)
from warp_fabric.forces import Convexity
from warp_fabric.solver.rollout import Rollout
from warp_fabric.solver.step import StepReport

AUTHORS = {5: 0.13, 10: 0.79, 17: 3.5, 25: 9.1}
"""Seconds a step of the published C++ code, one thread."""
SIZES = (5, 10, 17, 25, 40, 50, 80, 100, 200)
COTTON_SIZES = (25, 40, 80, 200)
MOVING = 40
"""The size at which cotton is also blown about and swung."""
WARM_UP = 3
SHARES = ("start", "residuals", "Jacobians", "Krylov")


class Steps:
    """The steps of one scene, and what they cost."""

    def __init__(self, scene: wf.Scene, device: str) -> None:
        self.rollout = Rollout(scene, device=device)
        self.watch = Stopwatch(device)
        self.reports: list[StepReport] = []

    def step(self) -> None:
        self.reports.append(self.watch(self.rollout.step))

    def figures(self) -> dict:
        """Medians of a step's seconds, means of its counts, and the cost of its parts."""
        reports, size = self.reports[WARM_UP:], self.rollout.model.node_count
        seconds = float(np.median(self.watch.seconds[WARM_UP:]))
        counts = {
            name: float(np.mean([getattr(report, name) for report in reports]))
            for name in ("newton_iterations", "krylov_iterations", "jacobians", "residuals")
        }
        parts = cost_of_parts(self.rollout)
        shares = {
            "start": parts["start"],
            "residuals": counts["residuals"] * parts["residual"],
            "jacobians": counts["jacobians"] * (parts["jacobian"] + parts["factor"]),
            "krylov": counts["krylov_iterations"] * parts["krylov"],
        }
        shares["krylov"] += seconds - sum(shares.values())  # its vector work, on the host
        return {
            "seconds": float(np.median(self.watch.wall[WARM_UP:])),
            "cpu_seconds": float(np.median(self.watch.cpu[WARM_UP:])),
            "fastest": min(self.watch.seconds[WARM_UP:]),
            "methods": sorted({method for report in reports for method in report.methods}),
            "halved_steps": sum(report.parts > 1 for report in reports),
            "microseconds_per_crossing": 1e6 * seconds / size,
            **counts,
            "krylov_iterations_per_solve": counts["krylov_iterations"] / counts["newton_iterations"],
            "parts": parts,
            "shares": {name: share / seconds for name, share in shares.items()},
        }


def measure(size: int, device: str, paper: bool = True, cotton: bool = False) -> dict:
    """Figures of a step of the paper's scene, and under "cotton" those of cotton's and their ratios to the paper's."""
    count = WARM_UP + max(8, min(22, 100_000 // size**2))
    cases = [case for case in COTTON if cotton and (case == "hanging" or size == MOVING)]
    scenes = {"paper": scene_of(size, count)} if paper else {}
    runs = {name: Steps(scene, device) for name, scene in scenes.items()}
    runs |= {case: Steps(cotton_of(size, count, case), device) for case in cases}
    for _ in range(count):
        for run in runs.values():
            run.step()
    result: dict = {"size": size}
    if paper:
        rollout, found = runs["paper"].rollout, runs["paper"].figures()
        result |= found | {"bandwidths": bandwidths(rollout, found["parts"]["jacobian"])}
        result["times_faster_than_authors"] = AUTHORS[size] / found["cpu_seconds"] if size in AUTHORS else None
    if cases:
        result["cotton"] = {case: runs[case].figures() for case in cases}
    for found in result.get("cotton", {}).values() if paper else ():
        found["times_the_papers"] = found["microseconds_per_crossing"] / result["microseconds_per_crossing"]
    return result


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
        watch = Stopwatch(str(rollout.model.device))
        for _ in range(12):
            watch(run)
        costs[name] = float(np.median(watch.seconds))
    return costs


def bandwidths(rollout: Rollout, jacobian: float) -> dict[str, dict[str, float]]:
    """Of a product with the stencil matrix, and of filling it (its blocks are written), which takes `jacobian` s."""
    matrix = rollout.stepper.equation.jacobian
    return {
        "copy": copy_rate(str(rollout.model.device)),
        "product": product_rate(matrix),
        "jacobian": rate(size_of(matrix.blocks), jacobian),
    }


def paper_table(results: list[dict]) -> str:
    """The paper's scene by size."""
    rows = []
    for result in results:
        size, faster, rates = result["size"], result["times_faster_than_authors"], result["bandwidths"]
        rows.append(
            [
                f"{size} x {size}",
                f"{1e3 * result['cpu_seconds']:.2f}",
                f"{1e3 * result['seconds']:.2f}",
                f"{1e3 * AUTHORS[size]:.0f}" if faster else "",
                f"{faster:.0f} x" if faster else "",
                f"{result['microseconds_per_crossing']:.1f}",
                f"{result['newton_iterations']:.1f}",
                f"{result['krylov_iterations_per_solve']:.1f}",
                *shares_of(result),
                per_second(rates["product"], rates["copy"]),
                per_second(rates["jacobian"]),
            ]
        )
    columns = ["crossings", "CPU ms", "wall ms", "authors' C++, ms", "faster", "us / crossing", "Newton"]
    columns += ["Krylov / solve", *SHARES, "product, GB/s (of a copy's)", "Jacobian, GB/s"]
    return table(columns, rows)


def cotton_table(results: list[dict]) -> str:
    """Cotton beside the paper's scene of the same size."""
    rows = []
    for result in results:
        for case, found in result.get("cotton", {}).items():
            ratio, per_solve = found.get("times_the_papers"), "krylov_iterations_per_solve"
            rows.append(
                [
                    f"{result['size']} x {result['size']}, {case}",
                    f"{1e3 * found['cpu_seconds']:.1f}",
                    f"{1e3 * found['seconds']:.1f}",
                    f"{1e3 * result['cpu_seconds']:.1f}" if ratio else "",
                    f"{ratio:.2f}" if ratio else "",
                    f"{found['newton_iterations']:.1f}",
                    f"{result['newton_iterations']:.1f}" if ratio else "",
                    f"{found[per_solve]:.1f}",
                    f"{result[per_solve]:.1f}" if ratio else "",
                    *shares_of(found),
                ]
            )
    columns = ["cotton", "CPU ms", "wall ms", "paper, CPU ms", "cotton / paper", "Newton", "paper's"]
    return table([*columns, "Krylov / solve", "paper's", *SHARES], rows)


def shares_of(found: dict) -> list[str]:
    return [f"{100 * share:.0f} %" for share in found["shares"].values()]


def report(results: list[dict], where: str) -> str:
    """The results as Markdown tables; ratios, shares and times per crossing are of CPU time, on GPUs of wall time."""
    text, own = f"One 1 ms step on {where}.", [result for result in results if "seconds" in result]
    if own:
        text += f"\n\nThe paper's scene, tolerance 1e-8 m/s:\n\n{paper_table(own)}"
    if any("cotton" in result for result in results):
        text += f"\n\nCotton, tolerance 1e-7 m/s, beside the paper's scene:\n\n{cotton_table(results)}"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="crossings along a side, paper's scene")
    parser.add_argument("--cotton", default=",".join(map(str, COTTON_SIZES)), help="and of cotton")
    options = arguments(parser, "step")
    paper, cotton = numbers(options.sizes), numbers(options.cotton)
    results = measure_each(
        options,
        sorted({*paper, *cotton}),
        lambda size: f"{size} x {size}",
        lambda size: measure(size, options.device, size in paper, size in cotton),
    )
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
