"""Seconds until cloth that begins flat has found its equilibrium, by size and yarn.

    python -m benchmarks.static [--sizes 30,...] [--yarns cotton,...] [--device cpu] [--output FILE] [--seconds 60]

Cloth of textile yarns, at their suggested sett, hangs by two corners; that of the paper's authors, at theirs and in
still air, by four, from which large ones slide apart.
"""

from __future__ import annotations

import argparse

import warp_fabric as wf
from benchmarks.common import HERE, Stopwatch, arguments, machine, measure_each, numbers, table, write
from warp_fabric.errors import SolverError
from warp_fabric.model import Model
from warp_fabric.solver.static import Equilibrium
from warp_fabric.state import State
from warp_fabric.yarn import library_entry

SIZES = (30, 50, 100)
TOLERANCE = 1e-10
"""Largest component of the net force that is left, N."""
PAPER = "paper"
YARNS = ("cotton", "wool", "silk", "linen", PAPER)


def scene_of(yarn: str, size: int) -> wf.Scene:
    """A flat plain weave whose corners are pinned."""
    far = size - 1
    corners = [(0, 0), (0, far), *([(far, 0), (far, far)] if yarn == PAPER else [])]
    changes: dict = {"pins": [{"crossing": [*corner]} for corner in corners], "time": {"integrator": "static"}}
    changes |= {"fabric.pose": "flat", "fabric.ends": size, "fabric.picks": size, "solver.tolerance": TOLERANCE}
    if yarn == PAPER:
        return wf.load_scene(HERE / "hang.toml").replace({**changes, "environment.wind": [0.0, 0.0, 0.0]})
    spacing = library_entry(yarn).spacing
    changes |= {"yarns.c.library": yarn, "fabric.end_spacing": spacing, "fabric.pick_spacing": spacing}
    return wf.load_scene(HERE / "cotton_hang.toml").replace(changes)


def measure(yarn: str, size: int, device: str) -> dict:
    """Seconds and counts of one search; `failure` where there is no equilibrium to be found."""
    scene = scene_of(yarn, size)
    model, watch = Model(scene, device), Stopwatch(device)
    search = Equilibrium(model, State.rest(model), scene.tolerance)
    found = watch(lambda: _outcome(search))
    seconds = {"seconds": watch.wall[0], "cpu_seconds": watch.cpu[0]}
    return {"yarn": yarn, "size": size, "corners": len(scene.pins), **seconds, **found}


def _outcome(search: Equilibrium) -> dict:
    try:
        return search.solve().as_dict()
    except SolverError as error:
        return {"iterations": None, "failure": str(error)}


def report(results: list[dict], where: str) -> str:
    """The results as a Markdown table."""
    sizes = list(dict.fromkeys(result["size"] for result in results))
    found = {(result["yarn"], result["size"]): result for result in results}
    rows = []
    for yarn in dict.fromkeys(result["yarn"] for result in results):
        each = [found.get((yarn, size)) for size in sizes]
        corners = next(result["corners"] for result in each if result)
        cells = [
            (f"{one['cpu_seconds']:.1f}", str(one["iterations"] or "none found")) if one else ("", "") for one in each
        ]
        rows.append([f"{yarn}, {corners} corners", *(cell for pair in cells for cell in pair)])
    columns = [name for size in sizes for name in (f"{size} x {size}, CPU s", "iterations")]
    failures = [
        f"\n{one['yarn']} {one['size']} x {one['size']}: {one['failure']}" for one in results if "failure" in one
    ]
    text = f"From flat to the equilibrium, net force below {TOLERANCE} N, on {where}:\n\n"
    return text + "\n".join([table(["yarn", *columns], rows), *failures])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="crossings along a side")
    parser.add_argument("--yarns", default=",".join(YARNS), help=f"names in the yarn library, or {PAPER}")
    options = arguments(parser, "static")
    cases = [(yarn, size) for size in numbers(options.sizes) for yarn in options.yarns.split(",")]
    label = lambda case: f"{case[0]} {case[1]} x {case[1]}"  # noqa: E731
    results = measure_each(options, cases, label, lambda case: measure(case[0], case[1], options.device))
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
