"""How far a scene's motion depends on rounding: it is simulated twice, with moduli that differ in the ninth digit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import warp_fabric as wf
from warp_fabric.initial import initial_state
from warp_fabric.solver.rollout import Rollout
from warp_fabric.yarn import library_entry

ROOT = Path(__file__).parents[2]
CHANGE = 1e-9


@dataclass
class Parting:
    """How far two runs come apart.

    Attributes:
        shares: [steps] the largest difference of any crossing's position up to each step, of the whole run's largest
            motion. halved_steps: of both runs. iterations: [steps] Newton's, of the first run.
    """

    shares: np.ndarray
    halved_steps: int
    iterations: list[int]

    @property
    def worst(self) -> float:
        return float(self.shares.max())


def parting(scene: wf.Scene, forces: np.ndarray | None = None, key: str = "young_modulus") -> Parting:
    """Simulate with the moduli of all yarns as they are, and times `1 + CHANGE`."""
    changes = {f"yarns.{name}.{key}": getattr(yarn, key) * (1.0 + CHANGE) for name, yarn in scene.yarns.items()}
    runs = [Rollout(each, "cpu", forces, initial_state(each)) for each in (scene, scene.replace(changes))]
    start, differences, motion, iterations = runs[0].state.position.numpy().copy(), [], 0.0, []
    for _ in range(runs[0].frame_count * runs[0].steps_per_frame):
        reports = [run.step() for run in runs]
        iterations.append(reports[0].newton_iterations)
        one, other = (run.state.position.numpy() for run in runs)
        differences.append(np.linalg.norm(one - other, axis=1).max())
        motion = max(motion, np.linalg.norm(one - start, axis=1).max())
    return Parting(np.array(differences) / motion, sum(run.halved_steps for run in runs), iterations)


def throw(strength: float) -> tuple[wf.Scene, np.ndarray]:
    """The example's cloth, and random forces of this size [N] on its corners: 0 is what its search begins with."""
    scene = wf.load_scene(ROOT / "examples" / "throw.toml")
    forces = np.zeros((scene.time.frame_count, 5, 5, 3))
    forces[:6, [0, 0, 4, 4], [0, 4, 0, 4]] = strength * np.random.default_rng(1).uniform(-1, 1, (6, 4, 3))
    return scene, forces


def herringbone(steps: int = 500) -> wf.Scene:
    """The example's and the demo's blanket."""
    scene = wf.load_scene(ROOT / "examples" / "herringbone.toml")
    frames = {} if steps == 500 else {"time.frames_per_second": 500.0, "time.duration": steps * 2e-3}
    return scene.replace(frames)


def addon(cotton: bool = False, frames: int = 12) -> wf.Scene:
    """What the Blender extension makes of a new fabric in wind, of its default yarn or of cotton."""
    yarn = {"radius": 5e-4, "tex": 2000, "young_modulus": 5e5, "bending_modulus": 1.4e-4}
    spacing = library_entry("cotton").spacing if cotton else 2e-3
    lines = [f"{key} = {value}" for key, value in yarn.items()] if not cotton else ['library = "cotton"']
    text = f"""
    [fabric]
    weave = "plain"
    ends = 20
    picks = 20
    end_spacing = {spacing}
    pick_spacing = {spacing}
    end_yarns = ["yarn"]
    pick_yarns = ["yarn"]
    pose = "hanging"
    [yarns.yarn]
    {"; ".join(lines)}
    [environment]
    wind = [0.0, 5.0, 0.0]
    [[pins]]
    crossing = [0, 0]
    [[pins]]
    crossing = [0, 19]
    [time]
    duration = {frames / 24}
    step = {1 / 480}
    frames_per_second = 24.0
    """
    return wf.Scene.from_toml(text.replace("; ", "\n    "))


def papers(size: int, integrator: str, step: float, duration: float = 0.1) -> wf.Scene:
    """The scene of the paper whose model this is, a cloth of two yarns in wind, in whatever steps."""
    scene = wf.load_scene(ROOT / "tests" / "data" / "golden" / "hang_plain_euler.toml")
    yarns = ["y0", "y1"]
    changes = {"fabric.ends": size, "fabric.picks": size, "fabric.end_yarns": yarns, "fabric.pick_yarns": yarns}
    changes |= {"pins": [{"crossing": [0, 0]}, {"crossing": [0, size - 1]}], "time.integrator": integrator}
    return scene.replace(changes | {"time.step": step, "time.frames_per_second": 1 / step, "time.duration": duration})


def soft_twill(size: int | None = None, duration: float | None = None) -> wf.Scene:
    """Thick soft yarns in wind; with a size, a square that hangs by two corners."""
    scene = wf.load_scene(ROOT / "tests" / "data" / "soft_twill.toml")
    changes: dict = {} if duration is None else {"time.duration": duration, "time.frames_per_second": 40.0}
    if size is not None:
        changes |= {"fabric.ends": size, "fabric.picks": size}
        changes["pins"] = [{"crossing": [0, 0]}, {"crossing": [0, size - 1]}]
    return scene.replace(changes)
