"""Everything there is to check and to measure on a GPU, in at most eight minutes.

    python -m benchmarks.gpu [--device cuda:0] [--folder benchmarks] [--stages tests,batch] [--quick]

First the numeric tests run on the device, then the benchmarks of steps, gradients and batches, with the bandwidths that
they reach. Each stage is a process with a time limit of its own, so that one that fails or hangs costs no other. The
results are in FOLDER/{gpu,step,gradient,batch}-MACHINE.json. Warp, NumPy, SciPy and pytest are enough for it; where
h5py or torch are missing, the tests of those skip, and where pytest-xdist is there, tests run side by side.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import warp as wp

from benchmarks.common import HERE, keep, machine, short_name

ROOT = HERE.parent
TESTS = (
    *(
        "tests/forces",
        "tests/solver",
        "tests/physics",
        "tests/fitting/test_loss.py",
        "tests/fitting/test_experiment.py",
        "tests/fitting/test_fits_memory.py",
    ),
    *("tests/test_inputs.py", "tests/test_gradients_of_inputs.py", "tests/test_material.py", "tests/test_model.py"),
    "tests/test_run.py",
    "tests/test_simulation.py",
    *(
        "tests/test_beads.py",
        "tests/test_bundled_yarns.py",
        "tests/test_obstacles.py",
        "tests/test_prescribed.py",
        "tests/test_device_values.py",
    ),
    *("tests/test_contact_run.py", "tests/test_relaxation.py"),
    *("tests/test_clearing.py", "tests/test_state.py", "tests/test_torch_bridge.py", "tests/test_torch_engine.py"),
    "tests/test_panelled_torch_bridge.py",
)
"""All tests of the package that take a device."""
QUICK_TESTS = ("tests/solver/test_tape.py",)
MOST_WORKERS = 12
"""Processes that share the device for tests: each has a context of its own in its memory."""
SPARE = 20.0
"""Seconds between those after which a stage begins nothing more and those after which it is stopped."""
LAST_TEST = 90.0
"""Likewise of the tests: so long one may take where a dozen processes share a device. Stopped tests do not tell
which failed."""


@dataclass(frozen=True)
class Stage:
    """One process: the arguments of Python, without the device, and the seconds after which it is stopped."""

    name: str
    seconds: float
    command: tuple[str, ...]


def stages(device: str, folder: Path, quick: bool = False) -> list[Stage]:
    """All stages, in order; together they take less than eight minutes. `quick` leaves only the smallest cases."""
    name = short_name(device)

    def benchmark(kind: str, seconds: float, usual: tuple[str, ...], small: tuple[str, ...]) -> Stage:
        output = ("--output", str(folder / f"{kind}-{name}.json"), "--seconds", str(seconds - SPARE))
        return Stage(kind, seconds, ("-m", f"benchmarks.{kind}", *(small if quick else usual), *output))

    return [
        Stage("kernels", 80.0, ("-m", "benchmarks.kernels")),
        _tests(220.0, QUICK_TESTS if quick else TESTS),
        benchmark(
            "step",
            70.0,
            ("--sizes", "5,10,25,40,100,200,400,592", "--cotton", "40,100"),
            ("--sizes", "5", "--cotton", "5"),
        ),
        benchmark(
            "gradient",
            50.0,
            ("--sizes", "10,25,50,100", "--cotton", "25", "--steps", "10"),
            ("--sizes", "5", "--cotton", "", "--steps", "2"),
        ),
        benchmark("batch", 50.0, ("--fabrics", "1,4,16,64,256,1024"), ("--fabrics", "1,2", "--size", "4")),
    ]


def _tests(seconds: float, files: Sequence[str]) -> Stage:
    workers = min(MOST_WORKERS, (os.cpu_count() or 1) - 1)
    side_by_side = importlib.util.find_spec("xdist") is not None and workers > 1
    options = ("-q", "-m", "not slow", "-p", "no:cacheprovider", "--tb=short", "--maxfail=40")
    options += ("--seconds", str(seconds - LAST_TEST), *(("-n", str(workers)) if side_by_side else ()))
    return Stage("tests", seconds, ("-m", "pytest", *options, *files))


def run(stage: Stage, device: str) -> dict:
    """Run one stage, its output shown as it comes; how it ended, and its seconds."""
    print(f"\n=== {stage.name}, at most {stage.seconds:.0f} s", flush=True)
    begun = time.perf_counter()
    command = [sys.executable, *stage.command, "--device", device]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as process:
        try:
            code = process.wait(stage.seconds)
            outcome = "passed" if code == 0 else f"failed with code {code}"
        except subprocess.TimeoutExpired:
            outcome = "stopped at its limit"
        finally:
            if process.poll() is None:
                _stop(process)
    return {"stage": stage.name, "outcome": outcome, "seconds": time.perf_counter() - begun}


def _stop(process: subprocess.Popen) -> None:
    """End a running process and, where systems have groups of them, those it has started."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda:0", help="Warp device")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the JSON files go")
    parser.add_argument("--stages", help="only these [kernels,tests,step,gradient,batch]")
    parser.add_argument("--quick", action="store_true", help="only the smallest cases, to try this program")
    options = parser.parse_args(given)
    if not wp.is_device_available(options.device):
        parser.error(f"there is no device {options.device} here")
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = options.folder.resolve()
    options.output = folder / f"gpu-{short_name(options.device)}.json"
    chosen = stages(options.device, folder, options.quick)
    if options.stages:
        chosen = [stage for stage in chosen if stage.name in options.stages.split(",")]
    results = []
    for stage in chosen:
        results.append(run(stage, options.device))
        keep(options, results)
    print(f"\nOn {machine(options.device)}:")
    for result in results:
        print(f"{result['stage']:10s} {result['outcome']}, {result['seconds']:.0f} s")
    return int(any(result["outcome"] != "passed" for result in results))


if __name__ == "__main__":
    sys.exit(main())
