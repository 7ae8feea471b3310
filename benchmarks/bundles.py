"""What bundles of yarns cost, and how far off they are: squares of cotton at rest, and a napkin that swings.

    python -m benchmarks.bundles [--size 97] [--bundles 2,4,8] [--napkin 780] [--duration 2.0] [--output FILE]

The squares hang by two corners that are held together a little, or lie on a table with a quarter, or half, of them;
their yarns do not slide. The napkin is held by two corners and swings, in as large bundles as `bundle = "auto"`
takes; then some of its frames are exported, with all real yarns.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

import warp_fabric as wf
from benchmarks.common import HERE, Stopwatch, arguments, machine, measure_each, numbers, table, write

HELD = {
    "two corners": lambda size: [(0, 0), (0, size - 1)],
    "a quarter": lambda size: [(pick, end) for pick in range(size // 2 + 1) for end in range(size // 2 + 1)],
    "half": lambda size: [(pick, end) for pick in range(size) for end in range(size // 2 + 1)],
}
NAPKIN = {"integrator": "euler", "step": 1.05e-2, "frames_per_second": 24.0}
"""Four steps a frame, in which fine ripples die out at once: enough for what one sees from a metre away."""
NAPKIN_TOLERANCE = 1.0e-5
"""m/s"""


def square(size: int, held: str, crimped: bool, bundle: int) -> wf.Scene:
    """Cotton, and what holds it."""
    scene = wf.load_scene(HERE / "cotton_hang.toml")
    pins: list[dict] = [{"crossing": [*each]} for each in HELD[held](size)]
    hangs = held == "two corners"
    if hangs:
        pins[1]["path"] = [[0.0, 0.85 * (size - 1) * scene.fabric.end_spacing, 0.0, 0.0]]
    changes = {"pins": pins, "fabric.ends": size, "fabric.picks": size, "fabric.bundle": bundle}
    changes |= {"fabric.sliding": False if bundle == 1 else None, "fabric.crimp": "touching" if crimped else None}
    changes |= {"fabric.pose": "hanging" if hangs else "flat", "time": {"integrator": "static"}}
    return scene.replace({**changes, "environment.gravity": [0.0, 1.0 if hangs else 0.0, -9.8]})


def napkin(size: int, duration: float) -> wf.Scene:
    """Cotton, held by two corners, at 24 frames a second."""
    scene = wf.load_scene(HERE / "cotton_hang.toml")
    corners = [{"crossing": [0, 0]}, {"crossing": [0, size - 1]}]
    changes = {"pins": corners, "fabric.ends": size, "fabric.picks": size, "fabric.bundle": "auto"}
    changes |= {"time": {**NAPKIN, "duration": duration}, "solver.tolerance": NAPKIN_TOLERANCE}
    return scene.replace({**changes, "environment.gravity": [0.0, 1.0, -9.8]})


def measure_square(size: int, bundles: list[int], held: str, crimped: bool, device: str) -> dict:
    """Seconds of each search, and how far crossings are from where the real yarns' are, relative to their height."""
    found = {"held": held, "crimped": crimped, "size": size, "bundles": []}
    exact = np.empty(0)
    for bundle in (1, *bundles):
        watch = Stopwatch(device)
        run = watch(lambda bundle=bundle: wf.simulate(square(size, held, crimped, bundle), device=device))
        place = run.real_position()
        exact = place if bundle == 1 else exact
        off = float(np.linalg.norm(place - exact, axis=-1).max() / np.ptp(exact[..., 2]))
        each = {"bundle": bundle, "seconds": watch.wall[0], "cpu_seconds": watch.cpu[0], "off": off}
        found["bundles"].append(each)
    return found


