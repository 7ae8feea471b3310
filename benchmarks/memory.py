"""Memory: what is told of a run against what it takes, and how long the refusal of one that is too large takes.

    python -m benchmarks.memory [--cases step:200,...] [--refused 3000] [--output FILE] [--seconds 600]

Of cotton, in processes of their own; on Linux.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.common import HERE, arguments, cotton_of, machine, measure_each, table, write

CASES = "step:200,gradient:200,static:200,step:400,gradient:400"
"""Kinds, as tests/memory/measured_run.py names them, and crossings along a side."""
REFUSED = 3000
REPEATS = 5
LIMIT = 60.0
"""Seconds after which a run that is not refused is ended."""
SCRIPT = HERE.parent / "tests" / "memory" / "measured_run.py"


def measure(kind: str, size: int) -> dict:
    """Bytes that were told and taken; without what was taken where it does not fit in here."""
    command = [sys.executable, str(SCRIPT), kind, "cotton", str(size)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        said = [line.partition("Error: ")[2] for line in run.stderr.splitlines() if "Error: " in line]
        return {"kind": kind, "size": size, "failure": said[-1] if said else f"ended with {run.returncode}"}
    _, taken, told = map(int, run.stdout.split()[-3:])
    return {"kind": kind, "size": size, "told": told, "taken": taken}


def refusal(kind: str, size: int, repeats: int = REPEATS) -> dict:
    """Seconds from the command to its refusal, by the wall's clock and on the CPU: medians."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "scene.toml"
        cotton_of(size, 2).replace({"time.integrator": "static"} if kind == "static" else {}).save(scene)
        command = [sys.executable, "-m", "warp_fabric", "simulate", str(scene), "-o", str(Path(folder) / "run.h5")]
        wall, cpu, said = [], [], ""
        for _ in range(repeats):
            before, begun = _children(), time.perf_counter()
            run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, cwd=HERE.parent)
            wall.append(time.perf_counter() - begun)
            cpu.append(_children() - before)
            said = run.stderr + run.stdout
            if run.returncode != 1 or "GB of memory" not in said:
                raise SystemExit(f"{size} x {size} is not refused here:\n{said}")
    return {"kind": kind, "size": size, "seconds": statistics.median(wall), "cpu_seconds": statistics.median(cpu)}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(results: list[dict], refusals: list[dict], where: str) -> str:
    """The results as Markdown tables."""
    rows = []
    for one in results:
        if "failure" in one:
            cells = ["", "", one["failure"]]
        else:
            cells = [f"{one['told'] / 1e9:.2f}", f"{one['taken'] / 1e9:.2f}", f"{one['told'] / one['taken']:.2f}"]
        rows.append([f"{one['size']} x {one['size']}, {one['kind']}", *cells])
    text = f"Memory of cotton on {where}:\n\n" + table(["cotton", "told, GB", "taken, GB", "told / taken"], rows)
    rows = [
        [f"{one['size']} x {one['size']}, {one['kind']}", f"{one['seconds']:.2f}", f"{one['cpu_seconds']:.2f}"]
        for one in refusals
    ]
    return f"{text}\n\nRefused, from the command on:\n\n" + table(["cotton", "s", "CPU s"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default=CASES, help=f"kinds and crossings along a side [{CASES}]")
    parser.add_argument("--refused", type=int, default=REFUSED, help="crossings along a side of what is refused")
    options = arguments(parser, "memory")
    refusals = [refusal(kind, options.refused) for kind in ("step", "static")]
    pairs = [each.split(":") for each in options.cases.split(",")]
    results = measure_each(options, pairs, ":".join, lambda pair: measure(pair[0], int(pair[1])))
    write(options, report(results, refusals, machine(options.device)), {"memory": results, "refusals": refusals})


if __name__ == "__main__":
    main()
