"""What a run, an equilibrium, a gradient or a fit really takes of memory, in a process of its own.

    python measured_run.py KIND YARN SIZE

Prints bytes: what the program holds before, what the run takes besides, and what is told of that. The target of
gradients and fits is the cloth at rest. What a tiny one takes, with Python and kernels, does not count.
"""

from __future__ import annotations

import gc
import re
import sys
from pathlib import Path

import numpy as np

STEPS = 2
sys.path.insert(0, str(Path(__file__).parents[1]))


def measured_scene(kind: str, yarn: str, size: int):
    from textile_cloth import textile_scene

    name = "paper-yarn-1" if yarn == "soft" else yarn
    changes = {"time__duration": STEPS * 1e-3, "time__frames_per_second": 1000.0, "solver__device": "cpu"}
    changes |= {"time__integrator": "static"} if kind.startswith("static") else {}
    return textile_scene(name, (size, size), **changes)


def told(kind: str, yarn: str, size: int) -> int:
    """What the package says of it."""
    from warp_fabric.memory import needs

    scene = measured_scene(kind, yarn, size)
    if kind.endswith("gradient"):
        return needs.gradient(scene).total
    if kind.endswith("fit"):
        return (needs.jacobian(scene, 2, 5 * size * size * STEPS) + needs.solving(scene)).total
    return needs.simulation(scene).total


def work(kind: str, yarn: str, size: int) -> None:
    import warp_fabric as wf

    scene = measured_scene(kind, yarn, size)
    if kind in ("step", "static"):
        wf.simulate(scene)
        return
    fabric, count = scene.build(), 1 if kind.startswith("static") else STEPS + 1
    still = {"velocity": 0.0 * fabric.position, "sliding_velocity": 0.0 * fabric.sliding, "anchor": fabric.sliding}
    frame = {
        "position": fabric.position,
        "sliding": fabric.sliding,
        **still,
        "compression": 0.0 * fabric.sliding[..., 0],
    }
    arrays = {name: np.broadcast_to(array, (count, *array.shape)) for name, array in frame.items()}
    run = wf.Trajectory(np.arange(count) * 1e-3, **arrays, scene=scene, version="", device="cpu")
    names = ["yarns.yarn.young_modulus", "yarns.yarn.bending_modulus"]
    if kind.endswith("gradient"):
        wf.loss_and_gradient(scene, run, names)
    else:
        wf.fit(scene, run, names, evaluations=2)


def kilobytes(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    kind, yarn, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    work(kind, yarn, 8)
    gc.collect()
    before = kilobytes("VmRSS")
    work(kind, yarn, size)
    print(before * 1024, (kilobytes("VmHWM") - before) * 1024, told(kind, yarn, size))
