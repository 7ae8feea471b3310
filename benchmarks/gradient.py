"""What a gradient costs: forward, backward and memory, for 25 frames of the paper's scene.

    python -m benchmarks.gradient [--sizes 5,...] [--steps 25] [--device cpu] [--output FILE] [--seconds 60]

A gradient is that of a loss on all frames by everything: all parameters, the initial state, wind and gravity. It is
measured with every state kept, and with checkpoints every sqrt(steps), between which states are simulated again.
The bandwidth is that of a product with the transposed Jacobian, of which the adjoint's linear solves consist.
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np

from benchmarks.bandwidth import copy_rate, per_second, product_rate
from benchmarks.common import arguments, machine, measure_each, numbers, scene_of, table, write
from warp_fabric.solver.rollout import Rollout
from warp_fabric.state import State

AUTHORS = {10: (120.0, 3.8e9)}
"""Seconds and bytes of a 25-frame gradient of the published C++ code, one thread."""
SIZES = (5, 10, 17, 25, 50)
REPEATS = 5


def measure(size: int, steps: int, device: str) -> dict:
    """Seconds of the forward rollout, of the reverse pass with either way of keeping states, and bytes of states."""
    scene = scene_of(size, steps)
    result: dict = {"size": size, "steps": steps}
    for name, stride in (("kept", 1), ("checkpoints", math.ceil(math.sqrt(steps)))):
        rollout = Rollout(scene, device, checkpoint=stride)
        forward, backward, peak = [], [], 0
        for _ in range(REPEATS + 2):  # the first compiles, the second records
            rollout.restart()
            recording = rollout.record()
            begun = time.perf_counter()
            for _ in range(steps):
                rollout.step()
            forward.append(time.perf_counter() - begun)

            def seed(_: int, gradient: State) -> None:
                nonlocal peak
                gradient.position.fill_(1.0)
                peak = max(peak, recording.states_kept)  # noqa: B023

            begun = time.perf_counter()
            recording.backward(seed)
            backward.append(time.perf_counter() - begun)
        both = [f + b for f, b in zip(forward, backward)][2:]
        bytes_of_state = sum(array.capacity for array in rollout.state.arrays())
        result[name] = {
            "forward": float(np.median(forward[2:])),
            "gradient": float(np.median(both)),
            "ratio": float(np.median([sum(pair) / pair[0] for pair in zip(forward, backward)][2:])),
            "states": peak,
            "bytes": peak * bytes_of_state,
            "bytes_per_crossing_and_state": bytes_of_state / size**2,
        }
        if name == "kept":
            matrix = rollout.stepper.equation.jacobian
            result["bandwidths"] = {
                "copy": copy_rate(str(rollout.model.device)),
                "transposed product": product_rate(matrix, transposed=True),
            }
    return result


def report(results: list[dict], where: str) -> str:
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
    per_state = results[0]["kept"]["bytes_per_crossing_and_state"]
    return (
        f"{results[0]['steps']} steps and their gradient by everything, tolerance 1e-8 m/s, on {where};\n"
        f"{per_state:.0f} bytes per crossing and state kept:\n\n{table(columns, rows)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="crossings along a side")
    parser.add_argument("--steps", type=int, default=25, help="time steps of 1 ms")
    options = arguments(parser, "gradient")
    label, measured = (lambda size: f"{size} x {size}"), (lambda size: measure(size, options.steps, options.device))
    results = measure_each(options, numbers(options.sizes), label, measured)
    write(options, report(results, machine(options.device)), results)


if __name__ == "__main__":
    main()
