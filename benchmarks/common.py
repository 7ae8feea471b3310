"""What benchmarks share: scenes, clocks, the machine's name, where results go."""

from __future__ import annotations

import argparse
import json
import math
import platform
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import warp as wp

import warp_fabric as wf

HERE = Path(__file__).parent
wp.config.log_level = wp.LOG_WARNING


COTTON: dict[str, dict] = {
    "hanging": {},
    "in wind": {"environment.wind": [0.0, 3.0, 0.0]},
    "swinging": {"environment.gravity": [0.0, 6.0, -7.0]},
}
"""What is done to the scene of library cotton, by a name for tables."""


def scene_of(size: int, steps: int) -> wf.Scene:
    """The scene of the paper's authors with size x size crossings, hanging by its two upper corners in wind."""
    changes = {"solver.tolerance": 1.0e-8, "time.integrator": "bdf2"}
    return _square(wf.load_scene(HERE / "hang.toml"), size, steps).replace(changes)


def cotton_of(size: int, steps: int, case: str = "hanging") -> wf.Scene:
    """Library cotton with size x size crossings, hanging by its two upper corners; one of `COTTON`."""
    return _square(wf.load_scene(HERE / "cotton_hang.toml"), size, steps).replace(COTTON[case])


def _square(scene: wf.Scene, size: int, steps: int) -> wf.Scene:
    corners = [{"crossing": [0, 0]}, {"crossing": [0, size - 1]}]
    return scene.replace({"fabric.ends": size, "fabric.picks": size, "pins": corners, "time.duration": steps * 1.0e-3})


@dataclass
class Stopwatch:
    """Seconds of pieces of work: by the wall's clock, and on the CPU, which other programs hardly change."""

    device: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def __call__(self, work: Callable[[], Any]) -> Any:
        """Do some work, and wait for the device; what it gave."""
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        wp.synchronize_device(self.device)
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)
        return result

    @property
    def seconds(self) -> list[float]:
        """What counts: CPU seconds on a CPU, the wall's on a GPU."""
        return self.cpu if self.device == "cpu" else self.wall


def machine(device: str) -> str:
    """What a device is, in words."""
    if device.startswith("cuda"):
        return wp.get_device(device).name
    cpuinfo = Path("/proc/cpuinfo")
    names = [line for line in cpuinfo.read_text().splitlines() if "model name" in line] if cpuinfo.exists() else []
    return f"{names[0].split(':')[1].strip() if names else platform.processor()}, one thread"


def short_name(device: str) -> str:
    """What a device is called in file names: "cpu", or the GPU's name, such as "nvidia-h100-80gb-hbm3"."""
    return "cpu" if device == "cpu" else re.sub(r"[^a-z0-9]+", "-", machine(device).lower()).strip("-")


def arguments(parser: argparse.ArgumentParser, name: str, given: Sequence[str] | None = None) -> argparse.Namespace:
    """The options that all benchmarks have, parsed with a benchmark's own."""
    parser.add_argument("--device", default="cpu", help="Warp device")
    parser.add_argument("--output", type=Path, help=f"JSON file [benchmarks/{name}-MACHINE.json]")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no further case after so many")
    options = parser.parse_args(given)
    options.output = options.output or HERE / f"{name}-{short_name(options.device)}.json"
    return options


def numbers(text: str) -> list[int]:
    """Whole numbers separated by commas; none of an empty text."""
    return [int(each) for each in text.split(",") if each]


def measure_each(options: argparse.Namespace, cases: Sequence[Any], label: Callable, measure: Callable) -> list[dict]:
    """What `measure` gives for each case, written as it comes: what ends a benchmark early costs the rest only."""
    begun, results = time.perf_counter(), []
    for case in cases:
        if time.perf_counter() - begun > options.seconds:
            print(f"{label(case)}: left out, as {options.seconds:.0f} s have passed", flush=True)
            continue
        print(f"{label(case)} ...", flush=True)
        results.append(measure(case))
        keep(options, results)
    return results


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; the first column is left-aligned."""
    lines = ["| " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def keep(options: argparse.Namespace, results: Any) -> None:
    """Write the figures."""
    content = {"machine": machine(options.device), "warp": wp.config.version, "results": results}
    options.output.write_text(json.dumps(content, indent=1) + "\n")


def write(options: argparse.Namespace, text: str, results: Any) -> None:
    """Show a report and keep the figures."""
    keep(options, results)
    print(f"{text}\nwritten to {options.output}", flush=True)
