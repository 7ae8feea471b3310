"""Seconds until cloth that begins flat has found its equilibrium, by size and yarn.

    python -m benchmarks.static [--sizes 30,...] [--yarns cotton,...] [--device cpu] [--output FILE] [--seconds 60]

Cloth of textile yarns hangs by two corners. The paper's yarns slide out of that until they fall off, which the search
says; they hang by four.
"""

from __future__ import annotations

import argparse

import warp_fabric as wf
from benchmarks.common import Stopwatch, arguments, machine, measure_each, numbers, table, write
from warp_fabric.model import Model
from warp_fabric.solver.static import Equilibrium
from warp_fabric.state import State
from warp_fabric.yarn import library_entry

SIZES = (30, 50, 100)
YARNS = ("cotton", "wool", "silk", "linen", "paper-yarn-1")
FOUR_CORNERS = ("paper-yarn-1", "paper-yarn-2", "paper-yarn-3")


def scene_of(yarn: str, size: int) -> wf.Scene:
    """A flat plain weave at the yarn's suggested sett, whose corners are pinned."""
    spacing, far = library_entry(yarn).spacing, size - 1
    corners = [(0, 0), (0, far), *([(far, 0), (far, far)] if yarn in FOUR_CORNERS else [])]
    text = f"""
    [fabric]
    weave = "plain"
    ends = {size}
    picks = {size}
    end_spacing = {spacing}
    pick_spacing = {spacing}
    end_yarns = ["{yarn}"]
    pick_yarns = ["{yarn}"]

    [yarns.{yarn}]
    library = "{yarn}"

    [time]
    integrator = "static"
    """
    return wf.Scene.from_toml(text).replace({"pins": [{"crossing": [*corner]} for corner in corners]})


def measure(yarn: str, size: int, device: str) -> dict:
    """Seconds and counts of one search."""
    scene = scene_of(yarn, size)
    model, watch = Model(scene, device), Stopwatch(device)
    search = Equilibrium(model, State.rest(model), scene.tolerance)
    found = watch(search.solve)
    return {
        "yarn": yarn,
        "size": size,
        "corners": len(scene.pins),
        "seconds": watch.wall[0],
        "cpu_seconds": watch.cpu[0],
        **found.as_dict(),
    }


def report(results: list[dict], where: str) -> str:
    """The results as a Markdown table."""
    sizes = list(dict.fromkeys(result["size"] for result in results))
    found = {(result["yarn"], result["size"]): result for result in results}
    rows = []
    for yarn in dict.fromkeys(result["yarn"] for result in results):
        each = [found.get((yarn, size)) for size in sizes]
        corners = next(result["corners"] for result in each if result)
        cells = [(f"{one['cpu_seconds']:.1f}", str(one["iterations"])) if one else ("", "") for one in each]
        rows.append([f"{yarn}, {corners} corners", *(cell for pair in cells for cell in pair)])
    columns = [name for size in sizes for name in (f"{size} x {size}, CPU s", "iterations")]
    return f"From flat to the equilibrium, net force below 1e-10 N, on {where}:\n\n" + table(["yarn", *columns], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="crossings along a side")
    parser.add_argument("--yarns", default=",".join(YARNS), help="names in the yarn library")
    options = arguments(parser, "static")
    cases = [(yarn, size) for size in numbers(options.sizes) for yarn in options.yarns.split(",")]
    label = lambda case: f"{case[0]} {case[1]} x {case[1]}"  # noqa: E731
    results = measure_each(options, cases, label, lambda case: measure(case[0], case[1], options.device))
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
