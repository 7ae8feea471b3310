"""What a gradient costs: forward, backward and memory, for 25 steps of the paper's scene and of cotton.

    python -m benchmarks.gradient [--sizes 5,...] [--cotton 25,...] [--steps 25] [--device cpu] [--output FILE]

A gradient is that of a loss on all frames by everything: all parameters, the initial state, wind and gravity. It is
measured with every state kept, and with checkpoints every sqrt(steps), between which states are simulated again.
Cotton and the paper's scene take turns. The bandwidth is that of a product with the transposed Jacobian, of which the
adjoint's linear solves consist.
"""

from __future__ import annotations

import argparse
import math

import numpy as np

import warp_fabric as wf
from benchmarks.bandwidth import copy_rate, per_second, product_rate
from benchmarks.common import (
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
from warp_fabric.solver.rollout import Rollout
from warp_fabric.state import State

AUTHORS = {10: (120.0, 3.8e9)}
"""Seconds and bytes of a 25-frame gradient of the published C++ code, one thread."""
SIZES = (5, 10, 17, 25, 40, 50)
COTTON_SIZES = (25, 40)
REPEATS = 5


class Passes:
    """Runs of one scene and their gradients, and what they cost."""

    def __init__(self, scene: wf.Scene, device: str, steps: int, stride: int) -> None:
        self.rollout, self.steps = Rollout(scene, device, checkpoint=stride), steps
        self.forward, self.backward = Stopwatch(device), Stopwatch(device)
        self.states_kept = self.iterations = 0

    def once(self) -> None:
        self.rollout.restart()
        recording = self.rollout.record()
        before = recording.adjoint.iterations

        def seed(_: int, gradient: State) -> None:
            gradient.position.fill_(1.0)
            self.states_kept = max(self.states_kept, recording.states_kept)

        self.forward(lambda: [self.rollout.step() for _ in range(self.steps)])
        self.backward(lambda: recording.backward(seed))
        self.iterations = recording.adjoint.iterations - before

    def figures(self) -> dict:
        """Medians over all passes but the first, which compiles, and the second, which records."""
        forward, backward = (np.array(watch.seconds[2:]) for watch in (self.forward, self.backward))
        bytes_of_state = sum(array.capacity for array in self.rollout.state.arrays())
        return {
            "forward": float(np.median(forward)),
            "backward": float(np.median(backward)),
            "gradient": float(np.median(forward + backward)),
            "ratio": float(np.median((forward + backward) / forward)),
            "wall_forward": float(np.median(self.forward.wall[2:])),
            "wall_backward": float(np.median(self.backward.wall[2:])),
            "krylov_iterations_per_solve": self.iterations / self.steps,
            "states": self.states_kept,
            "bytes": self.states_kept * bytes_of_state,
            "bytes_per_crossing_and_state": bytes_of_state / self.rollout.model.node_count,
        }


def measure(size: int, steps: int, device: str, cotton: bool = False) -> dict:
    """Seconds of the forward rollout, of the reverse pass with either way of keeping states, and bytes of states."""
    paper, stride = scene_of(size, steps), math.ceil(math.sqrt(steps))
    passes = {
        "kept": Passes(paper, device, steps, 1),
        "checkpoints": Passes(paper, device, steps, stride),
    }
    if cotton:
        passes["cotton"] = Passes(cotton_of(size, steps), device, steps, 1)
    for _ in range(REPEATS + 2):
        for each in passes.values():
            each.once()
    result = {"size": size, "steps": steps} | {name: each.figures() for name, each in passes.items()}
    rollout = passes["kept"].rollout
    result["bandwidths"] = {
        "copy": copy_rate(str(rollout.model.device)),
        "transposed product": product_rate(rollout.stepper.equation.jacobian, transposed=True),
    }
    return result


def paper_table(results: list[dict]) -> str:
    rows = []
    for result in results:
        kept, saved = result["kept"], result["checkpoints"]
        rows.append(
            [
                f"{result['size']} x {result['size']}",
                f"{1e3 * kept['forward']:.0f}",
                f"{1e3 * kept['gradient']:.0f}",
                f"{kept['ratio']:.2f}",
                f"{1e-6 * kept['bytes']:.2f}",
                f"{saved['ratio']:.2f}",
                f"{1e-6 * saved['bytes']:.2f}",
                per_second(result["bandwidths"]["transposed product"], result["bandwidths"]["copy"]),
            ]
        )
    columns = ["crossings", "forward, ms", "gradient, ms", "gradient / forward", "states, MB"]
    columns += ["with checkpoints: gradient / forward", "states, MB", "transposed product, GB/s (of a copy's)"]
    return table(columns, rows)


def cotton_table(results: list[dict]) -> str:
    """Cotton's gradient beside that of the paper's scene of the same size."""
    rows = []
    for result in results:
        paper, cotton = result["kept"], result["cotton"]
        rows.append(
            [
                f"{result['size']} x {result['size']}",
                f"{1e3 * cotton['forward']:.0f}",
                f"{1e3 * cotton['backward']:.0f}",
                f"{1e3 * paper['backward']:.0f}",
                f"{cotton['backward'] / paper['backward']:.2f}",
                f"{cotton['ratio']:.2f}",
                f"{cotton['krylov_iterations_per_solve']:.1f}",
                f"{paper['krylov_iterations_per_solve']:.1f}",
            ]
        )
    columns = ["cotton", "forward, ms", "reverse pass, ms", "paper's reverse pass, ms", "cotton / paper"]
    return table([*columns, "gradient / forward", "Krylov / transposed solve", "paper's"], rows)


def report(results: list[dict], where: str) -> str:
    per_state = results[0]["kept"]["bytes_per_crossing_and_state"]
    text = (
        f"{results[0]['steps']} steps and their gradient by everything, tolerance 1e-8 m/s, CPU time "
        f"(GPUs: wall time) on {where};\n{per_state:.0f} bytes per crossing and state kept:\n\n{paper_table(results)}"
    )
    both = [result for result in results if "cotton" in result]
    return text + (f"\n\nCotton, tolerance 1e-7 m/s:\n\n{cotton_table(both)}" if both else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="crossings along a side, paper's scene")
    parser.add_argument("--cotton", default=",".join(map(str, COTTON_SIZES)), help="those of them for cotton too")
    parser.add_argument("--steps", type=int, default=25, help="time steps of 1 ms")
    options = arguments(parser, "gradient")
    cotton = numbers(options.cotton)
    results = measure_each(
        options,
        numbers(options.sizes),
        lambda size: f"{size} x {size}",
        lambda size: measure(size, options.steps, options.device, size in cotton),
    )
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
