"""A run that is small and quick, yet slides, sticks and blows about: for tests of running things."""

from __future__ import annotations

import numpy as np

from warp_fabric import Scene, Trajectory
from warp_fabric.solver.newton import NewtonReport, NewtonSolver
from warp_fabric.trajectory import COMPONENTS

TEXT = """
[fabric]
weave = "twill22"
ends = 5
picks = 6
end_spacing = 1.0e-3
pick_spacing = 1.1e-3
end_yarns = ["soft"]
pick_yarns = ["soft"]
pose = "hanging"

[yarns.soft]
library = "paper-yarn-1"
radius = 2.8e-4

[environment]
wind = [0.5, 3.0, 0.0]
wind_drag = 0.5

[[pins]]
crossing = [0, 0]

[[pins]]
crossing = [0, 4]
path = [[0.0, 0.004, 0.0, 0.0], [0.02, 0.0035, 0.0, 0.0]]

[time]
duration = 0.04
step = 1.0e-3
frames_per_second = 200.0
"""


def small_scene(**changes) -> Scene:
    """The scene, with changes by dotted key where __ stands for the dot: `small_scene(time__step=2e-3)`."""
    return Scene.from_toml(TEXT).replace({name.replace("__", "."): value for name, value in changes.items()})


def differing(run: Trajectory, other: Trajectory) -> list[str]:
    """Names of the data sets that are not the same to the last bit."""
    return [name for name in ("time", *COMPONENTS) if not np.array_equal(getattr(run, name), getattr(other, name))]


def halve_steps(monkeypatch, step_size: float, count: int) -> None:
    """Let Newton's method fail at a whole step so many times, so that these steps are halved."""
    solve, failed = NewtonSolver.solve, []

    def failing(self, scheme, *arguments, **options):
        if scheme.h > 0.6 * step_size and len(failed) < count:  # bdf2's h is 2/3 of the step
            failed.append(scheme)
            return NewtonReport(reason="too long for this test")
        return solve(self, scheme, *arguments, **options)

    monkeypatch.setattr(NewtonSolver, "solve", failing)