def measure_napkin(size: int, duration: float, frames: int, device: str) -> dict:
    """Seconds of a run; of an exported frame its seconds and bytes, at 1 and at 4 points from crossing to crossing."""
    from usd_export.options import Options
    from usd_export.writer import Writer

    scene, watch = napkin(size, duration), Stopwatch(device)
    run = watch(lambda: wf.simulate(scene, device=device))
    found = {"napkin": size, "grid": scene.grid, "bundle": scene.fabric.yarns_in_one, "duration": duration}
    found |= {"seconds": watch.wall[0], "cpu_seconds": watch.cpu[0], "memory": _memory(), "exports": []}
    with tempfile.TemporaryDirectory() as folder:
        for samples in (1, 4):
            path, watch = Path(folder) / f"napkin{samples}.usdc", Stopwatch(device)

            def export(path: Path = path, samples: int = samples) -> None:
                with Writer(scene, path, Options(samples_per_crossing=samples)) as writer:
                    for k in range(-frames, 0):
                        writer.append(float(run.time[k]), run.frame(k))

            watch(export)
            each = {"samples": samples, "points": 2 * size * (samples * (size - 1) + 1), "frames": frames}
            each |= {"cpu_seconds": watch.cpu[0] / frames, "bytes": path.stat().st_size / frames, "memory": _memory()}
            found["exports"].append(each)
    return found


def _memory() -> int:
    """Most bytes that this process has held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def report(results: list[dict], where: str) -> str:
    """The results as Markdown tables."""
    squares = [each for each in results if "held" in each]
    text = f"Cotton at rest, on {where}:\n\n"
    rows = []
    for each in squares:
        cells = [(f"{one['cpu_seconds']:.1f}", f"{100 * one['off']:.2g} %") for one in each["bundles"][1:]]
        first = f"{each['bundles'][0]['cpu_seconds']:.1f}"
        name = f"held by {each['held']}, {'crimped' if each['crimped'] else 'straight'}"
        rows.append([name, first, *(cell for pair in cells for cell in pair)])
    if squares:
        sizes = [one["bundle"] for one in squares[0]["bundles"][1:]]
        columns = [name for n in sizes for name in (f"bundles of {n}, CPU s", "off")]
        size = squares[0]["size"]
        text += table([f"{size} x {size}", "real yarns, CPU s", *columns], rows)
    for each in results:
        if "napkin" in each:
            grid = " x ".join(map(str, each["grid"]))
            text += (
                f"\n\nA napkin of {each['napkin']} x {each['napkin']} crossings as {grid} bundles of {each['bundle']}: "
            )
            text += (
                f"{each['duration']:g} s take {each['cpu_seconds']:.0f} CPU s and {each['memory'] / 1e9:.2g} GB.\n\n"
            )
            columns = ["points from crossing to crossing", "points", "CPU s a frame", "MB a frame", "GB of memory"]
            rows = [
                [
                    str(one["samples"]),
                    f"{one['points'] / 1e6:.1f} M",
                    f"{one['cpu_seconds']:.1f}",
                    f"{one['bytes'] / 1e6:.0f}",
                    f"{one['memory'] / 1e9:.2g}",
                ]
                for one in each["exports"]
            ]
            text += table(columns, rows)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=97, help="yarns along a side of the squares; 0: none")
    parser.add_argument("--bundles", default="2,4,8", help="yarns in one")
    parser.add_argument("--napkin", type=int, default=780, help="yarns along a side of the napkin; 0: none")
    parser.add_argument("--duration", type=float, default=2.0, help="of the napkin's run, s")
    parser.add_argument("--frames", type=int, default=1, help="to export")
    options = arguments(parser, "bundles")
    cases: list[tuple] = [(held, crimped) for held in HELD for crimped in (False, True)] if options.size else []
    cases += [("napkin", False)] if options.napkin else []

    def measure(case: tuple) -> dict:
        if case[0] == "napkin":
            return measure_napkin(options.napkin, options.duration, options.frames, options.device)
        held, crimped = case
        return measure_square(options.size, numbers(options.bundles), held, crimped, options.device)

    results = measure_each(options, cases, lambda case: f"{case[0]}{', crimped' * case[1]}", measure)
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
