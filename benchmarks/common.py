"""What benchmarks share: one thread, the authors' scene, the machine's name, where results go. Import it first."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread, as Warp's CPU backend has
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import platform
from pathlib import Path
from typing import Any

import warp as wp
from rich.console import Console

import warp_fabric as wf

HERE = Path(__file__).parent
wp.config.log_level = wp.LOG_WARNING


def scene_of(size: int, steps: int) -> wf.Scene:
    """The scene of the paper's authors with size x size crossings, hanging by its two upper corners in wind."""
    return wf.load_scene(HERE / "hang.toml").replace(
        {
            "fabric.ends": size,
            "fabric.picks": size,
            "pins": [{"crossing": [0, 0]}, {"crossing": [0, size - 1]}],
            "solver.tolerance": 1.0e-8,
            "time.duration": steps * 1.0e-3,
        }
    )


def machine(device: str) -> str:
    """What a device is, in words."""
    if device.startswith("cuda"):
        return wp.get_device(device).name
    cpuinfo = Path("/proc/cpuinfo")
    names = [line for line in cpuinfo.read_text().splitlines() if "model name" in line] if cpuinfo.exists() else []
    return f"{names[0].split(':')[1].strip() if names else platform.processor()}, one thread"


def arguments(parser: argparse.ArgumentParser, name: str) -> tuple[argparse.Namespace, Console]:
    """The options that all benchmarks have, parsed with a benchmark's own."""
    parser.add_argument("--device", default="cpu", help="Warp device")
    parser.add_argument("--output", type=Path, help=f"JSON file [benchmarks/{name}-DEVICE.json]")
    options = parser.parse_args()
    options.output = options.output or HERE / f"{name}-{options.device.split(':')[0]}.json"
    return options, Console(width=200)


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; the first column is left-aligned."""
    lines = ["| " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def write(options: argparse.Namespace, console: Console, text: str, results: Any) -> None:
    """Show a report and keep the figures."""
    console.print(text, markup=False, highlight=False)
    content = {"machine": machine(options.device), "results": results}
    options.output.write_text(json.dumps(content, indent=1) + "\n")
    console.print(f"written to {options.output}")
